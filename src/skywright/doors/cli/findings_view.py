"""How findings are asked for and shown by `audit` and `findings`."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
import msgspec

from skywright.doors.cli import show as screen
from skywright.model.errors import BadInput
from skywright.model.estate import Snapshot
from skywright.model.finding import Finding, FindingState, Severity
from skywright.model.words import n, t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from skywright.loop.audit import Choice, RuleCount
    from skywright.model.rule import Rule
    from skywright.wiring import House

FINDINGS_SHOWN_MAX = 100
GAPS_SHOWN_MAX = 10
SEVERITIES = [severity.value for severity in Severity]
FORMATS = ("table", "json", "jsonl", "csv", "sarif", "ocsf", "junit")
_WITH_EXCEPTED = ("sarif", "ocsf", "junit")  # formats that can say that a finding is accepted


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the options of `audit` and `findings` say."""

    severity: str = "info"
    rule: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    form: str = "table"
    output: Path | None = None
    all_: bool = False
    at: str | None = None

    @property
    def states(self) -> tuple[FindingState, ...]:
        """Open ones; and the excepted where the format can say so."""
        return (FindingState.OPEN, FindingState.EXCEPTED) if self.form in _WITH_EXCEPTED else (FindingState.OPEN,)

    def choice(self, rules: Mapping[str, "Rule"], **more: Any) -> "Choice":
        """What to read. Raises BadInput for a rule that does not exist."""
        from skywright.loop.audit import Choice

        for name in self.rule:
            if name not in rules:
                raise BadInput(
                    t("There is no rule `{name}`.", name=name), where="--rule", next_step=t("`skywright rules list` lists them.")
                )
        chosen = {"rules": self.rule, "kinds": self.kind, "accounts": self.account, "states": self.states}
        return Choice(severity=Severity(self.severity), **{**chosen, **more})

    def rules(self, known: Iterable["Rule"]) -> dict[str, "Rule"]:
        """The rules that are asked about: a format that tells of passes tells of these alone."""
        least = Severity(self.severity).rank
        return {
            rule.id: rule
            for rule in known
            if rule.severity.rank >= least and (not self.rule or rule.id in self.rule) and (not self.kind or rule.kind in self.kind)
        }


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that both commands share; they arrive as the fields of Asked."""
    for option in reversed(
        (
            click.option("--severity", type=click.Choice(SEVERITIES), default="info", help=t("Show this severity and worse.")),
            click.option("--rule", multiple=True, metavar="ID", help=t("Show this rule only (repeatable).")),
            click.option("--kind", multiple=True, metavar="KIND", help=t("Show this kind only (repeatable).")),
            click.option("--account", multiple=True, metavar="ID", help=t("Show this account only (repeatable).")),
            click.option("--format", "form", type=click.Choice(FORMATS), default="table", help=t("How to print.")),
            click.option("--json", "form", flag_value="json", help=t("Print JSON.")),
            click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help=t("Write to this file.")),
            click.option("--all", "all_", is_flag=True, help=t("Show every finding, one a line.")),
        )
    ):
        command = option(command)
    return command


def write(house: "House", snapshot: Snapshot, findings: Sequence[Finding], asked: Asked) -> None:
    """Print findings in a format for machines."""
    from skywright import __version__
    from skywright.adapters.render import Report, render

    report = Report(version=__version__, taken_at=snapshot.taken_at, rules=asked.rules(house.rules))
    with _stream(asked.output) as out:
        render(asked.form, findings, report, out)
    if asked.output:
        told = n("{count} finding written to {path}.", "{count} findings written to {path}.", len(findings), path=asked.output)
        screen.errors().print(told, markup=False)


def show_counts(counts: Sequence["RuleCount"], rules: Mapping[str, "Rule"]) -> None:
    """A summary by severity, and a line a rule, worst first."""
    ranked = sorted(counts, key=lambda count: (-_rank(count.rule, rules), -count.failed, -count.unknown, count.rule))
    if not ranked:
        screen.console().print(t("Nothing found."), style="green")
        return
    screen.table(
        (t("severity"), t("failing"), t("unknown"), t("rules")),
        list(_by_severity(ranked, rules)),
        right=(t("failing"), t("unknown"), t("rules")),
        styles=style,
    )
    screen.console().print()
    rows = [(_severity(c.rule, rules), c.failed, c.unknown or "", c.rule, _title(c.rule, rules)) for c in ranked]
    columns = (t("severity"), t("failing"), t("unknown"), t("rule"), t("what"))
    screen.table(columns, rows, right=(t("failing"), t("unknown")), styles=style)


def show_each(findings: Sequence[Finding], *, everything: bool) -> None:
    """A line a finding, worst first."""
    shown = findings if everything else findings[:FINDINGS_SHOWN_MAX]
    columns = (t("severity"), t("verdict"), t("rule"), t("resource"), t("account"), t("region"), t("since"), t("id"))
    rows = [
        (f.severity.value, _verdict(f), f.rule, f.name or f.native_id, f.account, f.region, f"{f.first_seen:%Y-%m-%d}", f.id)
        for f in shown
    ]
    screen.table(columns, rows, styles=style)
    if len(findings) > len(shown):
        left = len(findings) - len(shown)
        screen.console().print(n("and {count} more (--all shows it)", "and {count} more (--all shows them)", left), style="dim")


def show_gaps(snapshot: Snapshot) -> None:
    """Where we could not look: what is there is unknown."""
    gaps = snapshot.gaps()
    if not gaps:
        return
    head = n("{count} scope could not be read:", "{count} scopes could not be read:", len(gaps))
    screen.console().print(f"\n{head} {t('what is there is unknown.')}", style="magenta")
    rows = [(gap.account, gap.region, gap.kind, gap.state.value, gap.reason) for gap in gaps[:GAPS_SHOWN_MAX]]
    screen.table((t("account"), t("region"), t("kind"), t("state"), t("reason")), rows)
    if len(gaps) > GAPS_SHOWN_MAX:
        screen.console().print(t("and {count} more", count=len(gaps) - GAPS_SHOWN_MAX), style="dim")


def style(_column: str, value: object) -> str:
    """Colours that mean something: severities and verdicts."""
    return {**screen.SEVERITY_STYLE, **screen.STATE_STYLE}.get(str(value), "")


@contextmanager
def _stream(path: Path | None) -> "Iterator[TextIO]":
    if path is None:
        yield sys.stdout
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise BadInput(t("{path} cannot be written: {why}.", path=path, why=error.strerror), where="--output") from error


def _by_severity(counts: Iterable["RuleCount"], rules: Mapping[str, "Rule"]) -> "Iterator[tuple[str, int, int, int]]":
    listed = list(counts)
    for severity in reversed(SEVERITIES):
        own = [count for count in listed if _severity(count.rule, rules) == severity]
        if own:
            yield severity, sum(count.failed for count in own), sum(count.unknown for count in own), len(own)


def _severity(rule: str, rules: Mapping[str, "Rule"]) -> str:
    return rules[rule].severity.value if rule in rules else Severity.INFO.value


def _rank(rule: str, rules: Mapping[str, "Rule"]) -> int:
    return Severity(_severity(rule, rules)).rank


def _title(rule: str, rules: Mapping[str, "Rule"]) -> str:
    return rules[rule].title if rule in rules else ""


def _verdict(finding: Finding) -> str:
    return finding.verdict.value if finding.state is FindingState.OPEN else finding.state.value
