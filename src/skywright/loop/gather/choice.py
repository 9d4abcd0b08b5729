"""Which scopes a gathering is narrowed to."""

from datetime import datetime
from fnmatch import fnmatchcase

import msgspec

from skywright.model.estate import Coverage, CoverageState, Scope
from skywright.model.words import t


class Choice(msgspec.Struct, frozen=True):
    """Accounts and regions (globs) that are wanted; empty: all. The region ``global`` is wanted with any region."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def takes(self, scope: Scope) -> bool:
        """Is this scope wanted."""
        return _matches(scope.account, self.accounts) and (scope.region == "global" or _matches(scope.region, self.regions))

    def skipped(self, scope: Scope) -> list[Coverage]:
        """Coverage rows of a scope that is not wanted. (The gathering fills in its own time.)"""
        left_out = "--account" if not _matches(scope.account, self.accounts) else "--region"
        reason = t("Left out by {option}.", option=left_out)
        return [
            Coverage(scope.cloud, scope.account, scope.region, kind, CoverageState.SKIPPED, datetime.min, reason)
            for kind in scope.kinds
        ]


def _matches(name: str, globs: tuple[str, ...]) -> bool:
    return not globs or any(fnmatchcase(name, glob) for glob in globs)
