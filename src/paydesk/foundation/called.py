"""How our commands are called: `paydesk …`, or `flask paydesk …` in a host's app."""

import re
from dataclasses import dataclass

ALONE = "paydesk"

# As they stand in advice: "Ask now: paydesk events pull". A table's, a folder's or a file's name
# has no space behind it, and "flask paydesk" is right already.
COMMAND = re.compile(r"(?<![\w./-])(?<!flask )paydesk (?:(run)\b|(?=[a-z]))")


@dataclass(frozen=True)
class Called:
    """How to call commands for one shop."""

    command: str = ALONE

    def __call__(self, rest: str) -> str:
        """The whole command: `events pull` becomes `flask paydesk events pull`."""
        return f"{self.command} {rest}"

    def in_words(self, text: str) -> str:
        """Advice written for `paydesk …`, as it is right here."""
        return text if self.command == ALONE else COMMAND.sub(self._here, text)

    def _here(self, found: re.Match[str]) -> str:
        # A host's app runs by itself; of what `paydesk run` starts, it lacks the emulator.
        return "stripe-emulator" if found[1] else f"{self.command} "


def in_host(name: str) -> Called:
    """Those of the Paydesk called `name` in a host's app."""
    return Called("flask paydesk" if name == ALONE else f"flask paydesk --desk {name}")
