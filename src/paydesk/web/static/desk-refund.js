/* Says below the form of a refund what it would be. The page that asks says it again, without this. */

const form = document.querySelector("form[data-sentence]");
const place = document.getElementById("refund-sentence");
const WAIT_MS = 250;
let timer = 0;
let asked = 0;

async function ask() {
  const mine = (asked += 1);
  try {
    const answer = await fetch(form.dataset.sentence, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
    });
    const { sentence, problem } = await answer.json();
    // An answer that comes late must not replace a newer one.
    if (mine === asked) place.textContent = sentence || problem;
  } catch {
    if (mine === asked) place.textContent = "";
  }
}

/* Whoever types into a field means that way of refunding. */
function choose(target) {
  const how = target.name === "amount" ? "amount" : /^(quantity|restock)-|^shipping$/.test(target.name) ? "lines" : "";
  if (how) form.querySelector(`input[name=how][value=${how}]`).checked = true;
}

form?.addEventListener("input", (event) => {
  choose(event.target);
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT_MS);
});
