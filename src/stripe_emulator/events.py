"""How long events are kept: as long as at Stripe, so that the file does not grow for ever."""

from stripe_emulator.store import Tx

KEPT_SECONDS = 30 * 24 * 3600


def forget_old_events(tx: Tx, now: int) -> None:
    """Events that nobody can ask for any more, with their deliveries."""
    old = "SELECT id FROM objects WHERE kind = 'event' AND created < ?"
    deliveries = f"SELECT id FROM deliveries WHERE event IN ({old})"  # noqa: S608 - text of ours
    since = (now - KEPT_SECONDS,)
    tx.sql.execute(f"DELETE FROM attempts WHERE delivery IN ({deliveries})", since)  # noqa: S608 - names of ours alone
    tx.sql.execute(f"DELETE FROM deliveries WHERE event IN ({old})", since)  # noqa: S608 - names of ours alone
    tx.sql.execute("DELETE FROM objects WHERE kind = 'event' AND created < ?", since)
