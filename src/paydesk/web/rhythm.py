"""How often something is paid, in words."""

from paydesk.foundation.language import ngettext


def rhythm_text(unit: str, count: int) -> str:
    """How often it is paid anew, such as " a month"; empty: once."""
    if not unit:
        return ""
    rhythms = {
        "day": ngettext("a day", "every %(num)d days", count),
        "week": ngettext("a week", "every %(num)d weeks", count),
        "month": ngettext("a month", "every %(num)d months", count),
        "year": ngettext("a year", "every %(num)d years", count),
    }
    return f" {rhythms[unit]}"
