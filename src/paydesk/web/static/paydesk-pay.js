/* Paying within our own page: asks the shop for what Stripe.js needs, and shows Stripe's form.
   What is paid and how much is the order's, on the server: nothing here can change it. */

const page = document.getElementById("pay");
const form = page.querySelector("form");
const button = form.querySelector("[type=submit]");
const place = form.querySelector("[data-place]");
const message = form.querySelector("[data-message]");
// What is said to the buyer is in the page, in its language.
const WORDS = JSON.parse(document.body.dataset.words);
// Longer than the shop waits for Stripe, so that the shop's own answer comes first.
const ASK_TIMEOUT_MS = 45000;

function say(text, refused = false) {
  message.classList.toggle("refused", refused);
  message.textContent = text;
}

function setBusy(busy) {
  form.toggleAttribute("data-busy", busy);
  button.disabled = busy;
}

async function post(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  });
  return answer.json();
}

function loadStripe() {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = page.dataset.script;
    script.onload = () => resolve(window.Stripe(page.dataset.key));
    script.onerror = () => reject(new Error("Stripe.js"));
    document.head.append(script);
  });
}

function emailOf() {
  return form.elements.email?.value.trim() || undefined;
}

const looks = getComputedStyle(document.documentElement);

function appearance() {
  const colour = (name) => looks.getPropertyValue(name).trim();
  const { theme } = document.documentElement.dataset;
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  return {
    theme: dark ? "night" : "stripe",
    variables: {
      colorPrimary: colour("--accent"),
      colorBackground: colour("--sheet"),
      colorText: colour("--ink"),
      colorDanger: colour("--bad"),
      borderRadius: colour("--radius"),
    },
  };
}

/* Each kind of form: mounts it, and answers what the button does then. */

const FORMS = {
  async checkout(stripe, trip) {
    const checkout = await stripe.createEmbeddedCheckoutPage({ clientSecret: trip.clientSecret });
    checkout.mount(place);
    // Stripe's page has a button of its own.
    form.querySelector("[data-own]").hidden = true;
  },

  async payment(stripe, trip) {
    const elements = stripe.elements({ clientSecret: trip.clientSecret, appearance: appearance() });
    elements.create("payment").mount(place);
    return async () => {
      const email = emailOf();
      const details = email ? { payment_method_data: { billing_details: { email } } } : {};
      const { error } = await stripe.confirmPayment({
        elements,
        confirmParams: { return_url: page.dataset.returnUrl, ...details },
      });
      // Without an error the browser is on its way to the return page.
      if (error) throw new Refused(error.message);
    };
  },

  async card(stripe, trip) {
    const style = { base: { color: looks.getPropertyValue("--ink").trim(), fontSize: "16px" } };
    const card = stripe.elements().create("card", { style });
    place.classList.add("framed");
    card.mount(place);
    let { checkout } = trip;
    return async () => {
      const { token, error } = await stripe.createToken(card);
      if (error) throw new Refused(error.message);
      checkout ??= (await begin()).checkout;
      const body = { checkout, token: token.id, email: emailOf() };
      const answer = await post(page.dataset.chargesUrl, body);
      if (answer.url) return location.assign(answer.url);
      // What was declined is over; another card is another trip.
      if (!["invalid", "bad_token"].includes(answer.error.code)) checkout = null;
      throw new Refused(answer.error.message, answer.error.code);
    };
  },
};

class Refused extends Error {
  constructor(text, code) {
    super(text);
    this.code = code;
  }
}

// The order may be paid, or nobody knows yet: its own page says how it stands.
const SETTLED = new Set(["nothing_to_pay", "payment_in_progress", "stripe_unavailable"]);

async function begin() {
  const trip = await post(page.dataset.tripsUrl, { way: page.dataset.way });
  if (trip.error) throw new Refused(trip.error.message, trip.error.code);
  return trip;
}

function refuse(error) {
  setBusy(false);
  const known = error instanceof Refused;
  say(known ? error.message : WORDS.unreachable_paying, true);
  if (known && SETTLED.has(error.code)) {
    const link = document.createElement("a");
    Object.assign(link, { href: page.dataset.orderUrl, textContent: WORDS.see_order });
    message.append(" ", link);
  }
  if (document.activeElement === document.body) button.focus();
}

async function start() {
  setBusy(true);
  say(WORDS.opening_form);
  try {
    const [trip, stripe] = await Promise.all([
      begin(),
      loadStripe().catch(() => {
        throw new Refused(WORDS.form_failed);
      }),
    ]);
    const pay = await FORMS[trip.form](stripe, trip);
    say("");
    setBusy(false);
    return pay;
  } catch (error) {
    refuse(error);
    // What cannot be mounted cannot be paid with.
    button.disabled = true;
    return null;
  }
}

const ready = start();

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const pay = await ready;
  if (!pay || form.hasAttribute("data-busy")) return;
  setBusy(true);
  say(WORDS.paying);
  try {
    await pay();
  } catch (error) {
    refuse(error);
  }
});
