"""What `tests.warm` has loaded before a process begins: all of shop and emulator."""

import importlib
import pkgutil
import threading

import paydesk
import stripe_emulator

# They begin when they are loaded, or are another's.
_NOT = ("paydesk.__main__", "paydesk.testing", "stripe_emulator.__main__", "stripe_emulator.pytest")

for package in (paydesk, stripe_emulator):
    for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not each.name.startswith((*_NOT, "paydesk.migrations")):
            importlib.import_module(each.name)

# A thread would not be there after a fork, and what it holds would be held for ever.
assert threading.active_count() == 1, threading.enumerate()
