// Tokens, payment methods and confirmation tokens of what stands in Elements.

const TOKEN_KINDS = ["bank_account", "pii", "cvc_update", "account", "person"];

async function createToken(stripe, what, data = {}) {
  if (typeof what === "string") {
    mustBe(TOKEN_KINDS.includes(what), `stripe.createToken(): unknown type ${shown(what)}.`);
    mustBe(
      what !== "cvc_update",
      "stripe.createToken(): this emulator does not make cvc_update tokens; Stripe does.",
    );
    const given = what === "pii" ? { id_number: data.personal_id_number } : data;
    return controllerOf(stripe).ask("createToken", { frames: [], data: { [what]: plain(given) } });
  }
  const frames = framesOf(what, "stripe.createToken()");
  const card = inner.get(what).type !== "iban";
  mustBe(
    card,
    "stripe.createToken(): an IBAN has no token; use createPaymentMethod() with type sepa_debit.",
  );
  return controllerOf(stripe).ask("createToken", {
    frames: frames.map((each) => each.name),
    data: plain(data),
  });
}

async function createPaymentMethod(stripe, ...given) {
  // An older form still seen in tutorials: createPaymentMethod("card", element, {billing_details}).
  const [first, element, more] = given;
  const options = typeof first === "string" ? { type: first, [first]: element, ...more } : first;
  mustBe(isObject(options), "stripe.createPaymentMethod() expects an object.");
  if (options.elements) {
    const elements = elementsOf(options, "stripe.createPaymentMethod()");
    const { error } = await elements.submit();
    if (error) return { error };
    const frames = elements.frames().map((each) => each.name);
    return controllerOf(stripe).ask("createPaymentMethod", { frames, data: plain(options.params) });
  }
  if (options.element) {
    const frames = framesOf(options.element, "stripe.createPaymentMethod()").map(
      (each) => each.name,
    );
    return controllerOf(stripe).ask("createPaymentMethod", { frames, data: plain(options.params) });
  }
  const type = textOf(options.type, "stripe.createPaymentMethod({type})");
  const { type: _, ...method } = options;
  const { frames, made } = methodOf(type, method, "stripe.createPaymentMethod()");
  return controllerOf(stripe).ask("createPaymentMethod", { frames, data: made });
}

async function createConfirmationToken(stripe, options) {
  const elements = elementsOf(options, "stripe.createConfirmationToken()");
  const { error } = await elements.submit();
  if (error) return { error };
  const frames = elements.frames().map((each) => each.name);
  return controllerOf(stripe).ask("createConfirmationToken", {
    frames,
    params: plain(options.params),
  });
}
