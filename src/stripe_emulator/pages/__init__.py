"""The emulator's browser pages: the hosted checkout page and the dashboard."""

from flask import Blueprint
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)

from stripe_emulator.pages import (
    challenge,
    checkout,
    desk,
    desk_clock,
    desk_objects,
    guard,
    invoice_page,
    papers,
    payment_link,
    portal_page,
    rendering,
)

pages_blueprint = Blueprint(
    "pages",
    "stripe_emulator",
    template_folder="templates",
    static_folder="static",
    static_url_path="/assets",
)

_PAY = "/c/pay/<session_id>"
_RECOVER = "/c/recover/<session_id>/<secret>"
_AUTHENTICATE = "/c/authenticate/<intent_id>"

for _method, _address, _view in (
    ("GET", _PAY, checkout.show),
    ("POST", _PAY, checkout.pay),
    ("GET", f"{_PAY}/style.css", checkout.style),
    ("GET", f"{_PAY}/return", checkout.returned),
    ("GET", _RECOVER, checkout.recovery),
    ("POST", _RECOVER, checkout.recover),
    ("GET", "/b/<code>", payment_link.show),
    ("GET", _AUTHENTICATE, challenge.show),
    ("POST", _AUTHENTICATE, challenge.answer),
    ("GET", "/i/<secret>", invoice_page.show),
    ("POST", "/i/<secret>", invoice_page.pay),
    ("GET", "/i/<secret>/pdf", invoice_page.download),
    ("GET", "/i/<secret>/credit_notes/<note_id>/pdf", invoice_page.credit_note),
    ("GET", "/p/session/<secret>", portal_page.show),
    ("POST", "/p/session/<secret>", portal_page.act),
    ("GET", "/receipts/<charge_id>", papers.receipt),
    ("GET", "/mandates/<mandate_id>", papers.mandate),
    ("GET", "/", desk.home),
    ("GET", "/dashboard", desk.overview),
    ("GET", "/dashboard/payments", desk.payments),
    ("GET", "/dashboard/events", desk.events),
    ("GET", "/dashboard/events/<event_id>", desk.event),
    ("POST", "/dashboard/events/<event_id>", desk.resend),
    ("GET", "/dashboard/deliveries", desk.deliveries),
    ("GET", "/dashboard/requests", desk.requests),
    ("GET", "/dashboard/requests/<request_id>", desk.one_request),
    ("GET", "/dashboard/objects", desk_objects.overview),
    ("GET", "/dashboard/objects/<kind>", desk_objects.of_kind),
    ("GET", "/dashboard/objects/<kind>/<thing_id>", desk_objects.one),
    ("POST", "/dashboard/objects/<kind>/<thing_id>", desk_objects.act),
    ("GET", "/dashboard/find", desk_objects.find),
    ("GET", "/dashboard/clock", desk_clock.show),
    ("POST", "/dashboard/clock", desk_clock.change),
    ("GET", "/dashboard/faults", desk.faults),
    ("POST", "/dashboard/faults", desk.set_faults),
):
    pages_blueprint.add_url_rule(
        _address,
        endpoint=f"{_view.__module__.rpartition('.')[2]}_{_view.__name__}",
        view_func=_view,
        methods=[_method],
    )

pages_blueprint.record_once(guard.make_key)
pages_blueprint.before_request(guard.limit_body)
for _refused in (BadRequest, Forbidden, NotFound, MethodNotAllowed, RequestEntityTooLarge):
    pages_blueprint.register_error_handler(_refused, rendering.refusal)
for _filter in (rendering.money, rendering.moment, rendering.iso, rendering.spaced):
    pages_blueprint.add_app_template_filter(_filter)
pages_blueprint.add_app_template_global(guard.token, "form_token")
