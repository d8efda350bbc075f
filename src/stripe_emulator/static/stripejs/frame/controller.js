// The hidden frame: makes the calls that stripe.js asks for, with what the Elements' frames hold.
// Card numbers go from frame to frame of this origin; the shop's page cannot look into either.

import { call } from "./api.js";
import { connect } from "./bridge.js";

let key = null;

const PATHS = { payment_intent: "/v1/payment_intents", setup_intent: "/v1/setup_intents" };

const idOf = (clientSecret) => clientSecret.split("_secret_")[0];

// What the named frames hold, in one: `{type, <type>: {…}, billing_details, shipping}`.
function collect(names) {
  const found = {};
  for (const name of names) merge(found, frameOf(name).collect());
  return found;
}

function frameOf(name) {
  const frame = window.parent.frames[name];
  if (!frame?.collect) {
    throw new Error("An Element is not ready yet, or stands in a shadow root, where none works.");
  }
  return frame;
}

function merge(into, from) {
  for (const [name, value] of Object.entries(from ?? {})) {
    if (value === null || value === undefined || value === "") continue;
    if (typeof value === "object" && !Array.isArray(value))
      into[name] = merge({ ...into[name] }, value);
    else into[name] = value;
  }
  return into;
}

function notReady(names) {
  for (const name of names) {
    const error = frameOf(name).problem();
    if (error) return error;
  }
  return null;
}

// The parameters of a payment method of what was typed and what the page added; the typed wins.
function methodParams(frames, data) {
  const { shipping, ...typed } = collect(frames);
  return { params: merge(merge({}, data), typed), shipping };
}

async function createPaymentMethod({ frames, data }) {
  const error = notReady(frames);
  if (error) return { error };
  const { params } = methodParams(frames, data);
  const answer = await call(key, "POST", "/v1/payment_methods", params);
  return answer.error ? answer : { paymentMethod: answer.body };
}

async function createToken({ frames, data }) {
  const error = notReady(frames);
  if (error) return { error };
  const { card, billing_details: billing } = collect(frames);
  const zip = billing?.address?.postal_code;
  const params = frames.length
    ? { card: merge({ ...data, address_zip: zip ?? data.address_zip }, card) }
    : data;
  const answer = await call(key, "POST", "/v1/tokens", params);
  return answer.error ? answer : { token: answer.body };
}

async function createConfirmationToken({ frames, params }) {
  const error = notReady(frames);
  if (error) return { error };
  const { payment_method_data: data, ...rest } = params;
  const { params: made, shipping } = methodParams(frames, data);
  const sent = { ...rest, payment_method_data: made, shipping: rest.shipping ?? shipping };
  const answer = await call(key, "POST", "/v1/confirmation_tokens", sent);
  return answer.error ? answer : { confirmationToken: answer.body };
}

async function retrieve(kind, clientSecret) {
  const answer = await call(key, "GET", `${PATHS[kind]}/${idOf(clientSecret)}`, {
    client_secret: clientSecret,
    expand: ["payment_method"],
  });
  return answer.error ? answer : told(answer.body);
}

// The intent with its method's id, as Stripe.js gives it, and beside it what kind of method that is.
function told(body, expanded = []) {
  const method = body.payment_method;
  const keep = expanded.includes("payment_method") || method === null || typeof method === "string";
  return {
    intent: keep ? body : { ...body, payment_method: method.id },
    type: method?.type ?? null,
  };
}

async function confirm({ kind, clientSecret, frames, expected, params, data, method }) {
  const error = notReady(frames) ?? (await mismatch(kind, clientSecret, expected));
  if (error) return { error };
  const sent = { ...params };
  if (method) sent.payment_method = method;
  else if (frames.length || data?.type) {
    const made = methodParams(frames, data);
    const answer = await call(key, "POST", "/v1/payment_methods", made.params);
    if (answer.error) return answer;
    sent.payment_method = answer.body.id;
    if (kind === "payment_intent" && made.shipping && !sent.shipping) sent.shipping = made.shipping;
  }
  const answer = await call(key, "POST", `${PATHS[kind]}/${idOf(clientSecret)}/confirm`, {
    ...sent,
    use_stripe_sdk: true,
    expand: ["payment_method"],
    client_secret: clientSecret,
  });
  return answer.error ? answer : told(answer.body, params.expand);
}

// A deferred intent must be the one the Elements were made for ("Accept a payment", deferred).
async function mismatch(kind, clientSecret, expected) {
  if (!expected) return null;
  const { intent, error } = await retrieve(kind, clientSecret);
  if (error) return error;
  for (const name of ["amount", "currency"]) {
    if (intent[name] !== expected[name]) {
      const message =
        `The ${name} of the PaymentIntent (${intent[name]}) is not the one the Elements were made with ` +
        `(${expected[name]}). Call elements.update() when it changes.`;
      return {
        type: "invalid_request_error",
        code: "payment_intent_unexpected_state",
        param: name,
        message,
      };
    }
  }
  return null;
}

// Calls of a Checkout Session's own door, which is no part of the API.
async function checkout(id, what, given) {
  const { body, error } = await call(key, "POST", `/v3/checkout/${id}${what}`, given);
  return error ? { error } : body;
}

async function payCheckout({ id, clientSecret, frames, own, email, method, total, saves }) {
  const { type, billing_details: billing = {}, shipping, ...details } = collect(frames);
  const contact = own.billingAddress;
  const delivered = shipping ?? own.shippingAddress;
  const answer = await checkout(id, "/pay", {
    client_secret: clientSecret,
    kind: type,
    details: type ? details[type] : null,
    payment_method: method,
    email: email ?? billing.email,
    name: billing.name ?? contact?.name,
    phone: own.phoneNumber ?? billing.phone,
    billing: merge({ ...contact?.address }, billing.address),
    shipping_name: delivered?.name,
    shipping: delivered?.address,
    saves_method: saves,
    expected_amount: total,
  });
  return { ...answer, kind: type ?? "card" };
}

connect(
  (start) => {
    key = start.key;
  },
  {
    createPaymentMethod,
    createToken,
    createConfirmationToken,
    retrieve,
    confirm,
    checkout,
    payCheckout,
  },
);
