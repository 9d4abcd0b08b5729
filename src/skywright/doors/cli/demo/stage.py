"""Where the demo is seen: chapters for people, or nothing at all (for machines)."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skywright.doors.cli import show
from skywright.doors.cli.demo.figures import Figures, amount, by_severity, cloud_of
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.doors.cli.demo.acts import Billed, Planned, Seen, Survived, TakenBack, Woven
    from skywright.lab.aws.answers import Score
    from skywright.lab.town import Town

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

    def cloud(self, lab: "Town") -> None:
        """The lab is there."""

    def seen(self, seen: "Seen", results: Mapping[str, "Score"]) -> None:
        """The estate was read and audited."""

    def woven(self, woven: "Woven") -> None:
        """What is reachable, and how the clouds hang together."""

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

    def billed(self, billed: "Billed") -> None:
        """What the ledger says of a bill."""

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
        self._out.print(t("Skywright, one turn through the loop on seven clouds of its own"), style="bold")
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

    def cloud(self, lab: "Town") -> None:
        """What there is, and what is hidden in it."""
        names = ", ".join(title(name) for name in lab.clouds)
        self._say(
            t("{names} answer on loopback; {planted} faults are hidden in them.", names=names, planted=sum(lab.planted.values()))
        )

    def seen(self, seen: "Seen", results: Mapping[str, "Score"]) -> None:
        """What was read in each cloud, how much of its answer sheet was found, and findings by severity."""
        rows: list[tuple[object, ...]] = [
            (title(name), seen.resources.get(name, 0), one.planted, one.found, f"{one.recall:.0%}", f"{one.precision:.0%}")
            for name, one in results.items()
        ]
        rows.append((t("together"), sum(seen.resources.values()), *_together(results.values())))
        columns = (t("cloud"), t("resources"), t("faults planted"), t("found"), t("recall"), t("precision"))
        show.table(columns, rows, right=columns[1:])
        if seen.gaps:
            self._say(n("1 place could not be read.", "{count} places could not be read.", seen.gaps), style="bold red")
        self._bars({severity: (count,) for severity, count in by_severity(seen.findings).items()})

    def woven(self, woven: "Woven") -> None:
        """What the internet reaches, by cloud; relations across clouds; one node and what it stands on."""
        by_cloud = Counter(cloud_of(one) for one in woven.reached if ":" in one)
        told = ", ".join(f"{title(name)} {count}" for name, count in by_cloud.most_common())
        self._say(t("The internet reaches {count} resources: {told}.", count=len(woven.reached), told=told))
        rows = [(short_id(row["source"]), row["verb"], short_id(row["target"])) for row in woven.across[:CHANGES_SHOWN]]
        show.table((t("in one cloud"), t("verb"), t("in another")), rows)
        if woven.node:
            needed = n("1 resource", "{count} resources", max(0, len(woven.around["resources"]) - 1))
            self._say(t("Within two steps of {node}: {needed}.", node=short_id(woven.node), needed=needed))

    def plan(self, planned: "Planned") -> None:
        """The dearest changes, the consequences, the objections."""
        changes = sorted(planned.changes, key=lambda change: -(amount(change.get("saving_monthly")) or 0.0))
        shown = spread(changes, CHANGES_SHOWN)
        rows = [
            (
                title(cloud_of(change["target"])),
                _short(change["name"] or change["target"]),
                _fields(change),
                _told(change.get("saving_monthly")),
            )
            for change in shown
        ]
        counted = Counter(title(cloud_of(change["target"])) for change in planned.changes)
        self._say(", ".join(f"{name}: {count}" for name, count in counted.most_common()), style="bold")
        columns = (t("cloud"), t("resource"), t("change"), t("saves a month"))
        show.table(columns, rows[:CHANGES_SHOWN], right=(t("saves a month"),))
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

    def billed(self, billed: "Billed") -> None:
        """Tied out, its surprises, what is to come, what could be saved."""
        facts = {"rows": billed.rows, "billed": billed.billed.rstrip("0").rstrip("."), "currency": billed.currency}
        same = t("{rows:,} rows of FOCUS came in: {billed} {currency}, in the ledger to the last digit as in the bill.", **facts)
        other = t("{rows:,} rows of FOCUS came in, and the ledger does NOT hold what stood in the bill.", **facts)
        self._say(same if billed.ties_out else other, style="green" if billed.ties_out else "bold red")
        every = billed.found == len(billed.planted)
        said = t("Surprises hidden in it: {planted}; found: {found}.", planted=len(billed.planted), found=billed.found)
        self._say(said, style="green" if every else "bold red")
        month = {name: Decimal(billed.month[name]) for name in ("actual", "expected", "low", "high")}
        self._say(
            t(
                "The month stands at {actual:,.2f} and will end at {expected:,.2f} {currency} (95 %: {low:,.2f} to {high:,.2f}).",
                currency=billed.currency,
                **month,
            )
        )
        self._say(
            t(
                "Commitments would save {saves:,.2f} {currency} a month; no list of them costs less, to {gap:.2%} at most.",
                saves=billed.saves,
                currency=billed.currency,
                gap=billed.gap,
            )
        )

    def closing(self, figures: Figures) -> None:
        """What it took."""
        self._out.print()
        self._say(
            t(
                "{calls} API calls, {cpu:.0f} CPU seconds, {rss:.0f} MiB at most (clouds included), {wall:.0f} s.",
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


def title(cloud: str) -> str:
    """A cloud as people call it."""
    from skywright.wiring import CLOUDS

    return CLOUDS[cloud].title if cloud in CLOUDS else cloud


def short_id(identifier: str) -> str:
    """A resource's id without account and region: ``kubernetes container.node/shop-node-0``."""
    from skywright.model.kinds import parse_id

    name = parse_id(identifier)
    return f"{title(name.cloud)} {name.kind}/{name.native_id}"


def spread(changes: Sequence[Mapping[str, Any]], most: int) -> list[Mapping[str, Any]]:
    """All changes, with the first ``most`` of them from as many clouds as there are, each cloud's own first before its second."""
    turns: Counter[str] = Counter()
    ranked: list[tuple[int, int]] = []
    for place, change in enumerate(changes):
        cloud = cloud_of(change["target"])
        ranked.append((turns[cloud], place))
        turns[cloud] += 1
    first = sorted(place for _, place in sorted(ranked)[:most])
    return [changes[place] for place in (*first, *(place for place in range(len(changes)) if place not in first))]


def _together(results: "Iterable[Score]") -> tuple[object, ...]:
    whole = list(results)
    planted, found = sum(one.planted for one in whole), sum(one.found for one in whole)
    claimed, right = sum(one.claimed for one in whole), sum(one.right for one in whole)
    return planted, found, f"{found / (planted or 1):.1%}", f"{right / (claimed or 1):.1%}"


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
