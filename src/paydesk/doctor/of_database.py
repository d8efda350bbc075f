"""What the database says: of itself, of the events, and of the work that waits."""

from datetime import UTC, datetime, timedelta

from paydesk.doctor.diagnosis import Diagnosis, ago, failure, ok, warning
from paydesk.payments.vitals import Vitals
from paydesk.settings import Settings

_SILENT_FOR = timedelta(hours=24)
# The pull may fail a few times, and waits longer each time, up to 300 s.
_PULL_MAY_REST = timedelta(minutes=15)
# Stripe forgets events after 30 days.
_PULL_IN_DANGER = timedelta(days=25)


def worker(found: Vitals) -> Diagnosis:
    check = "worker"
    if not found.worker_lives:
        return failure(
            check,
            "Nobody runs the jobs: handlers, retries, the pull and the sweeper stand still.",
            "Start one: paydesk web, or paydesk worker",
        )
    if found.failing_rounds:
        return warning(
            check,
            f"It runs, but its rounds keep failing: {', '.join(found.failing_rounds)}.",
            "See round_failed in its log.",
        )
    return ok(check, "Some process runs the jobs.")


def events(settings: Settings, found: Vitals, now: datetime) -> Diagnosis:
    check = "events"
    if found.last_event_at is None:
        return ok(check, "Stripe has told us nothing yet.")
    age = ago(now - found.last_event_at)
    last = found.last_webhook_at
    by_pull_only = last is None or found.last_event_at - last > _SILENT_FOR
    if found.last_sale_is_demonstration and last is None:
        return ok(check, "All of them are the demonstration's; nothing was sold since.")
    if settings.webhook_secrets and by_pull_only:
        told = "ever" if last is None else f"for {ago(now - last)}"
        return warning(
            check,
            f"The last event is {age} old and came by the pull; no webhook has arrived {told}.",
            "See the endpoint's deliveries in the Dashboard, Developers > Webhooks.",
        )
    return ok(check, f"The last one is {age} old.")


def pull(found: Vitals, now: datetime) -> Diagnosis:
    check = "pull"
    if found.gap is not None:
        since, until = (f"{datetime.fromtimestamp(each, UTC):%Y-%m-%d}" for each in found.gap)
        return failure(
            check,
            f"Events from {since} to {until} were never asked for, and Stripe has forgotten them.",
            f"Compare the books: paydesk reconcile --apply --since {since}",
        )
    if found.pulled_until is None:
        return ok(check, "Stripe was not asked for events yet.")
    age = now - datetime.fromtimestamp(found.pulled_until, UTC)
    if age > _PULL_IN_DANGER:
        return failure(
            check,
            f"Stripe was last asked for events {ago(age)} ago, and forgets them after 30 days.",
            "Ask now: paydesk events pull",
        )
    if age > _PULL_MAY_REST:
        return warning(
            check,
            f"Stripe was last asked for events {ago(age)} ago.",
            "Start a worker, or ask now: paydesk events pull",
        )
    return ok(check, f"Everything until {ago(age)} ago was asked for.")


def effects(found: Vitals) -> Diagnosis:
    check = "work"
    lost = found.effects.get("failed", 0)
    if lost:
        return warning(
            check,
            f"A handler of a paid order was given up {'once' if lost == 1 else f'{lost} times'}.",
            "See paydesk effects list --failed, then: paydesk effects repeat ORDER",
        )
    failed = found.events_failed
    if failed:
        return warning(
            check,
            f"{failed} {'event' if failed == 1 else 'events'} could not be applied.",
            "See paydesk events list --state failed, then: paydesk events replay EVENT",
        )
    return ok(check, "Nothing was given up.")


def unreachable(reason: str) -> Diagnosis:
    return failure(
        "database", f"It does not answer: {reason}.", "Check PAYDESK_DATABASE_URL and the server."
    )


def migrations(*, current: bool) -> Diagnosis:
    if not current:
        return failure(
            "database", "It answers, but its tables are not this version's.", "paydesk db migrate"
        )
    return ok("database", "It answers, and its tables are this version's.")
