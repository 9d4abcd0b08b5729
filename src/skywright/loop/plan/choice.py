"""Which proposals a user wants planned."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

import msgspec

from skywright.model.kinds import parse_id
from skywright.model.plan import Proposal, Risk
from skywright.model.words import t


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What to plan; an empty field leaves nothing out. All are globs: ``rules`` over rules and measures, ``targets`` over ids and
    the provider's own ids."""

    rules: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    insights: bool = True
    risk_max: Risk = Risk.HIGH

    def takes(self, proposal: Proposal) -> bool:
        """Whether a proposal is to be planned."""
        name = parse_id(proposal.target)
        return (
            proposal.risk.rank <= self.risk_max.rank
            and _fits((proposal.proposer,), self.rules)
            and _fits((name.kind,), self.kinds)
            and _fits((proposal.target, name.native_id), self.targets)
        )

    @property
    def note(self) -> str:
        """What was left out, for the plan; nothing when nothing was."""
        parts = [
            (t("rules {names}"), self.rules),
            (t("kinds {names}"), self.kinds),
            (t("targets {names}"), self.targets),
            (t("risk up to {names}"), (self.risk_max.value,) if self.risk_max is not Risk.HIGH else ()),
        ]
        said = [text.format(names=", ".join(names)) for text, names in parts if names]
        if not self.insights:
            said.append(t("no insights"))
        return t("Only a part was planned: {parts}.", parts="; ".join(said)) if said else ""


def _fits(values: Iterable[str], globs: tuple[str, ...]) -> bool:
    return not globs or any(fnmatchcase(value, glob) for value in values for glob in globs)
