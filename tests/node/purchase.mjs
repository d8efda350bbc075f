// Ten calls of Stripe's official library for Node against the address in argv[2]; prints JSON.
import Stripe from "stripe";

const address = new URL(process.argv[2]);
const stripe = new Stripe("sk_test_of_a_node_script", {
  host: address.hostname,
  port: address.port,
  protocol: "http",
  maxNetworkRetries: 0,
  telemetry: false,
});

const seen = {};
const customer = await stripe.customers.create({ email: "node@example.test", name: "Node" });
seen.customer = (await stripe.customers.retrieve(customer.id)).email;
const product = await stripe.products.create({
  name: "Arduino Board",
  default_price_data: { currency: "usd", unit_amount: 3900 },
});
const price = await stripe.prices.retrieve(product.default_price);
seen.price = [price.unit_amount, price.currency];
const session = await stripe.checkout.sessions.create({
  mode: "payment",
  customer: customer.id,
  line_items: [{ price: price.id, quantity: 2 }],
  success_url: "http://shop.test/?s={CHECKOUT_SESSION_ID}",
});
seen.session = [session.amount_total, session.status];
const intent = await stripe.paymentIntents.create({
  amount: 7800,
  currency: "usd",
  customer: customer.id,
  payment_method: "pm_card_visa",
  confirm: true,
  return_url: "http://shop.test/back",
});
seen.intent = intent.status;
try {
  await stripe.paymentIntents.create({
    amount: 7800,
    currency: "usd",
    payment_method: "pm_card_visa_chargeDeclinedInsufficientFunds",
    confirm: true,
    return_url: "http://shop.test/back",
  });
} catch (error) {
  seen.declined = [error.type, error.code, error.decline_code, error.statusCode];
}
const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 1000 });
seen.refund = [refund.status, refund.amount];
const types = [];
for await (const event of stripe.events.list({ type: "payment_intent.*", limit: 2 })) {
  types.push(event.type);
}
seen.events = types;
const signed = JSON.stringify({ id: "evt_1", object: "event", type: "ping" });
const header = stripe.webhooks.generateTestHeaderString({ payload: signed, secret: "whsec_a" });
seen.webhook = stripe.webhooks.constructEvent(signed, header, "whsec_a").type;
seen.expired = (await stripe.checkout.sessions.expire(session.id)).status;
seen.balance = (await stripe.balance.retrieve()).object;
console.log(JSON.stringify(seen));
