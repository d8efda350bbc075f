// confirmPayment, confirmSetup and their older, narrower kin.

async function confirmWithElements(stripe, kind, options, caller) {
  mustBe(isObject(options), `${caller}() expects an object.`);
  const { confirmParams = {}, redirect = "always" } = options;
  mustBe(
    ["always", "if_required"].includes(redirect),
    `${caller}(): redirect must be "always" or "if_required".`,
  );
  mustBe(
    redirect === "if_required" || confirmParams.return_url,
    `${caller}(): confirmParams.return_url is required with redirect "always".`,
  );
  if (confirmParams.return_url) checkAddress(confirmParams.return_url, caller);
  const clientSecret =
    options.clientSecret ??
    (options.elements && inner.get(elementsOf(options, caller)).options.clientSecret);
  mustBe(clientSecret, `${caller}(): a clientSecret is needed, here or in stripe.elements().`);
  idOf(clientSecret, kind === "payment_intent" ? "pi" : "seti", `${caller}()`);
  const { frames, expected, refused } = await typedIn(options, caller);
  if (refused) return { error: refused };
  const { payment_method_data: data, ...params } = confirmParams;
  const first = await controllerOf(stripe).ask("confirm", {
    kind,
    clientSecret,
    frames,
    expected,
    params,
    data: plain(data),
    method: null,
  });
  return finished(stripe, first, redirect === "always" ? confirmParams.return_url : null);
}

// The Elements' frames; what a deferred intent must come to; what is missing in them.
async function typedIn(options, caller) {
  if (!options.elements) {
    const { payment_method: method, confirmation_token: token } = options.confirmParams ?? {};
    mustBe(
      method || token,
      `${caller}(): pass elements, or confirmParams.payment_method or confirmation_token.`,
    );
    return { frames: [] };
  }
  const elements = elementsOf(options, caller);
  const { options: group, submitted } = inner.get(elements);
  const frames = elements.frames();
  mustBe(frames.length > 0, `${caller}(): no Element of these Elements is mounted.`);
  mustBe(
    !group.mode || submitted,
    `elements.submit() must be called before ${caller}() when Elements were made without a clientSecret.`,
  );
  const { error } = group.mode ? {} : await elements.submit();
  const expected =
    group.mode === "payment" ? { amount: group.amount, currency: group.currency } : null;
  return { frames: frames.map((each) => each.name), expected, refused: error };
}

async function finished(stripe, first, returnUrl) {
  if (first.error) return { error: first.error };
  const after = await act(stripe, first.intent, first.type);
  const result = resultOf(after);
  if (result.error || !returnUrl) return result;
  return leaveFor(returnAddress(returnUrl, after.intent));
}

function checkAddress(address, caller) {
  let parsed = null;
  try {
    parsed = new URL(address);
  } catch {
    // Said below, with the name of the call.
  }
  mustBe(
    ["http:", "https:"].includes(parsed?.protocol),
    `${caller}(): return_url must be a whole address that begins with http:// or https://, got ${shown(address)}.`,
  );
}

// confirmCardPayment(secret, {payment_method: {card: element, billing_details}}, {handleActions})
async function confirmOf(
  stripe,
  kind,
  type,
  caller,
  [clientSecret, data = {}, { handleActions = true } = {}],
) {
  idOf(textOf(clientSecret, caller), kind === "payment_intent" ? "pi" : "seti", caller);
  const { payment_method: method, payment_method_options: ignored, ...params } = data;
  const { frames, made } = methodOf(type, method, caller);
  const first = await controllerOf(stripe).ask("confirm", {
    kind,
    clientSecret,
    frames,
    expected: null,
    params: plain(params),
    data: made,
    method: typeof method === "string" ? method : null,
    type,
  });
  if (!handleActions) return resultOf(first);
  return finished(stripe, first, null);
}

// An Element, an id, or details: what a payment method of this type is made of.
function methodOf(type, method, caller) {
  if (method === undefined || typeof method === "string") return { frames: [], made: null };
  mustBe(isObject(method), `${caller}: payment_method must be an id or an object.`);
  const source = method[type];
  mustBe(source !== null, `${caller}: ${type} is null. Is its Element on the page?`);
  const rest = { ...method };
  delete rest[type];
  if (source instanceof Element) {
    return {
      frames: framesOf(source, caller).map((each) => each.name),
      made: plain({ ...rest, type }),
    };
  }
  return { frames: [], made: plain({ ...rest, type, [type]: source ?? {} }) };
}

// Every kind of method has a pair of calls: `confirmSepaDebitPayment`, `confirmSepaDebitSetup`.
const KINDS = {
  Card: "card",
  SepaDebit: "sepa_debit",
  UsBankAccount: "us_bank_account",
  AcssDebit: "acss_debit",
  AuBecsDebit: "au_becs_debit",
  BacsDebit: "bacs_debit",
  Bancontact: "bancontact",
  Ideal: "ideal",
  Eps: "eps",
  P24: "p24",
  Giropay: "giropay",
  Sofort: "sofort",
  Alipay: "alipay",
  WechatPay: "wechat_pay",
  Klarna: "klarna",
  Affirm: "affirm",
  AfterpayClearpay: "afterpay_clearpay",
  Boleto: "boleto",
  Oxxo: "oxxo",
  Konbini: "konbini",
  Multibanco: "multibanco",
  Cashapp: "cashapp",
  PayPal: "paypal",
  AmazonPay: "amazon_pay",
  Blik: "blik",
  Pix: "pix",
  PromptPay: "promptpay",
  PayNow: "paynow",
  GrabPay: "grabpay",
  Fpx: "fpx",
  Twint: "twint",
  Mobilepay: "mobilepay",
  RevolutPay: "revolut_pay",
};

function narrowConfirms(stripe) {
  const made = {};
  for (const [name, type] of Object.entries(KINDS)) {
    for (const [ending, kind] of [
      ["Payment", "payment_intent"],
      ["Setup", "setup_intent"],
    ]) {
      const caller = `confirm${name}${ending}`;
      made[caller] = (...given) => confirmOf(stripe, kind, type, `stripe.${caller}()`, given);
    }
  }
  return made;
}

async function handleAction(stripe, clientSecret, caller) {
  idOf(textOf(clientSecret, caller), null, caller);
  const first = await controllerOf(stripe).ask("retrieve", kindOf(clientSecret), clientSecret);
  if (first.error) return first;
  return finished(stripe, first, null);
}

async function retrieve(stripe, kind, clientSecret, caller) {
  idOf(textOf(clientSecret, caller), kind === "payment_intent" ? "pi" : "seti", caller);
  const { intent, error } = await controllerOf(stripe).ask("retrieve", kind, clientSecret);
  return error ? { error } : { [NAMES[kind]]: intent };
}
