"""What commands share: settings read with clear errors, and the shop opened and closed."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

from paydesk.cli import whereabouts

if TYPE_CHECKING:
    from paydesk.settings import Settings
    from paydesk.web.current import Mount
    from paydesk.wiring import Shop

# Where the name given with --desk waits for the command.
DESK = "paydesk.desk"
# And how our commands are called, once that is known.
_CALLED = "paydesk.called"

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


class Misconfigured(click.ClickException):
    """A setting is missing or wrong; exit code 2, as for wrong use."""

    exit_code = 2


class Unreachable(click.ClickException):
    """Stripe does not answer; exit code 3, for scripts that try again."""

    exit_code = 3


def read_settings() -> "Settings":
    """The settings of the host's app under `flask paydesk …`, else those of the environment."""
    found = mounted()
    if found is not None:
        return found.shop.settings
    return whereabouts.followed(environment_settings())


def environment_settings() -> "Settings":
    """The settings, or an end with exit code 2 and the name of the variable to mend."""
    from paydesk.foundation.errors import MisconfiguredError
    from paydesk.settings import load

    try:
        return load()
    except MisconfiguredError as error:
        raise Misconfigured(str(error)) from None


def mounted() -> "Mount | None":
    """The shop of the host's app, under `flask paydesk …`; none under `paydesk …`."""
    found = _mounted()
    if found is not None:
        click.get_current_context().find_root().meta[_CALLED] = found.shop.settings.called
    return found


def in_words(text: str) -> str:
    """Advice with our commands called as they are called here."""
    context = click.get_current_context(silent=True)
    called = context.find_root().meta.get(_CALLED) if context is not None else None
    return called.in_words(text) if called is not None else text


def say(text: str, *, err: bool = False) -> None:
    """Print a sentence that names a command of ours."""
    click.echo(in_words(text), err=err)


def _mounted() -> "Mount | None":
    context = click.get_current_context(silent=True)
    if context is None:
        return None
    # Not even Flask is loaded for a command that is not under it.
    script = sys.modules.get("flask.cli")
    info = context.find_object(script.ScriptInfo) if script is not None else None
    if info is None:
        return None
    from paydesk.web.current import mounts

    found = mounts(info.load_app())
    wanted = context.find_root().meta.get(DESK)
    if not found:
        fail("This app has no Paydesk: call Paydesk(app), or desk.init_app(app), in it.")
    if wanted is not None and wanted not in found:
        raise Misconfigured(f"No Paydesk is named {wanted!r} here; there is: {', '.join(found)}.")
    if wanted is None and len(found) > 1:
        raise Misconfigured(f"Say which one: flask paydesk --desk NAME, of {', '.join(found)}.")
    return found[wanted] if wanted is not None else next(iter(found.values()))


@contextmanager
def opened_shop() -> "Iterator[Shop]":
    """The shop, closed again at the end; trouble with database or Stripe ends with a sentence."""
    with _opened(mounted()) as shop:
        yield shop


@contextmanager
def opened_mount() -> "Iterator[Mount]":
    """As `opened_shop`, with the pages: for whoever writes letters, or needs a page's address."""
    from paydesk.web.app import create_app
    from paydesk.web.current import mounts

    mount = mounted()
    if mount is None:
        mount = next(iter(mounts(create_app(read_settings())).values()))
        with _opened(mount, is_hosts=False):
            yield mount
    else:
        with _opened(mount):
            yield mount


@contextmanager
def _opened(mount: "Mount | None", *, is_hosts: bool = True) -> "Iterator[Shop]":
    from sqlalchemy.exc import SQLAlchemyError

    from paydesk.foundation.logs import configure_logs, configure_logs_in_host
    from paydesk.payments.gateway import StripeRefused, StripeUnreachable
    from paydesk.wiring import open_shop

    # To stderr: what scripts read stays clean.
    settings = mount.shop.settings if mount is not None else read_settings()
    configure = configure_logs_in_host if mount is not None and is_hosts else configure_logs
    configure(settings.log_format)
    shop = mount.shop if mount is not None else open_shop(settings)
    try:
        yield shop
    except StripeUnreachable:
        raise Unreachable("Stripe cannot be reached. Nothing is lost; try again later.") from None
    except StripeRefused as error:
        fail(f"Stripe refused: {error.detail or error.stripe_code or 'see the log'}")
    except SQLAlchemyError as error:
        fail(f"The database does not answer as it should ({type(error).__name__}). {_hint(error)}")
    finally:
        shop.close()


def fail(message: str) -> NoReturn:
    """End with exit code 1."""
    raise click.ClickException(in_words(message))


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _hint(error: Exception) -> str:
    # The driver's own words, in one line; SQLAlchemy's would repeat statement and values.
    cause = getattr(error, "orig", None) or error
    words = str(cause).strip().splitlines()
    return (
        f"It says: {words[0][:200]}. Check PAYDESK_DATABASE_URL, then run: paydesk db migrate"
        if (words)
        else "Check PAYDESK_DATABASE_URL."
    )
