"""Subscriptions in scope: those that are named, those below the management groups that are named, or all that are visible."""

import os
from collections.abc import Sequence
from typing import Any

import msgspec

from skywright.adapters.clouds.azure.calls import TENANT, ArmCalls
from skywright.adapters.clouds.azure.config import AzureConfig
from skywright.adapters.clouds.kit import translate as tr
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.words import t

GONE = "deleted"


class Subscription(msgspec.Struct, frozen=True):
    """One subscription as the list of subscriptions has it."""

    id: str
    name: str
    raw: dict[str, Any]


class Accounts:
    """Finds the subscriptions, and keeps them until asked to look again."""

    def __init__(self, config: AzureConfig, calls: ArmCalls) -> None:
        self._config = config
        self._calls = calls
        self._found: tuple[Sequence[Subscription], Sequence[tuple[str, SkywrightError]]] | None = None

    def find(self, *, again: bool = False) -> tuple[Sequence[Subscription], Sequence[tuple[str, SkywrightError]]]:
        """The subscriptions, and the accounts (or ``*``) that could not be listed with the reason."""
        if self._found is None or again:
            self._found = self._look()
        return self._found

    def ids(self) -> list[str]:
        """The ids of the subscriptions in scope."""
        return [one.id for one in self.find()[0]]

    def _look(self) -> tuple[Sequence[Subscription], Sequence[tuple[str, SkywrightError]]]:
        failures: list[tuple[str, SkywrightError]] = []
        seen: list[Subscription] = []
        try:
            for raw in self._calls.pages(TENANT, "/subscriptions"):
                seen.append(_subscription(raw))  # noqa: PERF401 - what was read before a failure is kept
        except SkywrightError as error:
            failures.append(("*", error))
        except (KeyError, TypeError, AttributeError) as error:
            failures.append(("*", _odd(error)))
        visible = {one.id: one for one in seen if tr.said(one.raw, "state").lower() != GONE}
        named = self._named(failures)
        if named is None:
            return list(visible.values()), failures
        by_name = {one.name.lower(): one for one in visible.values()}
        chosen: dict[str, Subscription] = {}
        for name in named:
            found = visible.get(name.lower()) or by_name.get(name.lower())
            if found:
                chosen[found.id] = found
            elif not failures:
                failures.append((name, _unseen(name)))
        return list(chosen.values()), failures

    def _named(self, failures: list[tuple[str, SkywrightError]]) -> list[str] | None:
        """What the configuration (or AZURE_SUBSCRIPTION_ID) names; None: everything."""
        named = list(self._config.subscriptions)
        for group in self._config.management_groups:
            try:
                named += self._below(group)
            except SkywrightError as error:
                failures.append(("*", error))
        if not named and not self._config.management_groups and (only := os.environ.get("AZURE_SUBSCRIPTION_ID")):
            named = [only]
        return named if named or self._config.management_groups else None

    def _below(self, group: str) -> list[str]:
        path = f"/providers/Microsoft.Management/managementGroups/{group}/descendants"
        found = self._calls.pages(TENANT, path)
        return [raw["name"] for raw in found if tr.said(raw, "type").lower().endswith("/subscriptions")]


def _subscription(raw: dict[str, Any]) -> Subscription:
    return Subscription(raw["subscriptionId"].lower(), tr.said(raw, "displayName"), raw)


def _unseen(name: str) -> AskHuman:
    return AskHuman(
        t("Subscription {name} is not visible to the identity that Skywright uses.", name=name),
        next_step=t("Give that identity the role Reader there, or take the subscription out of clouds.azure."),
    )


def _odd(error: Exception) -> AskHuman:
    return AskHuman(
        t("Azure listed its subscriptions in a shape that is not understood: {error}.", error=repr(error)),
        next_step=t("Report this with the version of Skywright."),
    )
