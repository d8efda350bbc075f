"""What Stripe forgets is forgotten here too, so that the file does not grow for ever."""

from stripe_emulator import idempotency
from stripe_emulator.emulator import Emulator
from stripe_emulator.events import forget_old_events
from stripe_emulator.idempotency import Answer
from stripe_emulator.resources.customer import new_customer
from stripe_emulator.resources.webhook_endpoint import ensure
from stripe_emulator.store import Store

DAY = 24 * 3600


def counts(emulator: Emulator) -> list[int]:
    with emulator.store.reading() as tx:
        return [
            tx.sql.execute(query).fetchone()[0]
            for query in (
                "SELECT COUNT(*) FROM objects WHERE kind = 'event'",
                "SELECT COUNT(*) FROM objects WHERE kind = 'customer'",
                "SELECT COUNT(*) FROM deliveries",
                "SELECT COUNT(*) FROM attempts",
            )
        ]


def test_events_and_their_deliveries_are_kept_for_thirty_days():
    emulator = Emulator(Store(None))
    with emulator.call() as call:
        ensure(call, "http://127.0.0.1:1/", "whsec_x")
        new_customer(call, name="x")
        call.tx.sql.execute(
            "INSERT INTO attempts (delivery, at, duration_ms, request, answer) "
            "SELECT id, 0, 0, '', '' FROM deliveries"
        )
        forget_old_events(call.tx, call.now + 29 * DAY)
    assert counts(emulator) == [1, 1, 1, 1]
    with emulator.call() as call:
        forget_old_events(call.tx, call.now + 31 * DAY)
    assert counts(emulator) == [0, 1, 0, 0]
    emulator.store.close()


def test_an_idempotency_key_is_kept_for_a_day():
    emulator = Emulator(Store(None))
    given = {"name": "x"}
    with emulator.call() as call:
        now = call.now
        idempotency.keep(call.tx, "k", "/v1/customers", given, now, Answer(200, "{}", "req_1"))
        idempotency.forget_old(call.tx, now + DAY - 1)
        assert idempotency.replay(call.tx, "k", "/v1/customers", given, now) is not None
        # Too old, whether it has been tidied away or not.
        assert idempotency.replay(call.tx, "k", "/v1/customers", given, now + DAY + 1) is None
        idempotency.keep(call.tx, "k", "/v1/customers", given, now, Answer(200, "{}", "req_1"))
        idempotency.forget_old(call.tx, now + DAY + 1)
        assert idempotency.replay(call.tx, "k", "/v1/customers", given, now) is None
    emulator.store.close()
