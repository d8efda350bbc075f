// One Element: where it stands in the page, what it tells, what it is told.

const PAGES = {
  card: ["elements-inner-card.html", "Secure card payment input frame"],
  cardNumber: ["elements-inner-card.html", "Secure card number input frame"],
  cardExpiry: ["elements-inner-card.html", "Secure expiration date input frame"],
  cardCvc: ["elements-inner-card.html", "Secure CVC input frame"],
  iban: ["elements-inner-form.html", "Secure IBAN input frame"],
  payment: ["elements-inner-payment.html", "Secure payment input frame"],
  address: ["elements-inner-form.html", "Secure address input frame"],
  linkAuthentication: ["elements-inner-form.html", "Secure email input frame"],
  expressCheckout: ["elements-inner-form.html", "Secure express checkout frame"],
  paymentRequestButton: ["elements-inner-form.html", "Secure payment button frame"],
};
const OF_A_CARD = new Set(["card", "cardNumber", "cardExpiry", "cardCvc"]);
const CLASSES = {
  base: "StripeElement",
  complete: "StripeElement--complete",
  empty: "StripeElement--empty",
  focus: "StripeElement--focus",
  invalid: "StripeElement--invalid",
};

class Element {
  constructor(type, options, group) {
    const [page, title] = PAGES[type];
    const frame = new Frame(
      page,
      title,
      () => this.start(),
      (message) => this.told(message),
    );
    inner.set(this, {
      type,
      options: { ...options },
      group,
      frame,
      handlers: new Map(),
      place: null,
      label: null,
      dead: false,
    });
  }

  async start() {
    await inner.get(this).waits;
    const { type, options, group } = inner.get(this);
    return { type, options: plain(options), group: group.start() };
  }

  mount(where) {
    const state = living(this, "mount");
    // Pages make it before they ask whether there is a wallet, and mount it if there is one.
    mustBe(
      state.type !== "paymentRequestButton",
      "There is no wallet in the emulator: paymentRequest.canMakePayment() says so. Do not mount its button.",
    );
    const place = placeOf(where, "mount");
    if (state.place === place) return;
    if (state.place) this.unmount();
    state.place = place;
    place.replaceChildren();
    place.classList.add(classOf(state, "base"));
    if (OF_A_CARD.has(state.type)) place.classList.add(classOf(state, "empty"));
    state.frame.attach(place);
    // A click on the label leads into the Element, as it would into a field of the page.
    state.label = place.id ? document.querySelector(`label[for="${CSS.escape(place.id)}"]`) : null;
    state.onLabel = () => this.focus();
    state.label?.addEventListener("click", state.onLabel);
    this.tell("loaderstart", { elementType: state.type });
  }

  unmount() {
    const state = inner.get(this);
    if (!state.place) return;
    for (const each of Object.keys(CLASSES)) state.place.classList.remove(classOf(state, each));
    state.label?.removeEventListener("click", state.onLabel);
    state.frame.detach();
    state.place = null;
  }

  destroy() {
    const state = living(this, "destroy");
    this.unmount();
    state.dead = true;
    state.group.forget(this);
  }

  update(options) {
    const state = living(this, "update");
    mustBe(isObject(options), "element.update() expects an object.");
    Object.assign(state.options, options);
    if (state.place) state.frame.order("update", plain(options));
    return this;
  }

  focus() {
    const { frame, place } = living(this, "focus");
    if (!place) return;
    frame.iframe.focus();
    frame.order("focus");
  }

  blur() {
    const { frame, place } = living(this, "blur");
    if (!place) return;
    frame.order("blur");
    frame.iframe.blur();
  }

  clear() {
    const { frame, place } = living(this, "clear");
    if (place) frame.order("clear");
  }

  collapse() {
    return this;
  }

  // Of the address Element: what has been typed so far.
  async getValue() {
    const { type, frame } = living(this, "getValue");
    mustBe(type === "address", `The ${type} Element has no getValue().`);
    return frame.ask("value");
  }

  on(name, handler) {
    return this.listen(name, handler, false);
  }

  once(name, handler) {
    return this.listen(name, handler, true);
  }

  off(name, handler) {
    const { handlers } = inner.get(this);
    const kept = handler
      ? (handlers.get(name) ?? []).filter((each) => each.handler !== handler)
      : [];
    handlers.set(name, kept);
    return this;
  }

  listen(name, handler, once) {
    const { handlers } = living(this, "on");
    textOf(name, "element.on()");
    mustBe(typeof handler === "function", "element.on(): the second argument must be a function.");
    handlers.set(name, [...(handlers.get(name) ?? []), { handler, once }]);
    return this;
  }

  tell(name, payload) {
    const { handlers } = inner.get(this);
    const heard = handlers.get(name) ?? [];
    handlers.set(
      name,
      heard.filter((each) => !each.once),
    );
    for (const { handler } of heard) handler(payload);
  }

  told(message) {
    const state = inner.get(this);
    if (message?.type !== "event" || !state.place) return;
    if (message.name === "change") showState(state, message.payload);
    if (message.name === "focus" || message.name === "blur") {
      state.place.classList.toggle(classOf(state, "focus"), message.name === "focus");
    }
    if (message.name === "ready" && state.options.autofocus) this.focus();
    // As the types say: one's own `ready` of a single Element carries nothing but its name.
    this.tell(message.name, { elementType: state.type, ...message.payload });
  }
}

function showState({ place, options }, { empty, complete, error }) {
  const state = { options };
  place.classList.toggle(classOf(state, "empty"), Boolean(empty));
  place.classList.toggle(classOf(state, "complete"), Boolean(complete));
  place.classList.toggle(classOf(state, "invalid"), Boolean(error));
}

function classOf({ options }, name) {
  return options.classes?.[name] || CLASSES[name];
}

function living(element, done) {
  const state = inner.get(element);
  mustBe(!state.dead, `This Element has been destroyed. Make a new one before calling ${done}().`);
  return state;
}

function placeOf(where, caller) {
  mustBe(
    where,
    `Missing argument. Make sure to call ${caller}() with a valid DOM element or selector.`,
  );
  if (where instanceof HTMLElement) return where;
  mustBe(typeof where === "string", `${caller}() expects a DOM element or a selector.`);
  const found = document.querySelectorAll(where);
  mustBe(
    found.length > 0,
    `The selector you specified (${where}) applies to no DOM elements that are currently on the page. ` +
      `Make sure the element exists on the page before calling ${caller}().`,
  );
  if (found.length > 1)
    console.warn(
      `The selector you specified (${where}) applies to ${found.length} DOM elements; the first is used.`,
    );
  return found[0];
}

// Functions and Elements cannot be posted; nothing a frame needs is one.
const plain = (value) => JSON.parse(JSON.stringify(value ?? {}));

// The Element's frames, by name, of a thing that the shop handed back to us.
function framesOf(element, caller) {
  const state = inner.get(element);
  mustBe(state?.frame, `${caller}: expected an Element of this page's stripe.elements().`);
  mustBe(
    !state.dead && state.place,
    `${caller}: the ${state.type} Element must be mounted, and must not be destroyed.`,
  );
  // The number's Element stands for all three parts of a split card.
  if (["cardNumber", "cardExpiry", "cardCvc"].includes(state.type))
    return state.group.frames(OF_A_CARD);
  return [state.frame];
}
