"""Something to say, before it is known in which language."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Phrase:
    """A name in the lists of words, and what goes into its gaps."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)


def phrase(name: str, /, **values: object) -> Phrase:
    return Phrase(name, values)
