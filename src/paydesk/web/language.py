"""Which language and which looks a page has: the buyer's choice, else the browser's wish.

Nothing here is Flask-Babel's: that has one language and one set of translations for the whole
app, which is the host's. See docs/decisions/0009-languages-of-our-own.md.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from paydesk.foundation import language as languages
from paydesk.foundation.language import LANGUAGES, Language, gettext
from paydesk.settings import Settings
from paydesk.web.current import current_shop, shop_url

THEMES = ("system", "light", "dark")
_I18N = "jinja2.ext.InternationalizationExtension"
_A_YEAR = 365 * 24 * 3600
_LONGEST_BACK = 500
_LONGEST_HEADER = 500
_SPOKEN = "paydesk.language_chosen"


def add_languages(pages: Blueprint) -> None:
    """Where the choices are made."""
    pages.add_url_rule("/preferences", "preferences", preferences, methods=["POST"])


def speak_on(target: Flask | Blueprint, settings: Settings) -> None:
    """Have what `target` answers speak the reader's language, and then no longer."""
    target.before_request(lambda: _speak(settings))
    target.teardown_request(lambda _error: languages.speak(languages.ENGLISH))


def let_templates_speak(app: Flask) -> None:
    """Jinja's own extension, for `{% trans %}`; a host that has it keeps its own."""
    if _I18N not in app.jinja_env.extensions:
        app.jinja_env.add_extension("jinja2.ext.i18n")


def speech() -> dict[str, object]:
    """What any template speaks with, a letter's as well, where there is no request."""
    return {
        "_": _in_template(languages.gettext),
        "gettext": _in_template(languages.gettext),
        "ngettext": _in_template(languages.ngettext),
        "pgettext": _in_template(languages.pgettext),
        "day_text": languages.day_text,
        "moment_text": languages.moment_text,
        "language": languages.spoken(),
    }


def template_words(settings: Settings) -> dict[str, object]:
    """What templates speak with: from the context of our pages alone, never the host's."""
    return {
        **speech(),
        "languages": [LANGUAGES[code] for code in settings.languages],
        "theme": theme(settings),
        "themes": _themes(),
        "this_page": _this_page,
        "script_words": _script_words,
    }


def theme(settings: Settings) -> str:
    """system, light or dark."""
    kept = request.cookies.get(_cookie("theme", settings), "")
    return kept if kept in THEMES else "system"


def vary(response: Response) -> Response:
    """Say what the page depends on beside its address, so that no cache mixes readers up."""
    if (request.endpoint or "").rpartition(".")[2] != "static":
        response.vary.update(("Accept-Language", "Cookie"))
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Language", languages.spoken().code)
    return response


def preferences() -> ResponseReturnValue:
    """Keeps a choice of language or theme in a cookie, and leads back to where it was made."""
    settings = current_shop().settings
    response = redirect(_back(request.form.get("back", "")), code=303)
    response.headers["Cache-Control"] = "no-store"
    for name, allowed in (("language", settings.languages), ("theme", THEMES)):
        value = request.form.get(name)
        if value in allowed:
            response.set_cookie(
                _cookie(name, settings),
                value,
                max_age=_A_YEAR,
                secure=settings.is_https,
                httponly=True,
                samesite="Lax",
            )
    return response


def _speak(settings: Settings) -> None:
    # Once a request: what the app has chosen, its blueprint need not choose again.
    if _SPOKEN not in request.environ:
        request.environ[_SPOKEN] = True
        languages.speak(_chosen(settings))


def _chosen(settings: Settings) -> Language:
    offered = settings.languages
    kept = request.cookies.get(_cookie("language", settings), "")
    if kept not in offered:
        # Without a wish the first is ours to choose.
        kept = _wished(request.headers.get("Accept-Language", ""), tuple(offered))
    return LANGUAGES[kept]


@lru_cache(maxsize=500)
def _wished(header: str, offered: tuple[str, ...]) -> str:
    """Reading the header takes longer than all else about the language, and few are different."""
    accepted = parse_accept_header(header[:_LONGEST_HEADER], LanguageAccept)
    return accepted.best_match(offered) or offered[0]


def _cookie(name: str, settings: Settings) -> str:
    return f"{'__Host-' if settings.is_https else ''}paydesk_{name}"


def _back(path: str) -> str:
    """A path of this site, whatever the form says: never another site's."""
    is_path = path.startswith("/") and not path.startswith(("//", "/\\"))
    if is_path and path.isprintable() and "\\" not in path and len(path) <= _LONGEST_BACK:
        return path
    return shop_url("home")


def _this_page() -> str:
    """The path to come back to; a page that was posted for cannot be asked for again."""
    if request.method not in ("GET", "HEAD"):
        return shop_url("home")
    query = request.query_string.decode("utf-8", "replace")
    return f"{request.root_path}{request.path}{f'?{query}' if query else ''}"


def _themes() -> list[tuple[str, str]]:
    return [("system", gettext("System")), ("light", gettext("Light")), ("dark", gettext("Dark"))]


def _script_words() -> dict[str, str]:
    """What our scripts say."""
    return {
        "opening": gettext("Opening the payment page…"),
        "unreachable": gettext(
            "The shop could not be reached. Nothing was charged. Please try again."
        ),
        "unreachable_paying": gettext("The shop could not be reached. Please try again."),
        "reload": gettext("Reload the page"),
        "form_failed": gettext(
            "Stripe’s form could not be loaded. Nothing was charged. Please reload the page."
        ),
        "opening_form": gettext("Opening the payment form…"),
        "paying": gettext("Paying…"),
        "see_order": gettext("See how the order stands"),
    }


def _in_template(say: Callable[..., str]) -> Callable[..., str]:
    """`say` for a template: the text is trusted as HTML, what stands in it is escaped."""

    @pass_eval_context
    def said(context: EvalContext, *words: Any, **values: Any) -> str:
        if not context.autoescape:
            return say(*words, **values)
        if say is languages.ngettext:
            values = {"num": words[-1], **values}
            return Markup(languages.plural(*words)) % values  # noqa: S704 - our own translations
        text = Markup(say(*words))  # noqa: S704 - our own translations
        return text % values if values else text

    return said
