"""German words of the hosted page."""

WORDS = {
    # ---- um die Seite herum
    "test.bar": "es fließt kein echtes Geld",
    "test.dashboard": "Dashboard",
    "test.area": "Testumgebung",
    "back.to": "Zurück zu {shop}",
    "return.to": "Zurück zu {shop}",
    # ---- worum es geht, und der Knopf
    "title.pay": "{shop} bezahlen",
    "title.subscribe": "{shop} abonnieren",
    "title.trial": "{shop} ausprobieren",
    "title.setup": "Zahlungsmethode für {shop} speichern",
    "heading.method": "Zahlungsmethode",
    "heading.only.card": "Mit Karte bezahlen",
    "heading.contact": "Kontaktdaten",
    "heading.shipping": "Lieferadresse",
    "heading.delivery": "Versand",
    "heading.billing": "Rechnungsadresse",
    "heading.nothing": "Bestellung abschließen",
    "heading.more": "Weitere Angaben zur Bestellung",
    "button.pay": "Zahlen",
    "button.book": "Zahlungspflichtig buchen",
    "button.donate": "Spenden",
    "button.subscribe": "Zahlungspflichtig abonnieren",
    "button.trial": "Probezeitraum starten",
    "button.setup": "Speichern",
    "button.nothing": "Bestellung abschließen",
    "button.update": "Summe aktualisieren",
    "button.working": "Wird bearbeitet …",
    "said.working": "Ihre Zahlung wird bearbeitet",
    "said.updating": "Die Summe wird aktualisiert",
    "said.total": "Die Summe beträgt jetzt {amount}.",
    "said.no.answer": (
        "Die Zahlungsseite bekam keine Antwort. Prüfen Sie, ob der Emulator läuft, und versuchen "
        "Sie es dann noch einmal."
    ),
    "said.changed": (
        "Die Summe beträgt jetzt {amount}. Prüfen Sie Ihre Bestellung und fahren Sie dann fort."
    ),
    # ---- die Bestellung
    "order.qty": "Menge: {quantity}",
    "order.qty.each": "Menge: {quantity} · je {amount}",
    "order.each": "je {amount}",
    "order.quantity.of": "Menge von {name}",
    "order.more.of": "Eins mehr: {name}",
    "order.less.of": "Eins weniger: {name}",
    "order.amount.of": "Ihr Betrag für {name} ({currency})",
    "order.remove": "Entfernen",
    "order.remove.of": "{name} entfernen",
    "order.add": "Hinzufügen",
    "order.add.of": "{name} hinzufügen",
    "order.optional": "Darf es noch etwas sein?",
    "order.free.days": "{count} Tage kostenlos",
    "order.free.day": "1 Tag kostenlos",
    "order.then": "Danach {amount} {interval}",
    "order.subtotal": "Zwischensumme",
    "order.shipping": "Versand",
    "order.shipping.free": "Kostenlos",
    "order.tax": "Steuer",
    "order.tax.rate": "{name} ({percent} %)",
    "order.tax.included": "{name} ({percent} %, enthalten)",
    "order.tax.later": "Nach Eingabe der Adresse",
    "order.total": "Fälliger Gesamtbetrag",
    "order.total.today": "Heute fälliger Gesamtbetrag",
    "order.off.percent": "{percent} % Rabatt",
    "order.setup": "Jetzt wird nichts abgebucht.",
    "interval.day.1": "pro Tag",
    "interval.week.1": "pro Woche",
    "interval.month.1": "pro Monat",
    "interval.year.1": "pro Jahr",
    "interval.day.n": "alle {count} Tage",
    "interval.week.n": "alle {count} Wochen",
    "interval.month.n": "alle {count} Monate",
    "interval.year.n": "alle {count} Jahre",
    # ---- Rabattcodes
    "promotion.open": "Rabattcode hinzufügen",
    "promotion.label": "Rabattcode",
    "promotion.apply": "Einlösen",
    "promotion.remove": "Rabattcode {code} entfernen",
    # ---- wer
    "field.email": "E-Mail",
    "field.phone": "Telefonnummer",
    "field.name": "Vollständiger Name",
    "field.name.card": "Name des Karteninhabers",
    "field.name.card.hint": "Vollständiger Name auf der Karte",
    "field.business": "Name des Unternehmens",
    "field.individual": "Ihr Name",
    "field.country": "Land oder Region",
    "field.zip": "Postleitzahl",
    "field.zip.us": "ZIP-Code",
    "field.postal": "Postleitzahl",
    "field.line1": "Adresszeile 1",
    "field.line2": "Adresszeile 2",
    "field.city": "Ort",
    "field.state": "Bundesland oder Kanton",
    "field.optional": "(optional)",
    "field.choose": "Bitte wählen …",
    "field.shipping.name": "Name des Empfängers",
    "billing.same": "Rechnungsadresse ist dieselbe wie die Lieferadresse",
    "tax.id.ask": "Ich kaufe als Unternehmen",
    "tax.id.kind": "Art der Steuernummer",
    "tax.id.number": "Steuernummer",
    # ---- wie
    "way.card": "Karte",
    "way.sepa_debit": "SEPA-Lastschrift",
    "way.us_bank_account": "US-Bankkonto",
    "way.saved": "{brand} mit den Endziffern {last4}",
    "way.saved.expiry": "gültig bis {month}/{year}",
    "way.another": "Andere Zahlungsmethode",
    "card.heading": "Kartendaten",
    "card.number": "Kartennummer",
    "card.expiry": "Gültig bis",
    "card.expiry.hint": "MM / JJ",
    "card.cvc": "Prüfziffer",
    "card.cvc.hint": "CVC",
    "card.cvc.four": "4 Ziffern",
    "card.brand": "Kartenmarke",
    "card.save": "Zahlungsdaten für künftige Einkäufe speichern",
    "account.iban": "IBAN",
    "account.routing": "Bankleitzahl (Routing Number)",
    "account.number": "Kontonummer",
    "mandate.sepa_debit": (
        "Durch Angabe Ihrer IBAN und Bestätigung dieser Zahlung ermächtigen Sie {shop} und Stripe, "
        "unseren Zahlungsdienstleister, Ihre Bank anzuweisen, Ihr Konto zu belasten, und Ihre "
        "Bank, Ihr Konto entsprechend zu belasten. Sie können von Ihrer Bank Erstattung nach den "
        "mit ihr vereinbarten Bedingungen verlangen, und zwar binnen acht Wochen ab dem Tag der "
        "Belastung."
    ),
    "mandate.us_bank_account": (
        "Wenn Sie fortfahren, ermächtigen Sie {shop}, das oben angegebene Konto mit dem Betrag zu "
        "belasten, den Sie für diesen Einkauf schulden, bis Sie dies schriftlich widerrufen."
    ),
    "boleto.tax": "CPF oder CNPJ",
    "hint.voucher": "Sie bekommen einen Zahlschein mit den Angaben, um mit {way} zu bezahlen.",
    "hint.redirect": "Sie gehen weiter zu {way}, stimmen dort zu und kommen dann zurück.",
    # ---- Einwilligungen
    "consent.terms": "Ich stimme den Nutzungsbedingungen von {shop} zu",
    "consent.promotions": "Ich möchte Neuigkeiten und Angebote von {shop} bekommen",
    "agree.subscription": (
        "Mit der Bestätigung erlauben Sie {shop}, künftige Zahlungen nach den Bedingungen des "
        "Unternehmens abzubuchen. Sie können Ihr Abonnement jederzeit kündigen."
    ),
    "agree.setup": (
        "Mit dem Speichern Ihrer Zahlungsdaten erlauben Sie {shop}, künftige Zahlungen nach den "
        "Bedingungen des Unternehmens abzubuchen."
    ),
    # ---- Lieferzeit
    "delivery.between": "{least} bis {most} {unit}",
    "delivery.span": "{least} {least_unit} bis {most} {most_unit}",
    "delivery.least": "mindestens {count} {unit}",
    "delivery.most": "bis zu {count} {unit}",
    "delivery.exact": "{count} {unit}",
    "unit.hour.1": "Stunde",
    "unit.hour.n": "Stunden",
    "unit.day.1": "Tag",
    "unit.day.n": "Tage",
    "unit.business_day.1": "Werktag",
    "unit.business_day.n": "Werktage",
    "unit.week.1": "Woche",
    "unit.week.n": "Wochen",
    "unit.month.1": "Monat",
    "unit.month.n": "Monate",
    # ---- was an einem Feld nicht stimmt
    "wrong.empty": "Füllen Sie dieses Feld aus.",
    "wrong.email.empty": "Geben Sie Ihre E-Mail-Adresse ein.",
    "wrong.email": "Ihre E-Mail-Adresse ist ungültig.",
    "wrong.number.short": "Ihre Kartennummer ist unvollständig.",
    "wrong.number": "Ihre Kartennummer ist ungültig.",
    "wrong.expiry.short": "Das Ablaufdatum Ihrer Karte ist unvollständig.",
    "wrong.expiry": "Das Ablaufdatum Ihrer Karte ist ungültig.",
    "wrong.expiry.past": "Das Ablaufdatum Ihrer Karte liegt in der Vergangenheit.",
    "wrong.year.past": "Das Ablaufjahr Ihrer Karte liegt in der Vergangenheit.",
    "wrong.year": "Das Ablaufjahr Ihrer Karte ist ungültig.",
    "wrong.cvc.short": "Die Prüfziffer Ihrer Karte ist unvollständig.",
    "wrong.cvc": "Die Prüfziffer Ihrer Karte ist ungültig.",
    "wrong.name.card": "Geben Sie den Namen auf der Karte ein.",
    "wrong.name": "Geben Sie Ihren vollständigen Namen ein.",
    "wrong.long": "Das ist zu lang.",
    "wrong.name.long": "Dieser Name ist zu lang.",
    "wrong.country": "Wählen Sie ein Land oder eine Region.",
    "wrong.zip": "Ihr ZIP-Code ist unvollständig.",
    "wrong.postal.empty": "Ihre Postleitzahl ist unvollständig.",
    "wrong.postal": "Ihre Postleitzahl ist ungültig.",
    "wrong.line1": "Geben Sie Ihre Adresse ein.",
    "wrong.city": "Geben Sie Ihren Ort ein.",
    "wrong.state": "Geben Sie Ihr Bundesland oder Ihren Kanton ein.",
    "wrong.phone": "Ihre Telefonnummer ist ungültig.",
    "wrong.phone.empty": "Geben Sie Ihre Telefonnummer ein.",
    "wrong.iban": "Ihre IBAN ist ungültig.",
    "wrong.iban.short": "Ihre IBAN ist unvollständig.",
    "wrong.digits": "Hier werden {least} Ziffern gebraucht.",
    "wrong.digits.between": "Hier werden {least} bis {most} Ziffern gebraucht.",
    "wrong.routing": "Diese Routing Number ist ungültig.",
    "wrong.boleto": "Geben Sie eine CPF mit 11 oder eine CNPJ mit 14 Ziffern ein.",
    "wrong.way": "Wählen Sie, wie Sie bezahlen möchten.",
    "wrong.numeric": "Hier sind nur Ziffern erlaubt.",
    "wrong.least": "Geben Sie mindestens {count} Zeichen ein.",
    "wrong.most": "Geben Sie höchstens {count} Zeichen ein.",
    "wrong.quantity": "Wählen Sie eine Menge von {least} bis {most}.",
    "wrong.amount": "Geben Sie einen Betrag ein.",
    "wrong.form": "Das geht so nicht. Prüfen Sie Ihre Angaben.",
    # ---- was die Sitzung nicht annimmt
    "problem.missing": "Füllen Sie dieses Feld aus.",
    "problem.invalid": "Das ist ungültig.",
    "problem.email_invalid": "Ihre E-Mail-Adresse ist ungültig.",
    "problem.phone_invalid": "Ihre Telefonnummer ist ungültig.",
    "problem.tax_id_invalid": "Diese Steuernummer ist ungültig.",
    "problem.too_short": "Das ist zu kurz.",
    "problem.too_long": "Das ist zu lang.",
    "problem.not_a_number": "Hier sind nur Ziffern erlaubt.",
    "problem.not_an_option": "Wählen Sie eine der Möglichkeiten.",
    "problem.country_not_allowed": "In dieses Land wird nicht geliefert.",
    "problem.quantity_not_allowed": "Diese Menge ist nicht erhältlich.",
    "problem.quantity_fixed": "Diese Menge lässt sich nicht ändern.",
    "problem.amount_too_small": "Dieser Betrag ist zu klein.",
    "problem.amount_too_large": "Dieser Betrag ist zu groß.",
    "problem.terms_not_accepted": "Stimmen Sie den Bedingungen zu, um fortzufahren.",
    "problem.code_invalid": "Dieser Code ist ungültig.",
    "problem.code_expired": "Dieser Code ist abgelaufen.",
    "problem.code_used_up": "Dieser Code ist aufgebraucht.",
    "problem.code_minimum": "Für diesen Code ist Ihre Bestellung zu klein.",
    "problem.code_first_order": "Dieser Code gilt nur für die erste Bestellung.",
    "problem.code_not_for_you": "Dieser Code gehört jemand anderem.",
    "problem.code_does_not_apply": "Dieser Code gilt nicht für diese Artikel.",
    "problem.codes_not_allowed": "Codes lassen sich hier nicht einlösen.",
    "problem.method_not_available": "Diese Zahlungsmethode gibt es hier nicht.",
    "problem.card_not_taken": "Karten dieser Art werden hier nicht angenommen.",
    "problem.method_not_saved": "Diese gespeicherte Zahlungsmethode gibt es nicht mehr.",
    "problem.nothing_left": "Es ist nichts mehr zu bezahlen.",
    "problem.closed": "Diese Seite ist geschlossen.",
    # ---- warum eine Zahlung abgelehnt wurde
    "decline.card_declined": "Ihre Karte wurde abgelehnt.",
    "decline.insufficient_funds": "Ihre Karte ist nicht ausreichend gedeckt.",
    "decline.expired_card": "Ihre Karte ist abgelaufen.",
    "decline.incorrect_cvc": "Die Prüfziffer Ihrer Karte ist falsch.",
    "decline.incorrect_zip": "Die Postleitzahl zu Ihrer Karte ist falsch.",
    "decline.incorrect_number": "Ihre Kartennummer ist falsch.",
    "decline.processing_error": (
        "Bei der Bearbeitung Ihrer Karte ist ein Fehler aufgetreten. Versuchen Sie es gleich noch "
        "einmal."
    ),
    "decline.testmode_decline": (
        "Ihre Karte wurde abgelehnt. Dies ist der Testmodus, und das ist keine Testkarte."
    ),
    "decline.authentication_required": (
        "Ihre Karte wurde abgelehnt. Diese Zahlung muss bestätigt werden."
    ),
    "decline.payment_intent_authentication_failure": (
        "Wir konnten Ihre Zahlungsmethode nicht bestätigen. "
        "Wählen Sie eine andere Zahlungsmethode und versuchen Sie es noch einmal."
    ),
    "decline.setup_intent_authentication_failure": (
        "Wir konnten Ihre Zahlungsmethode nicht bestätigen. "
        "Wählen Sie eine andere Zahlungsmethode und versuchen Sie es noch einmal."
    ),
    "decline.payment_method_provider_decline": (
        "Die Zahlung wurde nicht genehmigt. Wählen Sie eine andere Zahlungsmethode, oder versuchen "
        "Sie es noch einmal."
    ),
    "decline.payment_method_customer_decline": (
        "Sie haben der Zahlung nicht zugestimmt. Wählen Sie eine andere Zahlungsmethode, oder "
        "versuchen Sie es noch einmal."
    ),
    # ---- danach
    "closed.complete": "Dieser Bezahlvorgang ist abgeschlossen",
    "closed.complete.badge": "Abgeschlossen",
    "closed.complete.paid": "{amount} an {shop}. Hier ist nichts mehr zu bezahlen.",
    "closed.complete.free": (
        "Ihre Bestellung bei {shop} ist abgeschlossen. Es war nichts zu bezahlen."
    ),
    "closed.complete.setup": "{shop} hat Ihre Zahlungsdaten. Es wurde nichts abgebucht.",
    "closed.expired": "Dieser Bezahlvorgang ist abgelaufen",
    "closed.expired.badge": "Abgelaufen",
    "closed.expired.advice": (
        "Es wurde nichts abgebucht. Gehen Sie zurück zu {shop} und beginnen Sie von vorn."
    ),
    "closed.expired.again": "Es wurde nichts abgebucht. Ihre Bestellung ist noch vorgemerkt.",
    "closed.recover": "Mit derselben Bestellung neu beginnen",
    "closed.processing": "Ihre Zahlung ist unterwegs",
    "closed.processing.badge": "In Bearbeitung",
    "closed.processing.advice": (
        "{amount} an {shop} werden von Ihrem Konto abgebucht. Das kann ein paar Tage dauern; "
        "{shop} erfährt, wenn das Geld da ist."
    ),
    "closed.voucher": "Noch ein Schritt: mit {way} bezahlen",
    "closed.voucher.badge": "Wartet auf Ihre Zahlung",
    "closed.voucher.advice": "Bezahlen Sie {amount} mit diesen Angaben, bevor sie ablaufen.",
    "closed.voucher.number": "Nummer",
    "closed.voucher.reference": "Referenz",
    "closed.voucher.entity": "Entität",
    "closed.voucher.code": "Bestätigungsnummer",
    "closed.voucher.until": "Zu zahlen bis",
    "closed.voucher.link": "Zahlschein öffnen",
    # ---- die Seite der Bank (3-D Secure)
    "challenge.title": "Testseite für 3-D Secure",
    "challenge.heading": "Bestätigen Sie, dass Sie es sind",
    "challenge.about": (
        "Diese Seite steht für die der Bank, von der die Karte ist. Eine echte Bank würde jetzt "
        "nach einem Code oder ihrer App fragen."
    ),
    "challenge.merchant": "Händler",
    "challenge.amount": "Betrag",
    "challenge.complete": "Bestätigen",
    "challenge.fail": "Ablehnen",
    "challenge.advice": (
        "Bestätigen lässt die Zahlung weitergehen. Ablehnen wirkt wie ein falscher Code: zurück "
        "zur Zahlungsseite, wo man eine andere Karte versuchen kann."
    ),
    "challenge.wallet.title": "Testseite von {way}",
    "challenge.wallet.heading": "Zahlung genehmigen",
    "challenge.wallet.about": (
        "Diese Seite steht für die von {way}, wo man sich jetzt anmelden und zustimmen würde."
    ),
    "challenge.wallet.complete": "Genehmigen",
    "challenge.wallet.fail": "Nicht genehmigen",
    "challenge.wallet.advice": (
        "Genehmigen lässt die Zahlung weitergehen. Nicht genehmigen wirkt, wie wenn jemand "
        "umkehrt: Eine andere Zahlungsmethode lässt sich versuchen."
    ),
    "voucher.title": "Test-Zahlschein von {way}",
    "voucher.heading": "{amount} bezahlen",
    "voucher.complete": "Zahlschein bezahlen",
    "voucher.fail": "Ablaufen lassen",
    "voucher.advice": (
        "Mit diesen Nummern geht man in einen Laden oder zur Bank. Die Knöpfe stehen dafür: "
        "Der Händler erfährt es sofort."
    ),
    "answered.done": "Vielen Dank",
    "answered.not": "Das hat nicht geklappt",
    "answered.processing": "Die Zahlung ist unterwegs.",
    "answered.told": "{shop} weiß Bescheid. Sie können diese Seite schließen.",
    "answered.nothing": (
        "Hier gibt es nichts zu beantworten. Gehen Sie zurück zu {shop}, um es noch einmal "
        "oder anders zu versuchen."
    ),
    # ---- die Liste der Testnummern
    "samples.title": "Testkarten",
    "samples.title.all": "Testkarten und Testkonten",
    "samples.copy": (
        "Kopieren Sie eine Nummer in das Formular; jedes künftige Ablaufdatum und jede Prüfziffer "
        "gilt."
    ),
    "samples.filled": "Ausgefüllt: {name}",
    # ---- Seiten, die sich nicht zeigen lassen
    "refused.400": "Das ergibt keinen Sinn",
    "refused.400.advice": "Gehen Sie zurück und benutzen Sie die Knöpfe auf der Seite.",
    "refused.403": "Dieses Formular ließ sich nicht verwenden",
    "refused.403.advice": (
        "Es stammt nicht von diesem Emulator, oder der Emulator wurde seitdem neu gestartet. "
        "Gehen Sie zurück, laden Sie die Seite neu und wiederholen Sie, was Sie getan haben. "
        "Es wurde nichts abgebucht."
    ),
    "refused.404": "Hier ist nichts",
    "refused.404.advice": (
        "Der Link ist unvollständig, oder der Emulator wurde seitdem zurückgesetzt. Beginnen "
        "Sie noch einmal im Shop."
    ),
    "refused.405": "Das geht hier nicht",
    "refused.405.advice": "Gehen Sie zurück und benutzen Sie die Knöpfe auf der Seite.",
    "refused.413": "Das war zu viel",
    "refused.413.advice": "Das Formular enthielt mehr, als in seine Felder passt.",
    "refused.500": "Etwas ist schiefgegangen",
    "refused.500.advice": "Was, steht im Protokoll des Emulators. Es wurde nichts abgebucht.",
}
