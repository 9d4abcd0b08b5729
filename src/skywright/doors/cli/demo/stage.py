"""Where the demo is seen: chapters for people, or nothing at all (for machines)."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skywright.doors.cli import show
from skywright.doors.cli.demo.figures import Figures, amount, by_severity
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.doors.cli.demo.acts import Planned, Seen, Survived, TakenBack
    from skywright.lab.aws.answers import Score
    from skywright.lab.aws.process import Lab

CHANGES_SHOWN = 8
BAR_WIDTH = 40


class Stage:
    """Shows nothing: for `--json`."""

    @contextmanager
    def opened(self, folder: Path | None) -> Iterator[None]:
        """For the length of the demo. ``folder``: what is kept."""
        yield

    @contextmanager
    def busy(self, text: str) -> Iterator[None]:
        """While something goes on."""
        yield

    def cloud(self, lab: "Lab") -> None:
        """The lab is there."""

    def seen(self, seen: "Seen", result: "Score") -> None:
        """The estate was read and audited."""

    def plan(self, planned: "Planned") -> None:
        """A plan and its consequences."""

    def survived(self, survived: "Survived") -> None:
        """A run was killed and went on."""

    def taken_back(self, planned: "Planned", taken: "TakenBack | None") -> None:
        """A run failed on purpose and was taken back."""

    def compared(self, before: "Seen", after: "Seen") -> None:
        """Before and after."""

    def proved(self, taken: "TakenBack", type_now: str) -> None:
        """What was taken back, read again."""

    def accounts(self, figures: Figures, saved: Mapping[str, Any], log: Mapping[str, Any]) -> None:
        """Savings and the audit log."""

    def closing(self, figures: Figures) -> None:
        """What it cost."""


class Theatre(Stage):
    """Shows chapters on the terminal."""

    def __init__(self) -> None:
        self._out = show.console()
        self._chapter = 0

    @contextmanager
    def opened(self, folder: Path | None) -> Iterator[None]:
        """The title, and where things are kept."""
        self._out.print(t("Skywright, one turn through the loop on a cloud of its own"), style="bold")
        yield
        if folder:
            self._out.print(t("Everything is kept in {folder}.", folder=folder), markup=False)

    @contextmanager
    def busy(self, text: str) -> Iterator[None]:
        """A spinner on standard error, then a chapter's heading."""
        with show.progress(t(text) + " ..."):
            yield
        self._chapter += 1
        self._out.print()
        self._out.rule(f"[bold]{self._chapter}. {t(text)}", align="left", style="dim")

    def cloud(self, lab: "Lab") -> None:
        """Where it listens, what is in it."""
        facts = {"accounts": len(lab.accounts), "regions": len(lab.regions), "planted": lab.planted, "endpoint": lab.endpoint}
        self._say(
            t(
                "An AWS of {accounts} accounts and {regions} regions answers at {endpoint}; {planted} faults are hidden in it.",
                **facts,
            )
        )

    def seen(self, seen: "Seen", result: "Score") -> None:
        """Findings by severity, and how much of the answer sheet was found."""
        self._say(t("{count} resources read; {gaps} places could not be read.", count=seen.resources, gaps=seen.gaps))
        counts = by_severity(seen.findings)
        self._bars({severity: (count,) for severity, count in counts.items()})
        self._say(
            t(
                "Of {planted} planted faults {found} were found (recall {recall:.1%}); of {claimed} claims about such faults "
                "{right} are right (precision {precision:.1%}).",
                planted=result.planted,
                found=result.found,
                recall=result.recall,
                claimed=result.claimed,
                right=result.right,
                precision=result.precision,
            )
        )

    def plan(self, planned: "Planned") -> None:
        """The dearest changes, the consequences, the objections."""
        changes = sorted(planned.changes, key=lambda change: -(amount(change.get("saving_monthly")) or 0.0))
        rows = [
            (change["name"] or change["target"], _fields(change), _told(change.get("saving_monthly")), change["risk"])
            for change in changes
        ]
        show.table((t("resource"), t("change"), t("saves a month"), t("risk")), rows[:CHANGES_SHOWN], right=(t("saves a month"),))
        if len(rows) > CHANGES_SHOWN:
            self._say(t("and {count} changes more", count=len(rows) - CHANGES_SHOWN), style="dim")
        self._out.print()
        self._consequences(planned.verdict["consequences"])
        blocking = sum(said["weight"] == "block" for said in planned.verdict["objections"])
        self._say(n("1 objection blocks.", "{count} objections block.", blocking) if blocking else t("No guard rail objects."))

    def _consequences(self, seen: Mapping[str, Any]) -> None:
        rows: list[tuple[object, ...]] = [
            (t("cost of what changes, a month"), _told(seen["cost_before"]), _told(seen["cost_after"])),
            (t("publicly exposed resources"), seen["exposed_before"], seen["exposed_after"]),
            (t("vCPUs running"), seen["vcpus_before"], seen["vcpus_after"]),
            (t("storage, GiB"), seen["storage_before_gib"], seen["storage_after_gib"]),
            (t("findings fixed"), "", len(seen["fixed"])),
            (t("findings introduced"), "", len(seen["introduced"])),
        ]
        columns = (t("consequence"), t("now"), t("with the plan"))
        show.table(columns, rows, right=columns[1:])

    def survived(self, survived: "Survived") -> None:
        """The kill, and what a new process made of it."""
        if not survived.killed:
            self._say(t("The process was not killed where it should have been ({place}).", place=survived.place), style="bold red")
        else:
            self._say(t("SIGKILL at {place} (change:step), after the deed and before its record.", place=survived.place))
        for run in survived.runs:
            states = [result["state"] for result in run["results"]]
            self._say(
                t(
                    "A new process went on: run {run} is {state}; {verified} of {count} changes are verified by a fresh read.",
                    run=run["id"],
                    state=run["state"],
                    verified=states.count("verified"),
                    count=len(states),
                ),
                style="green" if survived.resumed else "bold red",
            )

    def taken_back(self, planned: "Planned", taken: "TakenBack | None") -> None:
        """What was injected, and that it is undone."""
        if taken is None:
            self._say(t("Nothing was planned here."), style="bold red")
            return
        self._say(
            t(
                "Injected: the alarm of {target} fires while it is {failing}. The run is {state}.",
                target=taken.target.rpartition("/")[2],
                failing=taken.type_failing,
                state=taken.run["state"],
            )
        )
        kept = sum(result["state"] in ("applied", "verified") for result in taken.run["results"])
        self._say(t("{kept} of {count} machines were resized in earlier waves and stay so.", kept=kept, count=len(planned.changes)))

    def compared(self, before: "Seen", after: "Seen") -> None:
        """Findings by severity, before and after."""
        first, then = by_severity(before.findings), by_severity(after.findings)
        self._bars({severity: (first[severity], then[severity]) for severity in first})
        self._say(t("{first} findings before, {then} after.", first=sum(first.values()), then=sum(then.values())), style="bold")

    def proved(self, taken: "TakenBack", type_now: str) -> None:
        """The machine that failed on purpose."""
        facts = {"target": taken.target.rpartition("/")[2], "before": taken.type_before, "now": type_now}
        good = taken.holds(type_now)
        self._say(
            t("The machine with the alarm, {target}, was {before} and is {now}.", **facts), style="green" if good else "bold red"
        )

    def accounts(self, figures: Figures, saved: Mapping[str, Any], log: Mapping[str, Any]) -> None:
        """Promised and realised; the log whole and its copy not."""
        self._say(
            t(
                "Promised: {promised} a month. Realised: {realised}.",
                promised=_told(saved["promised"]),
                realised=_told(saved["realised"]),
            ),
            style="bold",
        )
        if figures.log_verified:
            self._say(t("Audit log: {lines} lines, nothing was altered.", lines=log["lines"]), style="green")
        else:
            self._say(t("Audit log: {reason}", reason=log["reason"]), style="bold red")
        found = t("One line of a copy was altered behind its back: found.")
        missed = t("One line of a copy was altered behind its back: NOT found.")
        self._say(found if figures.tampering_found else missed, style="green" if figures.tampering_found else "bold red")

    def closing(self, figures: Figures) -> None:
        """What it took."""
        self._out.print()
        self._say(
            t(
                "{calls} API calls, {cpu:.0f} CPU seconds, {rss:.0f} MiB at most (cloud included), {wall:.0f} s.",
                calls=figures.api_calls,
                cpu=figures.cpu_s,
                rss=figures.rss_mib,
                wall=figures.wall_s,
            ),
            style="dim",
        )

    def _say(self, text: str, style: str = "") -> None:
        self._out.print(show.clean(text), style=style or None, markup=False, soft_wrap=True)

    def _bars(self, counts: Mapping[str, tuple[int, ...]]) -> None:
        """One bar for each number, to one scale."""
        from rich.text import Text

        most = max((value for values in counts.values() for value in values), default=0) or 1
        for name, values in counts.items():
            for place, value in enumerate(values):
                label = name if place == 0 else ""
                bar = ("█" if place == 0 else "▒") * max(1 if value else 0, round(value / most * BAR_WIDTH))
                line = Text(f"{label:>9} ", style="bold")
                line.append(bar, style=show.SEVERITY_STYLE[name].replace(" on red", "").replace("white", "red"))
                self._out.print(line.append(f" {value}"))


def _fields(change: Mapping[str, Any]) -> str:
    if change["after"] is None:
        return t("delete")
    before = change["before"] or {}
    parts = [f"{column} {_short(before.get(column))} -> {_short(value)}" for column, value in change["after"].items()]
    return ", ".join(parts)


def _short(value: object) -> str:
    text = t("(none)") if value is None else value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 24 else text[:23] + "…"


def _told(money: Mapping[str, Any] | None) -> str:
    found = amount(money)
    return t("not known") if found is None or money is None else f"{found:,.2f} {money['currency']}"
