// Where we are, what Stripe.js calls a mistake of the shop's, and small checks.
// The files of this folder are served as one script: they share one scope.

// The emulator's own address: that of this very script.
const HOME = new URL(document.currentScript?.src || SERVED_FROM).origin;

// What marks a message of the emulator's pages.
const SOURCE = "stripe-emulator";

// Stripe.js' releases that break something have names; /v3/ is older than all of them.
const AGE = TRAINS.indexOf(TRAIN);
const since = (train) => AGE >= TRAINS.indexOf(train);

class IntegrationError extends Error {
  constructor(message) {
    super(message);
    this.name = "IntegrationError";
  }
}

function mustBe(holds, message) {
  if (!holds) throw new IntegrationError(message);
}

function textOf(value, what) {
  mustBe(
    typeof value === "string" && value !== "",
    `${what}: expected a text, got ${shown(value)}.`,
  );
  return value;
}

const shown = (value) =>
  typeof value === "string" ? `"${value}"` : value === null ? "null" : typeof value;

const isObject = (value) => typeof value === "object" && value !== null;

// `pi_1_secret_2` → `pi_1`.
function idOf(clientSecret, prefix, caller) {
  const id = /^([a-z]+_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+$/.exec(clientSecret)?.[1];
  const wanted = { pi: "PaymentIntent", seti: "SetupIntent" };
  mustBe(
    id && (!prefix || id.startsWith(`${prefix}_`)),
    `${caller}: the client secret is not that of a ${wanted[prefix] || "PaymentIntent or SetupIntent"} (got ${shown(clientSecret)}).`,
  );
  return id;
}

const kindOf = (clientSecret) =>
  String(clientSecret).startsWith("seti_") ? "setup_intent" : "payment_intent";

// Some answers are no text to show but a thing of ours: its frames are asked for what was typed.
const inner = new WeakMap();
