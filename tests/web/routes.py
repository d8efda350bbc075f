"""Every route there is, filled in: for tests that no page may escape."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Things that exist, so that pages are shown and not refused.
_SAMPLES = {
    "slug": "arduino-board",
    "kind": "terms",
    "language": "en",
    "way": "hosted",
    "filename": "paydesk.css",
    "name": "arduino-board.svg",
}


@dataclass(frozen=True)
class Route:
    """One rule of the app with a path that fits it."""

    endpoint: str
    path: str
    rule: str
    changes: bool
    reads: bool

    @property
    def is_desk(self) -> bool:
        return self.endpoint.startswith("paydesk_desk.")

    @property
    def page(self) -> str:
        return self.endpoint.rpartition(".")[2]


def routes(app: Flask, **samples: object) -> list[Route]:
    """All routes of the app, each with a path; `samples`: values by the names of arguments."""
    values = {**_SAMPLES, **samples}
    return sorted(_routes(app, values), key=lambda route: (route.rule, route.endpoint))


def _routes(app: Flask, values: dict[str, object]) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        methods = rule.methods or set()
        yield Route(
            endpoint=rule.endpoint,
            path=_path(app, rule, values),
            rule=rule.rule,
            changes=bool(methods - _SAFE),
            reads="GET" in methods,
        )


def _path(app: Flask, rule: Rule, values: dict[str, object]) -> str:
    filled = {
        name: values.get(name, 1 if "int:" + name in rule.rule.replace("(", ":") else "x")
        for name in rule.arguments
    }
    built = rule.build(filled)
    assert built is not None, rule
    return built[1]
