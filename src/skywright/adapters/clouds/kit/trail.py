"""What every cloud does with its audit trails: ask one account after the other, and lose nothing to one that does not answer."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from skywright.model.errors import SkywrightError
from skywright.model.kinds import parse_id
from skywright.ports.cloud import Deed


def by_account(targets: Sequence[str], ask: Callable[[str, Sequence[str]], Iterable[Deed]]) -> Iterator[Deed]:
    """``ask`` for each account with its targets -> all deeds, each once, oldest first.

    An account that cannot be asked hides no other's deeds: its failure (the first, if there are several) is raised after them.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for target in targets:
        groups[parse_id(target).account].append(target)
    found: set[Deed] = set()
    failure: SkywrightError | None = None
    for account, wanted in sorted(groups.items()):
        try:
            found.update(ask(account, wanted))
        except SkywrightError as error:
            failure = failure or error
    yield from sorted(found)
    if failure is not None:
        raise failure
