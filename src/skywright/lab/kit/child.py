"""A part of the lab in a process of its own: starting, asking, ending it; and what the child itself does for that."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from skywright.model.errors import AskHuman

START_MAX_S = 180.0
_POLL_S = 0.1
_STOP_MAX_S = 10.0


class State(Protocol):
    """What a child writes when it is ready."""

    @property
    def pid(self) -> int:
        """Of the child."""

    @property
    def endpoint(self) -> str:
        """Where its pages are."""


Ready = TypeVar("Ready", bound=State)


class Child(msgspec.Struct, frozen=True):
    """A child to be started: its module, its options, where it tells its state, where its words go. ``tied``: it ends with this
    process, however that ends."""

    module: str
    options: Sequence[str]
    state: Path
    log: Path
    tied: bool = True

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start it; it is not ready yet."""
        self.state.parent.mkdir(parents=True, exist_ok=True)
        self.state.unlink(missing_ok=True)
        command = [sys.executable, "-m", self.module, "--state-file", str(self.state), *self.options]
        with self.log.open("wb") as out:
            return subprocess.Popen(
                [*command, *(["--tied"] if self.tied else [])],
                stdin=subprocess.PIPE if self.tied else subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=not self.tied,
            )

    def ready(
        self,
        child: "subprocess.Popen[bytes]",
        type_: type[Ready],
        tick: Callable[[float], None] | None = None,
        *,
        install: str = "lab",
    ) -> Ready:
        """Wait until it is ready; ``tick`` is called with the seconds waited. Raises AskHuman when it does not come up."""
        began = time.monotonic()
        while (waited := time.monotonic() - began) < START_MAX_S:
            if child.poll() is not None:
                last = self.log.read_text(errors="replace").strip().splitlines()[-1:] or ["no word"]
                step = f"See {self.log}; is skywright[{install}] installed?"
                raise AskHuman(f"The lab ended while it started: {last[0].rstrip('.')}.", next_step=step)
            if self.state.exists():
                return msgspec.json.decode(self.state.read_bytes(), type=type_)
            if tick:
                tick(waited)
            time.sleep(_POLL_S)
        raise AskHuman(f"The lab was not ready after {START_MAX_S:.0f} s.", next_step=f"See {self.log}.")


def page(endpoint: str, method: str, name: str, body: Any = None) -> Any:
    """One of a child's own pages (``state``, ``answers``, ``calls``, ``faults``). Raises AskHuman when it is gone."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{endpoint}/lab/{name}", data=data, method=method)  # noqa: S310 - loopback
    try:
        with _direct().open(request, timeout=10) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise AskHuman(f"The lab refused {method} {name}: {error.read().decode()}", next_step="See its documentation.") from error
    except OSError as error:
        raise AskHuman(f"The lab at {endpoint} does not answer ({error}).", next_step="Run `skywright lab up`.") from error


def running(state: Path, type_: type[Ready]) -> Ready | None:
    """The child whose state is kept in this file, if it is alive."""
    try:
        found = msgspec.json.decode(state.read_bytes(), type=type_)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    with contextlib.suppress(AskHuman):
        if page(found.endpoint, "GET", "state")["pid"] == found.pid:
            return found
    return None


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


def stop_running(state: Path, type_: type[Ready]) -> Ready | None:
    """End the child of this file, whoever started it; None when there was none."""
    found = running(state, type_)
    if found is None:
        state.unlink(missing_ok=True)
        return None
    os.kill(found.pid, signal.SIGTERM)
    began = time.monotonic()
    while time.monotonic() - began < _STOP_MAX_S and running(state, type_):
        time.sleep(_POLL_S)
    return found


# --- the child's side ---


def announce(path: Path, state: dict[str, Any]) -> None:
    """Tell that all is ready: whole or not at all; for its owner only, since the credentials of the lab are in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(state, indent=2))
    draft.rename(path)


def obey_parent(*, tied: bool) -> None:
    """End when told to, and if ``tied`` when the parent is gone: it holds the other end of our standard input, which is closed when
    it dies, however it dies. Ctrl-C goes to the whole group and is left to the parent."""
    if tied:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _direct() -> urllib.request.OpenerDirector:
    """Loopback is never asked through a proxy."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _end_with_parent() -> None:
    while os.read(0, 1024):  # not sys.stdin: its lock would keep this process from ending in order
        pass
    os.kill(os.getpid(), signal.SIGTERM)
