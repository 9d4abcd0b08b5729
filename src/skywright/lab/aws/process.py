"""Starting and stopping the lab: the parent's side. The child is ``skywright.lab.aws.serve``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from skywright.lab.kit import child
from skywright.lab.kit.child import Child, stop
from skywright.model.errors import AskHuman

if TYPE_CHECKING:
    from subprocess import Popen

STATE_FILE = "lab.json"
LOG_FILE = "lab.log"


class Lab(msgspec.Struct, frozen=True, kw_only=True):
    """A lab that runs: where it listens, what is in it, how one signs in. ``accounts`` maps names to numbers."""

    pid: int
    endpoint: str
    seed: int
    estate: str
    accounts: dict[str, str]
    regions: tuple[str, ...]
    home_region: str
    access_key: str
    secret_key: str
    role: str
    planted: int
    machines: tuple[str, ...] = ()  # some that run, as Kubernetes names them: ``aws:///<zone>/<instance id>``

    def environment(self) -> dict[str, str]:
        """What any AWS tool needs to talk to the lab instead of AWS."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.home_region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def configuration(self) -> str:
        """A ``skywright.yaml`` for all its accounts: the first by the key, the others by assuming a role."""
        return "# Made by `skywright lab up`: the accounts of the lab.\nclouds:\n" + self.section()

    def section(self) -> str:
        """The part of that below ``clouds``."""
        first, *others = self.accounts.items()
        lines = ["  aws:", "    accounts:"]
        lines.append(f'      - id: "{first[1]}"  # {first[0]}')
        for name, number in others:
            lines.append(f'      - id: "{number}"  # {name}')
            lines.append(f"        role_arn: arn:aws:iam::{number}:role/{self.role}")
        lines.append(f"    regions: [{', '.join(self.regions)}]")
        return "\n".join(lines) + "\n"

    def page(self, method: str, name: str, body: Any = None) -> Any:
        """One of the lab's own pages (``calls``, ``faults``, ``answers``, ``impaired``). Raises AskHuman when it is gone."""
        return child.page(self.endpoint, method, name, body)


def running(folder: Path) -> Lab | None:
    """The lab whose state is kept in this folder, if it is alive."""
    return child.running(folder / STATE_FILE, Lab)


def launch(folder: Path, *, seed: int = 1, estate: str = "default", tied: bool = True) -> tuple[Child, "Popen[bytes]"]:
    """Start a lab without waiting for it. Raises AskHuman when one runs already."""
    if found := running(folder):
        raise AskHuman(f"A lab runs already at {found.endpoint}.", next_step="Use it, or end it with `skywright lab down`.")
    options = ("--seed", str(seed), "--estate", estate)
    wanted = Child("skywright.lab.aws.serve", options, folder / STATE_FILE, folder / LOG_FILE, tied)
    return wanted, wanted.launch()


def start(
    folder: Path, *, seed: int = 1, estate: str = "default", tied: bool = True, tick: Callable[[float], None] | None = None
) -> tuple[Lab, "Popen[bytes]"]:
    """Start a lab and wait until it is seeded and answers. ``tied``: it ends with this process, however that ends.

    ``tick`` is called with the seconds waited. Raises AskHuman when one runs already, or when it does not come up (its words are
    in ``lab.log`` in the folder).
    """
    wanted, process = launch(folder, seed=seed, estate=estate, tied=tied)
    try:
        return wanted.ready(process, Lab, tick), process
    except BaseException:
        stop(process)
        raise


def stop_running(folder: Path) -> Lab | None:
    """End the lab of this folder, whoever started it; None when there was none."""
    return child.stop_running(folder / STATE_FILE, Lab)


@contextmanager
def lab_running(folder: Path, *, seed: int = 1, estate: str = "default") -> Iterator[Lab]:
    """A lab for the length of a block."""
    lab, process = start(folder, seed=seed, estate=estate)
    try:
        yield lab
    finally:
        stop(process)


def answers(lab: Lab) -> list[dict[str, str]]:
    """The answer sheet of a running lab."""
    return cast("list[dict[str, str]]", lab.page("GET", "answers"))
