"""How the log looks: one line an event, and never a local variable."""

import sys

import structlog


def configure_logs() -> None:
    """One line an event: for people on a terminal, JSON elsewhere is a later setting."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Plain: a formatter that shows local variables would show keys.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        # Looked up anew each time: a host app may put another stream in its place.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def configure_logs_unless_done() -> None:
    """For a host app: what it has set up itself stays.

    structlog's own default shows the local variables of each frame, and with them our keys.
    """
    if not structlog.is_configured():
        configure_logs()
