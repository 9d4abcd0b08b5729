"""`graph`: who depends on whom. `impact`: what stops if this stops. `reach`: who can reach whom, with the path as proof."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.resource import resolve
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import AT, JSON, snapshot_at
from skywright.model.errors import BadInput
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.model.estate import Relation
    from skywright.ports.engine import Session
    from skywright.topics.graph.walk import Graph, Hit
    from skywright.topics.reach.search import Path as Way

INTERNET = "internet"
_FILLERS = ("->", "-", "to")
_SHOWN_MAX = 200
_INTERRUPTS = {"state", "type", "replicas"}  # columns whose change takes the resource away, at least for minutes


@click.command()
@click.argument("resource")
@click.option("--depth", type=click.IntRange(1, 10), default=2, show_default=True, help=t("How many relations away."))
@click.option("--format", "form", type=click.Choice(["text", "svg", "dot"]), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help=t("Write to this file instead of the screen."))
@AT
@JSON
@click.pass_obj
def graph(context: Context, *, resource: str, depth: int, form: str, output: Path | None, at: str | None, json_: bool) -> None:
    """Show what a resource (by id, native id or name) needs and what needs it."""
    from skywright.topics.graph.draw import dot, svg
    from skywright.topics.graph.walk import around

    house = context.house
    with house.engine.open(snapshot_at(house, at)) as session:
        start = resolve(session, resource)
        found = around(start, depth, asker(session))
    if json_:
        show.as_json({"start": start, "resources": found.distance, "relations": found.relations})
    elif form == "text" and output is None:
        _tree(found, start)
    else:
        _write(dot(found, start) if form == "dot" else svg(found, start), output)


def asker(session: "Session") -> "Callable[[Sequence[str]], Iterable[Relation]]":
    """Relations of some resources, asked of an open snapshot."""
    import msgspec

    from skywright.model.estate import Relation

    sql = """
        SELECT source, verb, target FROM relation WHERE source IN (SELECT unnest($ids))
        UNION SELECT source, verb, target FROM relation WHERE target IN (SELECT unnest($ids))"""
    return lambda ids: msgspec.convert(session.query(sql, {"ids": list(ids)}).dicts(), list[Relation])


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text)
    except OSError as error:
        raise BadInput(t("The picture could not be written: {error}.", error=error.strerror), where=str(output)) from error
    show.errors().print(t("Written to {path}.", path=output), markup=False)


def _tree(found: "Graph", start: str) -> None:
    """Two trees: what it needs, and what needs it."""
    from rich.text import Text
    from rich.tree import Tree

    needs: dict[str, list[tuple[str, str]]] = {}
    needed: dict[str, list[tuple[str, str]]] = {}
    for relation in found.relations:
        needs.setdefault(relation.source, []).append((relation.verb.value, relation.target))
        needed.setdefault(relation.target, []).append((relation.verb.value, relation.source))
    for title, edges, arrow in ((t("needs"), needs, "→"), (t("is needed by"), needed, "←")):
        tree = Tree(Text(show.clean(f"{start}  {title}"), style="bold"))
        shown = _grow(tree, start, edges, arrow, {start})
        if not shown:
            tree.add(Text(t("nothing"), style="dim"))
        show.console().print(tree)
    resources = n("{count} resource", "{count} resources", len(found.distance))
    relations = n("{count} relation", "{count} relations", len(found.relations))
    show.console().print(f"{resources}, {relations}.", style="dim")


def _grow(tree: Any, node: str, edges: dict[str, list[tuple[str, str]]], arrow: str, seen: set[str]) -> int:
    """Branches below a node, each resource once."""
    from rich.text import Text

    shown = 0
    for verb, other in sorted(edges.get(node, ())):
        if other in seen or len(seen) > _SHOWN_MAX:
            continue
        seen.add(other)
        branch = tree.add(Text.assemble((f"{arrow} {verb} ", "cyan"), show.clean(other)))
        shown += 1 + _grow(branch, other, edges, arrow, seen)
    return shown


@click.command()
@click.argument("what")
@AT
@JSON
@click.pass_obj
def impact(context: Context, what: str, at: str | None, *, json_: bool) -> None:
    """Show what stops or suffers if a resource stops; of a plan file: of everything that the plan stops or deletes."""
    from skywright.topics.graph.walk import impact as hits_of

    house = context.house
    with house.engine.open(snapshot_at(house, at)) as session:
        stopped = _stopped(context, session, what)
        hits = hits_of(stopped, asker(session))
        owners = _owners(session, [*stopped, *(hit.resource for hit in hits)])
    if json_:
        show.as_json({"stopped": stopped, "hits": hits, "owners": owners})
    else:
        _tell_impact(stopped, hits, owners)


def _stopped(context: Context, session: "Session", what: str) -> list[str]:
    """The resource that is meant, or the targets that a plan would take away for a time or for good."""
    path = Path(what)
    if not path.is_file():
        return [resolve(session, what)]
    from skywright.loop.plan import read_plan
    from skywright.model.plan import Action

    plan = read_plan(path, context.house.signer).plan
    return [change.target for change in plan.changes if change.action is Action.DELETE or _INTERRUPTS & (change.after or {}).keys()]


def _owners(session: "Session", ids: Sequence[str]) -> dict[str, str]:
    """Resource -> the owner that its tags name (owner, team or contact)."""
    sql = """
        SELECT id, coalesce(tags['owner'], tags['Owner'], tags['team'], tags['Team'], tags['contact']) AS owner
        FROM resource WHERE id IN (SELECT unnest($ids)) ORDER BY id"""
    return {row[0]: row[1] for row in session.query(sql, {"ids": list(ids)}).rows if row[1]}


def _tell_impact(stopped: Sequence[str], hits: "Sequence[Hit]", owners: dict[str, str]) -> None:
    for identifier in stopped:
        show.console().print(t("If {resource} stops:", resource=identifier), style="bold", markup=False)
    if not hits:
        show.console().print(t("Nothing that we know of needs it."))
        return
    rows = [
        (hit.effect.value, hit.resource, f"{hit.verb.value} {_short(hit.because)}", owners.get(hit.resource, "")) for hit in hits
    ]
    styles = {"stops": "bold red", "degraded": "yellow"}
    columns = (t("effect"), t("resource"), t("because of"), t("owner"))
    show.table(columns, rows[:_SHOWN_MAX], styles=lambda column, value: styles.get(str(value), "") if column == columns[0] else "")
    if len(rows) > _SHOWN_MAX:
        show.console().print(t("... and {count} more; --json shows all.", count=len(rows) - _SHOWN_MAX), style="dim")
    if people := sorted(set(owners.values())):
        show.console().print(t("Owners to tell: {owners}.", owners=", ".join(people)), markup=False)


def _short(identifier: str) -> str:
    return identifier.partition("/")[2] or identifier


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, metavar="SOURCE [TARGET]")
@AT
@JSON
@click.pass_obj
def reach(context: Context, words: tuple[str, ...], at: str | None, *, json_: bool) -> None:
    """Show how SOURCE (``internet``, or a resource) can reach TARGET over the network, with the path as proof.

    ``reach internet`` lists everything that the public internet can reach.
    """
    from skywright.topics.reach.table import look

    ends = [word for word in words if word not in _FILLERS]
    if not 1 <= len(ends) <= 2:
        raise BadInput(t("Give a source and a target, such as `reach internet i-0abc`."), where="SOURCE [TARGET]")
    house = context.house
    with house.engine.open(snapshot_at(house, at)) as session, show.progress(t("Looking for ways")):
        source, target = _ends(session, ends)
        network = look(session.query, narrowed=source == INTERNET and not target)
    if not target:
        ways = tuple(network.exposed())
    else:
        ways = network.from_internet(target) if source == INTERNET else network.between(source, target)
    if json_:
        show.as_json({"source": source, "target": target or None, "reachable": bool(ways), "ways": ways})
    elif target:
        _tell_ways(source, target, ways)
    else:
        _tell_exposed(ways)


def _ends(session: "Session", ends: Sequence[str]) -> tuple[str, str]:
    source = INTERNET if ends[0] == INTERNET else resolve(session, ends[0])
    if len(ends) == 1 and source != INTERNET:
        raise BadInput(t("Give a target as well: only what the internet reaches can be listed whole."), where="TARGET")
    return source, resolve(session, ends[1]) if len(ends) > 1 else ""


def ports(openings: Iterable[tuple[str, tuple[int, int]]]) -> str:
    """``tcp 22, tcp 8000-8080, udp all``."""
    return ", ".join(_port(protocol, low, high) for protocol, (low, high) in openings)


def _port(protocol: str, low: int, high: int) -> str:
    if (low, high) == (0, 65535):
        return protocol if protocol in ("icmp", "other") else t("{protocol} all", protocol=protocol)
    return f"{protocol} {low}" if low == high else f"{protocol} {low}-{high}"


def _tell_ways(source: str, target: str, ways: "Sequence[Way]") -> None:
    out = show.console()
    if not ways:
        nothing = t("{source} cannot reach {target}, as far as the estate tells.", source=source, target=target)
        out.print(nothing, style="green", markup=False)
        return
    out.print(t("{source} can reach {target}:", source=source, target=target), style="bold red", markup=False)
    for way in ways:
        out.print(show.clean(ports(way.openings)), style="bold", markup=False)
        for hop in way.hops:
            out.print(f"  {show.clean(hop.id)}  ", end="", markup=False, soft_wrap=True)
            out.print(hop.how, style="dim", markup=False)
        if way.unknown:
            out.print(t("Not certain: could not see {what}.", what=", ".join(way.unknown)), style="magenta", markup=False)


def _tell_exposed(ways: "Sequence[Way]") -> None:
    if not ways:
        show.console().print(t("The internet reaches nothing, as far as the estate tells."), style="green")
        return
    rows = [(way.target, ports(way.openings), t("no") if way.unknown else t("yes"), str(len(way.hops))) for way in ways]
    show.table((t("resource"), t("open to the internet"), t("certain"), t("stations")), rows[:_SHOWN_MAX], right=(t("stations"),))
    if len(rows) > _SHOWN_MAX:
        show.console().print(t("... and {count} more; --json shows all.", count=len(rows) - _SHOWN_MAX), style="dim")
