"""A browser by the name people know, from the long word it sends of itself."""

# The first that is found: most claim to be others as well.
_BROWSERS = (
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox")),
    *(("SamsungBrowser/", "Samsung Internet"), ("Chrome/", "Chrome"), ("CriOS/", "Chrome")),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Macintosh", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)
_MOST = 60


def browser_name(agent: str) -> str:
    """Such as "Firefox on Linux"; of what is unknown, its beginning."""
    browser, system = _first(_BROWSERS, agent), _first(_SYSTEMS, agent)
    if browser is None:
        return agent[:_MOST]
    return f"{browser} on {system}" if system else browser


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str | None:
    return next((name for sign, name in names if sign in agent), None)
