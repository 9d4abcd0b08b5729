"""`skywright cost estimate FILE`: what a plan would cost before anybody applies it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.settings_base import Strict
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.topics.cost.estimate import Estimate, Line, PartCost, Usage

NAMED_MAX = 5
_STYLES = {"create": "green", "update": "yellow", "replace": "yellow", "delete": "red"}


class UsageFile(Strict, frozen=True):
    """A usage file: address -> column -> value."""

    usage: dict[str, dict[str, Any]]


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--region", default="", help=t("Where resources are whose region the file does not say."))
@click.option("--cloud", default="aws", show_default=True, help=t("The cloud that a manifest's cluster runs on."))
@click.option("--node", default="", metavar="TYPE", help=t("The type of machine that a manifest's pods run on."))
@click.option(
    "--nodes", type=click.IntRange(1, 100_000), default=1, show_default=True, help=t("How many of them (for DaemonSets).")
)
@click.option(
    "--usage", type=click.Path(path_type=Path, dir_okay=False), help=t("What the file cannot know (docs/concepts/estimate.md).")
)
@click.option("--all", "all_", is_flag=True, help=t("Show what costs nothing and what stays as it is, too."))
@JSON
@click.pass_obj
def estimate(
    context: Context, *, file: Path, region: str, cloud: str, node: str, nodes: int, usage: Path | None, all_: bool, json_: bool
) -> None:
    """Say what FILE would cost a month: a plan of ours, a Terraform plan (`terraform show -json`) or Kubernetes manifests."""
    from skywright.adapters.sketches import Where

    treasury = context.house.treasury
    if _ours(file):
        from skywright.loop.plan import read_plan

        found = treasury.estimate_plan(read_plan(file, context.house.signer), str(file))
    else:
        where = Where(cloud=cloud, region=region, node=node, nodes=nodes)
        found = treasury.estimate(file, where, _said(usage) if usage else None)
    if json_:
        show.as_json(_plain(found))
        return
    _tell(found, all_=all_)


def _said(file: Path) -> "Usage":
    from skywright.adapters.settings import load_file
    from skywright.topics.cost.estimate import Usage

    return Usage(load_file(file, UsageFile).usage, str(file))


def _ours(file: Path) -> bool:
    """Whether it is a signed plan of ours."""
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and isinstance(document.get("plan"), dict) and "hash" in document


def _plain(found: "Estimate") -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(found)
    plain["delta"] = {currency: str(delta) for currency, delta in _deltas(found).items()}
    return plain


def _deltas(found: "Estimate") -> dict[str, Decimal]:
    both = {**found.before, **found.after}
    return {currency: found.after.get(currency, Decimal(0)) - found.before.get(currency, Decimal(0)) for currency in both}


def _tell(found: "Estimate", *, all_: bool) -> None:
    out = show.console()
    if not found.lines:
        out.print(t("{source} changes nothing.", source=found.source), style="bold", markup=False)
    _sums(found)
    rows = [row for line in found.lines if all_ or _matters(line) for row in _rows(line)]
    columns = (t("change"), t("what"), t("now"), t("after"), t("difference"), t("remark"))
    if rows:
        show.table(columns, rows, right=columns[2:5], styles=_style)
    if found.unknown:
        names = ", ".join(found.unknown[:NAMED_MAX]) + (", ..." if len(found.unknown) > NAMED_MAX else "")
        one, many = "{count} address is not, or not wholly, in the sum", "{count} addresses are not, or not wholly, in the sum"
        out.print(f"{n(one, many, len(found.unknown))}: {names}.", style="magenta", markup=False)
    if any(part.monthly is None for line in found.lines for part in line.parts_after):
        out.print(t("What a file cannot know, such as how much a bucket will hold, can be said with --usage."), style="dim")
    for remark in found.remarks:
        out.print(remark, style="dim", markup=False)


def _sums(found: "Estimate") -> None:
    """The answer: a month before and after, in every currency."""
    for currency, delta in _deltas(found).items():
        before, after = found.before.get(currency, Decimal(0)), found.after.get(currency, Decimal(0))
        about = {"before": f"{before:,.2f}", "after": f"{after:,.2f}", "delta": f"{delta:+,.2f}", "currency": currency}
        text = t("{before} now, {after} after: {delta} {currency} a month.", **about)
        show.console().print(text, style="bold", markup=False)


def _matters(line: "Line") -> bool:
    return line.action != "keep" and (not line.complete or bool(line.before or line.after))


def _rows(line: "Line") -> list[tuple[object, ...]]:
    """The address, then its parts when there is more than one."""
    parts = line.parts_after or line.parts_before
    difference = line.after - line.before if line.after is not None and line.before is not None else None
    note = line.unpriced or (parts[0].note if len(parts) == 1 else "")
    head = (line.action, line.address, _money(line.before), _money(line.after), _signed(difference), note)
    if line.unpriced and not parts:
        head = (*head[:2], "", t("not known"), "", note)
    return [head, *(_part(line, part) for part in parts if len(parts) > 1)]


def _part(line: "Line", part: "PartCost") -> tuple[object, ...]:
    old = {one.name: one.monthly for one in line.parts_before}.get(part.name)
    what = f"  {part.name} {part.what}" + (f" x {part.quantity.normalize():f}" if part.quantity != 1 else "")
    return (
        "",
        what,
        _money(old) if part.name in {one.name for one in line.parts_before} else "",
        _money(part.monthly),
        "",
        part.note,
    )


def _money(amount: Decimal | None) -> str:
    return t("not known") if amount is None else f"{amount:,.2f}"


def _signed(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:+,.2f}"


def _style(column: str, value: object) -> str:
    if column == t("change"):
        return _STYLES.get(str(value), "")
    if column == t("difference") and str(value)[:1] in "+-" and str(value).strip("+-0.,"):
        return "red" if str(value).startswith("+") else "green"
    return "magenta" if value == t("not known") else ""
