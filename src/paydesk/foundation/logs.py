"""How the log looks: one line an event, for people or as JSON; never a key, a link or a buyer."""

import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

JSON = "json"
TEXT = "text"

# What opens something, or is somebody's. Nothing of ours logs it on purpose: this is for what an
# exception of a library's, or a handler of the host's, quotes. A pattern is tried only on a line
# that has one of its marks, and each part of it is bounded: lines can be long.
_PRIVATE = (
    (("sk_", "rk_"), re.compile(r"\b([sr]k_(?:test|live))_\w+"), r"\1_***"),
    (("whsec_",), re.compile(r"\bwhsec_\w+"), "whsec_***"),
    (("_secret_",), re.compile(r"\b((?:pi|cs|seti)_\w{1,200}?_secret)_\w+"), r"\1_***"),
    # An order's page is open to whoever has its link.
    (("/o/",), re.compile(r"(/o/\d{1,20}/)[0-9a-z]+"), r"\1***"),
    (("@",), re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "***@***"),
    # A database's address with its password.
    (("://",), re.compile(r"(://[^\s:/@]{0,64}):[^\s/@]{1,200}@"), r"\1:***@"),
)


# The processors we have set up: where others stand, a host app has chosen them.
_ours: list[list[Processor]] = []


def configure_logs(form: str = TEXT) -> None:
    """One line an event on stderr: `json` for machines, `text` for people."""
    _configure_ours(_last(form))
    _configure_theirs(_last(form))


def configure_logs_in_host(form: str = TEXT) -> None:
    """For a command of a host app: as `configure_logs`, but what the host has set up stays."""
    if not structlog.is_configured() or structlog.get_config()["processors"] in _ours:
        _configure_ours(_last(form))
    if all(isinstance(each, _OnStderr) for each in logging.getLogger().handlers):
        _configure_theirs(_last(form))


def configure_logs_unless_done() -> None:
    """For a host app: what it has set up itself stays.

    structlog's own default shows the local variables of each frame, and with them our keys.
    """
    if not structlog.is_configured():
        _configure_ours(_last(TEXT))


@contextmanager
def kept_quiet() -> Iterator[None]:
    """Only warnings and worse, for work that would fill a terminal."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        yield
    finally:
        structlog.configure(wrapper_class=before)


def _configure_ours(last: list[Processor]) -> None:
    _ours[:] = [[*_shared(), *last]]
    structlog.configure(
        processors=_ours[0],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        # Looked up anew each time: a host app may put another stream in its place.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def _configure_theirs(last: list[Processor]) -> None:
    """What libraries write through Python's own logging takes the same way."""
    handler = _OnStderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_shared(), structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not isinstance(each, _OnStderr)]
    root.addHandler(handler)


def hidden(text: str) -> str:
    """`text` without keys, secrets of orders and webhooks, passwords and e-mail addresses."""
    for marks, pattern, instead in _PRIVATE:
        if any(mark in text for mark in marks):
            text = pattern.sub(instead, text)
    return text


class _OnStderr(logging.Handler):
    """Writes to whatever is stderr now."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            stream: TextIO = sys.stderr
            stream.write(self.format(record) + "\n")
        except Exception:  # noqa: BLE001 - as the standard library's handlers do
            self.handleError(record)


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _last(form: str) -> list[Processor]:
    return [*_as_json(), _hide] if form == JSON else [_for_people(), _hide]


def _as_json() -> list[Processor]:
    # Plain: a formatter that shows local variables would show keys.
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _for_people() -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def _hide(_logger: Any, _method: str, line: str | MutableMapping[str, Any]) -> str:
    assert isinstance(line, str), "the line is complete by now"
    return hidden(line)
