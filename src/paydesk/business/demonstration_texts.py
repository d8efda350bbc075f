"""Legal texts to try the shop with. They are nobody's, bind nobody, and say so at their head."""

from paydesk.business.legal import LegalKind

_MARK = {
    "en": "DEMONSTRATION TEXT. It shows where a text stands and binds nobody. Replace it before "
    "you sell anything.",
    "de": "BEISPIELTEXT. Er zeigt, wo ein Text steht, und bindet niemanden. Ersetzen Sie ihn, "
    "bevor Sie etwas verkaufen.",
}

_BODIES = {
    (LegalKind.TERMS, "en"): """
## Who sells
The contract is made with Paydesk Demonstration Ltd, 1 Example Street, 10115 Berlin, Germany.

## How the contract is made
The button at the end of the order makes your order binding. We accept it by our confirmation,
which reaches you by e-mail as soon as your payment is confirmed.

## Prices and payment
All prices are total prices. Shipping is shown before you order. Payment goes through Stripe.

## Delivery
We hand parcels over within two working days. Downloads can be fetched at once.

## Warranty
Your statutory rights hold.
""",
    (LegalKind.TERMS, "de"): """
## Wer verkauft
Vertragspartner ist die Paydesk Demonstration Ltd, 1 Example Street, 10115 Berlin.

## Wie der Vertrag zustande kommt
Der Knopf am Ende der Bestellung macht Ihre Bestellung verbindlich. Wir nehmen sie mit unserer
Bestätigung an, die Sie per E-Mail erhalten, sobald Ihre Zahlung bestätigt ist.

## Preise und Zahlung
Alle Preise sind Gesamtpreise. Versandkosten sehen Sie vor der Bestellung. Die Zahlung läuft über
Stripe.

## Lieferung
Pakete übergeben wir binnen zwei Werktagen. Downloads stehen sofort bereit.

## Gewährleistung
Es gelten Ihre gesetzlichen Rechte.
""",
    (LegalKind.PRIVACY, "en"): """
## What is kept
Your e-mail address, your address and what you ordered: to deliver it, and because the law wants
books kept. Nothing is given to anybody who has no part in that.

## Who has a part
Stripe takes the payment and sees your card; we never do. The carrier sees your address.

## Cookies
One cookie carries a random id for your cart, one protects forms. Neither tells who you are.

## Your rights
You may ask what we keep of you, have it corrected or erased, and complain to an authority.
""",
    (LegalKind.PRIVACY, "de"): """
## Was gespeichert wird
Ihre E-Mail-Adresse, Ihre Anschrift und Ihre Bestellung: um sie auszuführen und weil das Gesetz
Bücher verlangt. Niemand erhält sie, der daran keinen Anteil hat.

## Wer daran Anteil hat
Stripe nimmt die Zahlung entgegen und sieht Ihre Karte, wir nie. Der Versender sieht Ihre Anschrift.

## Cookies
Ein Cookie trägt eine zufällige Kennung Ihres Warenkorbs, eines schützt Formulare. Keines sagt, wer
Sie sind.

## Ihre Rechte
Sie können Auskunft, Berichtigung und Löschung verlangen und sich bei einer Behörde beschweren.
""",
    (LegalKind.IMPRINT, "en"): """
Paydesk Demonstration Ltd
1 Example Street, 10115 Berlin, Germany

E-mail: shop@paydesk.example
Telephone: +49 30 5550 100
VAT id: DE123456789
Represented by: Pat Example

We do not take part in dispute resolution before a consumer arbitration board.
""",
    (LegalKind.IMPRINT, "de"): """
Paydesk Demonstration Ltd
1 Example Street, 10115 Berlin

E-Mail: shop@paydesk.example
Telefon: +49 30 5550 100
USt-IdNr.: DE123456789
Vertreten durch: Pat Example

Wir nehmen an keinem Verfahren vor einer Verbraucherschlichtungsstelle teil.
""",
    (LegalKind.SHIPPING, "en"): """
We ship by parcel. What it costs depends on the country and is shown in the cart, before you order.

- Germany: 1 to 3 working days
- Other countries in Europe: 3 to 6 working days
- Elsewhere: 5 to 21 working days

Downloads cost no shipping and can be fetched right after the payment.
""",
    (LegalKind.SHIPPING, "de"): """
Wir versenden als Paket. Die Kosten hängen vom Land ab und stehen im Warenkorb, bevor Sie bestellen.

- Deutschland: 1 bis 3 Werktage
- Andere Länder in Europa: 3 bis 6 Werktage
- Übrige Länder: 5 bis 21 Werktage

Downloads kosten keinen Versand und stehen gleich nach der Zahlung bereit.
""",
    (LegalKind.WITHDRAWAL, "en"): """
## Right of withdrawal
You have the right to withdraw from this contract within fourteen days without giving a reason.
The period ends fourteen days after the day on which you received the goods.

To withdraw, use the link on your order's page, which stands in every e-mail from us, or tell us in
any other clear way.

## What follows
We return all payments, including the cost of the cheapest shipping we offer, at the latest fourteen
days after we heard of it, in the way you paid. We may wait until the goods are back. Sending them
back is at your cost.

## Downloads
For digital content the right ends once delivery has begun, if you agreed to that before.
""",
    (LegalKind.WITHDRAWAL, "de"): """
## Widerrufsrecht
Sie haben das Recht, binnen vierzehn Tagen ohne Angabe von Gründen diesen Vertrag zu widerrufen.
Die Frist endet vierzehn Tage nach dem Tag, an dem Sie die Waren erhalten haben.

Für den Widerruf genügt der Link auf der Seite Ihrer Bestellung, der in jeder unserer E-Mails steht,
oder eine andere eindeutige Erklärung.

## Folgen des Widerrufs
Wir zahlen alle Zahlungen einschließlich der günstigsten Standardlieferung binnen vierzehn Tagen auf
dem Weg zurück, auf dem Sie gezahlt haben. Wir können warten, bis die Waren zurück sind. Die Kosten
der Rücksendung tragen Sie.

## Downloads
Bei digitalen Inhalten erlischt das Recht mit Beginn der Lieferung, wenn Sie dem zuvor zugestimmt
haben.
""",
}

_WAIVER = {
    "en": "I agree that delivery of the digital content begins before the period of withdrawal "
    "ends, and I know that my right of withdrawal is lost once it has begun.",
    "de": "Ich stimme zu, dass die Lieferung der digitalen Inhalte vor Ablauf der Widerrufsfrist "
    "beginnt. Mir ist bekannt, dass mein Widerrufsrecht mit Beginn der Lieferung erlischt.",
}

TEXTS = {
    (kind, language): f"{_MARK[language]}\n\n{body.strip()}"
    for (kind, language), body in _BODIES.items()
} | {(LegalKind.WAIVER, language): text for language, text in _WAIVER.items()}
