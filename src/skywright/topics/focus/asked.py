"""What is counted for a rule: rows concerned, rows that break it, rows that leave it undecided; or groups of rows."""

import msgspec

from skywright.topics.focus.checks import ALWAYS, NEVER
from skywright.topics.focus.own import Own
from skywright.topics.focus.probes import Groups


class Asked(msgspec.Struct, frozen=True):
    """Conditions of rows (SQL over a sheet). ``bad`` and ``doubt`` count where ``applies`` does; ``sentence``: when a row breaks
    the rule's sentence, where its check says something else."""

    applies: str = ALWAYS
    bad: str = NEVER
    doubt: str = NEVER
    groups: Groups | None = None
    sentence: str = ""

    @property
    def wrong(self) -> str:
        """The rows that break it."""
        return self._under(self.bad)

    @property
    def open(self) -> str:
        """The rows that leave it undecided."""
        return self._under(self.doubt)

    @property
    def conditions(self) -> tuple[str, ...]:
        """What must be counted."""
        return tuple(one for one in (self.applies, self.wrong, self.open, self.sentence) if one not in {ALWAYS, NEVER, ""})

    def _under(self, condition: str) -> str:
        if NEVER in (condition, self.applies):
            return NEVER
        if self.applies == ALWAYS:
            return condition
        return self.applies if condition == ALWAYS else f"({condition}) AND ({self.applies})"


def asked_of(check: Own) -> Asked:
    """One of our checks -> what is counted for it."""
    return Asked(check.applies, check.bad, check.doubt, check.groups)
