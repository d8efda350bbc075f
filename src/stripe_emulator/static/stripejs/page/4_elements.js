// A group of Elements: what belongs to one payment form.

const MODES = ["payment", "setup", "subscription"];
const SELDOM = {
  auBankAccount: "the AU bank account Element",
  paymentMethodMessaging: "the Payment Method Messaging Element",
  affirmMessage: "the Affirm message Element",
  afterpayClearpayMessage: "the Afterpay message Element",
  taxId: "the Tax ID Element",
  currencySelector: "the Currency Selector Element",
  shippingAddress: "the Shipping Address Element (use `address` with mode `shipping`)",
};

class Elements {
  constructor(stripe, options = {}) {
    mustBe(isObject(options), "stripe.elements() expects an object.");
    checkGroup(options);
    inner.set(this, { stripe, options: { ...options }, made: [], submitted: false });
  }

  create(type, options = {}) {
    const { made, options: group } = inner.get(this);
    mustBe(!(type in SELDOM), `This emulator does not have ${SELDOM[type]}; Stripe does.`);
    mustBe(
      type in PAGES,
      `A valid Element name must be provided. Valid Elements are: ${Object.keys(PAGES).join(", ")}; you passed: ${shown(type)}.`,
    );
    const mode = options.mode;
    const same = made.filter(
      (each) =>
        inner.get(each).type === type &&
        (type !== "address" || inner.get(each).options.mode === mode),
    );
    mustBe(
      same.length === 0,
      `Can only create one Element of type ${type} through the same Elements instance.`,
    );
    mustBe(
      type !== "address" || ["billing", "shipping"].includes(mode),
      'The address Element needs the option `mode`: "billing" or "shipping".',
    );
    mustBe(
      type !== "payment" || group.clientSecret || group.mode || group.checkout,
      "In order to create a payment element, you must pass a clientSecret or mode when creating the Elements instance.",
    );
    const element = new Element(type, options, this);
    made.push(element);
    return element;
  }

  // `asked`: a name, or the component that stands for it in a page made with React.
  getElement(asked, options = {}) {
    const { made } = inner.get(this);
    const type = asked?.__elementType ?? asked;
    const found = made.find((each) => {
      const state = inner.get(each);
      return (
        (state.type === type || each === type) &&
        (!options.mode || state.options.mode === options.mode)
      );
    });
    return found ?? null;
  }

  update(options) {
    const state = inner.get(this);
    mustBe(isObject(options), "elements.update() expects an object.");
    mustBe(
      !("clientSecret" in options),
      "elements.update(): clientSecret cannot be updated. Make a new Elements instance.",
    );
    const next = { ...state.options, ...options };
    checkGroup(next);
    state.options = next;
    state.submitted = false;
    for (const element of mounted(state)) inner.get(element).frame.order("group", this.start());
  }

  // Reads the intent again, after the shop's server has changed it.
  async fetchUpdates() {
    const state = inner.get(this);
    mustBe(
      state.options.clientSecret,
      "elements.fetchUpdates() needs Elements that were made with a clientSecret.",
    );
    const answers = await Promise.all(
      mounted(state).map((each) => inner.get(each).frame.ask("refresh")),
    );
    return answers.find((each) => each?.error) ?? {};
  }

  // Shows what is missing and says the first of it; the form must be submitted before a deferred intent is confirmed.
  async submit() {
    const state = inner.get(this);
    const answers = [];
    for (const element of mounted(state))
      answers.push(await inner.get(element).frame.ask("submit"));
    const refused = answers.find((each) => each?.error);
    if (refused) return { error: refused.error };
    state.submitted = true;
    return { selectedPaymentMethod: answers.find((each) => each?.selected)?.selected };
  }

  start() {
    const { options, stripe } = inner.get(this);
    const { key, locale } = inner.get(stripe);
    return { key, ...plain(options), locale: options.locale || locale };
  }

  frames(types) {
    return mounted(inner.get(this))
      .filter((each) => !types || types.has(inner.get(each).type))
      .map((each) => inner.get(each).frame);
  }

  forget(element) {
    const state = inner.get(this);
    state.made = state.made.filter((each) => each !== element);
  }
}

const mounted = ({ made }) => made.filter((each) => inner.get(each).place);

function checkGroup({ clientSecret, mode, amount, currency, checkout }) {
  if (checkout) return;
  mustBe(!(clientSecret && mode), "stripe.elements(): pass either clientSecret or mode, not both.");
  if (clientSecret !== undefined)
    idOf(textOf(clientSecret, "stripe.elements({clientSecret})"), null, "stripe.elements()");
  if (mode === undefined) return;
  mustBe(
    MODES.includes(mode),
    `stripe.elements(): mode must be one of ${MODES.join(", ")}, got ${shown(mode)}.`,
  );
  if (mode === "setup") return;
  mustBe(
    Number.isInteger(amount) && amount >= 0,
    "stripe.elements(): amount must be a whole number of the currency's smallest unit.",
  );
  mustBe(
    /^[a-z]{3}$/.test(currency),
    "stripe.elements(): currency must be a three-letter code in lower case.",
  );
}

function elementsOf(options, caller) {
  const elements = options?.elements;
  mustBe(
    elements instanceof Elements,
    `${caller}: \`elements\` must be what stripe.elements() returned.`,
  );
  return elements;
}
