"""The four ways to say no; anything else that is raised is a bug."""

from paydesk.foundation.language import gettext


class ShopError(Exception):
    """A refusal somebody can act on: `code` for programs, the message for people.

    The message is shown to buyers: it never carries a key, an id of Stripe's or a trace. Its
    `values` stand in it as `%(name)s`, so that it can be said in the reader's language.
    """

    status = 500
    code = "error"

    def __init__(self, message: str, *, code: str | None = None, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.template = message
        self.values = values
        if code is not None:
            self.code = code

    @property
    def message(self) -> str:
        """What happened and what to do, in the language that is spoken now."""
        return gettext(self.template, **self.values)


class Invalid(ShopError):
    """The request makes no sense as it is; correct it and send it again."""

    status = 422
    code = "invalid"


class NotFound(ShopError):
    """There is no such thing, or it is not yours to see."""

    status = 404
    code = "not_found"


class Refused(ShopError):
    """Understood, but the state of things forbids it now."""

    status = 409
    code = "refused"


class Unavailable(ShopError):
    """Somebody we depend on does not answer; trying again later may help."""

    status = 503
    code = "unavailable"


class MisconfiguredError(Exception):
    """A setting is missing or wrong. The message names the variable and says what to do."""
