// Inputs that format what is typed and know whether it is whole.

import * as card from "./card.js";
import { say } from "./words.js";

// Writes the value anew but leaves the caret after the same digit as before.
function rewrite(input, value) {
  const before = card.digitsOf(input.value.slice(0, input.selectionStart)).length;
  const atEnd = input.selectionStart === input.value.length;
  if (input.value === value) return;
  input.value = value;
  let place = value.length;
  if (!atEnd) {
    place = 0;
    for (let seen = 0; seen < before && place < value.length; place += 1)
      if (/\d/.test(value[place])) seen += 1;
  }
  if (document.activeElement === input) input.setSelectionRange(place, place);
}

function expiryText(text, deleting) {
  const [first, ...more] = text.split("/");
  let digits = card.digitsOf(text);
  if (more.length && card.digitsOf(first).length === 1) digits = `0${digits}`;
  if (digits.length === 1 && digits > "1") digits = `0${digits}`;
  // A four-digit year may be pasted or filled in by the browser.
  if (digits.length === 6 && digits.slice(2, 4) === "20")
    digits = digits.slice(0, 2) + digits.slice(4);
  digits = digits.slice(0, 4);
  if (digits.length < 2 || (deleting && digits.length === 2)) return digits;
  return `${digits.slice(0, 2)} / ${digits.slice(2)}`;
}

export class Field {
  // `kind` names the rules below; `heard(field, event)` is told of `input`, `focus` and `blur`.
  constructor(kind, attributes, heard) {
    this.kind = kind;
    this.left = false;
    this.insisted = false;
    this.heard = heard;
    this.input = document.createElement("input");
    const common = {
      type: "text",
      autocapitalize: "none",
      spellcheck: "false",
      autocorrect: "off",
      "aria-invalid": "false",
    };
    for (const [name, value] of Object.entries({ ...common, ...attributes }))
      this.input.setAttribute(name, value);
    this.input.addEventListener("input", (event) => this.typed(event));
    this.input.addEventListener("focus", () => heard(this, "focus"));
    this.input.addEventListener("blur", () => {
      this.left = true;
      heard(this, "blur");
    });
  }

  typed(event) {
    // Nobody wants to be told that it is incomplete while still typing.
    this.left = this.insisted = false;
    const deleting = (event.inputType ?? "").startsWith("delete");
    const format = FORMATS[this.kind];
    if (format) rewrite(this.input, format(this.input.value, deleting, this));
    this.heard(this, "input");
  }

  set(value) {
    this.input.value = value ?? "";
    this.left = this.insisted = false;
  }

  get text() {
    return this.input.value.trim();
  }

  get digits() {
    return card.digitsOf(this.input.value);
  }

  check() {
    return (CHECKS[this.kind] ?? required)(this);
  }

  // What is wrong with it now, if the buyer ought to be told: `validation_error` as Stripe.js has it.
  error(insist = false) {
    this.insisted ||= insist;
    const { state, code } = this.check();
    const told =
      state === "invalid" ||
      (state === "incomplete" && (this.left || this.insisted)) ||
      (state === "empty" && this.insisted);
    return told ? { type: "validation_error", code, message: say(code) } : undefined;
  }

  show(error) {
    this.input.setAttribute("aria-invalid", String(Boolean(error)));
  }
}

const FORMATS = {
  number: (text) => card.grouped(card.digitsOf(text)),
  expiry: expiryText,
  cvc: (text, _deleting, field) => card.digitsOf(text).slice(0, field.wanted ?? 4),
  routing: (text) => card.digitsOf(text).slice(0, 9),
  account: (text) => card.digitsOf(text).slice(0, 17),
  iban: (text) =>
    text
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, "")
      .slice(0, 34)
      .replace(/(.{4})(?=.)/g, "$1 "),
};

const required = ({ text }) => ({ state: text ? "complete" : "empty", code: "incomplete_field" });
const length = (digits, least) => ({
  state: !digits ? "empty" : digits.length < least ? "incomplete" : "complete",
  code: "incomplete_field",
});

const CHECKS = {
  number: ({ digits }) => card.checkNumber(digits),
  expiry: ({ digits }) => card.checkExpiry(digits),
  cvc: ({ digits, wanted }) => card.checkCode(digits, wanted ?? 3),
  postal: ({ text, country }) => card.checkPostal(text, country),
  iban: ({ text }) => card.checkIban(text),
  routing: ({ digits }) => length(digits, 9),
  account: ({ digits }) => length(digits, 4),
  name: ({ text }) => ({ state: text ? "complete" : "empty", code: "incomplete_name" }),
  email: ({ text }) => {
    if (!text) return { state: "empty", code: "incomplete_email" };
    if (/^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$/.test(text)) return { state: "complete" };
    return { state: "incomplete", code: text.includes("@") ? "invalid_email" : "incomplete_email" };
  },
  optional: ({ text }) => ({ state: text ? "complete" : "left out" }),
};

// Whether a field that may be left out, or is whole, lets the form go on.
export const isDone = (field) => ["complete", "left out"].includes(field.check().state);
