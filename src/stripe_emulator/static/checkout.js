// Makes the card form pleasant: groups digits, names the brand, keeps what was typed on errors.
"use strict";

const form = document.getElementById("payment");
const field = (name) => document.getElementById(name);
const button = form.querySelector("button[type=submit]");
const notice = field("card-notice");

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
  const brand = brandOf(digitsOf(field("cardNumber").value));
  field("card-brand").textContent = brand;
  field("cardCvc").placeholder = brand === "Amex" ? "4 digits" : "CVC";
}

field("cardNumber").addEventListener("input", (event) => {
  rewrite(event.target, grouped(digitsOf(event.target.value)));
  showBrand();
});

field("cardExpiry").addEventListener("input", (event) => {
  const deleting = (event.inputType || "").startsWith("delete");
  const [first, ...rest] = event.target.value.split("/");
  let digits = digitsOf(event.target.value);
  if (rest.length && digitsOf(first).length === 1) digits = `0${digits}`;
  if (digits.length === 1 && digits > "1") digits = `0${digits}`;
  if (deleting && digits.length <= 2) return;
  // A four-digit year may be pasted or filled in by the browser.
  if (digits.length === 6 && digits.slice(2, 4) === "20") digits = digits.slice(0, 2) + digits.slice(4);
  const long = digits.slice(2, 4) === "20" && digits.length > 4;
  const year = digits.slice(2, long ? 6 : 4);
  rewrite(event.target, digits.length < 2 ? digits : `${digits.slice(0, 2)} / ${year}`);
});

field("cardCvc").addEventListener("input", (event) => {
  rewrite(event.target, digitsOf(event.target.value));
});

function askPostalCode() {
  const country = field("billingCountry").value;
  const without = form.dataset.withoutPostalCode.split(" ").includes(country);
  const box = form.querySelector("[data-field=billingPostalCode]");
  box.hidden = without;
  field("billingPostalCode").disabled = without;
  box.querySelector("label").textContent = country === "US" ? "ZIP" : "Postal code";
}

field("billingCountry").addEventListener("change", askPostalCode);

// ---- test cards -------------------------------------------------------------------------------

function fill(name, value, always) {
  const input = field(name);
  if (input.readOnly || (input.value && !always)) return;
  input.value = value;
}

for (const sample of document.querySelectorAll("[data-number]")) {
  sample.addEventListener("click", () => {
    fill("cardNumber", grouped(sample.dataset.number), true);
    fill("cardExpiry", `12 / ${sample.dataset.year}`, true);
    fill("cardCvc", sample.dataset.cvc, true);
    fill("email", "buyer@example.com", false);
    fill("billingName", "Test Buyer", false);
    fill("billingPostalCode", field("billingCountry").value === "US" ? "12345" : "1010", false);
    showBrand();
    clear();
    sample.closest("details").open = false;
    field("sample-filled").textContent = `Filled in: ${sample.textContent}`;
    button.focus();
  });
}

// ---- sending ----------------------------------------------------------------------------------

const wording = button.textContent;
const spoken = button.getAttribute("aria-label");
let busy = false;

function setBusy(now) {
  busy = now;
  button.setAttribute("aria-disabled", String(now));
  button.textContent = now ? "Processing…" : wording;
  // The spoken name must follow the words on the button.
  if (now) button.removeAttribute("aria-label");
  else button.setAttribute("aria-label", spoken);
  field("progress").textContent = now ? "Processing your payment" : "";
}

function say(place, sentence) {
  place.querySelector("span").textContent = sentence;
  place.hidden = !sentence;
}

function mark(name, sentence) {
  say(field(`${name}-problem`), sentence);
  if (sentence) field(name).setAttribute("aria-invalid", "true");
  else field(name).removeAttribute("aria-invalid");
}

function clear() {
  for (const box of form.querySelectorAll("[data-field]")) mark(box.dataset.field, "");
  say(notice, "");
}

function refuse(answer) {
  const problems = answer.problems || {};
  for (const [name, sentence] of Object.entries(problems)) mark(name, sentence);
  say(notice, answer.notice || "");
  const order = [...form.querySelectorAll("[data-field]")].map((box) => box.dataset.field);
  const first = order.find((name) => name in problems) || "cardNumber";
  field(first).focus();
}

async function send() {
  const response = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "application/json" },
  });
  return response.json();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  setBusy(true);
  clear();
  let answer;
  try {
    answer = await send();
  } catch {
    answer = { notice: "The payment page got no answer. Check that the emulator runs, then try again." };
  }
  if (answer.location) {
    // Still busy: the button must not come back while the next page loads.
    window.location.assign(answer.location);
    return;
  }
  setBusy(false);
  refuse(answer);
});

for (const box of form.querySelectorAll("[data-field]")) {
  box.addEventListener("change", () => mark(box.dataset.field, ""));
}

window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

askPostalCode();
showBrand();
