"""The Flask extension: Paydesk inside somebody's app."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Any, Protocol, TypeVar

from flask import Blueprint, Flask, current_app, has_app_context
from sqlalchemy import Engine

from paydesk.foundation.called import in_host
from paydesk.foundation.errors import MisconfiguredError
from paydesk.foundation.logs import configure_logs_unless_done
from paydesk.fulfilment.hooks import Effect, Handler, Hooks
from paydesk.fulfilment.writing import Sender
from paydesk.migrations import schema
from paydesk.payments.errands import Changes, ParamsHook
from paydesk.settings import Settings, known_names, load
from paydesk.web.current import Mount, mounts
from paydesk.web.desk import add_desk
from paydesk.web.letters import LetterWriter
from paydesk.web.pages import pages_of
from paydesk.web.selling import Seller
from paydesk.wiring import Shop, open_shop

# What the app is called that is the shop alone, and nobody's but ours.
OWN_APP = "paydesk_shop"
Handling = TypeVar("Handling", bound=Handler)
Change = TypeVar("Change", bound=ParamsHook)
Sending = TypeVar("Sending", bound=Sender)


class HasEngine(Protocol):
    """What is used of Flask-SQLAlchemy's `db`."""

    @property
    def engine(self) -> Engine:
        """The engine of the app whose context is pushed."""


class Paydesk(Seller):
    """Adds the shop's pages and its payment engine to a Flask app, or to several.

    `settings` by the names of their variables, or complete. What is not given is taken from
    `app.config["PAYDESK_…"]` and `["STRIPE_…"]`, then from the environment and `.env`.
    `db`: Flask-SQLAlchemy's object, called `init_app` before; our tables then stand in its
    database. `url_prefix`: below which the pages stand, such as "/shop". `name`: of the
    blueprint and of what endpoints begin with; a second Paydesk in an app needs one of its own,
    which its tables then begin with, too.

    Handlers registered with `on_paid` and its kin run in the worker, within the app's context:
    in this process after `start_worker()`, or in that of `flask paydesk worker`.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        settings: Settings | Mapping[str, Any] | None = None,
        db: HasEngine | None = None,
        url_prefix: str | None = None,
        name: str = "paydesk",
    ) -> None:
        self.name = name
        self._settings = settings
        self._db = db
        self._url_prefix = url_prefix
        self._hooks = Hooks()
        self._changes = Changes()
        self._sender: Sender | None = None
        self._mounts: list[Mount] = []
        if app is not None:
            self.init_app(app)

    @property
    def shop(self) -> Shop:
        """The engine behind the pages. Raises RuntimeError before `init_app`."""
        return self.mount.shop

    @property
    def mount(self) -> Mount:
        """Where this object's shop is: in the current app, or in its only one."""
        if has_app_context():
            found = mounts(current_app).get(self.name)
            if found is not None and found in self._mounts:
                return found
        if not self._mounts:
            raise RuntimeError("call Paydesk.init_app(app) first")
        if len(self._mounts) > 1:
            raise RuntimeError("this Paydesk is in several apps: push the context of one")
        return self._mounts[0]

    def init_app(self, app: Flask) -> None:
        """Add Paydesk to `app`. Raises MisconfiguredError, naming the variable to mend."""
        if self.name in mounts(app):
            raise MisconfiguredError(
                f"This app has a Paydesk named {self.name!r} already. Give the second one a name "
                'of its own: Paydesk(name="club", url_prefix="/club")'
            )
        engine = _engine_of(app, self._db)
        settings = self._read(app, engine)
        if app.import_name != OWN_APP:
            settings = replace(settings, called=in_host(self.name))
        configure_logs_unless_done()
        shop = open_shop(
            settings,
            hooks=self._hooks.within(app.app_context),
            changes=self._changes,
            engine=engine,
        )
        app.extensions.setdefault("paydesk", self)
        mount = Mount(app, self.name, shop)
        shop.post.write = LetterWriter(mount).gather
        shop.post.around = app.app_context
        shop.post.send = self._sender
        mounts(app)[self.name] = mount
        self._mounts.append(mount)
        if not app.secret_key:
            app.secret_key = settings.app_secret
        # A product page may stay open over night; the token is bound to the cookie all the same.
        app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
        blueprints = [(pages_of(mount), settings.url_prefix or None)]
        if settings.desk:
            blueprints.append((add_desk(mount), f"{settings.url_prefix}/admin"))
        for pages, prefix in blueprints:
            app.register_blueprint(pages, url_prefix=prefix)
            _exempt(app, pages)
        _add_commands(app)

    def _read(self, app: Flask, engine: Engine | None) -> Settings:
        if isinstance(self._settings, Settings):
            settings = self._settings
        else:
            known = known_names()
            given = {name: app.config[name] for name in known if name in app.config}
            if self.name != "paydesk":
                # A name taken from the blueprint's keeps two shops in one database apart.
                given.setdefault("PAYDESK_TABLE_PREFIX", f"{self.name.lower()}_")
            if engine is not None:
                given["PAYDESK_DATABASE_URL"] = engine.url.render_as_string(hide_password=False)
            settings = load(given={**given, **(self._settings or {})})
        if self._url_prefix is not None:
            settings = replace(settings, url_prefix=self._url_prefix.rstrip("/"))
        return settings

    def on_paid(self, handler: Handling) -> Handling:
        """Run `handler(sale)` once an order is paid: durably, and again after a failure.

        It may run more than once if the process dies under it: `sale.key` is the same each time.
        This and the following take plain functions and `async def`.
        """
        return self._on(Effect.PAID, handler)

    def on_refunded(self, handler: Handling) -> Handling:
        """Run `handler(sale)` for each refund that succeeded: `sale.amount` went back."""
        return self._on(Effect.REFUNDED, handler)

    def on_payment_failed(self, handler: Handling) -> Handling:
        """Run `handler(sale)` when a delayed payment came back, or an authorisation was let go."""
        return self._on(Effect.PAYMENT_FAILED, handler)

    def on_expired(self, handler: Handling) -> Handling:
        """Run `handler(sale)` when nobody paid in time; not when the buyer cancelled."""
        return self._on(Effect.EXPIRED, handler)

    def on_disputed(self, handler: Handling) -> Handling:
        """Run `handler(sale)` for each dispute or inquiry: `sale.amount` is contested."""
        return self._on(Effect.DISPUTED, handler)

    def on_subscription_active(self, handler: Handling) -> Handling:
        """Run `handler(sale)` when a subscription begins to entitle: see `sale.membership`."""
        return self._on(Effect.SUBSCRIPTION_ACTIVE, handler)

    def on_subscription_ended(self, handler: Handling) -> Handling:
        """Run `handler(sale)` when a subscription entitles no more: cancelled, unpaid or paused."""
        return self._on(Effect.SUBSCRIPTION_ENDED, handler)

    def checkout_params(self, hook: Change) -> Change:
        """Let `hook(errand, params)` change a checkout session's parameters before Stripe is asked.

        `errand` is the order as agreed, `params` a dict as "Create a Checkout Session" describes
        it. It is called again, with the same order, when a call is repeated, and must do the same
        then. If it raises, nothing is charged: the buyer is told so, and the log says why.
        """
        self._changes.add(hook)
        return hook

    def mail_sender(self, send: Sending) -> Sending:
        """Let `send(outgoing)` deliver Paydesk's letters, instead of a mail server of ours.

        `outgoing.written` is the letter, `outgoing.message_id` stays the same if it comes again.
        It runs in the worker, within the app's context; if it raises, it is tried again later.
        """
        self._sender = send
        for mount in self._mounts:
            mount.shop.post.send = send
        return send

    def _on(self, effect: Effect, handler: Handling) -> Handling:
        self._hooks.register(effect, handler)
        return handler

    def migrate(self) -> None:
        """Make our tables or bring them up to date, as `flask paydesk db migrate` does."""
        schema.migrate(self.shop.database)

    def start_worker(self) -> None:
        """Run handlers and retries in this process, on threads of their own.

        One shop per process can do so. For a second one run `flask paydesk --desk NAME worker`.
        Raises RuntimeError if another shop's worker runs here.
        """
        self.shop.worker.start()


def _exempt(app: Flask, pages: Blueprint) -> None:
    """Leave our pages out of a host's CSRFProtect: they check by themselves.

    Stripe's webhook has no token of the host's. It may be set up before Paydesk, or after.
    """

    def exempt() -> None:
        if "csrf" in app.extensions:
            app.extensions["csrf"].exempt(pages)

    exempt()
    # If it is set up later, it looks at a request after this.
    app.before_request(exempt)


def _add_commands(app: Flask) -> None:
    """`flask paydesk …` is found among the entry points, but not by `app.test_cli_runner()`.

    That asks `app.cli`, and of a command it does not know it says so in its result alone.
    """
    if "paydesk" not in app.cli.commands:
        for each in entry_points(group="flask.commands", name="paydesk"):
            app.cli.add_command(each.load(), each.name)


def _engine_of(app: Flask, db: HasEngine | None) -> Engine | None:
    if db is None:
        return None
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite" and engine.url.database in (None, "", ":memory:"):
        raise MisconfiguredError(
            "SQLALCHEMY_DATABASE_URI is a database in memory, which only one connection can see. "
            "Paydesk needs a file or PostgreSQL: its worker runs on threads of its own."
        )
    return engine
