"""Prometheus' page, on a port of its own that no buyer can reach."""

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from paydesk.foundation.metrics import REGISTRY

if TYPE_CHECKING:
    from paydesk.payments.vitals import Vitals
    from paydesk.wiring import Shop

log = structlog.get_logger("paydesk.metrics")

# However often Prometheus asks, the orders are counted no more often.
_REMEMBERED_SECONDS = 5.0


def serve_metrics(shop: "Shop", host: str, port: int) -> None:
    """Answer Prometheus on a thread of its own, with this process's counters and the database's
    state.
    """
    collector = _OfDatabase(shop)
    REGISTRY.register(collector)
    start_http_server(port, host, registry=REGISTRY)
    log.info("metrics_served", host=host, port=port)


class _OfDatabase(Collector):
    """What the database says. The same from every process: take the maximum, not the sum."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self._lock = threading.Lock()
        self._until = 0.0
        self._found: list[Metric] = []

    def describe(self) -> list[Metric]:
        """Nothing: to be registered must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._found = self._look()
                self._until = time.monotonic() + _REMEMBERED_SECONDS
            yield from self._found

    def _look(self) -> list[Metric]:
        from paydesk.payments.vitals import vitals

        up = GaugeMetricFamily("paydesk_database_up", "Whether the database answers.")
        try:
            now = self._shop.clock.now()
            with self._shop.database.transaction() as tx:
                found = vitals(tx, now)
        except SQLAlchemyError as error:
            log.warning("metrics_without_database", kind=type(error).__name__)
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        return [up, *_counts(found), *_ages(found, now.timestamp()), _worker(found)]


def _counts(found: "Vitals") -> Iterator[Metric]:
    for name, about, by_state in (
        ("paydesk_orders", "Orders by payment status.", found.orders),
        ("paydesk_effects", "Handlers' work owed to orders, by state.", found.effects),
        ("paydesk_refunds", "Refunds by state.", found.refunds),
        ("paydesk_events_unsettled", "Events by state.", {"failed": found.events_failed}),
    ):
        family = GaugeMetricFamily(name, about, labels=["state"])
        for state, count in sorted(by_state.items()):
            family.add_metric([state], count)
        yield family


def _ages(found: "Vitals", now: float) -> Iterator[Metric]:
    moments: list[tuple[str, str, Any]] = [
        (
            "paydesk_last_event_age_seconds",
            "Since Stripe told us anything.",
            found.last_event_at.timestamp() if found.last_event_at else None,
        ),
        ("paydesk_pull_age_seconds", "Since the pull has seen everything.", found.pulled_until),
    ]
    for name, about, at in moments:
        family = GaugeMetricFamily(name, about)
        if at is not None:
            family.add_metric([], max(0.0, now - at))
        yield family


def _worker(found: "Vitals") -> Metric:
    family = GaugeMetricFamily("paydesk_worker_alive", "Whether some process runs the jobs.")
    family.add_metric([], int(found.worker_lives))
    return family
