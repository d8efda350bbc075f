// Makes the form pleasant: groups digits, names the brand, keeps what was typed on errors, and
// brings the new total when the order changes.
"use strict";

const main = document.querySelector("main");
const words = JSON.parse(main.dataset.words);
const form = document.getElementById("payment");
const field = (name) => document.getElementById(name);
const payButton = () => form.querySelector("button.pay");
const notice = () => field("card-notice");
main.classList.add("live");

const BRANDS = [
  ["Visa", /^4/],
  ["Mastercard", /^(5[1-5]|2[2-7])/],
  ["Amex", /^3[47]/],
  ["Discover", /^(6011|64[4-9]|65)/],
  ["Diners", /^3(0|6|8|9)/],
  ["JCB", /^35/],
  ["UnionPay", /^6[02-9]/],
];

const digitsOf = (text) => text.replace(/\D/g, "");

function brandOf(digits) {
  const found = BRANDS.find(([, pattern]) => pattern.test(digits));
  return found ? found[0] : "";
}

function grouped(digits) {
  const brand = brandOf(digits);
  const shape = { Amex: /^(\d{1,4})(\d{1,6})?(\d{1,5})?/ }[brand];
  if (shape) return digits.slice(0, 15).match(shape)?.slice(1).filter(Boolean).join(" ") ?? digits;
  if (brand === "Diners" && digits.length <= 14) {
    return digits.match(/^(\d{1,4})(\d{1,6})?(\d{1,4})?/)?.slice(1).filter(Boolean).join(" ") ?? "";
  }
  return digits.slice(0, 19).replace(/(\d{4})(?=\d)/g, "$1 ");
}

// Writes the value anew but leaves the caret after the same digit as before.
function rewrite(input, value) {
  const before = digitsOf(input.value.slice(0, input.selectionStart)).length;
  const atEnd = input.selectionStart === input.value.length;
  input.value = value;
  let place = value.length;
  if (!atEnd) {
    place = 0;
    for (let seen = 0; seen < before && place < value.length; place += 1) {
      if (/\d/.test(value[place])) seen += 1;
    }
  }
  if (document.activeElement === input) input.setSelectionRange(place, place);
}

function showBrand() {
  if (!field("cardNumber")) return;
  const brand = brandOf(digitsOf(field("cardNumber").value));
  field("card-brand").textContent = brand;
  field("cardCvc").placeholder = brand === "Amex" ? words.four : words.cvc;
}

function typeExpiry(input, deleting) {
  const [first, ...rest] = input.value.split("/");
  let digits = digitsOf(input.value);
  if (rest.length && digitsOf(first).length === 1) digits = `0${digits}`;
  if (digits.length === 1 && digits > "1") digits = `0${digits}`;
  if (deleting && digits.length <= 2) return;
  // A four-digit year may be pasted or filled in by the browser.
  if (digits.length === 6 && digits.slice(2, 4) === "20") digits = digits.slice(0, 2) + digits.slice(4);
  const long = digits.slice(2, 4) === "20" && digits.length > 4;
  const year = digits.slice(2, long ? 6 : 4);
  rewrite(input, digits.length < 2 ? digits : `${digits.slice(0, 2)} / ${year}`);
}

const TYPING = {
  cardNumber(input) {
    rewrite(input, grouped(digitsOf(input.value)));
    showBrand();
  },
  cardExpiry: typeExpiry,
  cardCvc(input) {
    rewrite(input, digitsOf(input.value));
  },
};

document.addEventListener("input", (event) => {
  // At the first letter: were it only when the field is left, everything below would move just
  // as the button is pressed, and the press would miss it.
  const box = event.target.closest("[data-field]");
  if (box) mark(box.dataset.field, "");
  const deleting = (event.inputType || "").startsWith("delete");
  TYPING[event.target.id]?.(event.target, deleting);
});

// ---- countries --------------------------------------------------------------------------------

function askPostalCode(prefix) {
  const country = field(`${prefix}Country`)?.value;
  const input = field(`${prefix}PostalCode`);
  if (!country || !input) return;
  const without = form.dataset.withoutPostalCode.split(" ").includes(country);
  const box = input.closest("[data-field]");
  box.hidden = without;
  input.disabled = without;
  box.querySelector("label").textContent = country === "US" ? words.zip : words.postal;
}

function askState(prefix) {
  const country = field(`${prefix}Country`)?.value;
  const input = field(`${prefix}AdministrativeArea`);
  if (!country || !input) return;
  const needed = form.dataset.withState.split(" ").includes(country);
  input.closest("[data-field]").hidden = !needed;
  input.disabled = !needed;
}

function followCountries() {
  for (const prefix of ["billing", "shipping"]) {
    askPostalCode(prefix);
    askState(prefix);
  }
}

// ---- problems ---------------------------------------------------------------------------------

function say(place, sentence) {
  place.querySelector("span").textContent = sentence;
  place.hidden = !sentence;
}

// A group of radios has no input of its own name; its first one stands for it.
function inputOf(name) {
  return field(name) || document.querySelector(`[data-field="${CSS.escape(name)}"] input`);
}

function mark(name, sentence) {
  const place = field(`${name}-problem`);
  if (!place) return;
  say(place, sentence);
  if (sentence) inputOf(name)?.setAttribute("aria-invalid", "true");
  else inputOf(name)?.removeAttribute("aria-invalid");
}

function fields() {
  return [...document.querySelectorAll("[data-field]")].map((box) => box.dataset.field);
}

function clear() {
  for (const name of fields()) mark(name, "");
  say(notice(), "");
}

function refuse(answer) {
  const problems = answer.problems || {};
  let rest = answer.notice || "";
  for (const [name, sentence] of Object.entries(problems)) {
    if (inputOf(name)) mark(name, sentence);
    else rest = rest || sentence;
  }
  say(notice(), rest);
  const first = fields().find((name) => name in problems);
  const place = first ? inputOf(first) : field("cardNumber");
  if (first) place.closest("details")?.setAttribute("open", "");
  // A field of a way that is not chosen is not on the screen.
  if (place && place.offsetParent !== null) place.focus();
  else notice().focus();
}

// ---- sending ----------------------------------------------------------------------------------

let busy = false;
let wording = "";
let spoken = "";
let updating = Promise.resolve();
let waiting = 0;

function setBusy(now) {
  const button = payButton();
  busy = now;
  button.setAttribute("aria-disabled", String(now));
  if (now) {
    wording = button.textContent;
    spoken = button.getAttribute("aria-label");
    // The spoken name must follow the words on the button.
    button.removeAttribute("aria-label");
    button.textContent = words.working;
  } else {
    button.setAttribute("aria-label", spoken);
    button.textContent = wording;
  }
  field("progress").textContent = now ? words.progress : "";
}

function filledIn(deed) {
  const body = new URLSearchParams(new FormData(form));
  body.set("do", deed);
  return body;
}

async function send(body) {
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    return await response.json();
  } catch {
    return { notice: words.unanswered };
  }
}

// What the buyer has just used may be gone: then what has come in its place.
function focusAgain(id) {
  if (!id) return;
  const [, verb, rest] = /^(add|remove)-(.*)$/.exec(id) || [];
  const other = verb ? `${verb === "add" ? "remove" : "add"}-${rest}` : "unapply";
  const place = field(id) || field(other) || document.querySelector("details.promotion summary");
  if (!place || place === document.activeElement) return;
  if (place.disabled) place.parentElement.querySelector("input").focus();
  else place.focus();
}

// Puts the new parts of the page in place; what has the focus and what is open stay so.
function put(answer) {
  const parts = { ...answer.parts };
  if (answer.shape === main.dataset.shape) delete parts["ways-part"];
  const focused = document.activeElement?.id;
  const open = document.querySelector("details.promotion")?.open;
  const code = field("promotionCode")?.value;
  for (const [place, html] of Object.entries(parts)) field(place).innerHTML = html;
  main.dataset.shape = answer.shape;
  const promotion = document.querySelector("details.promotion");
  if (promotion && open && !answer.problems?.promotionCode) promotion.open = Boolean(code);
  if (promotion && open && code) field("promotionCode").value ||= code;
  focusAgain(focused);
  showBrand();
  followCountries();
}

async function pay(body) {
  clear();
  setBusy(true);
  await updating;
  const answer = await send(body);
  if (answer.location) {
    // Still busy: the button must not come back while the next page loads.
    window.location.assign(answer.location);
    return;
  }
  setBusy(false);
  if (answer.parts) put(answer);
  refuse(answer);
}

async function change(deed) {
  field("progress").textContent = words.updating;
  const answer = await send(filledIn(deed));
  if (answer.location) window.location.assign(answer.location);
  if (answer.parts) put(answer);
  field("progress").textContent = answer.said || "";
  const problems = Object.keys(answer.problems || {});
  if (problems.length || answer.notice) refuse(answer);
  else clear();
}

function update(deed) {
  updating = updating.then(() => change(deed));
}

// Several clicks on + are one change.
function updateSoon() {
  window.clearTimeout(waiting);
  waiting = window.setTimeout(() => {
    waiting = 0;
    update("update");
  }, 250);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const deed = event.submitter?.value || "pay";
  if (busy) return;
  if (deed !== "pay") {
    update(deed);
    return;
  }
  if (waiting) {
    window.clearTimeout(waiting);
    waiting = 0;
  }
  pay(filledIn("pay"));
});

document.addEventListener("click", (event) => {
  const step = event.target.closest("button.step");
  if (!step) return;
  event.preventDefault();
  const input = step.parentElement.querySelector("input");
  if (step.id.startsWith("more")) input.stepUp();
  else input.stepDown();
  updateSoon();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  if (event.target.id === "promotionCode") {
    event.preventDefault();
    update("apply");
  } else if (event.target.matches("input[data-updates]") && event.target.type !== "radio") {
    event.preventDefault();
    updateSoon();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.id.endsWith("Country")) followCountries();
  if (event.target.matches("[data-updates]")) updateSoon();
});

// ---- test cards and accounts ------------------------------------------------------------------

function fill(name, value, always) {
  const input = field(name);
  if (!input || input.readOnly || (input.value && !always)) return;
  input.value = value;
  TYPING[name]?.(input, false);
}

function fillRest() {
  fill("email", "buyer@example.com", false);
  fill("billingName", "Test Buyer", false);
  fill("billingPostalCode", field("billingCountry")?.value === "US" ? "12345" : "1010", false);
}

for (const sample of document.querySelectorAll("[data-fill]")) {
  sample.addEventListener("click", () => {
    const radio = document.querySelector(`input[name=way][value="${sample.dataset.way}"]`);
    if (radio) radio.checked = true;
    for (const [name, value] of Object.entries(JSON.parse(sample.dataset.fill))) fill(name, value, true);
    fillRest();
    clear();
    sample.closest("details").open = false;
    const name = sample.textContent.trim().replace(/\s+/g, " ");
    field("sample-filled").textContent = words.filled.replace("%", name);
    payButton().focus();
  });
}

window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

followCountries();
showBrand();
