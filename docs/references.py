"""Writes the pages about settings and commands from the code: `make references`."""

import ast
import inspect
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from paydesk import checkout_options, mail_options, settings
from paydesk.cli import commands

FOLDER = Path(__file__).parent / "reference"
_NOTE = (
    "<!-- Written by docs/references.py from the code. Do not edit; run `make references`. -->\n"
)
_WORDS = {bool: "`true` or `false`", int: "a whole number", float: "a number", Path: "a folder"}
_SIGNS = (("ge", "from {}"), ("gt", "above {}"), ("le", "up to {}"))
_PROMISE = """
A variable that is set but empty counts as unset. What does not fit together is refused at the
start, in a sentence that names the variable. `paydesk settings` shows what is in force, without
secrets.
"""


def pages() -> dict[str, str]:
    """The text of each generated page, by its file name."""
    return {"settings.md": settings_page(), "cli.md": commands_page()}


def settings_page() -> str:
    """Every variable that is read, with its default and what may stand in it."""
    intro = (
        "# Settings\n\nFrom the environment, or a file `.env` in the folder the shop is started "
        "in; in a host app also from `app.config` and `Paydesk(settings=…)`."
    )
    checkout = (
        "## Stripe's payment page\n\nWhat it asks for and adds; more with a "
        "[hook](../ways.md#anything-else)."
    )
    return "\n".join(
        [
            _NOTE,
            intro,
            _PROMISE,
            "## The shop\n",
            *_table(settings.Environment, ""),
            "",
            "## Mail\n\nWhat is sent and when: [Mail](../mail.md).\n",
            *_table(mail_options._Environment, "PAYDESK_"),  # noqa: SLF001 - its docs
            "",
            checkout,
            "",
            *_table(checkout_options._Environment, "PAYDESK_CHECKOUT_"),  # noqa: SLF001 - its docs
            "",
        ]
    )


def _table(model: type[BaseModel], prefix: str) -> Iterator[str]:
    meanings = _attribute_docstrings(model)
    yield "| variable | meaning | may be | default |\n|---|---|---|---|"
    for name, field in model.model_fields.items():
        variable = str(field.validation_alias or f"{prefix}{name.upper()}")
        yield f"| `{variable}` | {meanings[name]} | {_allowed(field)} | {_default(field)} |"


def _attribute_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The sentence below each field. KeyError where one is missing is meant: write one."""
    tree = ast.parse(inspect.getsource(model)).body[0]
    assert isinstance(tree, ast.ClassDef)
    return {
        field.target.id: ast.literal_eval(text.value)
        for field, text in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
    }


def _allowed(field: FieldInfo) -> str:
    kind = field.annotation
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        kind = next(each for each in typing.get_args(kind) if each is not type(None))
    if typing.get_origin(kind) is typing.Literal:
        return " or ".join(f"`{each}`" for each in typing.get_args(kind))
    bounds = [
        sign.format(f"{getattr(limit, name):g}")
        for name, sign in _SIGNS
        for limit in field.metadata
        if hasattr(limit, name)
    ]
    return " ".join([_WORDS.get(typing.cast("Any", kind), "text"), *bounds])


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value in ("", [], ()):
        return ""
    if isinstance(value, list):
        value = ",".join(value)
    return (
        f"`{value:g}`"
        if isinstance(value, float)
        else f"`{str(value).lower() if isinstance(value, bool) else value}`"
    )


def commands_page() -> str:
    """Every command with its arguments and options."""
    intro = (
        "# Commands\n\n`paydesk …`; in a host app `flask paydesk …`, with the same words.\n\n"
        "Exit codes: 0 done; 1 failed, or something was found; 2 wrong use or settings; 3 Stripe "
        "cannot be reached.\n"
    )
    context = click.Context(commands, info_name="paydesk")
    return "\n".join([_NOTE, intro, *_command(commands, context)])


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    level = "##" if isinstance(command, click.Group) or not _within(context) else "###"
    yield f"{level} {context.command_path}\n"
    yield f"{_prose(command.help or '')}\n"
    if not isinstance(command, click.Group):
        pieces = " ".join(command.collect_usage_pieces(context))
        yield f"```text\n{context.command_path} {pieces}\n```\n"
    options = [row for each in command.get_params(context) if (row := _option(each, context))]
    if options:
        yield "\n".join(["| option | |\n|---|---|", *options, ""])
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            inner = command.commands[name]
            yield from _command(inner, click.Context(inner, info_name=name, parent=context))


def _within(context: click.Context) -> bool:
    """Whether the command stands in a group of its own, such as `orders`."""
    return context.parent is not None and context.parent.parent is not None


def _prose(text: str) -> str:
    """The help as click reads it: lines are joined, paragraphs stay."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs).replace("<", "\\<")


def _option(parameter: click.Parameter, context: click.Context) -> str | None:
    record = parameter.get_help_record(context)
    if record is None or "--help" in parameter.opts:
        return None
    name, meaning = record
    if not meaning:
        return None
    # What would end a cell, or begin a tag.
    meaning = meaning.replace("|", "/").replace("<", "\\<")
    return f"| `{name.replace('|', '/')}` | {meaning} |"


def main() -> None:
    """Write the pages; what did not change is left alone."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        file = FOLDER / name
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
            sys.stdout.write(f"wrote {file}\n")


if __name__ == "__main__":
    main()
