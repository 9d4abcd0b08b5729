"""Write the generated pages under docs/reference. `--check` writes nothing and fails when a page is stale."""

import json
import sys
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from skywright.wiring import CLOUDS

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "reference"


def rules_page() -> str:
    """Every shipped rule, by topic, with its source and controls."""
    from skywright.wiring import open_house

    lines = ["# Rules", "", "Generated from the rule packs by `make docs`.", ""]
    rules = open_house(data=Path("/nonexistent")).rules
    lines += [f"{len(rules)} rules over {len({rule.kind for rule in rules})} kinds.", ""]
    for topic in sorted({rule.topic for rule in rules}):
        lines += [f"## {topic}", "", "| rule | severity | what | fix | controls | source |", "|---|---|---|---|---|---|"]
        for rule in sorted((r for r in rules if r.topic == topic), key=lambda r: r.id):
            controls = "; ".join(f"{name} {', '.join(ids)}" for name, ids in rule.controls.items())
            fix = "" if rule.fix is None else ("delete" if rule.fix.delete else ", ".join([*rule.fix.set, *rule.fix.compute]))
            lines.append(f"| `{rule.id}` | {rule.severity.value} | {rule.title} | {fix} | {controls} | {rule.source} |")
        lines.append("")
    return "\n".join(lines)


def kinds_page() -> str:
    """Every kind with its table and columns."""
    from skywright.model.kinds import KINDS, Resource
    from skywright.model.schema import columns, struct_columns, table_name

    common = struct_columns(Resource)
    lines = [
        "# Kinds and tables",
        "",
        "Generated from `model/kinds` by `make docs`. Every table begins with the common columns:",
        "",
    ]
    lines += [", ".join(f"`{name}` {kind}" for name, kind in common.items()) + ", `seen_at` TIMESTAMP.", ""]
    for kind in sorted(KINDS, key=lambda k: k.KIND):
        own = {name: sql for name, sql in columns(kind.KIND).items() if name not in common}
        lines += [f"## {kind.KIND}", "", (kind.__doc__ or "").strip(), "", f"Table `{table_name(kind.KIND)}`: "]
        lines += [", ".join(f"`{name}` {sql}" for name, sql in own.items()) + ".", ""]
    return "\n".join(lines)


def commands_page() -> str:
    """Every command's help."""
    import click

    from skywright.doors.cli.root import COMMANDS, root

    lines = ["# Commands", "", "Generated from the command line's own help by `make docs`.", ""]
    top = click.Context(root, info_name="skywright")
    for name in COMMANDS:
        command = root.get_command(top, name)
        assert command is not None, name
        lines += _help(command, click.Context(command, info_name=name, parent=top), 2)
    return "\n".join(lines)


def _help(command: "click.Command", context: "click.Context", level: int) -> Iterator[str]:  # noqa: F821 - imported late
    import click

    yield from ("#" * level + f" {context.command_path}", "", "```", command.get_help(context), "```", "")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _help(inner, click.Context(inner, info_name=name, parent=context), level + 1)


def actions_page(cloud: str) -> str:
    """Every action on one cloud, with permissions and the way back."""
    actions = import_module(f"skywright.adapters.clouds.{cloud}.write").WAYS.actions()
    lines = [
        f"# {CLOUDS[cloud].title}: what can be changed, and how it is taken back",
        "",
        "Generated from the actions' own table by `make docs`.",
        "",
    ]
    lines += [f"{len(actions)} actions.", ""]
    lines += ["| action | kind | columns | way back | permissions | document |", "|---|---|---|---|---|---|"]
    for one in actions:
        columns = ", ".join(one.columns) or "(the resource is deleted)"
        back = f"{one.reversibility.value}{'; ' + one.note if one.note else ''}"
        lines.append(f"| {one.name} | {one.kind} | {columns} | {back} | {', '.join(one.permissions)} | {one.document} |")
    return "\n".join([*lines, ""])


def permissions_page(cloud: str) -> str:
    """The least privileges on one cloud, ready to copy: for reading, and for carrying plans out."""
    package = f"skywright.adapters.clouds.{cloud}"
    readers = import_module(f"{package}.read").READERS
    actions = import_module(f"{package}.write").WAYS.actions()
    told = [
        f"# {CLOUDS[cloud].title}: least privileges",
        "",
        "Generated from the readers' and actions' own tables by `make docs`; `skywright doctor` checks each.",
    ]
    reading = sorted({permission for reader in readers for permission in reader.permissions})
    writing = sorted({permission for action in actions for permission in action.permissions} - set(reading))
    for title, language, text in import_module(f"{package}.least").least_privilege(reading, writing):
        told += ["", f"## {title}", "", f"```{language}", text, "```"]
    return "\n".join([*told, ""])


def matrix_page() -> str:
    """Rule x cloud: where each rule speaks."""
    from skywright.wiring import open_house

    kinds = {
        cloud: {kind for reader in import_module(f"skywright.adapters.clouds.{cloud}.read").READERS for kind in reader.kinds}
        for cloud in CLOUDS
    }
    lacks = {cloud: import_module(f"skywright.adapters.clouds.{cloud}.lacks") for cloud in CLOUDS}
    rules = sorted(open_house(data=Path("/nonexistent")).rules, key=lambda rule: (rule.kind, rule.id))
    cells = {rule.id: [_cell(rule, cloud, kinds[cloud], lacks[cloud]) for cloud in CLOUDS] for rule in rules}
    told = [
        "# Rules by cloud",
        "",
        "Generated from the rules, the readers and each cloud's `lacks.py` by `make docs`. A rule's `when` is the same everywhere.",
        "",
        "`yes`: the cloud has the kind and all that the rule asks about. `part`: it has no equivalent of some of it;",
        "the rest decides. `no`: the rule makes no sense there. Empty: the cloud has no such kind. That a `yes` gives",
        "verdicts is tested on the lab.",
        "",
        "| cloud | yes | part | no |",
        "|---|---:|---:|---:|",
    ]
    for number, cloud in enumerate(CLOUDS):
        column = [row[number] for row in cells.values()]
        told.append(f"| {CLOUDS[cloud].title} | {column.count('yes')} | {column.count('part')} | {column.count('no')} |")
    told += ["", f"| rule | {' | '.join(one.title for one in CLOUDS.values())} |", f"|---|{'---|' * len(CLOUDS)}"]
    told += [f"| {rule} | {' | '.join(row)} |" for rule, row in cells.items()]
    return "\n".join([*told, ""])


def _cell(rule: Any, cloud: str, kinds: set[str], lacks: Any) -> str:
    if rule.kind not in kinds or (rule.clouds and cloud not in rule.clouds):
        return ""
    if rule.id in lacks.RULES:
        return "no"
    missing = lacks.COLUMNS.get(rule.kind, frozenset()) & set(rule.columns)
    if not missing:
        return "yes"
    return "part" if set(rule.columns) - missing else "no"


def schema_file() -> str:
    """The JSON Schema of skywright.yaml."""
    from skywright.wiring import settings_schema

    return json.dumps(settings_schema(), indent=2, sort_keys=True) + "\n"


PAGES = {
    "rules.md": rules_page,
    "rules-by-cloud.md": matrix_page,
    "kinds.md": kinds_page,
    "commands.md": commands_page,
    **{f"{cloud}-actions.md": partial(actions_page, cloud) for cloud in CLOUDS},
    **{f"{cloud}-permissions.md": partial(permissions_page, cloud) for cloud in CLOUDS},
    "skywright.schema.json": schema_file,
}


def main() -> int:
    """Write or check every page."""
    stale = []
    OUT.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        path, text = OUT / name, make()
        if path.exists() and path.read_text() == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(text)
    sys.stdout.write(f"docs/reference: {len(PAGES)} pages, {len(stale)} changed{': ' + ', '.join(stale) if stale else ''}\n")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
