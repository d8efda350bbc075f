"""`paydesk events`: what Stripe told us, and what it may have told us in vain."""

import json
from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, fail, opened_shop, print_json, say
from paydesk.cli.finding import found_order, seconds_stamp, stamp

if TYPE_CHECKING:
    from paydesk.payments.event import StoredEvent
    from paydesk.payments.pull import Pulled

_STATES = ("received", "handled", "ignored", "failed")


@click.group()
def events() -> None:
    """Stripe's events: fetch, list, look at, apply again."""


@events.command()
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="From this time (UTC) instead of where the last pull came to.",
)
@as_json
def pull(since: Any, *, as_json: bool) -> None:
    """Ask Stripe for events that did not reach us, oldest first. Safe to repeat.

    Exit code 3: Stripe could not be reached; the next run goes on from there.
    """
    from datetime import UTC

    from paydesk.cli.progress import progress_bar

    start = int(since.replace(tzinfo=UTC).timestamp()) if since else None
    with opened_shop() as shop, progress_bar("Pulling events") as progress:
        pulled = shop.pulling.run(since=start, progress=progress)
    if as_json:
        print_json(_plain_pull(pulled))
        return
    click.echo(
        f"{pulled.new} new of {pulled.seen} events since {seconds_stamp(pulled.since)} UTC."
        + (f" {pulled.failed} could not be read; see the log." if pulled.failed else "")
    )
    if pulled.gap is not None:
        say(_gap_words(pulled.gap), err=True)


@events.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only those in this state.")
@click.option("--type", "kind", help="Only this type, such as charge.refunded.")
@click.option("--order", help="Only those about this order.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@as_json
def list_events(
    state: str | None, kind: str | None, order: str | None, limit: int, *, as_json: bool
) -> None:
    """List stored events, newest first."""
    from sqlalchemy import select

    from paydesk.payments.event import StoredEvent

    query = select(StoredEvent).order_by(StoredEvent.received_at.desc(), StoredEvent.id.desc())
    with opened_shop() as shop:
        if order is not None:
            with found_order(shop, order) as (_tx, found):
                query = query.where(StoredEvent.order_id == found.id)
        if state:
            query = query.where(StoredEvent.state == state)
        if kind:
            query = query.where(StoredEvent.type == kind)
        with shop.database.transaction() as tx:
            rows = list(tx.scalars(query.limit(limit)))
    if as_json:
        print_json([_plain(row) for row in rows])
        return
    for row in rows:
        note = f"  {row.note}" if row.note else ""
        click.echo(f"{stamp(row.received_at)}  {row.state:8}  {row.type:40}  {row.id}{note}")
    if not rows:
        click.echo("No such events.")


@events.command()
@click.argument("event_id")
@as_json
def show(event_id: str, *, as_json: bool) -> None:
    """Show one event with what it carried."""
    with opened_shop() as shop, shop.database.transaction() as tx:
        row = _event(tx, event_id)
        shown = {**_plain(row), "payload": json.loads(row.payload)}
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        if name != "payload":
            click.echo(f"{name:12} {value}")
    click.echo(json.dumps(shown["payload"], indent=2, ensure_ascii=False))


@events.command()
@click.argument("event_ids", nargs=-1)
@click.option("--failed", is_flag=True, help="All events that failed.")
@as_json
def replay(event_ids: tuple[str, ...], *, failed: bool, as_json: bool) -> None:
    """Apply stored events again. One that was applied already changes nothing.

    Exit code 1 if one of them fails again.
    """
    from sqlalchemy import select

    from paydesk.cli.progress import counted
    from paydesk.payments.event import EventState, StoredEvent

    if bool(event_ids) is failed:
        raise click.UsageError("Give event ids, or --failed.")
    with opened_shop() as shop:
        with shop.database.transaction() as tx:
            wanted = list(event_ids)
            for event_id in wanted:
                _event(tx, event_id)
            if failed:
                unsettled = select(StoredEvent.id).where(StoredEvent.state == EventState.FAILED)
                wanted = list(tx.scalars(unsettled.order_by(StoredEvent.created)))
        results = []
        for event_id in counted(wanted, "Replaying"):
            state, note = shop.inbox.replay(event_id)
            results.append({"id": event_id, "state": state.value, "note": note})
    if as_json:
        print_json(results)
    else:
        for each in results:
            click.echo(
                f"{each['id']}  {each['state']}" + (f"  {each['note']}" * bool(each["note"]))
            )
        click.echo(f"{len(results)} replayed.")
    if any(each["state"] == EventState.FAILED for each in results):
        raise SystemExit(1)


def _event(tx: Any, event_id: str) -> "StoredEvent":
    from paydesk.payments.event import StoredEvent

    row = tx.get(StoredEvent, event_id)
    if row is None:
        fail(f"There is no event {event_id[:80]!r} here. Fetch it with: paydesk events pull")
    found: StoredEvent = row
    return found


def _plain(row: "StoredEvent") -> dict[str, Any]:
    return {
        "id": row.id,
        "type": row.type,
        "created": row.created,
        "received_at": row.received_at.isoformat(),
        "door": row.door or None,
        "state": row.state,
        "note": row.note,
        "tries": row.tries,
        "object_id": row.object_id,
        "order_id": row.order_id,
    }


def _plain_pull(pulled: "Pulled") -> dict[str, Any]:
    return {
        "since": pulled.since,
        "seen": pulled.seen,
        "new": pulled.new,
        "failed": pulled.failed,
        "gap": {"from": pulled.gap[0], "until": pulled.gap[1]} if pulled.gap else None,
    }


def _gap_words(gap: tuple[int, int]) -> str:
    return (
        f"Nobody asked for the events from {seconds_stamp(gap[0])} until {seconds_stamp(gap[1])} "
        "UTC in time: Stripe keeps events for 30 days. Compare with: paydesk reconcile --since "
        f"{seconds_stamp(gap[0])[:10]}"
    )
