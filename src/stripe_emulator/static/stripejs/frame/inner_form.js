// The Elements that ask for no card: address, email, IBAN; and express checkout, which is empty here.

import { connect, followFocus, followHeight, tell } from "./bridge.js";
import { Form } from "./form.js";
import { applyAppearance } from "./look.js";
import { speak } from "./words.js";

const place = document.getElementById("inner");

let type = "";
let options = {};
let form = null;
let lastTold = "";

const FIELDS = {
  address: ["name", "country", "line1", "line2", "city", "postal", "state"],
  linkAuthentication: ["email"],
  iban: ["iban"],
  expressCheckout: [],
};

function build() {
  place.replaceChildren();
  const kinds = [...FIELDS[type]];
  if (type === "address" && options.fields?.phone === "always") kinds.push("phone");
  const wanted = options.validation?.phone?.required === "always" ? ["phone"] : [];
  const { address = {}, name, phone, email } = options.defaultValues ?? {};
  form = new Form(place, kinds, {
    country: address.country ?? options.allowedCountries?.[0],
    heard: () => show(),
    compulsory: wanted,
  });
  for (const option of [...place.querySelectorAll("option")]) {
    if (options.allowedCountries && !options.allowedCountries.includes(option.value))
      option.remove();
  }
  form.fill({ ...address, postal: address.postal_code, name, phone, email });
}

function value() {
  if (type === "linkAuthentication") return { email: form.text("email") };
  if (type !== "address") return undefined;
  const { name, phone, address } = form.billing();
  return {
    name,
    address: { ...address, line2: address.line2 || null },
    ...(form.parts.has("phone") ? { phone } : {}),
  };
}

function state(error) {
  const told = { empty: form.isEmpty, complete: form.isComplete, value: value() };
  if (type === "iban")
    return { ...told, error, country: form.text("iban").slice(0, 2), bankName: null };
  return type === "address" ? { ...told, elementMode: options.mode, isNewAddress: true } : told;
}

function show(insist = false) {
  const error = form.show(insist);
  const told = state(error);
  const text = JSON.stringify(told);
  if (text !== lastTold && form.parts.size) tell("change", told);
  lastTold = text;
  return error;
}

function submit() {
  const error = show(true);
  if (error) form.firstWrong()?.input.focus();
  return error ? { error } : {};
}

window.collect = () => {
  if (type === "iban")
    return { type: "sepa_debit", sepa_debit: { iban: form.text("iban").replace(/\s/g, "") } };
  if (type === "linkAuthentication") return { billing_details: { email: form.text("email") } };
  if (type !== "address") return {};
  const { name, phone, address } = form.billing();
  return options.mode === "shipping"
    ? { shipping: { name, phone, address } }
    : { billing_details: { name, phone, address } };
};
window.problem = () => submit().error;

connect(
  (start) => {
    ({ type, options } = start);
    speak(start.group.locale);
    applyAppearance(start.group.appearance);
    build();
    followHeight(place);
    followFocus();
    lastTold = JSON.stringify(state());
    // As where no wallet is set up: the shop hides the place when it hears that there is none.
    tell("ready", type === "expressCheckout" ? { availablePaymentMethods: undefined } : {});
  },
  {
    update: (given) => {
      Object.assign(options, given);
      build();
    },
    group: (given) => applyAppearance(given.appearance),
    focus: () => form.focus(),
    blur: () => document.activeElement.blur(),
    clear: () => {
      form.clear();
      show();
    },
    submit,
    refresh: () => ({}),
    value: () => ({ complete: form.isComplete, isNewAddress: true, value: value() }),
  },
);
