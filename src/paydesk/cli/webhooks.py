"""`paydesk webhooks`: the shop's webhook endpoint at Stripe, made and kept through the API."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, fail, opened_shop, print_json, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paydesk.payments.endpoints import Endpoint
    from paydesk.wiring import Shop

_VARIABLE = "STRIPE_WEBHOOK_SECRET"

_env_file = click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the secret into this file, readable by its owner alone, and do not show it.",
)


@click.group()
def webhooks() -> None:
    """The webhook endpoint through which Stripe tells this shop of payments."""


@webhooks.command()
@_env_file
@as_json
def register(env_file: Path | None, *, as_json: bool) -> None:
    """Have Stripe send the events this shop reads to PAYDESK_BASE_URL/webhook.

    One that is there already is mended: its events, and whether it is enabled. A new one's secret
    is shown this once. Safe to repeat.
    """
    from paydesk.payments.endpoints import Registered

    with _asking() as shop:
        done, endpoint = shop.endpoints.register()
        fits = endpoint.is_of(shop.settings.webhook_secrets)
    if done is Registered.CREATED:
        _hand_over(endpoint, env_file, (), as_json=as_json)
        return
    if as_json:
        print_json({"done": done.value, **_plain(endpoint)})
        return
    click.echo(f"{endpoint.id} at {endpoint.url}: {done.value}, {len(endpoint.events)} events.")
    if fits is not True:
        say(
            f"{_VARIABLE} {'is not' if fits is False else 'may not be'} its secret, and Stripe "
            "shows a secret once. If it is lost: paydesk webhooks roll-secret"
        )


@webhooks.command("list")
@click.option("--events", is_flag=True, help="Only the names of the events this shop reads.")
@as_json
def list_endpoints(*, events: bool, as_json: bool) -> None:
    """List the account's webhook endpoints, and what is wrong with those of this shop."""
    if events:
        from paydesk.payments.reading import EVENT_TYPES

        print_json(sorted(EVENT_TYPES)) if as_json else click.echo("\n".join(sorted(EVENT_TYPES)))
        return
    with _asking() as shop:
        found = shop.endpoints.all()
        here = shop.endpoints.url
        secrets = shop.settings.webhook_secrets
    if as_json:
        print_json([{**_plain(each), "here": each.url == here} for each in found])
        return
    for each in found:
        click.echo(f"{each.id}  {'enabled ' if each.is_enabled else 'disabled'}  {each.url}")
        if each.url == here:
            for trouble in _troubles(each, secrets):
                say(f"   {trouble}")
    if not any(each.url == here for each in found):
        say(f"None at {here}. Make one with: paydesk webhooks register")


@webhooks.command("roll-secret")
@click.option("--finish", is_flag=True, help="Delete the older endpoint: the shop knows the new.")
@_env_file
@as_json
def roll_secret(env_file: Path | None, *, finish: bool, as_json: bool) -> None:
    """Get a new secret without losing an event: a second endpoint, then --finish.

    Until then both deliver; set STRIPE_WEBHOOK_SECRET to the new and the old secret, separated by
    a comma, and start the shop anew. What comes twice is dropped.
    """
    if finish:
        _finish_roll(env_file, as_json=as_json)
        return
    with _asking() as shop:
        endpoint = shop.endpoints.roll()
        secrets = shop.settings.webhook_secrets
    _hand_over(endpoint, env_file, secrets, as_json=as_json)


def _finish_roll(env_file: Path | None, *, as_json: bool) -> None:
    with _asking() as shop:
        gone = shop.endpoints.finish_roll()
        newest = next(iter(shop.endpoints.here()), None)
        secrets = shop.settings.webhook_secrets
    if env_file is not None and newest is not None:
        _keep(env_file, [each for each in secrets if newest.is_of((each,)) is not False])
    if as_json:
        print_json({"deleted": [each.id for each in gone]})
    else:
        click.echo("\n".join(f"{each.id} deleted." for each in gone) or "Nothing to finish.")


@webhooks.command()
@click.argument("endpoint_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def delete(endpoint_id: str, *, yes: bool, as_json: bool) -> None:
    """Delete the endpoint ENDPOINT_ID, `we_…`: Stripe sends nothing there any more."""
    with _asking() as shop:
        found = next((each for each in shop.endpoints.all() if each.id == endpoint_id), None)
        if found is None:
            fail(f"There is no endpoint {endpoint_id}. See: paydesk webhooks list")
        if not (yes or as_json):
            click.confirm(f"Delete {found.id} at {found.url}?", abort=True)
        shop.endpoints.delete(found.id)
    print_json({"deleted": [found.id]}) if as_json else click.echo(f"{found.id} deleted.")


@contextmanager
def _asking() -> "Iterator[Shop]":
    """The shop, opened; a refusal of ours ends with its sentence."""
    from paydesk.foundation.errors import Refused
    from paydesk.payments.gateway import StripeRefused

    with opened_shop() as shop:
        try:
            yield shop
        except StripeRefused:
            raise
        except Refused as refusal:
            fail(refusal.message)


def _hand_over(
    endpoint: "Endpoint", env_file: Path | None, older: tuple[str, ...], *, as_json: bool
) -> None:
    """Show the secret, this once, or write it down."""
    assert endpoint.secret is not None
    secrets = [endpoint.secret, *older]
    if env_file is not None:
        _keep(env_file, secrets)
    if as_json:
        shown = {} if env_file is not None else {"secret": endpoint.secret}
        print_json({"done": "created", **_plain(endpoint), **shown})
        return
    click.echo(f"{endpoint.id} at {endpoint.url}: created, {len(endpoint.events)} events.")
    if env_file is not None:
        click.echo(f"Its secret is in {env_file}. Start the shop anew.")
    else:
        click.echo("Stripe shows its secret this once. Set, and start the shop anew:\n")
        click.echo(f"{_VARIABLE}={endpoint.secret}{',<the old one>' if older else ''}")
    if older:
        say("Then: paydesk webhooks roll-secret --finish")


def _keep(env_file: Path, secrets: list[str]) -> None:
    from paydesk.foundation.env_file import set_variable

    try:
        set_variable(env_file, _VARIABLE, ",".join(secrets))
    except OSError as error:
        # Shown after all: it cannot be asked for again.
        click.echo(f"{_VARIABLE}={','.join(secrets)}")
        fail(f"{env_file} cannot be written ({error.strerror}), so the secret is shown instead.")


def _troubles(endpoint: "Endpoint", secrets: tuple[str, ...]) -> list[str]:
    found = []
    if not endpoint.is_enabled:
        found.append("It is disabled. Mend it with: paydesk webhooks register")
    if endpoint.missing:
        found.append(
            f"It lacks {len(endpoint.missing)} events. Mend it with: paydesk webhooks register"
        )
    if not endpoint.speaks_our_version:
        found.append(
            f"Its API version is {endpoint.api_version or 'that of the account'}. Replace it with: "
            "paydesk webhooks roll-secret"
        )
    if endpoint.is_of(secrets) is False:
        found.append(f"{_VARIABLE} is not its secret.")
    return found


def _plain(endpoint: "Endpoint") -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "enabled": endpoint.is_enabled,
        "api_version": endpoint.api_version,
        "events": list(endpoint.events),
        "missing_events": endpoint.missing,
    }
