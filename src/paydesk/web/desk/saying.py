"""Something to say on the next page that is shown, such as that it was saved."""

from flask import session

from paydesk.web.current import current_mount

_MOST = 5


def say(text: str, tone: str = "good") -> None:
    """Show `text` on the next page, once. `tone`: good, wait, bad or plain."""
    session[_key()] = [*session.get(_key(), []), [tone, text]][-_MOST:]


def said() -> list[tuple[str, str]]:
    """What is to be shown now; it is forgotten thereby."""
    if _key() not in session:
        return []
    return [(str(tone), str(text)) for tone, text in session.pop(_key())]


def _key() -> str:
    # Not Flask's flash: in a host's app that would show the host's own messages, or lose them.
    return f"{current_mount().name}_desk_said"
