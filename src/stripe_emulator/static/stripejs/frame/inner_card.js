// The card Element and its three parts: one line, or one field of it, in the shop's own style.

import { brandName, brandOf, codeLength, expiryOf, isLongest } from "./card.js";
import { connect, followFocus, followHeight, tell } from "./bridge.js";
import { Field, isDone } from "./fields.js";
import { applyStyle } from "./look.js";
import { say, speak } from "./words.js";

const row = document.getElementById("inner");
const brandMark = document.createElement("span");
const PARTS = {
  card: ["number", "expiry", "cvc", "postal"],
  cardNumber: ["number"],
  cardExpiry: ["expiry"],
  cardCvc: ["cvc"],
};

let type = "card";
let options = {};
let fields = [];
let lastTold = "";

const byKind = (kind) => fields.find((each) => each.kind === kind);

function attributes(kind) {
  return {
    number: {
      name: "cardnumber",
      "aria-label": say("number"),
      placeholder: placeholder("number", "1234 1234 1234 1234"),
      autocomplete: "cc-number",
      inputmode: "numeric",
    },
    expiry: {
      name: "exp-date",
      "aria-label": say("expiry"),
      placeholder: placeholder("expiry", say("expiryShort")),
      autocomplete: "cc-exp",
      inputmode: "numeric",
    },
    cvc: {
      name: "cvc",
      "aria-label": say("cvc"),
      placeholder: placeholder("cvc", say("cvcShort")),
      autocomplete: "cc-csc",
      inputmode: "numeric",
    },
    postal: {
      name: "postal",
      "aria-label": say("zip"),
      placeholder: say("zipShort"),
      autocomplete: "postal-code",
      maxlength: "10",
    },
  }[kind];
}

const placeholder = (kind, own) =>
  type === "card" && kind === "number" ? say("number") : (options.placeholder ?? own);

function build() {
  fields = PARTS[type].map((kind) => new Field(kind, attributes(kind), heard));
  brandMark.className = "brand";
  brandMark.setAttribute("aria-hidden", "true");
  const later = document.createElement("span");
  later.className = "later";
  for (const field of fields) {
    field.input.className = `part ${field.kind}`;
    (field.kind === "number" || fields.length === 1 ? row : later).append(field.input);
  }
  if (type === "card") row.append(later);
  if (type === "card" || type === "cardNumber") row.prepend(brandMark);
  row.classList.toggle("whole", type === "card");
}

function heard(field, event) {
  if (field.kind === "number") {
    const code = byKind("cvc");
    if (code) code.wanted = codeLength(field.digits);
  }
  if (event === "input") advance(field);
  show();
}

// Goes on to the next part when this one is whole and cannot become longer.
function advance(field) {
  const at = fields.indexOf(field);
  const whole =
    field.check().state === "complete" && (field.kind !== "number" || isLongest(field.digits));
  const ended = field.input.selectionStart === field.input.value.length;
  if (whole && ended && field.kind !== "postal" && fields[at + 1] && !fields[at + 1].input.hidden)
    fields[at + 1].input.focus();
}

const asked = () => fields.filter((field) => !field.input.hidden);

function show(insist = false) {
  const errors = asked().map((field) => {
    const error = field.error(insist);
    field.show(error);
    return error;
  });
  const error = errors.find(Boolean);
  const empty = asked().every((field) => field.text === "");
  const complete = asked().every(isDone);
  const brand = byKind("number") ? brandOf(byKind("number").digits) : undefined;
  brandMark.textContent = brand === "unknown" ? "" : brandName(brand);
  brandMark.dataset.brand = brand ?? "";
  const field = document.getElementById("inner");
  field.dataset.state = error ? "invalid" : empty ? "empty" : complete ? "complete" : "base";
  const state = { empty, complete, error };
  if (brand) state.brand = brand;
  if (type === "card") state.value = { postalCode: byKind("postal").text };
  const text = JSON.stringify(state);
  if (text !== lastTold && lastTold) tell("change", state);
  lastTold = text;
  return error;
}

function take(given) {
  Object.assign(options, given);
  const postal = byKind("postal");
  if (postal) {
    postal.input.hidden = Boolean(options.hidePostalCode);
    if (given.value?.postalCode !== undefined) postal.set(given.value.postalCode);
  }
  for (const field of fields) field.input.disabled = Boolean(options.disabled);
  brandMark.hidden = type === "card" ? Boolean(options.hideIcon) : !options.showIcon;
  applyStyle(options.style);
}

// For the controller, which lives at the same origin.
window.collect = () => {
  const found = {};
  const expiry = byKind("expiry")?.digits;
  if (byKind("number")) found.number = byKind("number").digits;
  if (expiry)
    Object.assign(found, { exp_month: expiryOf(expiry).month, exp_year: expiryOf(expiry).year });
  if (byKind("cvc")) found.cvc = byKind("cvc").digits;
  const postal = byKind("postal");
  const address =
    postal && !postal.input.hidden && postal.text ? { postal_code: postal.text } : null;
  return { type: "card", card: found, billing_details: address ? { address } : null };
};
window.problem = () => show(true);

connect(
  (start) => {
    ({ type } = start);
    options = { ...start.options };
    speak(start.group.locale);
    build();
    take(options);
    followFocus();
    followHeight(row);
    show();
    tell("ready");
  },
  {
    update: take,
    group: () => null,
    focus: () => (asked().find((field) => !isDone(field)) ?? fields[0]).input.focus(),
    blur: () => document.activeElement.blur(),
    clear: () => {
      for (const field of fields) field.set("");
      show();
    },
    submit: () => {
      const error = show(true);
      return error ? { error } : {};
    },
    refresh: () => ({}),
  },
);
