"""Refusals in Stripe's form ("Errors", "Error codes")."""

from typing import Any

_DOCS = "https://stripe.com/docs/error-codes/"


class StripeFault(Exception):
    """What the API answers instead of an object.

    `keep`: what the call wrote is kept all the same, as a declined charge is.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        keep: bool = False,
        **fields: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.keep = keep
        self.kind = kind
        self.fields = {name: value for name, value in fields.items() if value is not None}

    @property
    def code(self) -> str:
        return str(self.fields.get("code", ""))

    @property
    def is_about_parameters(self) -> bool:
        """Refused for how it was asked, before anything was begun."""
        return self.code.startswith("parameter")

    @property
    def message(self) -> str:
        return str(self)

    def body(self, request_id: str) -> dict[str, Any]:
        """The envelope, as it goes over the wire."""
        error = {"message": str(self), "type": self.kind, **self.fields}
        if "code" in self.fields:
            error["doc_url"] = _DOCS + str(self.fields["code"]).replace("_", "-")
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": dict(sorted(error.items()))}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeFault:
    return StripeFault(message, param=param, code=code)


def missing(kind: str, thing_id: str, param: str | None = None) -> StripeFault:
    """404 when the id stands in the address, 400 when it stands in a parameter."""
    return StripeFault(
        f"No such {_spoken(kind)}: '{thing_id:.120}'",
        status=404 if param is None else 400,
        code="resource_missing",
        param=param or "id",
    )


def card_error(message: str, code: str, **fields: Any) -> StripeFault:
    return StripeFault(message, status=402, kind="card_error", code=code, **fields)


def not_here_yet(what: str, param: str) -> StripeFault:
    """For what Stripe does and this emulator does not: said, never passed over."""
    return StripeFault(f"This emulator does not do {what} yet; Stripe itself does.", param=param)


def _spoken(kind: str) -> str:
    return "PaymentMethod" if kind == "payment_method" else kind
