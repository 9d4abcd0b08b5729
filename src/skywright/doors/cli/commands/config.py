"""`skywright config`: check, show and schema."""

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.model.words import t

JSON = click.option("--json", "json_", is_flag=True, help=t("Print JSON."))


@click.group()
def config() -> None:
    """Check or show the configuration, or print its schema."""


@config.command()
@JSON
@click.pass_obj
def check(context: Context, json_: bool) -> None:
    """Read the configuration and every section of it; errors name file and line."""
    house = context.house
    house.rules  # noqa: B018 - loading is the check
    house.clouds  # noqa: B018 - loading is the check
    house.treasury.notifiers  # noqa: B018 - loading is the check
    summary = {
        "ok": True,
        "file": str(context.config_file or "skywright.yaml"),
        "rules": len(house.rules),
        "clouds": list(house.clouds),
    }
    if json_:
        show.as_json(summary)
    else:
        show.console().print(
            t("The configuration is good: {rules} rules, clouds: {clouds}.", rules=len(house.rules), clouds=", ".join(house.clouds))
        )


@config.command("show")
@click.pass_obj
def show_settings(context: Context) -> None:
    """Print every setting in force, as JSON. Secrets are references and are shown as such."""
    show.as_json(context.house.settings)


@config.command()
def schema() -> None:
    """Print the JSON Schema of skywright.yaml."""
    from skywright.wiring import settings_schema

    show.as_json(settings_schema())
