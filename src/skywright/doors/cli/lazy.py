"""Groups of commands that know their commands' names and help without importing them."""

import importlib
from collections.abc import Mapping
from difflib import get_close_matches

import click

from skywright.model.words import t

Commands = Mapping[str, tuple[str, str, str]]
"""Name -> (module under doors.cli.commands, attribute, one line of help); in the order in which help shows them."""


def lazy_group(commands: Commands) -> type[click.Group]:
    """A class of group whose commands are imported when they are called."""

    class LazyGroup(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:
            return list(commands)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in commands:
                return None
            module, attribute, _ = commands[cmd_name]
            command: click.Command = getattr(importlib.import_module(f"skywright.doors.cli.commands.{module}"), attribute)
            return command

        def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
            name = args[0]
            if name not in commands and not name.startswith("-") and (near := get_close_matches(name, commands, n=1)):
                ctx.fail(t("No such command {name}. Did you mean {near}?", name=repr(name), near=repr(near[0])))
            return super().resolve_command(ctx, args)

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            if not commands:
                return
            with formatter.section(t("Commands")):
                formatter.write_dl([(name, t(text)) for name, (_, _, text) in commands.items()])

    return LazyGroup
