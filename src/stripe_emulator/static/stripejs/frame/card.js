// What makes a card's number, expiry, code and postal code whole, wrong or unfinished: pure rules.

const BRANDS = [
  ["amex", /^3[47]/, [15], 4, [4, 6, 5]],
  ["diners", /^3[0689]/, [14, 16], 3, [4, 6, 4]],
  ["discover", /^(6011|64[4-9]|65)/, [16], 3, null],
  ["jcb", /^35/, [16], 3, null],
  ["unionpay", /^(62|81)/, [16, 17, 18, 19], 3, null],
  ["mastercard", /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16], 3, null],
  ["visa", /^4/, [16], 3, null],
];
const NAMES = {
  amex: "Amex",
  diners: "Diners",
  discover: "Discover",
  jcb: "JCB",
  mastercard: "Mastercard",
  unionpay: "UnionPay",
  visa: "Visa",
};

export const digitsOf = (text) => text.replace(/\D/g, "");

function rulesOf(digits) {
  return BRANDS.find(([, pattern]) => pattern.test(digits)) ?? ["unknown", null, [16], 3, null];
}

export const brandOf = (digits) => rulesOf(digits)[0];
export const brandName = (brand) => NAMES[brand] ?? "";
export const codeLength = (digits) => rulesOf(digits)[3];

export function grouped(digits) {
  const [, , lengths, , groups] = rulesOf(digits);
  const longest = Math.max(...lengths);
  const sizes =
    groups && digits.length <= groups.reduce((sum, each) => sum + each) ? groups : [4, 4, 4, 4, 3];
  const parts = [];
  let rest = digits.slice(0, longest);
  for (const size of sizes) {
    if (rest) parts.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return parts.join(" ");
}

export function passesLuhn(digits) {
  let sum = 0;
  [...digits].reverse().forEach((digit, place) => {
    const doubled = Number(digit) * (place % 2 ? 2 : 1);
    sum += doubled > 9 ? doubled - 9 : doubled;
  });
  return sum % 10 === 0;
}

// `{state: "empty" | "incomplete" | "invalid" | "complete", code}`; the codes are Stripe's.
export function checkNumber(digits) {
  if (!digits) return { state: "empty", code: "incomplete_number" };
  const [, , lengths] = rulesOf(digits);
  if (!lengths.includes(digits.length)) return { state: "incomplete", code: "incomplete_number" };
  if (passesLuhn(digits)) return { state: "complete" };
  // A longer number may still come of it.
  return isLongest(digits)
    ? { state: "invalid", code: "invalid_number" }
    : { state: "incomplete", code: "incomplete_number" };
}

export const isLongest = (digits) => digits.length === Math.max(...rulesOf(digits)[2]);

export function checkExpiry(digits, today = new Date()) {
  if (!digits) return { state: "empty", code: "incomplete_expiry" };
  if (digits.length < 4) return { state: "incomplete", code: "incomplete_expiry" };
  const { month, year } = expiryOf(digits);
  if (month < 1 || month > 12) return { state: "invalid", code: "invalid_expiry" };
  if (year < today.getFullYear()) return { state: "invalid", code: "invalid_expiry_year_past" };
  if (year === today.getFullYear() && month < today.getMonth() + 1)
    return { state: "invalid", code: "invalid_expiry_month_past" };
  if (year > today.getFullYear() + 50) return { state: "invalid", code: "invalid_expiry_year" };
  return { state: "complete" };
}

export const expiryOf = (digits) => ({
  month: Number(digits.slice(0, 2)),
  year: 2000 + Number(digits.slice(2, 4)),
});

export function checkCode(digits, wanted) {
  if (!digits) return { state: "empty", code: "incomplete_cvc" };
  return digits.length < wanted
    ? { state: "incomplete", code: "incomplete_cvc" }
    : { state: "complete" };
}

export function checkPostal(text, country) {
  if (!text) return { state: "empty", code: "incomplete_zip" };
  const whole = country === "US" ? /^\d{5}(-?\d{4})?$/ : /^[A-Za-z0-9][A-Za-z0-9 -]{2,9}$/;
  return whole.test(text) ? { state: "complete" } : { state: "incomplete", code: "incomplete_zip" };
}

// "International Bank Account Number": a remainder of 1 when read as one number.
export function checkIban(text) {
  const iban = text.replace(/\s/g, "").toUpperCase();
  if (!iban) return { state: "empty", code: "incomplete_iban" };
  if (!/^[A-Z]{2}\d{0,2}[A-Z0-9]*$/.test(iban) && !/^[A-Z]{1,2}$/.test(iban))
    return { state: "invalid", code: "invalid_iban" };
  if (iban.length < 15) return { state: "incomplete", code: "incomplete_iban" };
  const turned = [...(iban.slice(4) + iban.slice(0, 4))].map((each) => parseInt(each, 36)).join("");
  let rest = 0;
  for (const digit of turned) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1 ? { state: "complete" } : { state: "incomplete", code: "invalid_iban" };
}
