"""`skywright rules`: list, show, test and start rules."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from skywright.doors.cli import show as screen
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.errors import BadInput
from skywright.model.finding import Severity
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.adapters.packs.examples import Failure
    from skywright.model.rule import Example, Rule

FAILED_EXIT_CODE = 3


@click.group()
def rules() -> None:
    """List, show, test or start rules."""


@rules.command("list")
@click.option("--kind", help=t("Rules over this kind only."))
@click.option("--topic", help=t("Rules of this topic only."))
@click.option("--severity", type=click.Choice([severity.value for severity in Severity]), help=t("This severity and worse."))
@JSON
@click.pass_obj
def list_(context: Context, kind: str | None, topic: str | None, severity: str | None, json_: bool) -> None:
    """List the rules in force, with the packs from the configuration."""
    least = Severity(severity).rank if severity else 0
    chosen = [
        rule
        for rule in context.house.rules
        if kind in (None, rule.kind) and topic in (None, rule.topic) and rule.severity.rank >= least
    ]
    if json_:
        screen.as_json(
            [
                {
                    "id": r.id,
                    "kind": r.kind,
                    "severity": r.severity.value,
                    "topic": r.topic,
                    "title": r.title,
                    "fix": r.fix is not None,
                }
                for r in chosen
            ]
        )
        return
    rows = [(rule.id, rule.severity.value, _fixes(rule), rule.title) for rule in chosen]
    screen.table((t("rule"), t("severity"), t("fix"), t("what")), rows, styles=_style)
    screen.console().print(n("{count} rule", "{count} rules", len(chosen)), style="dim")


@rules.command("show")
@click.argument("identifier", metavar="ID")
@JSON
@click.pass_obj
def show(context: Context, identifier: str, json_: bool) -> None:
    """Show one rule: why, remedy, source, SQL as compiled, fix, controls, parameters in force, examples."""
    rule = _rule(context.house.rules, identifier)
    if json_:
        screen.as_json(rule)
        return
    out = screen.console()
    out.print(screen.clean(f"{rule.id}: {rule.title}"), style="bold", markup=False)
    out.print()
    screen.table(("", ""), list(_facts(rule)), styles=_style)


@rules.command("test")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@JSON
@click.pass_obj
def test(context: Context, path: Path | None, json_: bool) -> int:
    """Run the examples of every rule, or of the packs under PATH. Exit code 3 when one gets another verdict than it says."""
    from skywright.adapters.packs import load_packs
    from skywright.adapters.packs.examples import ExampleBench

    asked = context.house.rules if path is None else load_packs([path])
    with screen.progress(t("Testing")) as progress, ExampleBench() as bench:
        failures: list[Failure] = []
        for done, rule in enumerate(asked):
            progress(rule.id, done, len(asked))
            failures.extend(bench.run(rule))
    total = sum(len(rule.examples) for rule in asked)
    if json_:
        screen.as_json({"rules": len(asked), "examples": total, "failures": [_told(failure) for failure in failures]})
    else:
        _show_failures(failures, total, len(asked))
    return FAILED_EXIT_CODE if failures else 0


@rules.command("new")
@click.argument("identifier", metavar="ID")
@click.option("--kind", required=True, help=t("The kind that it is about: storage.volume."))
@click.option("--topic", default="security", show_default=True, help=t("The topic it is listed under."))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help=t("The file (default: ID.yaml)."))
def new(identifier: str, kind: str, topic: str, output: Path | None) -> None:
    """Write a file with a new rule, commented and passing its examples, to start from."""
    from skywright.adapters.packs.problems import unknown
    from skywright.adapters.packs.reading import RULE_ID
    from skywright.adapters.packs.template import template
    from skywright.model.kinds import KIND_BY_NAME

    if kind not in KIND_BY_NAME:
        raise BadInput(unknown(t("kind"), kind, KIND_BY_NAME), where="--kind")
    if not RULE_ID.fullmatch(identifier):
        raise BadInput(t("`{id}` is not a rule id. Write service_noun_condition in lower case.", id=identifier), where="rules new")
    path = output or Path(f"{identifier}.yaml")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template(identifier, kind, topic))
    except FileExistsError as error:
        raise BadInput(t("{path} exists already.", path=path), next_step=t("Give another file with --output.")) from error
    except OSError as error:
        raise BadInput(t("{path} cannot be written: {why}.", path=path, why=error.strerror), where="--output") from error
    screen.console().print(t("{path} written. Run `skywright rules test {path}`.", path=path), markup=False)


def _rule(rules_: "Sequence[Rule]", identifier: str) -> "Rule":
    from skywright.adapters.packs.problems import nearest

    found = next((rule for rule in rules_ if rule.id == identifier), None)
    if found is None:
        raise BadInput(t("There is no rule `{name}`.", name=identifier) + nearest(identifier, [rule.id for rule in rules_]))
    return found


def _facts(rule: "Rule") -> Iterator[tuple[str, str]]:
    yield t("severity"), rule.severity.value
    yield t("kind"), rule.kind
    yield t("clouds"), ", ".join(rule.clouds) or t("every")
    yield t("why"), rule.why
    yield t("remedy"), rule.remedy
    yield t("source"), rule.source
    yield t("when"), rule.when
    yield t("as SQL"), rule.condition
    for name, value in rule.params.items():
        yield f":{name}", str(value)
    if rule.fix:
        yield t("fix"), _fix(rule)
    for name, sql in rule.computed.items():
        yield t("fix: {column}", column=name), sql
    for framework, controls in rule.controls.items():
        yield framework, ", ".join(controls)
    yield t("reads"), ", ".join((*rule.columns, *rule.reads))
    yield t("file"), f"{rule.file}:{rule.line}"
    for example in rule.examples:
        yield example.verdict.value, _json(example)


def _fix(rule: "Rule") -> str:
    assert rule.fix
    if rule.fix.delete:
        return t("delete it (risk: {risk})", risk=rule.fix.risk)
    values = ", ".join(f"{name} = {_plain(value)}" for name, value in rule.fix.set.items())
    computed = ", ".join(rule.fix.compute)
    return t("set {what} (risk: {risk})", what=", ".join(part for part in (values, computed) if part), risk=rule.fix.risk)


def _fixes(rule: "Rule") -> str:
    if rule.fix is None:
        return ""
    return t("delete") if rule.fix.delete else t("set")


def _show_failures(failures: "Sequence[Failure]", total: int, count: int) -> None:
    out = screen.console()
    for failure in failures:
        told = _told(failure)
        text = t("{where}: {rule}: expected {expected}, got {got}: {row}", **told)
        out.print(screen.clean(text), style="red", markup=False, soft_wrap=True)
    good = n("{count} rule", "{count} rules", count)
    out.print(
        t(
            "{good} of {total} examples of {rules} get the verdict that they say.",
            good=total - len(failures),
            total=total,
            rules=good,
        ),
        style="red" if failures else "green",
    )


def _told(failure: "Failure") -> dict[str, str]:
    return {
        "where": f"{failure.rule.file}:{failure.example.line}",
        "rule": failure.rule.id,
        "expected": failure.example.verdict.value,
        "got": failure.got.value if failure.got else failure.problem,
        "row": _json(failure.example),
    }


def _json(example: "Example") -> str:
    return _plain({**example.row, **({"others": example.others} if example.others else {})})


def _plain(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _style(_column: str, value: object) -> str:
    return {**screen.SEVERITY_STYLE, **screen.STATE_STYLE}.get(str(value), "")
