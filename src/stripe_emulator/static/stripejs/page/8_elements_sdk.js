// Elements of a Checkout Session (`ui_mode: elements`): the session's sums and choices for the shop's
// own page, and the Elements that pay it.

const SDK_ELEMENTS = {
  Payment: ["payment", {}],
  BillingAddress: ["address", { mode: "billing" }],
  ShippingAddress: ["address", { mode: "shipping" }],
  ExpressCheckout: ["expressCheckout", {}],
  ContactDetails: ["linkAuthentication", {}],
};
const SDK_SELDOM = ["CurrencySelector", "TaxId", "Terms", "LinkSignup"];

class CheckoutElementsSdk {
  constructor(stripe, options = {}) {
    const caller = since("dahlia") ? "stripe.initCheckoutElementsSdk()" : "stripe.initCheckout()";
    mustBe(isObject(options), `${caller} expects an object.`);
    mustBe(
      options.clientSecret || typeof options.fetchClientSecret === "function",
      `${caller}: a clientSecret is needed: a text or a promise of one.`,
    );
    const secret = secretOf(options, caller).then((found) => ({
      found,
      id: sessionIdOf(found, caller),
    }));
    secret.catch(() => {});
    const {
      email = null,
      phoneNumber = null,
      billingAddress = null,
      shippingAddress = null,
    } = options.defaultValues ?? {};
    const own = {
      email,
      phoneNumber,
      billingAddress,
      shippingAddress,
      individualName: null,
      businessName: null,
    };
    inner.set(this, {
      stripe,
      secret,
      own,
      options: options.elementsOptions ?? {},
      session: null,
      handlers: [],
      complete: false,
      group: null,
      loaded: null,
    });
    // Properties of its own, not of its class: libraries copy them out of the object.
    this.on = (name, handler) => this.listen(name, handler);
    this.loadActions = () => this.load();
    this.changeAppearance = (appearance) => this.restyle(appearance);
    // Fonts are fetched from elsewhere; the emulator's frames fetch nothing.
    this.loadFonts = () => {};
    for (const [name, [type, fixed]] of Object.entries(SDK_ELEMENTS)) {
      this[`create${name}Element`] = (given = {}) => this.make(type, { ...given, ...fixed });
      this[`get${name}Element`] = () => inner.get(this).group?.getElement(type, fixed) ?? null;
    }
    for (const name of SDK_SELDOM) {
      this[`create${name}Element`] = () => {
        throw new IntegrationError(
          `checkout.create${name}Element(): this emulator does not have it; Stripe does.`,
        );
      };
      this[`get${name}Element`] = () => null;
    }
  }

  listen(name, handler) {
    mustBe(name === "change", `checkout.on(): the only event is "change", got ${shown(name)}.`);
    mustBe(typeof handler === "function", "checkout.on(): the second argument must be a function.");
    inner.get(this).handlers.push(handler);
  }

  restyle(appearance) {
    const state = inner.get(this);
    state.options = { ...state.options, appearance };
    state.group?.update({ appearance });
  }

  make(type, options) {
    const state = inner.get(this);
    // The frame asks for its session by itself: its secret may only be on its way yet.
    state.group ??= new Elements(state.stripe, { ...state.options, checkout: true });
    const element = state.group.create(type, options);
    inner.get(element).waits = state.secret.then(({ found }) => {
      inner.get(state.group).options.checkout = found;
    });
    if (type === "payment") element.on("change", ({ complete }) => this.becomes({ complete }));
    return element;
  }

  async load() {
    const state = inner.get(this);
    state.loaded ??= this.ask("", {}).then(
      (answer) => {
        if (answer.error)
          return { type: "error", error: { message: answer.error.message, code: null } };
        state.session = answer.session;
        return { type: "success", actions: this.actions() };
      },
      (error) => ({ type: "error", error: { message: error.message, code: null } }),
    );
    return state.loaded;
  }

  async ask(what, given) {
    const { stripe, secret } = inner.get(this);
    const { found, id } = await secret;
    return controllerOf(stripe).ask("checkout", id, what, { ...given, client_secret: found });
  }

  // The session with what the page has been told and the server need not know before paying.
  view() {
    const { session, own, complete } = inner.get(this);
    const email = session.email ?? own.email;
    return {
      ...session,
      email,
      phoneNumber: own.phoneNumber,
      billingAddress: own.billingAddress,
      shippingAddress: own.shippingAddress,
      canConfirm: session.status.type === "open" && Boolean(email) && complete,
    };
  }

  becomes(changed) {
    const state = inner.get(this);
    const before = JSON.stringify(state.session && this.view());
    const { session, complete, ...own } = changed;
    if (session) state.session = session;
    if (complete !== undefined) state.complete = complete;
    Object.assign(state.own, own);
    if (!state.session || JSON.stringify(this.view()) === before) return;
    for (const handler of state.handlers) handler(this.view());
  }

  actions() {
    const revised = (given, code) => this.revise(given, code);
    const set = (own) => {
      this.becomes(own);
      return { type: "success", session: this.view() };
    };
    return {
      getSession: () => this.view(),
      confirm: (given = {}) => this.confirm(given),
      applyPromotionCode: (promotionCode) =>
        revised({ promotion_code: textOf(promotionCode, "applyPromotionCode()") }, "invalidCode"),
      removePromotionCode: () => revised({ promotion_code: "" }),
      updateLineItemQuantity: ({ lineItem, quantity }) =>
        revised({ quantities: { [lineItem]: quantity } }),
      addOptionalLineItem: (priceId) => revised({ optional: { [priceId]: 1 } }),
      removeOptionalLineItem: (priceId) => revised({ optional: { [priceId]: 0 } }),
      updateShippingOption: (id) =>
        revised({ shipping_rate: textOf(id, "updateShippingOption()") }),
      updateShippingAddress: (contact) => this.addressed("shipping", "shippingAddress", contact),
      updateBillingAddress: (contact) => this.addressed("billing", "billingAddress", contact),
      updateEmail: async (email) => {
        const wrong = email && !/^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$/.test(email);
        if (wrong)
          return {
            type: "error",
            error: {
              message: "Your email is invalid.",
              code: email.includes("@") ? "invalidEmail" : "incompleteEmail",
            },
          };
        return set({ email });
      },
      updatePhoneNumber: async (phoneNumber) => set({ phoneNumber }),
      updateIndividualName: async (individualName) => set({ individualName }),
      updateBusinessName: async (businessName) => set({ businessName }),
      updateTaxIdInfo: () => {
        throw new IntegrationError(
          "updateTaxIdInfo(): this emulator does not have it; Stripe does.",
        );
      },
      runServerUpdate: async (update) => {
        await update();
        return this.revise({});
      },
      validateElements: () => this.validate(),
    };
  }

  async revise(given, code = null) {
    const answer = await this.ask(Object.keys(given).length ? "/revise" : "", given);
    if (answer.error)
      return { type: "error", error: { message: answer.error.message, code: null } };
    this.becomes({ session: answer.session });
    const [refused] = answer.refused ?? [];
    if (refused)
      return {
        type: "error",
        error: { message: refused.message, code: refused.code === "closed" ? null : code },
      };
    return { type: "success", session: this.view() };
  }

  async addressed(where, name, contact) {
    this.becomes({ [name]: contact });
    return this.revise({ [where]: contact ? contact.address : { country: "" } });
  }

  async validate() {
    const { group } = inner.get(this);
    if (!group || group.frames().length === 0)
      return {
        type: "error",
        error: {
          code: "no_elements",
          message: "There are no Elements on the page.",
          validation_errors: [],
        },
      };
    const { error } = await group.submit();
    if (!error) return { type: "success", session: this.view() };
    const errors = [{ message: error.message, element: "payment" }];
    return {
      type: "error",
      error: { code: "validation_error", message: error.message, validation_errors: errors },
    };
  }

  async confirm(given) {
    const { redirect = "always", returnUrl, paymentMethod } = given;
    mustBe(
      ["always", "if_required"].includes(redirect),
      'confirm(): redirect must be "always" or "if_required".',
    );
    for (const name of ["email", "phoneNumber", "billingAddress", "shippingAddress"])
      if (given[name] !== undefined) this.becomes({ [name]: given[name] });
    const { group, own, stripe } = inner.get(this);
    if (!paymentMethod) {
      const checked = await this.validate();
      if (checked.type === "error")
        return { type: "error", error: { message: checked.error.message, code: null } };
    }
    const { id, found } = await inner.get(this).secret;
    const frames = paymentMethod ? [] : group.frames().map((each) => each.name);
    const total = this.view().total.total.minorUnitsAmount;
    const first = await controllerOf(stripe).ask("payCheckout", {
      id,
      clientSecret: found,
      frames,
      own,
      email: this.view().email,
      method: paymentMethod ?? null,
      total,
      saves: Boolean(given.savePaymentMethod),
    });
    return this.came(await this.answered(first), redirect, returnUrl);
  }

  // The bank's question stands in a dialog; a wallet's page takes the place of the shop's.
  async answered(first) {
    if (first.outcome !== "challenge") return first;
    if (first.kind !== "card") return leaveFor(first.url);
    await inDialog(first.url, "3-D Secure");
    return this.ask("/returned", {});
  }

  came(answer, redirect, returnUrl) {
    if (answer.session) this.becomes({ session: answer.session });
    const wrong = (message, code, more) => ({ type: "error", error: { message, code, ...more } });
    if (answer.error) return wrong(answer.error.message, null);
    if (answer.outcome === "declined")
      return wrong(answer.message, "paymentFailed", {
        paymentFailed: { declineCode: answer.declineCode },
      });
    if (answer.outcome === "refused") return wrong(answer.refused[0].message, null);
    if (answer.outcome === "challenge")
      return wrong("The payment still waits for its holder.", null);
    if (redirect === "always")
      return leaveFor(returnUrl ? withSession(returnUrl, this.view().id) : answer.returnUrl);
    return { type: "success", session: this.view() };
  }
}

const withSession = (url, id) => url.replaceAll("{CHECKOUT_SESSION_ID}", id);
