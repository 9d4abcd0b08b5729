"""Starting and stopping the lab: the parent's side. The child is ``skywright.lab.aws.serve``."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import msgspec

from skywright.model.errors import AskHuman

STATE_FILE = "lab.json"
LOG_FILE = "lab.log"
START_MAX_S = 120.0
_POLL_S = 0.1
_STOP_MAX_S = 10.0


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
        first, *others = self.accounts.items()
        lines = ["# Made by `skywright lab up`: the accounts of the lab.", "clouds:", "  aws:", "    accounts:"]
        lines.append(f'      - id: "{first[1]}"  # {first[0]}')
        for name, number in others:
            lines.append(f'      - id: "{number}"  # {name}')
            lines.append(f"        role_arn: arn:aws:iam::{number}:role/{self.role}")
        lines.append(f"    regions: [{', '.join(self.regions)}]")
        return "\n".join(lines) + "\n"

    def page(self, method: str, name: str, body: Any = None) -> Any:
        """One of the lab's own pages (``calls``, ``faults``, ``answers``, ``impaired``). Raises AskHuman when it is gone."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/lab/{name}", data=data, method=method)  # noqa: S310 - loopback
        try:
            with _direct().open(request, timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise AskHuman(
                f"The lab refused {method} {name}: {error.read().decode()}", next_step="See its documentation."
            ) from error
        except OSError as error:
            raise AskHuman(f"The lab at {self.endpoint} does not answer ({error}).", next_step="Run `skywright lab up`.") from error


def _direct() -> urllib.request.OpenerDirector:
    """Loopback is never asked through a proxy."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def running(folder: Path) -> Lab | None:
    """The lab whose state is kept in this folder, if it is alive."""
    try:
        lab = msgspec.json.decode((folder / STATE_FILE).read_bytes(), type=Lab)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    with contextlib.suppress(AskHuman):
        if lab.page("GET", "state")["pid"] == lab.pid:
            return lab
    return None


def start(
    folder: Path, *, seed: int = 1, estate: str = "default", tied: bool = True, tick: Callable[[float], None] | None = None
) -> tuple[Lab, "subprocess.Popen[bytes]"]:
    """Start a lab and wait until it is seeded and answers. ``tied``: it ends with this process, however that ends.

    ``tick`` is called with the seconds waited. Raises AskHuman when one runs already, or when it does not come up (its words are
    in ``lab.log`` in the folder).
    """
    if found := running(folder):
        raise AskHuman(f"A lab runs already at {found.endpoint}.", next_step="Use it, or end it with `skywright lab down`.")
    folder.mkdir(parents=True, exist_ok=True)
    state, log = folder / STATE_FILE, folder / LOG_FILE
    state.unlink(missing_ok=True)
    command = [sys.executable, "-m", "skywright.lab.aws.serve", "--state-file", str(state), "--seed", str(seed), "--estate", estate]
    with log.open("wb") as out:
        child = subprocess.Popen(
            [*command, *(["--tied"] if tied else [])],
            stdin=subprocess.PIPE if tied else subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=not tied,
        )
    try:
        return _await(child, state, log, tick), child
    except BaseException:
        stop(child)
        raise


def _await(child: "subprocess.Popen[bytes]", state: Path, log: Path, tick: Callable[[float], None] | None) -> Lab:
    began = time.monotonic()
    while (waited := time.monotonic() - began) < START_MAX_S:
        if child.poll() is not None:
            last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no word"]
            raise AskHuman(f"The lab ended while it started: {last[0]}.", next_step=f"See {log}; is skywright[lab] installed?")
        if state.exists():
            return msgspec.json.decode(state.read_bytes(), type=Lab)
        if tick:
            tick(waited)
        time.sleep(_POLL_S)
    raise AskHuman(f"The lab was not ready after {START_MAX_S:.0f} s.", next_step=f"See {log}.")


def stop(child: "subprocess.Popen[bytes]") -> None:
    """End a child of ours, firmly if it must be."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(_STOP_MAX_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    if child.stdin:
        child.stdin.close()


def stop_running(folder: Path) -> Lab | None:
    """End the lab of this folder, whoever started it; None when there was none."""
    lab = running(folder)
    if lab is None:
        (folder / STATE_FILE).unlink(missing_ok=True)
        return None
    os.kill(lab.pid, signal.SIGTERM)
    began = time.monotonic()
    while time.monotonic() - began < _STOP_MAX_S and running(folder):
        time.sleep(_POLL_S)
    return lab


@contextmanager
def lab_running(folder: Path, *, seed: int = 1, estate: str = "default") -> Iterator[Lab]:
    """A lab for the length of a block."""
    lab, child = start(folder, seed=seed, estate=estate)
    try:
        yield lab
    finally:
        stop(child)


def answers(lab: Lab) -> list[dict[str, str]]:
    """The answer sheet of a running lab."""
    return cast("list[dict[str, str]]", lab.page("GET", "answers"))
