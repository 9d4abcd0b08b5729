"""Guard rails: facts -> objections, all at once. One rail is one function; each sentence says what, why, and what now."""

from collections.abc import Callable, Iterator, Mapping

from skywright.loop.validate.facts import Facts
from skywright.loop.validate.rails import looking, needed, people, safety, size, windows
from skywright.model.verdict import Objection

Rail = Callable[[Facts], Iterator[Objection]]

RAILS: Mapping[str, Rail] = {
    "moved": looking.moved,
    "unknown-evidence": looking.unknown_evidence,
    "coverage": looking.incomplete_coverage,
    "protected": safety.protected,
    "irreversible": safety.irreversible,
    "introduced": safety.introduced,
    "dependency": needed.dependency,
    "last-healthy": needed.last_healthy,
    "blast-radius": size.blast_radius,
    "spend-cap": size.spend_cap,
    "windows": windows.windows,
    "approval": people.approval,
}
"""Every rail by the name under which ``rails.disabled`` switches it off; asked in this order."""


def object_to(facts: Facts) -> tuple[Objection, ...]:
    """Ask every rail that is not switched off."""
    asked = (rail for name, rail in RAILS.items() if name not in facts.settings.disabled)
    return tuple(objection for rail in asked for objection in rail(facts))
