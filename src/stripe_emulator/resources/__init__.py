"""Stripe's resources, one small file each; importing one registers its calls."""

from importlib import import_module
from pkgutil import iter_modules


def register() -> None:
    """Import every resource there is, so that a new file is all that a new one takes."""
    for each in iter_modules(__path__):
        import_module(f"{__name__}.{each.name}")
