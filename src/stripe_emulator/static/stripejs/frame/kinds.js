// What the Payment Element asks for each kind of payment method, and what it is called.

const REDIRECT = { fields: [], note: "redirect" };

const KINDS = {
  card: { fields: ["number", "expiry", "cvc", "country", "postal"] },
  sepa_debit: { name: "SEPA Debit", fields: ["iban", "name", "email"], note: "debit" },
  us_bank_account: {
    name: "US bank account",
    fields: ["name", "email", "routing", "account"],
    note: "debit",
  },
  acss_debit: { name: "Pre-authorized debit", fields: ["name", "email"], note: "debit" },
  boleto: {
    name: "Boleto",
    fields: ["name", "email", "tax_id", "line1", "city", "postal", "state"],
    country: "BR",
    note: "voucher",
  },
  oxxo: { name: "OXXO", fields: ["name", "email"], note: "voucher" },
  konbini: { name: "Konbini", fields: ["name", "email"], note: "voucher" },
  multibanco: { name: "Multibanco", fields: ["email"], note: "voucher" },
  customer_balance: { name: "Bank transfer", fields: [], note: "voucher" },
  bancontact: { name: "Bancontact", fields: ["name"], note: "redirect" },
  eps: { name: "EPS", fields: ["name"], note: "redirect" },
  giropay: { name: "giropay", fields: ["name"], note: "redirect" },
  ideal: { name: "iDEAL | Wero", ...REDIRECT },
  p24: { name: "Przelewy24", fields: ["name", "email"], note: "redirect" },
  klarna: { name: "Klarna", fields: ["email", "country"], note: "redirect" },
  affirm: { name: "Affirm", ...REDIRECT },
  afterpay_clearpay: { name: "Afterpay", ...REDIRECT },
  paypal: { name: "PayPal", ...REDIRECT },
  alipay: { name: "Alipay", ...REDIRECT },
  wechat_pay: { name: "WeChat Pay", ...REDIRECT },
  cashapp: { name: "Cash App Pay", ...REDIRECT },
  amazon_pay: { name: "Amazon Pay", ...REDIRECT },
  revolut_pay: { name: "Revolut Pay", ...REDIRECT },
  twint: { name: "TWINT", ...REDIRECT },
  mobilepay: { name: "MobilePay", ...REDIRECT },
  blik: { name: "BLIK", ...REDIRECT },
};

// Wallets of a browser and Link need a Stripe account of the buyer's; there is none here.
const NOT_SHOWN = new Set(["link", "apple_pay", "google_pay", "samsung_pay"]);

const spoken = (type) => type.replace(/_/g, " ").replace(/^./, (first) => first.toUpperCase());

export const formOf = (type) => KINDS[type] ?? REDIRECT;
export const nameOf = (type) => KINDS[type]?.name ?? spoken(type);

// The kinds to offer, in the order the shop wants.
export function offered(types, order = []) {
  const shown = types.filter((each) => !NOT_SHOWN.has(each));
  const place = (each) =>
    order.includes(each) ? order.indexOf(each) : order.length + shown.indexOf(each);
  return [...shown].sort((one, other) => place(one) - place(other));
}
