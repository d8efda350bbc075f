// Builds labelled fields with a problem below each, and puts what is in them where the API wants it.

import { brandName, brandOf, codeLength, expiryOf, isLongest } from "./card.js";
import { Field, isDone } from "./fields.js";
import { say } from "./words.js";

const { countries, withoutPostalCode } = document.body.dataset;
const CODES = countries.split(" ");
const WITHOUT_POSTAL = new Set(withoutPostalCode.split(" "));

const INPUTS = {
  number: { autocomplete: "cc-number", inputmode: "numeric", placeholder: "1234 1234 1234 1234" },
  expiry: { autocomplete: "cc-exp", inputmode: "numeric" },
  cvc: { autocomplete: "cc-csc", inputmode: "numeric", placeholder: "CVC" },
  postal: { autocomplete: "postal-code", maxlength: "10", name: "postalCode", id: "postalCode" },
  name: { autocomplete: "name" },
  email: { autocomplete: "email", type: "email", inputmode: "email" },
  phone: { autocomplete: "tel", type: "tel" },
  line1: { autocomplete: "address-line1", id: "addressLine1" },
  line2: { autocomplete: "address-line2", id: "addressLine2" },
  city: { autocomplete: "address-level2", id: "locality" },
  state: { autocomplete: "address-level1", id: "administrativeArea" },
  iban: { autocomplete: "off", placeholder: "AT61 1904 3002 3457 3201" },
  routing: { autocomplete: "off", inputmode: "numeric", placeholder: "110000000" },
  account: { autocomplete: "off", inputmode: "numeric", placeholder: "000123456789" },
  tax_id: { autocomplete: "off", placeholder: "000.000.000-00" },
};
const HALF = new Set(["expiry", "cvc", "postal", "city", "routing", "account"]);
const OPTIONAL = new Set(["line2", "phone"]);

export class Form {
  // `heard(event)` is told of every `input` and `blur`.
  constructor(place, kinds, { country, heard, compulsory = [] }) {
    this.heard = heard;
    this.parts = new Map();
    for (const kind of kinds) this.add(place, kind, compulsory);
    if (this.parts.has("country")) this.parts.get("country").field.input.value = country || "US";
    else this.fixedCountry = country;
    this.followCountry();
  }

  add(place, kind, compulsory) {
    const box = document.createElement("div");
    // Beside a card's postal code there is room for its country, which an address begins with.
    const half = HALF.has(kind) || (kind === "country" && this.parts.has("cvc"));
    box.className = `Block-field ${kind}${half ? " half" : ""}`;
    const id = `Field-${INPUTS[kind]?.id ?? kind}Input`;
    const label = document.createElement("label");
    label.className = "Label";
    label.htmlFor = id;
    const problem = document.createElement("p");
    problem.className = "Error";
    problem.id = `${id}-problem`;
    problem.hidden = true;
    problem.setAttribute("role", "alert");
    const optional = OPTIONAL.has(kind) && !compulsory.includes(kind);
    label.textContent = say(kind) + (optional ? ` (${say("optional")})` : "");
    const field =
      kind === "country"
        ? countryField((event) => this.changed(event))
        : this.input(kind, id, optional);
    field.input.id = id;
    field.input.classList.add("Input");
    field.input.setAttribute("aria-describedby", problem.id);
    const around = document.createElement("div");
    around.className = "around";
    around.append(field.input);
    if (kind === "number") around.append(this.brandMark());
    box.append(label, around, problem);
    place.append(box);
    this.parts.set(kind, { field, box, label, problem });
  }

  input(kind, id, optional) {
    const extra = kind === "expiry" ? { placeholder: say("expiryShort") } : {};
    const attributes = { name: kind, ...INPUTS[kind], ...extra, id };
    return new Field(optional ? "optional" : kind, attributes, (field, event) =>
      this.changed(event, kind),
    );
  }

  brandMark() {
    this.brand = document.createElement("span");
    this.brand.className = "brand";
    this.brand.setAttribute("aria-hidden", "true");
    return this.brand;
  }

  changed(event, kind) {
    if (kind === "number") {
      const { field } = this.parts.get("number");
      this.brand.textContent = brandName(brandOf(field.digits));
      if (this.parts.has("cvc")) this.parts.get("cvc").field.wanted = codeLength(field.digits);
    }
    if (event === "input") this.advance(kind);
    this.followCountry();
    this.heard(event);
  }

  advance(kind) {
    const next = { number: "expiry", expiry: "cvc" }[kind];
    if (!next || !this.parts.has(next)) return;
    const { field } = this.parts.get(kind);
    const whole =
      field.check().state === "complete" && (kind !== "number" || isLongest(field.digits));
    if (whole && field.input.selectionStart === field.input.value.length)
      this.parts.get(next).field.input.focus();
  }

  get country() {
    return this.parts.get("country")?.field.input.value ?? this.fixedCountry ?? "US";
  }

  followCountry() {
    const postal = this.parts.get("postal");
    if (!postal) return;
    postal.box.hidden = WITHOUT_POSTAL.has(this.country);
    postal.field.country = this.country;
    postal.label.textContent = say(this.country === "US" ? "zip" : "postal");
  }

  get asked() {
    return [...this.parts.values()].filter(({ box }) => !box.hidden);
  }

  get isEmpty() {
    return this.asked.every(({ field }) => field.input.tagName === "SELECT" || field.text === "");
  }

  get isComplete() {
    return this.asked.every(({ field }) => isDone(field));
  }

  // Writes each problem below its field; answers the first.
  show(insist = false) {
    let first;
    for (const { field, problem } of this.asked) {
      const error = field.error(insist);
      field.show(error);
      // Written anew only when it changes: a screen reader would say it at every key.
      const said = error?.message ?? "";
      if (problem.textContent !== said) problem.textContent = said;
      problem.hidden = !error;
      first ??= error;
    }
    return first;
  }

  firstWrong() {
    return this.asked.find(({ field }) => field.error(true))?.field;
  }

  focus() {
    (this.asked.find(({ field }) => !isDone(field)) ?? this.asked[0])?.field.input.focus();
  }

  clear() {
    for (const { field } of this.parts.values())
      if (field.input.tagName !== "SELECT") field.set("");
    if (this.brand) this.brand.textContent = "";
    this.show();
  }

  fill(values) {
    for (const [kind, value] of Object.entries(values))
      if (value && this.parts.has(kind)) this.parts.get(kind).field.set(value);
    this.followCountry();
  }

  // What had been typed into the form that this one takes the place of.
  keep(before) {
    for (const [kind, { field }] of before?.parts ?? []) {
      if (field.input.value && this.parts.has(kind))
        this.parts.get(kind).field.set(field.input.value);
    }
    this.followCountry();
  }

  text(kind) {
    const part = this.parts.get(kind);
    return part && !part.box.hidden ? part.field.text : "";
  }

  card() {
    const digits = (kind) => this.parts.get(kind).field.digits;
    const { month, year } = expiryOf(digits("expiry"));
    return { number: digits("number"), exp_month: month, exp_year: year, cvc: digits("cvc") };
  }

  address() {
    const [country] = [this.parts.has("country") || this.fixedCountry ? this.country : ""];
    return {
      line1: this.text("line1"),
      line2: this.text("line2"),
      city: this.text("city"),
      state: this.text("state"),
      postal_code: this.text("postal"),
      country,
    };
  }

  billing() {
    return {
      name: this.text("name"),
      email: this.text("email"),
      phone: this.text("phone"),
      address: this.address(),
    };
  }
}

function countryField(heard) {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "region" });
  const select = document.createElement("select");
  select.name = "country";
  select.autocomplete = "country";
  const listed = CODES.map((code) => [names.of(code), code]).sort(([one], [other]) =>
    one.localeCompare(other),
  );
  for (const [name, code] of listed) select.append(new Option(name, code));
  select.addEventListener("change", () => heard("input"));
  return {
    input: select,
    get text() {
      return select.value;
    },
    check: () => ({ state: "complete" }),
    error: () => undefined,
    show: () => {},
    set: (value) => {
      if (CODES.includes(value)) select.value = value;
    },
  };
}
