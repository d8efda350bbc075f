"""`paydesk mail`: what was written to whom, what became of it, and how each letter looks."""

from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, fail, opened_mount, opened_shop, print_json
from paydesk.cli.finding import found_order, stamp

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from paydesk.fulfilment.letters import Letter
    from paydesk.web.current import Mount

_STATES = ("queued", "sent", "kept", "dropped", "failed")
_KINDS = (
    *("confirmation", "pending", "failed", "shipped", "refunded", "download", "withdrawal"),
    *("find_order", "back_in_stock", "new_order", "dispute", "late_payment", "withdrawn", "test"),
)


@click.group()
def mail() -> None:
    """Letters to buyers and to the shop."""


@mail.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only those that stand so.")
@click.option("--kind", type=click.Choice(_KINDS), help="Only those of this kind.")
@click.option("--order", help="Only those about this order.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@as_json
def list_letters(
    state: str | None, kind: str | None, order: str | None, limit: int, *, as_json: bool
) -> None:
    """List letters, newest first."""
    from paydesk.fulfilment import letters
    from paydesk.fulfilment.letters import Wanted

    with opened_shop() as shop:
        order_id = ""
        if order:
            with found_order(shop, order) as (_tx, found):
                order_id = found.id
        with shop.database.transaction() as tx:
            wanted = Wanted(state=state or "", kind=kind or "", order_id=order_id)
            listed = letters.newest(tx, wanted, limit)
            rows = [_plain(tx, each) for each in listed]
    if as_json:
        print_json(rows)
        return
    for letter, row in zip(listed, rows, strict=True):
        error = f"  {row['error']}" if row["error"] else ""
        click.echo(
            f"{stamp(letter.written_at)}  {row['id']}  {row['state']:7}  {row['kind']:12}  "
            f"{row['order'] or '–':>6}  {row['to'] or '–'}{error}"
        )
    if not rows:
        click.echo("No such letters.")


@mail.command()
@click.argument("letter")
@click.option("--html", is_flag=True, help="The HTML instead of the text.")
@as_json
def show(letter: str, *, html: bool, as_json: bool) -> None:
    """Show LETTER: its id, as `paydesk mail list` has it."""
    with opened_shop() as shop, shop.database.transaction() as tx:
        row = _found(tx, letter)
        shown = _plain(tx, row)
        text, marked_up = row.text, row.html
    if as_json:
        print_json({**shown, "text": text, "html": marked_up})
        return
    if html:
        click.echo(marked_up or "")
        return
    for name, value in shown.items():
        click.echo(f"{name:12} {value if value is not None else '–'}")
    click.echo(f"\n{text or 'It has not been written yet.'}")


@mail.command()
@click.argument("kind", type=click.Choice(_KINDS))
@click.option("--order", help="As for this order; else as for the newest one that is paid.")
@click.option("--language", type=click.Choice(("en", "de")), help="Else the order's.")
@click.option("--html", is_flag=True, help="The HTML instead of the text.")
@as_json
def preview(
    kind: str, order: str | None, language: str | None, *, html: bool, as_json: bool
) -> None:
    """Show how a letter of KIND looks; nothing is sent."""
    from paydesk.fulfilment.letters import LetterKind
    from paydesk.web.letters import LetterWriter

    with opened_mount() as mount:
        shop = mount.shop
        about = None
        if order:
            with found_order(shop, order) as (_tx, about):
                pass
        spoken = language or (about.language if about else shop.settings.languages[0])
        with shop.database.transaction() as tx:
            write = LetterWriter(mount).preview(tx, LetterKind(kind), about, spoken)
        written = write()
    if as_json:
        shown = {"to": written.recipient, "from": written.sender, "subject": written.subject}
        print_json({**shown, "text": written.text, "html": written.html})
    elif html:
        click.echo(written.html)
    else:
        click.echo(f"Subject: {written.subject}\nTo:      {written.recipient}\n\n{written.text}")


@mail.command()
@click.argument("letter")
@as_json
def resend(letter: str, *, as_json: bool) -> None:
    """Have LETTER sent once more; the worker does so."""
    from paydesk.foundation.errors import ShopError
    from paydesk.fulfilment import letters
    from paydesk.staff import audit

    with opened_shop() as shop, shop.database.transaction() as tx:
        _found(tx, letter)
        try:
            row = letters.send_again(tx, letter, shop.clock.now())
        except ShopError as error:
            fail(error.message)
        audit.note(tx, shop.clock, audit.COMMAND_LINE, "letter.sent_again", f"letter {letter}")
        shown = _plain(tx, row)
    if as_json:
        print_json(shown)
    else:
        click.echo(f"Letter {letter} is on its way again.")


@mail.command()
@click.argument("order")
@as_json
def write(order: str, *, as_json: bool) -> None:
    """Owe ORDER, which is paid, the letters that say so, if it lacks them."""
    from paydesk.fulfilment import letters

    with opened_shop() as shop, found_order(shop, order) as (tx, found):
        if found.paid_at is None:
            fail(f"Order {found.number} is not paid.")
        before = {each.id for each in letters.of_order(tx, found.id)}
        letters.owe_for_payment(tx, found, shop.clock.now())
        tx.flush()
        new = [each.kind for each in letters.of_order(tx, found.id) if each.id not in before]
    if as_json:
        print_json({"order": found.number, "written": new})
    else:
        click.echo(f"Order {found.number}: {', '.join(new) or 'no letter was missing'}.")


@mail.command()
@click.argument("address")
@as_json
def test(address: str, *, as_json: bool) -> None:
    """Send a test letter to ADDRESS now, and say how it went."""
    from paydesk.mail_options import is_address

    if not is_address(address):
        raise click.BadParameter(f"{address!r} is no e-mail address")
    with opened_mount() as mount:
        shown = _tested(mount, address)
    if as_json:
        print_json(shown)
    elif shown["state"] == "kept":
        click.echo("There is no mail server (PAYDESK_SMTP_URL): the letter was written and kept.")
    elif shown["state"] == "sent":
        click.echo(f"The mail server has taken the letter to {address}.")
    if shown["state"] not in ("sent", "kept"):
        fail(f"The letter was not sent: {shown['error']}")


def _tested(mount: "Mount", address: str) -> dict[str, Any]:
    from paydesk.fulfilment.trial_letter import send_trial

    shop = mount.shop
    letter = send_trial(shop.database, shop.clock, shop.post, address)
    with shop.database.transaction() as tx:
        return _plain(tx, letter)


def _found(tx: "Session", letter_id: str) -> "Letter":
    from paydesk.fulfilment.letters import Letter

    row = tx.get(Letter, letter_id)
    if row is None:
        fail(f"There is no letter {letter_id[:60]!r}. See: paydesk mail list")
    return row


def _plain(tx: "Session", letter: "Letter") -> dict[str, Any]:
    from paydesk.orders.order import Order

    order = tx.get(Order, letter.order_id) if letter.order_id else None
    return {
        "id": letter.id,
        "kind": letter.kind,
        "order": order.number if order is not None else None,
        "state": letter.state,
        "to": letter.recipient,
        "language": letter.language,
        "subject": letter.subject,
        "written_at": letter.written_at.isoformat(),
        "sent_at": letter.sent_at.isoformat() if letter.sent_at else None,
        "tries": letter.tries,
        "message_id": letter.message_id,
        "error": letter.error,
    }
