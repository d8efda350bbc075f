/* Asks for Stripe's page without leaving ours, and keeps an order's page up to date.
   Every page works without this file: the forms post and the order's page reloads. */

const FIRST_PAUSE_MS = 1500;
const LONGEST_PAUSE_MS = 10000;
const PAUSE_GROWTH = 1.25;
const PATIENCE_MS = 60000;
// Longer than the shop waits for Stripe, so that the shop's own answer comes first.
const ASK_TIMEOUT_MS = 45000;
// What is said to the buyer is in the page, in its language.
const WORDS = JSON.parse(document.body.dataset.words);

/* Purchase */

function wishOf(form, way) {
  const fields = new FormData(form);
  const priceId = fields.get("price_id");
  if (!priceId) return {};
  const chosen = form.querySelector("input[type=radio]:checked");
  return {
    product_id: fields.get("product_id"),
    price_id: priceId,
    price_minor: Number(fields.get(`shown[${priceId}]`)),
    currency: chosen ? chosen.dataset.currency : fields.get("currency"),
    quantity: Number(fields.get("quantity")),
    attempt: fields.get("attempt"),
    ...(way && { way }),
  };
}

async function ask(form, way) {
  const answer = await fetch(form.action, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      "X-CSRFToken": new FormData(form).get("csrf_token"),
    },
    body: JSON.stringify(wishOf(form, way)),
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  });
  return answer.json();
}

function say(form, text, refused = false) {
  const message = form.querySelector("[data-message]");
  message.classList.toggle("refused", refused);
  message.textContent = text;
  return message;
}

function setBusy(form, busy) {
  form.toggleAttribute("data-busy", busy);
  for (const button of form.querySelectorAll("[type=submit]")) button.disabled = busy;
}

function refuse(form, { message, code }) {
  setBusy(form, false);
  const place = say(form, message, true);
  if (code === "price_changed") place.append(reloadButton());
  // A disabled button loses the focus; whoever uses the keyboard finds it again here.
  if (document.activeElement === document.body) form.querySelector("[type=submit]").focus();
}

function reloadButton() {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button quiet", textContent: WORDS.reload });
  button.onclick = () => location.reload();
  return button;
}

async function purchase(form, way) {
  setBusy(form, true);
  say(form, WORDS.opening);
  try {
    const answer = await ask(form, way);
    if (answer.url) location.assign(answer.url);
    else refuse(form, answer.error);
  } catch {
    refuse(form, { message: WORDS.unreachable });
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  // The cart is another address, and an ordinary form.
  if (!form.matches("form[data-ask]") || event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  const way = event.submitter?.name === "way" ? event.submitter.value : null;
  if (!form.hasAttribute("data-busy")) purchase(form, way);
});

function followChoice(radio) {
  const form = radio.closest("form[data-ask]");
  if (!form) return;
  const { priceMinor, currency, maxQuantity } = radio.dataset;
  const { dataset } = form.querySelector(".purchase");
  Object.assign(dataset, { priceId: radio.value, priceMinor, currency });
  const quantity = form.querySelector("input[name=quantity]");
  if (quantity) quantity.max = maxQuantity;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("input[type=radio][name=price_id]")) followChoice(event.target);
});

/* A product's page */

for (const button of document.querySelectorAll("[data-step]")) {
  button.hidden = false;
  button.onclick = () => {
    const field = button.parentElement.querySelector("input");
    const value = (Number(field.value) || 0) + Number(button.dataset.step);
    field.value = Math.min(Math.max(value, Number(field.min)), Number(field.max));
  };
}

// Without this a thumbnail leads to the same page with its picture shown.
document.querySelector("[data-gallery]")?.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-full]");
  const shown = event.currentTarget.querySelector("[data-shown]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  Object.assign(shown, { src: link.dataset.full, alt: link.firstElementChild.alt });
  event.currentTarget.querySelector("[aria-current]")?.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
});

// Back from Stripe, a browser may show the page as it was left: with its button disabled.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-ask]")) {
    setBusy(form, false);
    say(form, "");
    form.querySelectorAll("input[type=radio]:checked").forEach(followChoice);
  }
});

/* An order's page */

async function renew(order) {
  const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const freshOrder = fresh.getElementById(order.id);
  if (!freshOrder) return;
  // Part by part, so that the live region stays the same one and is announced, once.
  for (const part of order.querySelectorAll("[data-part]")) {
    const hadFocus = part.contains(document.activeElement);
    const found = freshOrder.querySelector(`[data-part="${part.dataset.part}"]`);
    if (found) part.replaceChildren(...found.childNodes);
    if (hadFocus) document.getElementById("content").focus({ preventScroll: true });
  }
  Object.assign(order.dataset, freshOrder.dataset);
  document.title = fresh.title;
  sayPatience(order);
}

async function look(order) {
  const answer = await fetch(order.dataset.stateUrl, {
    credentials: "same-origin",
    cache: "no-store",
    headers: { Accept: "application/json" },
  });
  if (!answer.ok) return;
  const { version } = await answer.json();
  // Whoever has just pressed "Continue payment" is on the way out: nothing moves under the finger.
  if (version !== order.dataset.version && !order.querySelector("[data-busy]")) await renew(order);
}

const isSettled = (order) => order.dataset.unsettled !== "yes";

// Told by the server while it has a place for us and somebody looks; else we ask.
function listen(order) {
  let source = null;
  let isRefused = false;

  function close() {
    source?.close();
    source = null;
  }

  function open() {
    source = new EventSource(`${order.dataset.liveUrl}?seen=${order.dataset.version}`);
    source.addEventListener("version", async ({ data }) => {
      // Whoever has just pressed "Continue payment" is on the way out.
      const isNew = data !== order.dataset.version && !order.querySelector("[data-busy]");
      if (isNew) await renew(order).catch(() => {});
      if (isSettled(order)) close();
    });
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      isRefused = true;
      poll(order);
    });
  }

  document.addEventListener("visibilitychange", () => {
    if (isRefused || isSettled(order)) return;
    if (document.hidden) close();
    else if (!source) open();
  });
  if (!document.hidden) open();
}

function poll(order) {
  let pause = FIRST_PAUSE_MS;
  let timer = setTimeout(again, pause);

  async function again() {
    timer = null;
    // The next look may find the network again.
    if (!document.hidden) await look(order).catch(() => {});
    if (isSettled(order)) return;
    pause = Math.min(pause * PAUSE_GROWTH, LONGEST_PAUSE_MS);
    timer = setTimeout(again, pause);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden || timer === null) return;
    clearTimeout(timer);
    pause = FIRST_PAUSE_MS;
    again();
  });
}

// It does not change by itself any more, but may by us: a parcel leaves, money goes back.
function lookAgain(order) {
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && isSettled(order)) look(order).catch(() => {});
  });
}

let isPatient = false;

function sayPatience(order) {
  const note = order.querySelector("[data-patience]");
  if (note && isPatient) note.hidden = false;
}

const order = document.getElementById("order");
if (order) lookAgain(order);
if (order && !isSettled(order)) {
  setTimeout(() => {
    isPatient = true;
    sayPatience(order);
  }, PATIENCE_MS);
  if (window.EventSource) listen(order);
  else poll(order);
}
