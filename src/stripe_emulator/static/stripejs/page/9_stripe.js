// `Stripe(key)`: the object the shop's page works with.

const CALLS = {
  elements: (stripe, options) => new Elements(stripe, options),
  confirmPayment: (stripe, options) =>
    confirmWithElements(stripe, "payment_intent", options, "stripe.confirmPayment"),
  confirmSetup: (stripe, options) =>
    confirmWithElements(stripe, "setup_intent", options, "stripe.confirmSetup"),
  handleNextAction: (stripe, options) => {
    mustBe(options?.clientSecret, "stripe.handleNextAction(): this emulator needs {clientSecret}.");
    return handleAction(stripe, options.clientSecret, "stripe.handleNextAction()");
  },
  handleCardAction: (stripe, secret) => handleAction(stripe, secret, "stripe.handleCardAction()"),
  retrievePaymentIntent: (stripe, secret) =>
    retrieve(stripe, "payment_intent", secret, "stripe.retrievePaymentIntent()"),
  retrieveSetupIntent: (stripe, secret) =>
    retrieve(stripe, "setup_intent", secret, "stripe.retrieveSetupIntent()"),
  createToken,
  createPaymentMethod,
  createConfirmationToken,
  paymentRequest: () => noWallet(),
  createEmbeddedCheckoutPage: embedded,
  initCheckoutElementsSdk: (stripe, options) => new CheckoutElementsSdk(stripe, options),
  initEmbeddedCheckout: (stripe, options) => {
    mustBe(
      !since("dahlia"),
      "stripe.initEmbeddedCheckout() is now called stripe.createEmbeddedCheckoutPage().",
    );
    return embedded(stripe, options);
  },
  initCheckout: (stripe, options) => {
    mustBe(
      !since("dahlia"),
      "stripe.initCheckout() is now called stripe.initCheckoutElementsSdk().",
    );
    return new CheckoutElementsSdk(stripe, options);
  },
  redirectToCheckout,
  // Stripe counts who uses it; nobody is told here.
  registerAppInfo: () => {},
  _registerWrapper: () => {},
};

// What Stripe.js once had or has and this script has not: said by name, as soon as it is called.
const LIKE_A_CALL =
  /^(confirm|create|retrieve|handle|collect|verify|init|process|redirectTo|update|is[A-Z]|_)/;
const GONE = {
  handleCardPayment: "stripe.confirmCardPayment()",
  handleCardSetup: "stripe.confirmCardSetup()",
  createSource: "stripe.createPaymentMethod()",
  retrieveSource: "payment methods",
  handleFpxPayment: "stripe.confirmFpxPayment()",
  confirmPaymentIntent: "stripe.confirmCardPayment()",
  confirmSetupIntent: "stripe.confirmCardSetup()",
};

function Stripe(key, options = {}) {
  checkKey(key);
  mustBe(isObject(options), "Stripe(): the second argument must be an object.");
  const stripe = {};
  inner.set(stripe, { key, options, locale: options.locale ?? "auto", controller: null });
  for (const [name, call] of Object.entries(CALLS))
    stripe[name] = (...given) => call(facade, ...given);
  const facade = new Proxy(stripe, {
    get: (target, name) => (name in target ? target[name] : absent(name)),
  });
  inner.set(facade, inner.get(stripe));
  Object.assign(stripe, narrowConfirms(facade), { _apiKey: key });
  controllerOf(facade);
  return facade;
}

function absent(name) {
  if (typeof name !== "string" || !(LIKE_A_CALL.test(name) || name in GONE) || /^_/.test(name))
    return undefined;
  const instead =
    name in GONE
      ? `It was removed from Stripe.js; use ${GONE[name]} instead.`
      : "This emulator does not have it.";
  return () => {
    throw new IntegrationError(`stripe.${name}(): ${instead}`);
  };
}

function checkKey(key) {
  mustBe(
    typeof key === "string",
    `Please call Stripe() with your publishable key: a text, not ${shown(key)}.`,
  );
  mustBe(key !== "", "Please call Stripe() with your publishable key. You used an empty text.");
  mustBe(
    !/^(sk|rk)_/.test(key),
    "You should not use your secret key with Stripe.js: everybody can read a page. Pass a publishable key instead.",
  );
  mustBe(
    !key.startsWith("pk_live_"),
    "This is an emulator on your own machine. Live keys do not belong here; use a key that begins with pk_test_.",
  );
  mustBe(key.startsWith("pk_test_"), "Invalid publishable key: it should begin with pk_test_.");
}

// No browser wallet can be had from an emulator: what Stripe.js answers where there is none.
function noWallet() {
  const request = {
    canMakePayment: async () => null,
    isShowing: () => false,
    update: () => {},
    abort: () => request,
  };
  for (const name of ["on", "once", "off"]) request[name] = () => request;
  request.show = () => {
    throw new IntegrationError(
      "paymentRequest.show(): canMakePayment() said that there is no wallet here.",
    );
  };
  return request;
}

if (window.Stripe) console.warn("Stripe.js was loaded more than once. Load it once per page.");
Stripe.version = TRAIN === "v3" ? 3 : TRAIN;
window.Stripe = Stripe;
