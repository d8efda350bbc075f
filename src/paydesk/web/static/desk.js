/* The desk's keyboard shortcuts and small comforts. Every page works without this file. */

const keys = document.getElementById("desk-keys");
const GO_MS = 1500;
let goUntil = 0;

function isTyping(target) {
  return target.isContentEditable || target.matches("input, select, textarea");
}

/* The first link of each row of the page's table. */
function rows() {
  return [...document.querySelectorAll("table.rows tbody tr")]
    .map((row) => row.querySelector("a[href]"))
    .filter(Boolean);
}

function step(by) {
  const links = rows();
  if (!links.length) return;
  const row = document.activeElement.closest("table.rows tbody tr");
  const at = links.findIndex((link) => row && row.contains(link));
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by;
  links[Math.min(Math.max(next, 0), links.length - 1)].focus();
}

function go(key) {
  const place = keys.querySelector(`[data-go="${CSS.escape(key)}"]`);
  if (place) location.assign(place.dataset.url);
  return Boolean(place);
}

function press(key) {
  if (performance.now() < goUntil) {
    goUntil = 0;
    return go(key);
  }
  if (key === "g") goUntil = performance.now() + GO_MS;
  else if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (key === "?") keys.showModal();
  else if (key === "/") {
    const search = document.getElementById("desk-search");
    if (!search) return false;
    search.focus();
    search.select();
  } else return false;
  return true;
}

// The list of them is not there if they are switched off.
if (keys) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (press(event.key)) event.preventDefault();
  });
}

/* A menu closes when something else is pressed, or with Escape, which gives the focus back. */
for (const menu of document.querySelectorAll("details[data-menu]")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

/* It does nothing without this file, so it is shown by it. */
for (const box of document.querySelectorAll("[data-all]")) box.hidden = false;

/* Tick all rows of a table: <input type="checkbox" data-all="NAME">. */
document.addEventListener("change", (event) => {
  const name = event.target.dataset.all;
  if (!name) return;
  for (const box of document.querySelectorAll(`input[type=checkbox][name="${CSS.escape(name)}"]`))
    box.checked = event.target.checked;
});

/* Copy a field's text: <button data-copy="ID" hidden>, and beside it <… data-copied hidden>. */
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.onclick = async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.parentElement.querySelector("[data-copied]").hidden = false;
  };
}


/* A form with data-guard asks before what was written into it is left behind. */
for (const form of document.querySelectorAll("form[data-guard]")) {
  let isTouched = false;
  form.addEventListener("input", () => (isTouched = true));
  form.addEventListener("submit", () => (isTouched = false));
  addEventListener("beforeunload", (event) => {
    if (isTouched) event.preventDefault();
  });
}
