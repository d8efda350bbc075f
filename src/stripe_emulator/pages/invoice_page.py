"""The page of an invoice: what it is for, a button that pays it, and a file of it."""

from functools import partial
from typing import Any

from flask import Response, abort, make_response, request, url_for

from stripe_emulator.billing import invoice_desk
from stripe_emulator.billing.invoice_desk import InvoicePage
from stripe_emulator.checkout.buyer import Challenge, Closed, Declined
from stripe_emulator.pages import card_form, guard, languages, order_words, paper_file
from stripe_emulator.pages.checkout import emulator, go_to, today
from stripe_emulator.pages.languages import Language
from stripe_emulator.pages.paper_file import HEIGHT, Text
from stripe_emulator.pages.rendering import page


def show(secret: str) -> Response:
    """GET: the invoice as it stands."""
    return _answer(_find(secret))


def pay(secret: str) -> Response:
    """POST: with the saved method, or with the card that was typed."""
    guard.require_token(f"invoice {secret}")
    shown, language = _find(secret), _language()
    details, name = None, request.form.get("billingName", "").strip()
    if request.form.get("do") != "saved":
        typed = {each: request.form.get(each, "").strip() for each in _FIELDS}
        wrong = {key: said for key, said in card_form.problems(typed, today()).items() if said}
        if wrong:
            said = {key: language.put(each) for key, each in wrong.items()}
            return _answer(shown, said, status=422)
        details = card_form.details(typed)
    outcome = invoice_desk.pay(emulator(), secret, details, name)
    if isinstance(outcome, Declined):
        words = language.decline(outcome.code, outcome.decline_code, outcome.message)
        field = outcome.field or ""
        return _answer(
            _find(secret), {field: words} if field else {}, "" if field else words, status=402
        )
    if isinstance(outcome, Challenge):
        return go_to(outcome.url)
    if isinstance(outcome, Closed):
        return go_to(url_for("pages.invoice_page_show", secret=secret))
    return go_to(outcome.return_url)


def download(secret: str) -> Response:
    """GET: the invoice as a PDF."""
    shown = _find(secret)
    invoice, language = shown.invoice, _language()
    title = language.say("invoice.title", number=invoice["number"])
    sums = [
        *_rows(shown, language),
        (language.say("invoice.amount.due"), invoice["amount_remaining"]),
    ]
    state = language.say(f"invoice.state.{invoice['status']}")
    return _file(f"Invoice-{invoice['number']}", _paper(shown, (title, state), shown.lines, sums))


def credit_note(secret: str, note_id: str) -> Response:
    """GET: a credit note as a PDF."""
    shown, language = _find(secret), _language()
    note = invoice_desk.note_of(emulator(), secret, note_id)
    if note is None:
        abort(404)
    title = language.say("invoice.credit", number=note["number"])
    about = language.say("invoice.title", number=shown.invoice["number"])
    sums = [(language.say("invoice.total"), note["total"])]
    return _file(note["number"], _paper(shown, (title, about), note["_lines"], sums))


def _file(name: str, pages: list[list[Text]]) -> Response:
    response = guard.limit(make_response(paper_file.document(pages, name)))
    response.mimetype = "application/pdf"
    plain = name.encode("ascii", "replace").decode().replace('"', "")
    response.headers["Content-Disposition"] = f'attachment; filename="{plain}.pdf"'
    return response


_FIELDS = ("cardNumber", "cardExpiry", "cardCvc")


def _find(secret: str) -> InvoicePage:
    found = invoice_desk.page_of(emulator(), secret)
    return found if found is not None else abort(404)


def _language() -> Language:
    return languages.chosen(None, request.accept_languages)


def _answer(
    shown: InvoicePage,
    problems: dict[str, str] | None = None,
    notice: str = "",
    status: int = 200,
) -> Response:
    language, invoice = _language(), shown.invoice
    return page(
        "invoice.html",
        status,
        lang=language.code,
        say=language.say,
        shop=shown.business_name,
        invoice=invoice,
        lines=shown.lines,
        rows=_rows(shown, language),
        amount=partial(_amount, language, invoice["currency"]),
        day=partial(order_words.day, language),
        saved=card_words(shown.saved),
        typed={"billingName": request.form.get("billingName", "")},
        problems=problems or {},
        first_bad=next(iter(problems or {}), ""),
        notice=notice,
        secret=invoice["_secret"],
    )


def card_words(method: dict[str, Any] | None) -> str:
    """`Visa •••• 4242`; '' for no method, the kind's name for what is no card."""
    if method is None:
        return ""
    kind = method["type"]
    details = method.get(kind) or {}
    name = str(details.get("brand") or kind).replace("_", " ").capitalize()
    return f"{name} •••• {details['last4']}" if details.get("last4") else name


def _amount(language: Language, currency: str, minor: int) -> str:
    return order_words.amount(language, minor, currency)


def _rows(shown: InvoicePage, language: Language) -> list[tuple[str, int]]:
    """The sums under the lines; amounts in minor units."""
    invoice = shown.invoice
    off = sum(each["amount"] for each in invoice["total_discount_amounts"] or [])
    tax = sum(each["amount"] for each in invoice["total_taxes"] or [])
    from_balance = invoice["total"] - invoice["amount_due"]
    rows = [("subtotal", invoice["subtotal"])]
    rows += [("discount", -off)] if off else []
    rows += [("tax", tax)] if tax else []
    rows += [("total", invoice["total"])]
    rows += [("balance", -from_balance)] if from_balance else []
    return [(language.say(f"invoice.{name}"), amount) for name, amount in rows]


def _paper(
    shown: InvoicePage,
    heading: tuple[str, str],
    lines: list[dict[str, Any]],
    sums: list[tuple[str, int]],
) -> list[list[Text]]:
    """A heading, whom it is for, the lines and the sums under them, over as many pages."""
    language, invoice = _language(), shown.invoice
    facts = [
        (language.say("invoice.date"), order_words.day(language, invoice["created"])),
        (language.say("invoice.to"), invoice["customer_name"] or invoice["customer_email"] or ""),
    ]
    first = [
        Text(50, 780, shown.business_name, 18, bold=True),
        Text(50, 755, heading[0], 12, bold=True),
        Text(50, 737, heading[1]),
    ]
    for n, (name, value) in enumerate(facts):
        first += [Text(50, 710 - 16 * n, name), Text(200, 710 - 16 * n, str(value))]
    pages, at = [first], 660
    rows = [(each["description"] or "", each["amount"]) for each in lines]
    for n, (name, value) in enumerate([*rows, *sums]):
        if at < 60:
            pages.append([])
            at = HEIGHT - 60
        bold, written = n >= len(rows), _amount(language, invoice["currency"], value)
        pages[-1] += [Text(50, at, name[:85], bold=bold), Text(460, at, written, bold=bold)]
        at -= 16
    return pages
