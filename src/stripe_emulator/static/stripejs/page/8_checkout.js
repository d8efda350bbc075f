// Checkout sessions in the shop's page: redirected to, as an embedded page.

function redirectToCheckout(stripe, options = {}) {
  mustBe(
    !since("clover"),
    "stripe.redirectToCheckout is no longer supported. Redirect to the url of the Checkout Session that your server made.",
  );
  mustBe(
    !options.items && !options.lineItems,
    "stripe.redirectToCheckout(): this emulator takes a sessionId only; make the Session on your server.",
  );
  const id = textOf(options.sessionId, "stripe.redirectToCheckout({sessionId})");
  mustBe(
    /^cs_test_[A-Za-z0-9]+$/.test(id),
    `stripe.redirectToCheckout(): ${shown(id)} is not the id of a Checkout Session in test mode.`,
  );
  return leaveFor(`${HOME}/c/pay/${id}`);
}

const embeddedPages = new Set();

async function embedded(stripe, options) {
  const caller = since("dahlia")
    ? "stripe.createEmbeddedCheckoutPage()"
    : "stripe.initEmbeddedCheckout()";
  mustBe(isObject(options), `${caller} expects an object.`);
  mustBe(
    !(options.clientSecret && options.fetchClientSecret),
    `${caller}: pass either clientSecret or fetchClientSecret.`,
  );
  mustBe(embeddedPages.size === 0, "You cannot have multiple Embedded Checkout objects.");
  const page = new EmbeddedCheckout(options);
  embeddedPages.add(page);
  try {
    inner.get(page).id = sessionIdOf(await secretOf(options, caller), caller);
  } catch (error) {
    embeddedPages.delete(page);
    throw error;
  }
  return page;
}

async function secretOf({ clientSecret, fetchClientSecret }, caller) {
  mustBe(
    clientSecret || typeof fetchClientSecret === "function",
    `${caller}: a clientSecret or fetchClientSecret is needed.`,
  );
  return clientSecret ? await clientSecret : await fetchClientSecret();
}

function sessionIdOf(secret, caller) {
  const id = /^(cs_test_[A-Za-z0-9]+)_secret_/.exec(secret)?.[1];
  mustBe(
    id,
    `${caller}: ${shown(secret)} is not the client secret of a Checkout Session in test mode.`,
  );
  return id;
}

class EmbeddedCheckout {
  constructor(options) {
    inner.set(this, { options, id: null, frame: null, dead: false });
  }

  mount(where) {
    const state = inner.get(this);
    mustBe(!state.dead, "This Embedded Checkout has been destroyed.");
    mustBe(!state.frame, "This Embedded Checkout is already mounted. Call unmount() first.");
    const place = placeOf(where, "mount");
    const parent = encodeURIComponent(window.location.origin);
    const address = `/c/pay/${state.id}?parent=${parent}`;
    state.frame = new Frame(address, "Checkout", null, (message) => toldByPage(state, message));
    state.frame.attach(place);
    // Until the page says how tall it is.
    state.frame.setHeight(640);
  }

  unmount() {
    const state = inner.get(this);
    state.frame?.detach();
    state.frame = null;
  }

  destroy() {
    this.unmount();
    inner.get(this).dead = true;
    embeddedPages.delete(this);
  }
}

function toldByPage({ options, frame }, message) {
  if (message?.type === "checkout.height") frame.setHeight(message.height);
  if (message?.type !== "checkout.complete") return;
  // `redirect_on_completion` decides: with an address the page moves on, else the shop is called.
  if (message.return_url) leaveFor(message.return_url);
  else options.onComplete?.();
}
