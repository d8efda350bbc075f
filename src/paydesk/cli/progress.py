"""Progress on long work: a bar on a terminal, nothing in a pipe."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

# Below this nobody waits long enough to look at a bar.
_WORTH_A_BAR = 20


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A function to be told how far one is, and how far one goes."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        start: list[int] = []

        def tell(done: int, until: int) -> None:
            start.append(done)
            bar.update(task, completed=done - start[0], total=max(1, until - start[0]))

        yield tell


def counted(things: Sequence[T], title: str) -> Iterable[T]:
    """Each of `things`, with a bar when there are many."""
    if len(things) < _WORTH_A_BAR:
        return things
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(
        things, description=title, console=console, transient=True, disable=not console.is_terminal
    )


@contextmanager
def counting(title: str) -> Iterator[Callable[[str, int], None]]:
    """A function to be told what is read and how much of it so far; nobody knows how much more."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _what, _count: None
        return
    with console.status(title) as status:
        yield lambda what, count: status.update(f"{title}: {what}, {count}")
