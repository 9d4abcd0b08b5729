"""What a stand-in for a cloud offers to whoever starts it."""

from typing import Any, Protocol


class Standin(Protocol):
    """A small cloud on loopback, seeded with a believable estate with known faults. Made by ``start(seed=1, estate="default")`` of
    ``skywright.lab.<cloud>``; estates are ``small`` (a dozen resources, for quick tests), ``default`` (tens) and ``large``."""

    name: str  # of the cloud, as in ``clouds.<name>`` of the configuration

    def environment(self) -> dict[str, str]:
        """What any tool of the ecosystem needs in its environment to talk to the stand-in."""

    def section(self) -> dict[str, Any]:
        """The section ``clouds.<name>`` of a ``skywright.yaml`` that reads it."""

    def answers(self) -> list[dict[str, str]]:
        """The answer sheet: fault (a rule's id), kind, account, region, native_id of all that a perfect audit would find among what
        was planted."""

    def calls(self) -> dict[str, int]:
        """How often each call was asked for so far."""

    def stop(self) -> None:
        """End it; everything that it held is gone."""
