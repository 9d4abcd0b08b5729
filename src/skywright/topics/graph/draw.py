"""A graph as a picture: SVG of our own layout, or DOT for other tools."""

from collections import defaultdict
from html import escape

from skywright.model.kinds import parse_id
from skywright.topics.graph.walk import Graph

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 230, 42, 90, 14, 24
PALETTE = ("#2563eb", "#059669", "#b45309", "#7c3aed", "#be123c", "#0e7490", "#4d7c0f", "#64748b")
LABEL_MAX = 30
GREY = "#64748b"
_HEAD = 'xmlns="http://www.w3.org/2000/svg" font-family="system-ui, sans-serif" font-size="12"'

_DEFS = (
    '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L8 4L0 8z" fill="#94a3b8"/></marker></defs>'
)


def label(identifier: str) -> tuple[str, str]:
    """A resource id -> its short name and what it is and where, for two lines of a box."""
    try:
        name = parse_id(identifier)
    except ValueError:
        return _cut(identifier), ""
    return _cut(name.native_id.rsplit("/", 1)[-1]), _cut(f"{name.kind} · {name.cloud}")


def _cut(text: str) -> str:
    return text if len(text) <= LABEL_MAX else text[: LABEL_MAX - 1] + "…"


def columns_of(graph: Graph, start: str) -> dict[str, int]:
    """Resource -> column: what needs the start stands left of it (negative), what it needs right."""
    side = {start: 0}
    for identifier in sorted(graph.distance, key=lambda one: (graph.distance[one], one)):
        if identifier in side:
            continue
        near = [
            (relation.target if relation.source == identifier else relation.source, relation.source == identifier)
            for relation in graph.relations
            if identifier in (relation.source, relation.target)
        ]
        before = [(other, needs) for other, needs in near if other in side]
        other, needs = before[0] if before else (start, False)
        towards_left = side[other] < 0 or (side[other] == 0 and needs)
        side[identifier] = graph.distance[identifier] * (-1 if towards_left else 1)
    return side


def svg(graph: Graph, start: str) -> str:
    """The graph as an SVG document: boxes in columns by distance, arrows from what needs to what is needed."""
    column = columns_of(graph, start)
    rows: dict[int, list[str]] = defaultdict(list)
    for identifier in sorted(column):
        rows[column[identifier]].append(identifier)
    low, high = min(rows), max(rows)
    tallest = max(map(len, rows.values()))
    at = {}
    for index, found in rows.items():
        top = MARGIN + (tallest - len(found)) * (HEIGHT + GAP_Y) / 2
        for number, identifier in enumerate(found):
            at[identifier] = (MARGIN + (index - low) * (WIDTH + GAP_X), top + number * (HEIGHT + GAP_Y))
    width = 2 * MARGIN + (high - low + 1) * WIDTH + (high - low) * GAP_X
    height = 2 * MARGIN + tallest * (HEIGHT + GAP_Y)
    colours = _colours(column)
    parts = [
        f'<svg {_HEAD} viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">',
        _DEFS,
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        *(_arrow(at[one.source], at[one.target], one.verb.value) for one in graph.relations),
        *(_box(identifier, at[identifier], colours, chosen=identifier == start) for identifier in sorted(column)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _colours(identifiers: dict[str, int]) -> dict[str, str]:
    clouds = sorted({identifier.split(":", 1)[0] for identifier in identifiers})
    return {cloud: PALETTE[number % len(PALETTE)] for number, cloud in enumerate(clouds)}


def _box(identifier: str, where: tuple[float, float], colours: dict[str, str], *, chosen: bool) -> str:
    x, y = where
    name, what = label(identifier)
    colour = colours[identifier.split(":", 1)[0]]
    fill, ink = (colour, "#ffffff") if chosen else ("#ffffff", "#0f172a")
    frame = f'<rect x="{x:.0f}" y="{y:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="{fill}" stroke="{colour}"/>'
    bold = f'<text x="{x + 10:.0f}" y="{y + 17:.0f}" fill="{ink}" font-weight="600">{escape(name)}</text>'
    plain = f'<text x="{x + 10:.0f}" y="{y + 33:.0f}" fill="{ink if chosen else GREY}" font-size="10.5">{escape(what)}</text>'
    return f"<g><title>{escape(identifier)}</title>{frame}{bold}{plain}</g>"


def _arrow(one: tuple[float, float], other: tuple[float, float], verb: str) -> str:
    """A curve from the side of one box to the facing side of the other, with its verb."""
    (x1, y1), (x2, y2) = one, other
    if x1 == x2:
        start, end, bend = x1 + WIDTH, x2 + WIDTH, GAP_X / 2
        middle = (start + bend, start + bend)
    else:
        start, end = (x1 + WIDTH, x2) if x2 > x1 else (x1, x2 + WIDTH)
        middle = ((start + end) / 2, (start + end) / 2)
    y1, y2 = y1 + HEIGHT / 2, y2 + HEIGHT / 2
    path = f"M{start:.0f} {y1:.0f}C{middle[0]:.0f} {y1:.0f} {middle[1]:.0f} {y2:.0f} {end:.0f} {y2:.0f}"
    at = f'x="{middle[0]:.0f}" y="{(y1 + y2) / 2 - 3:.0f}"'
    text = f'<text {at} fill="{GREY}" font-size="9.5" text-anchor="middle">{escape(verb)}</text>'
    return f'<path d="{path}" fill="none" stroke="#94a3b8" stroke-width="1.2" marker-end="url(#a)"/>{text}'


def dot(graph: Graph, start: str) -> str:
    """The graph in Graphviz' language."""
    lines = ["digraph estate {", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];']
    for identifier in sorted(graph.distance):
        name, what = label(identifier)
        style = ", style=filled" if identifier == start else ""
        lines.append(f'  "{_dot(identifier)}" [label="{_dot(name)}\\n{_dot(what)}"{style}];')
    lines += [f'  "{_dot(one.source)}" -> "{_dot(one.target)}" [label="{one.verb.value}"];' for one in graph.relations]
    return "\n".join([*lines, "}", ""])


def _dot(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
