// What Elements say, in the languages we have; the page's `locale` chooses.

const EN = {
  number: "Card number",
  expiry: "Expiration date",
  expiryShort: "MM / YY",
  cvc: "Security code",
  cvcShort: "CVC",
  country: "Country",
  postal: "Postal code",
  zip: "ZIP code",
  zipShort: "ZIP",
  name: "Full name",
  email: "Email",
  line1: "Address line 1",
  line2: "Address line 2",
  city: "City",
  state: "State or region",
  phone: "Phone number",
  iban: "IBAN",
  routing: "Routing number",
  account: "Account number",
  tax_id: "Tax ID (CPF or CNPJ)",
  card: "Card",
  methods: "Payment methods",
  optional: "optional",
  redirect:
    "After you submit, you will be sent to a page of the emulator that stands in for {name}.",
  voucher:
    "After you submit, you get a voucher to pay later. The emulator pays it when you tell it to.",
  debit:
    "By submitting you allow {shop} to debit your account. Nothing real moves: this is an emulator.",
  future:
    "By providing your card information, you allow {shop} to charge your card for future payments.",
  incomplete_number: "Your card number is incomplete.",
  invalid_number: "Your card number is invalid.",
  incomplete_expiry: "Your card’s expiration date is incomplete.",
  invalid_expiry: "Your card’s expiration date is invalid.",
  invalid_expiry_year_past: "Your card’s expiration year is in the past.",
  invalid_expiry_month_past: "Your card’s expiration date is in the past.",
  invalid_expiry_year: "Your card’s expiration year is invalid.",
  incomplete_cvc: "Your card’s security code is incomplete.",
  incomplete_zip: "Your postal code is incomplete.",
  incomplete_iban: "The IBAN you entered is incomplete.",
  invalid_iban: "The IBAN you entered is invalid.",
  incomplete_email: "Your email is incomplete.",
  invalid_email: "Your email is invalid.",
  incomplete_name: "Your name is incomplete.",
  incomplete_field: "This field is incomplete.",
};

const DE = {
  number: "Kartennummer",
  expiry: "Ablaufdatum",
  expiryShort: "MM / JJ",
  cvc: "Prüfziffer",
  cvcShort: "CVC",
  country: "Land",
  postal: "Postleitzahl",
  zip: "Postleitzahl",
  zipShort: "PLZ",
  name: "Vollständiger Name",
  email: "E-Mail",
  line1: "Adresszeile 1",
  line2: "Adresszeile 2",
  city: "Ort",
  state: "Bundesland oder Region",
  phone: "Telefonnummer",
  iban: "IBAN",
  routing: "Bankleitzahl",
  account: "Kontonummer",
  tax_id: "Steuernummer (CPF oder CNPJ)",
  card: "Karte",
  methods: "Zahlungsarten",
  optional: "freiwillig",
  redirect: "Nach dem Absenden kommen Sie auf eine Seite des Emulators, die für {name} steht.",
  voucher:
    "Nach dem Absenden bekommen Sie einen Beleg zum späteren Bezahlen. Der Emulator bezahlt ihn, wenn Sie es ihm sagen.",
  debit:
    "Mit dem Absenden erlauben Sie {shop}, Ihr Konto zu belasten. Es fließt kein Geld: Dies ist ein Emulator.",
  future:
    "Mit Ihren Kartendaten erlauben Sie {shop}, Ihre Karte für künftige Zahlungen zu belasten.",
  incomplete_number: "Ihre Kartennummer ist unvollständig.",
  invalid_number: "Ihre Kartennummer ist ungültig.",
  incomplete_expiry: "Das Ablaufdatum Ihrer Karte ist unvollständig.",
  invalid_expiry: "Das Ablaufdatum Ihrer Karte ist ungültig.",
  invalid_expiry_year_past: "Das Ablaufjahr Ihrer Karte liegt in der Vergangenheit.",
  invalid_expiry_month_past: "Das Ablaufdatum Ihrer Karte liegt in der Vergangenheit.",
  invalid_expiry_year: "Das Ablaufjahr Ihrer Karte ist ungültig.",
  incomplete_cvc: "Die Prüfziffer Ihrer Karte ist unvollständig.",
  incomplete_zip: "Ihre Postleitzahl ist unvollständig.",
  incomplete_iban: "Die eingegebene IBAN ist unvollständig.",
  invalid_iban: "Die eingegebene IBAN ist ungültig.",
  incomplete_email: "Ihre E-Mail-Adresse ist unvollständig.",
  invalid_email: "Ihre E-Mail-Adresse ist ungültig.",
  incomplete_name: "Ihr Name ist unvollständig.",
  incomplete_field: "Dieses Feld ist unvollständig.",
};

let chosen = EN;

export function speak(locale) {
  const language = (!locale || locale === "auto" ? navigator.language : locale).slice(0, 2);
  chosen = language === "de" ? DE : EN;
  document.documentElement.lang = language === "de" ? "de" : "en";
}

export function say(word, filled = {}) {
  return (chosen[word] ?? word).replace(/\{(\w+)\}/g, (whole, name) => filled[name] ?? whole);
}
