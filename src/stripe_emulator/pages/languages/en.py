"""English words of the hosted page."""

WORDS = {
    # ---- around the page
    "test.bar": "no real money moves",
    "test.dashboard": "Dashboard",
    "test.area": "Test environment",
    "back.to": "Back to {shop}",
    "return.to": "Return to {shop}",
    # ---- what it is for, and the button
    "title.pay": "Pay {shop}",
    "title.subscribe": "Subscribe to {shop}",
    "title.trial": "Try {shop}",
    "title.setup": "Save a payment method for {shop}",
    "heading.method": "Payment method",
    "heading.only.card": "Pay with card",
    "heading.contact": "Contact information",
    "heading.shipping": "Shipping address",
    "heading.delivery": "Delivery",
    "heading.billing": "Billing address",
    "heading.nothing": "Complete your order",
    "heading.more": "More about your order",
    "button.pay": "Pay",
    "button.book": "Book",
    "button.donate": "Donate",
    "button.subscribe": "Subscribe",
    "button.trial": "Start trial",
    "button.setup": "Save",
    "button.nothing": "Complete order",
    "button.update": "Update total",
    "button.working": "Processing…",
    "said.working": "Processing your payment",
    "said.updating": "Updating the total",
    "said.total": "The total is now {amount}.",
    "said.no.answer": (
        "The payment page got no answer. Check that the emulator runs, then try again."
    ),
    "said.changed": "The total has changed to {amount}. Check your order, then go on.",
    # ---- the order
    "order.qty": "Qty {quantity}",
    "order.qty.each": "Qty {quantity} · {amount} each",
    "order.each": "{amount} each",
    "order.quantity.of": "Quantity of {name}",
    "order.more.of": "One more: {name}",
    "order.less.of": "One less: {name}",
    "order.amount.of": "Your amount for {name} ({currency})",
    "order.remove": "Remove",
    "order.remove.of": "Remove {name}",
    "order.add": "Add",
    "order.add.of": "Add {name} to your order",
    "order.optional": "Would you like something else?",
    "order.free.days": "{count} days free",
    "order.free.day": "1 day free",
    "order.then": "Then {amount} {interval}",
    "order.subtotal": "Subtotal",
    "order.shipping": "Shipping",
    "order.shipping.free": "Free",
    "order.tax": "Tax",
    "order.tax.rate": "{name} ({percent}%)",
    "order.tax.included": "{name} ({percent}%, included)",
    "order.tax.later": "Enter your address to calculate",
    "order.total": "Total due",
    "order.total.today": "Total due today",
    "order.off.percent": "{percent}% off",
    "order.setup": "Nothing is charged now.",
    "interval.day.1": "per day",
    "interval.week.1": "per week",
    "interval.month.1": "per month",
    "interval.year.1": "per year",
    "interval.day.n": "every {count} days",
    "interval.week.n": "every {count} weeks",
    "interval.month.n": "every {count} months",
    "interval.year.n": "every {count} years",
    # ---- promotion codes
    "promotion.open": "Add promotion code",
    "promotion.label": "Promotion code",
    "promotion.apply": "Apply",
    "promotion.remove": "Remove promotion code {code}",
    # ---- who
    "field.email": "Email",
    "field.phone": "Phone number",
    "field.name": "Full name",
    "field.name.card": "Cardholder name",
    "field.name.card.hint": "Full name on card",
    "field.business": "Business name",
    "field.individual": "Your name",
    "field.country": "Country or region",
    "field.zip": "ZIP or postal code",
    "field.zip.us": "ZIP code",
    "field.postal": "Postal code",
    "field.line1": "Address line 1",
    "field.line2": "Address line 2",
    "field.city": "City",
    "field.state": "State or province",
    "field.optional": "(optional)",
    "field.choose": "Choose…",
    "field.shipping.name": "Name of the recipient",
    "billing.same": "Billing address is the same as the shipping address",
    "tax.id.ask": "I’m purchasing as a business",
    "tax.id.kind": "Type of tax ID",
    "tax.id.number": "Tax ID",
    # ---- how
    "way.card": "Card",
    "way.sepa_debit": "SEPA Direct Debit",
    "way.us_bank_account": "US bank account",
    "way.saved": "{brand} ending in {last4}",
    "way.saved.expiry": "expires {month}/{year}",
    "way.another": "Another way to pay",
    "card.heading": "Card information",
    "card.number": "Card number",
    "card.expiry": "Expiry",
    "card.expiry.hint": "MM / YY",
    "card.cvc": "CVC",
    "card.cvc.hint": "CVC",
    "card.cvc.four": "4 digits",
    "card.brand": "Card brand",
    "card.save": "Save my payment details for future purchases",
    "account.iban": "IBAN",
    "mandate.sepa_debit": (
        "By providing your IBAN and confirming this payment, you authorise {shop} and Stripe, our "
        "payment service provider, to send instructions to your bank to debit your account, and "
        "your bank to debit your account in accordance with those instructions. You are entitled "
        "to a refund from your bank under the terms of your agreement with it. A refund must be "
        "claimed within eight weeks of the date on which your account was debited."
    ),
    "account.routing": "Routing number",
    "account.number": "Account number",
    "mandate.us_bank_account": (
        "By going on, you authorise {shop} to debit the bank account given above for any amount "
        "you owe for this purchase, until you revoke this in writing."
    ),
    "boleto.tax": "CPF or CNPJ",
    "hint.voucher": "You will get a voucher with the details to pay with {way}.",
    "hint.redirect": "You will go on to {way} to approve this, and then come back.",
    # ---- agreements
    "consent.terms": "I agree to the terms of service of {shop}",
    "consent.promotions": "Keep me posted about news and offers from {shop}",
    "agree.subscription": (
        "By confirming, you allow {shop} to charge you for future payments in accordance with "
        "their terms. You can always cancel your subscription."
    ),
    "agree.setup": (
        "By saving your payment details, you allow {shop} to charge you for future payments in "
        "accordance with their terms."
    ),
    # ---- delivery
    "delivery.between": "{least} to {most} {unit}",
    "delivery.span": "{least} {least_unit} to {most} {most_unit}",
    "delivery.least": "at least {count} {unit}",
    "delivery.most": "up to {count} {unit}",
    "delivery.exact": "{count} {unit}",
    "unit.hour.1": "hour",
    "unit.hour.n": "hours",
    "unit.day.1": "day",
    "unit.day.n": "days",
    "unit.business_day.1": "business day",
    "unit.business_day.n": "business days",
    "unit.week.1": "week",
    "unit.week.n": "weeks",
    "unit.month.1": "month",
    "unit.month.n": "months",
    # ---- what is wrong with a field
    "wrong.empty": "Fill in this field.",
    "wrong.email.empty": "Enter your email address.",
    "wrong.email": "Your email address is invalid.",
    "wrong.number.short": "Your card number is incomplete.",
    "wrong.number": "Your card number is invalid.",
    "wrong.expiry.short": "Your card’s expiration date is incomplete.",
    "wrong.expiry": "Your card’s expiration date is invalid.",
    "wrong.expiry.past": "Your card’s expiration date is in the past.",
    "wrong.year.past": "Your card’s expiration year is in the past.",
    "wrong.year": "Your card’s expiration year is invalid.",
    "wrong.cvc.short": "Your card’s security code is incomplete.",
    "wrong.cvc": "Your card’s security code is invalid.",
    "wrong.name.card": "Enter the name on the card.",
    "wrong.name": "Enter your full name.",
    "wrong.long": "This is too long.",
    "wrong.name.long": "This name is too long.",
    "wrong.country": "Choose a country or region.",
    "wrong.zip": "Your ZIP code is incomplete.",
    "wrong.postal.empty": "Your postal code is incomplete.",
    "wrong.postal": "Your postal code is invalid.",
    "wrong.line1": "Enter your address.",
    "wrong.city": "Enter your city.",
    "wrong.state": "Enter your state or province.",
    "wrong.phone": "Your phone number is invalid.",
    "wrong.phone.empty": "Enter your phone number.",
    "wrong.iban": "Your IBAN is invalid.",
    "wrong.iban.short": "Your IBAN is incomplete.",
    "wrong.digits": "This needs {least} digits.",
    "wrong.digits.between": "This needs {least} to {most} digits.",
    "wrong.routing": "This routing number is invalid.",
    "wrong.boleto": "Enter a CPF with 11 or a CNPJ with 14 digits.",
    "wrong.way": "Choose how you would like to pay.",
    "wrong.numeric": "Use digits only.",
    "wrong.least": "Enter at least {count} characters.",
    "wrong.most": "Enter at most {count} characters.",
    "wrong.quantity": "Choose a quantity from {least} to {most}.",
    "wrong.amount": "Enter an amount.",
    "wrong.form": "This could not be used. Check what you entered.",
    # ---- what the session does not take
    "problem.missing": "Fill in this field.",
    "problem.invalid": "This is invalid.",
    "problem.email_invalid": "Your email address is invalid.",
    "problem.phone_invalid": "Your phone number is invalid.",
    "problem.tax_id_invalid": "This tax ID is invalid.",
    "problem.too_short": "This is too short.",
    "problem.too_long": "This is too long.",
    "problem.not_a_number": "Use digits only.",
    "problem.not_an_option": "Choose one of the options.",
    "problem.country_not_allowed": "This country is not shipped to.",
    "problem.quantity_not_allowed": "This quantity is not available.",
    "problem.quantity_fixed": "This quantity cannot be changed.",
    "problem.amount_too_small": "This amount is too small.",
    "problem.amount_too_large": "This amount is too large.",
    "problem.terms_not_accepted": "Agree to the terms to go on.",
    "problem.code_invalid": "This code is invalid.",
    "problem.code_expired": "This code has expired.",
    "problem.code_used_up": "This code has been used up.",
    "problem.code_minimum": "Your order is too small for this code.",
    "problem.code_first_order": "This code is for first orders only.",
    "problem.code_not_for_you": "This code belongs to somebody else.",
    "problem.code_does_not_apply": "This code does not apply to these items.",
    "problem.codes_not_allowed": "Codes cannot be used here.",
    "problem.method_not_available": "This way to pay is not available here.",
    "problem.card_not_taken": "Cards of this kind are not taken here.",
    "problem.method_not_saved": "This saved payment method is not there any more.",
    "problem.nothing_left": "There is nothing left to pay.",
    "problem.closed": "This page is closed.",
    # ---- why a payment was refused: the API's own words
    "decline.card_declined": "Your card was declined.",
    "decline.insufficient_funds": "Your card has insufficient funds.",
    "decline.expired_card": "Your card has expired.",
    "decline.incorrect_cvc": "Your card's security code is incorrect.",
    "decline.incorrect_zip": "Your card's postal code is incorrect.",
    "decline.incorrect_number": "Your card number is incorrect.",
    "decline.processing_error": (
        "An error occurred while processing your card. Try again in a little bit."
    ),
    "decline.testmode_decline": (
        "Your card was declined. This is test mode, and that is no test card."
    ),
    "decline.authentication_required": (
        "Your card was declined. This transaction requires authentication."
    ),
    "decline.payment_intent_authentication_failure": (
        "We are unable to authenticate your payment method. "
        "Please choose a different payment method and try again."
    ),
    "decline.setup_intent_authentication_failure": (
        "We are unable to authenticate your payment method. "
        "Please choose a different payment method and try again."
    ),
    "decline.payment_method_provider_decline": (
        "The payment was not approved. Choose another way to pay, or try again."
    ),
    "decline.payment_method_customer_decline": (
        "You did not approve the payment. Choose another way to pay, or try again."
    ),
    # ---- afterwards
    "closed.complete": "This checkout session is complete",
    "closed.complete.badge": "Complete",
    "closed.complete.paid": "{amount} to {shop}. There is nothing more to pay here.",
    "closed.complete.free": "Your order at {shop} is complete. Nothing had to be paid.",
    "closed.complete.setup": "{shop} has your payment details. Nothing was charged.",
    "closed.expired": "This checkout session has expired",
    "closed.expired.badge": "Expired",
    "closed.expired.advice": "Nothing was charged. Go back to {shop} and start the checkout again.",
    "closed.expired.again": "Nothing was charged. Your order is still remembered.",
    "closed.recover": "Start again with the same order",
    "closed.processing": "Your payment is on its way",
    "closed.processing.badge": "Processing",
    "closed.processing.advice": (
        "{amount} to {shop} will be taken from your account. This can take a few days; {shop} "
        "hears when it has arrived."
    ),
    "closed.voucher": "One more step: pay with {way}",
    "closed.voucher.badge": "Waits for your payment",
    "closed.voucher.advice": "Pay {amount} with these details before they expire.",
    "closed.voucher.number": "Number",
    "closed.voucher.reference": "Reference",
    "closed.voucher.entity": "Entity",
    "closed.voucher.code": "Confirmation number",
    "closed.voucher.until": "Pay until",
    "closed.voucher.link": "Open the voucher",
    # ---- the bank's page (3-D Secure)
    "challenge.title": "3-D Secure test page",
    "challenge.heading": "Confirm it is you",
    "challenge.about": (
        "This page stands in for the one of the card’s bank. A real bank would now ask for a code "
        "or its app."
    ),
    "challenge.merchant": "Merchant",
    "challenge.amount": "Amount",
    "challenge.complete": "Complete",
    "challenge.fail": "Fail",
    "challenge.advice": (
        "Complete lets the payment go on. Fail does what a wrong code does: back to the checkout, "
        "where another card can be tried."
    ),
    "challenge.wallet.title": "{way} test page",
    "challenge.wallet.heading": "Approve the payment",
    "challenge.wallet.about": (
        "This page stands in for the one of {way}, where a buyer would now sign in and agree."
    ),
    "challenge.wallet.complete": "Approve",
    "challenge.wallet.fail": "Decline",
    "challenge.wallet.advice": (
        "Approve lets the payment go on. Decline does what a buyer does who turns back: "
        "another way to pay can be tried."
    ),
    "voucher.title": "{way} test voucher",
    "voucher.heading": "Pay {amount}",
    "voucher.complete": "Pay the voucher",
    "voucher.fail": "Let it run out",
    "voucher.advice": (
        "A buyer takes these numbers to a shop or a bank. The buttons stand in for that: the "
        "shop is told at once."
    ),
    "answered.done": "Thank you",
    "answered.not": "That did not work",
    "answered.processing": "The payment is on its way.",
    "answered.told": "{shop} has been told. You can close this page.",
    "answered.nothing": (
        "There is nothing to answer here. Go back to {shop} to try again or pay in another way."
    ),
    # ---- the list of test numbers
    "samples.title": "Test cards",
    "samples.title.all": "Test cards and accounts",
    "samples.copy": "Copy a number into the form; any future expiry and any CVC will do.",
    "samples.filled": "Filled in: {name}",
    # ---- pages that cannot be shown
    "refused.400": "That makes no sense",
    "refused.400.advice": "Go back and use the buttons on the page.",
    "refused.403": "This form could not be used",
    "refused.403.advice": (
        "It was not made by this emulator, or the emulator was started again since. Go back, "
        "load the page again and repeat what you did. Nothing was charged."
    ),
    "refused.404": "There is nothing here",
    "refused.404.advice": (
        "The link is incomplete, or the emulator was reset since it was made. Start again "
        "from the shop."
    ),
    "refused.405": "That does not work here",
    "refused.405.advice": "Go back and use the buttons on the page.",
    "refused.413": "That was too much",
    "refused.413.advice": "The form sent more than any of its fields can hold.",
    "refused.500": "Something went wrong",
    "refused.500.advice": "The emulator’s own log says what. Nothing was charged.",
}
