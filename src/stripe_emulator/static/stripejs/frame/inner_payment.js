// The Payment Element: a tab for each kind of method the intent allows, and that kind's form.

import { call } from "./api.js";
import { connect, followFocus, followHeight, tell } from "./bridge.js";
import { Form } from "./form.js";
import { formOf, nameOf, offered } from "./kinds.js";
import { applyAppearance } from "./look.js";
import { say, speak } from "./words.js";

const place = document.getElementById("inner");

let group = {};
let options = {};
let session = null;
let chosen = null;
let forms = new Map();
let panels = new Map();
let lastTold = "";

// What may be paid with: asked of the intent, or of the amount and currency alone.
async function load() {
  if (group.checkout) return loadCheckout();
  const asked = group.clientSecret
    ? {
        type: group.clientSecret.startsWith("seti_") ? "setup_intent" : "payment_intent",
        client_secret: group.clientSecret,
      }
    : {
        type: "deferred_intent",
        deferred_intent: { mode: group.mode, amount: group.amount, currency: group.currency },
      };
  return call(group.key, "GET", "/v1/elements/sessions", asked);
}

async function loadCheckout() {
  const id = group.checkout.split("_secret_")[0];
  const { body, error } = await call(group.key, "POST", `/v3/checkout/${id}`, {
    client_secret: group.checkout,
  });
  if (error) return { error };
  return {
    body: {
      business_name: body.businessName,
      payment_method_preference: { ordered_payment_method_types: body.kinds },
    },
  };
}

// Tabs beside each other, or, in an accordion, below each other with the chosen one's form between.
const inAccordion = () => (options.layout?.type ?? options.layout) === "accordion";

// `anew`: other options make other fields. Else only another choice of kinds does, and whoever is
// typing is not disturbed by a new amount.
function build({ anew = false } = {}) {
  const kinds = allowed();
  if (!anew && kinds.join() === [...panels.keys()].join()) return;
  const before = forms;
  place.replaceChildren();
  forms = new Map();
  panels = new Map(kinds.map((kind) => [kind, panelFor(kind, kinds.length > 1)]));
  for (const [kind, form] of forms) form.keep(before.get(kind));
  if (kinds.length > 1) place.append(tabsFor(kinds));
  choose(kinds.includes(chosen) ? chosen : kinds[0], false);
}

function tabsFor(kinds) {
  const tabs = document.createElement("div");
  tabs.className = inAccordion() ? "Accordion" : "Tabs";
  tabs.setAttribute("role", inAccordion() ? "group" : "tablist");
  tabs.setAttribute("aria-label", say("methods"));
  tabs.append(...kinds.map(tabFor));
  if (!inAccordion()) tabs.addEventListener("keydown", (event) => moveAmong(event, kinds));
  return tabs;
}

function allowed() {
  const all = session.payment_method_preference.ordered_payment_method_types;
  const only = group.allowedPaymentMethodTypes ?? group.paymentMethodTypes;
  const without = group.excludedPaymentMethodTypes ?? [];
  const kept = all.filter((each) => (!only || only.includes(each)) && !without.includes(each));
  return offered(kept, options.paymentMethodOrder);
}

function tabFor(kind) {
  const tab = document.createElement("button");
  tab.type = "button";
  tab.className = inAccordion() ? "AccordionItem" : "Tab";
  tab.id = `${kind}-tab`;
  tab.value = kind;
  if (!inAccordion()) tab.setAttribute("role", "tab");
  tab.textContent = kind === "card" ? say("card") : nameOf(kind);
  tab.addEventListener("click", () => choose(kind));
  return tab;
}

function panelFor(kind, tabbed) {
  const panel = document.createElement("div");
  panel.id = `${kind}-panel`;
  panel.className = "panel";
  if (tabbed) {
    panel.setAttribute("role", inAccordion() ? "group" : "tabpanel");
    panel.setAttribute("aria-labelledby", `${kind}-tab`);
  }
  const { fields, note, country } = formOf(kind);
  const defaults = options.defaultValues?.billingDetails ?? {};
  const form = new Form(
    panel,
    fields.filter((each) => isAsked(each)),
    { country: country ?? defaults.address?.country, heard },
  );
  const address = defaults.address ?? {};
  form.fill({
    name: defaults.name,
    email: defaults.email,
    postal: address.postal_code,
    line1: address.line1,
    city: address.city,
    state: address.state,
  });
  forms.set(kind, form);
  const said = document.createElement("p");
  said.className = "TermsText";
  said.textContent = noteFor(kind, note);
  if (said.textContent) panel.append(said);
  return panel;
}

function noteFor(kind, note) {
  const shop = options.business?.name ?? session.business_name;
  if (note) return say(note, { shop, name: nameOf(kind) });
  const keeps =
    group.clientSecret?.startsWith("seti_") || ["setup", "subscription"].includes(group.mode);
  return keeps && options.terms?.card !== "never" ? say("future", { shop }) : "";
}

// A shop that asks for these itself hides them: `fields.billingDetails`.
function isAsked(kind) {
  const hidden = options.fields?.billingDetails;
  if (
    hidden === undefined ||
    !["name", "email", "phone", "country", "postal", "line1", "line2", "city", "state"].includes(
      kind,
    )
  )
    return true;
  if (typeof hidden === "string") return hidden !== "never";
  const name = { postal: "postalCode" }[kind] ?? kind;
  if (name in hidden) return hidden[name] !== "never";
  if (["name", "email", "phone"].includes(kind)) return true;
  return typeof hidden.address === "string"
    ? hidden.address !== "never"
    : hidden.address?.[name] !== "never";
}

function choose(kind, moved = true) {
  const changed = kind !== chosen;
  chosen = kind;
  for (const tab of place.querySelectorAll(".Tab, .AccordionItem")) mark(tab, tab.value === kind);
  // Only one form is in the page at a time: each has a name, an email…
  for (const panel of panels.values()) panel.remove();
  const panel = panels.get(kind);
  if (panel) {
    const tab = document.getElementById(`${kind}-tab`);
    if (tab && inAccordion()) tab.after(panel);
    else place.append(panel);
  }
  if (changed && moved) show();
}

function mark(tab, selected) {
  tab.classList.toggle(`${inAccordion() ? "AccordionItem" : "Tab"}--selected`, selected);
  if (inAccordion()) {
    tab.setAttribute("aria-expanded", String(selected));
    return;
  }
  tab.setAttribute("aria-selected", String(selected));
  tab.tabIndex = selected ? 0 : -1;
  if (selected) tab.setAttribute("aria-controls", `${tab.value}-panel`);
  else tab.removeAttribute("aria-controls");
}

function moveAmong(event, kinds) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const next = kinds[(kinds.indexOf(chosen) + step + kinds.length) % kinds.length];
  choose(next);
  document.getElementById(`${next}-tab`).focus();
}

const heard = () => show();

function show(insist = false) {
  const form = forms.get(chosen);
  if (!form) return undefined;
  const error = form.show(insist);
  const empty = form.parts.size > 0 && form.isEmpty;
  const state = { empty, complete: form.isComplete, collapsed: false, value: { type: chosen } };
  const text = JSON.stringify(state);
  if (text !== lastTold && lastTold) tell("change", state);
  lastTold = text;
  return error;
}

// Nothing can be paid with an intent that is paid or cancelled.
function ended({ type, [type]: intent }) {
  if (!["succeeded", "canceled", "processing", "requires_capture"].includes(intent?.status))
    return null;
  const message = `This ${type} is ${intent.status}: the Payment Element has nothing to ask.`;
  return { type: "invalid_request_error", code: `${type}_unexpected_state`, message };
}

async function refresh() {
  const { body, error } = await load();
  if (error) {
    place.textContent = error.message;
    tell("loaderror", { error });
    return { error };
  }
  const over = ended(body.payment_method_preference);
  if (over) tell("loaderror", { error: over });
  if (over) return { error: over };
  session = body;
  build();
  return {};
}

function take(given) {
  Object.assign(options, given);
  if (session) build({ anew: true });
}

function submit() {
  if (!session)
    return {
      error: { type: "invalid_request_error", message: "The Payment Element could not be loaded." },
    };
  const error = show(true);
  if (!error) return { selected: chosen };
  forms.get(chosen).firstWrong()?.input.focus();
  return { error };
}

const DETAILS = {
  card: (form) => form.card(),
  sepa_debit: (form) => ({ iban: form.text("iban").replace(/\s/g, "") }),
  us_bank_account: (form) => ({
    routing_number: form.text("routing"),
    account_number: form.text("account"),
    account_holder_type: "individual",
  }),
  boleto: (form) => ({ tax_id: form.text("tax_id") }),
};

// For the controller, which lives at the same origin.
window.collect = () => {
  const form = forms.get(chosen);
  return {
    type: chosen,
    [chosen]: DETAILS[chosen]?.(form) ?? null,
    billing_details: form.billing(),
  };
};
window.problem = () => submit().error;

connect(
  async (start) => {
    ({ group, options } = start);
    speak(group.locale);
    applyAppearance(group.appearance);
    followHeight(place);
    followFocus();
    const { error } = await refresh();
    show();
    if (!error) tell("ready");
  },
  {
    update: take,
    group: (given) => {
      group = given;
      applyAppearance(group.appearance);
      return refresh();
    },
    focus: () => forms.get(chosen)?.focus(),
    blur: () => document.activeElement.blur(),
    clear: () => {
      forms.get(chosen)?.clear();
      show();
    },
    submit,
    refresh,
  },
);
