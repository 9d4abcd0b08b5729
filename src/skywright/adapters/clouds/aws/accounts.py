"""Which accounts and regions are in scope: the configuration, the caller's identity, and the organization's members."""

import threading
from collections.abc import Iterator

from skywright.adapters.clouds.aws.calls import Calls
from skywright.adapters.clouds.aws.config import AwsAccount, AwsConfig, AwsOrganization
from skywright.adapters.clouds.aws.session import Sessions
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.words import t

GLOBAL = "global"
ENABLED = ("opt-in-not-required", "opted-in")

Failure = tuple[str, SkywrightError]
"""An account (its id, or how it was to be reached) and why it cannot be read."""


class Accounts:
    """Finds the accounts, and opens a session for each under its id."""

    def __init__(self, config: AwsConfig, sessions: Sessions, calls: Calls) -> None:
        self._config = config
        self._sessions = sessions
        self._calls = calls
        self._found: tuple[tuple[str, ...], tuple[Failure, ...]] | None = None
        self._lock = threading.Lock()

    def find(self) -> tuple[tuple[str, ...], tuple[Failure, ...]]:
        """Ids of the accounts that can be read, and those that cannot with the reason. Asked once in the life of a process."""
        with self._lock:
            if self._found is None:
                self._found = self._find()
            return self._found

    def regions(self, account: str) -> tuple[str, ...]:
        """The regions in scope: the configured ones, or all that the account has enabled. Raises what DescribeRegions raises."""
        if self._config.regions:
            return tuple(self._config.regions)
        answer = self._calls.client_call(account, GLOBAL, "ec2", "describe_regions")
        listed = [region for region in answer.get("Regions", []) if region.get("OptInStatus", ENABLED[0]) in ENABLED]
        return tuple(sorted(region["RegionName"] for region in listed))

    def _find(self) -> tuple[tuple[str, ...], tuple[Failure, ...]]:
        found: list[str] = []
        failures: list[Failure] = []
        for entry in self._config.accounts or [AwsAccount()]:
            try:
                found.append(self._identify(entry))
            except SkywrightError as error:
                failures.append((_label(entry), error))
        if self._config.organization and found:
            for member, failure in self._members(self._config.organization, found[0]):
                if failure is None:
                    found.append(member)
                else:
                    failures.append((member, failure))
        return tuple(dict.fromkeys(found)), tuple(failures)

    def _identify(self, entry: AwsAccount) -> str:
        """Open a session for one entry and ask AWS whose it is."""
        key = _label(entry)
        self._sessions.open(key, entry)
        account: str = self._calls.client_call(key, GLOBAL, "sts", "get_caller_identity")["Account"]
        if entry.id and entry.id != account:
            raise AskHuman(
                t("The credentials for account {wanted} lead to account {found}.", wanted=entry.id, found=account),
                next_step=t("Check profile and role of that account in the configuration."),
            )
        self._sessions.rename(key, account)
        return account

    def _members(self, organization: AwsOrganization, source: str) -> Iterator[tuple[str, SkywrightError | None]]:
        """The active accounts of the organization, each with a session through its role, or the reason why not."""
        try:
            listed = list(self._calls.pages(source, GLOBAL, "organizations", "list_accounts", "Accounts"))
        except SkywrightError as error:
            yield t("organization of {account}", account=source), error
            return
        for member in listed:
            identifier = member.get("Id", "")
            if member.get("Status") == "ACTIVE" and identifier not in organization.skip and not self._sessions.knows(identifier):
                yield identifier, self._enter(identifier, source, member.get("Arn", ""), organization.role)

    def _enter(self, member: str, source: str, arn: str, role: str) -> SkywrightError | None:
        partition = arn.split(":")[1] if arn.startswith("arn:") else "aws"
        self._sessions.step_into(member, source, f"arn:{partition}:iam::{member}:role/{role}")
        try:
            self._calls.client_call(member, GLOBAL, "sts", "get_caller_identity")
        except SkywrightError as error:
            return error
        return None


def _label(entry: AwsAccount) -> str:
    """What we call an account before AWS has told its id."""
    return entry.role_arn or entry.id or entry.profile or t("default credentials")
