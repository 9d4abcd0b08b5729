"""`skywright` in processes of its own: what they answered, and what they cost."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from skywright.model.errors import AskHuman
from skywright.model.words import t

_SAMPLE_S = 0.1
_PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


class Played(msgspec.Struct, frozen=True):
    """One command that has ended. A negative code is the signal that killed it."""

    command: tuple[str, ...]
    code: int
    output: bytes
    wall_s: float

    @property
    def killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.code == -signal.SIGKILL

    def json(self) -> Any:
        """Its answer, as one JSON document."""
        return msgspec.json.decode(self.output)


class Cast:
    """Runs `skywright` against one data folder and configuration, one process after another."""

    def __init__(self, data: Path, configuration: Path, environment: dict[str, str]) -> None:
        self.data = data
        self._configuration = configuration
        self._environment = {**os.environ, **environment, "SKYWRIGHT_USER": "demo", "COLUMNS": "140"}
        self._errors = data.parent / "demo.err"
        self.wall_s: dict[str, float] = {}

    def play(
        self, *command: str, good: Sequence[int] = (0,), data: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> Played:
        """Run one command to its end. Raises AskHuman, with its last words, when its code is not among ``good``."""
        began = time.perf_counter()
        line = [sys.executable, "-m", "skywright", "--data", str(data or self.data), "-c", str(self._configuration), *command]
        with self._errors.open("wb") as errors:
            child = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=errors, env={**self._environment, **(environment or {})})
            try:
                output, _ = child.communicate()
            except BaseException:
                child.kill()
                child.wait()
                raise
        played = Played(command, child.returncode, output, time.perf_counter() - began)
        self.wall_s[command[0]] = self.wall_s.get(command[0], 0.0) + played.wall_s
        if played.code not in good:
            raise AskHuman(
                t(
                    "`skywright {command}` ended with {code}: {words}",
                    command=" ".join(command),
                    code=played.code,
                    words=self._words(),
                ),
                next_step=t("This is a defect of the demo or of the lab; please report it with the lines above."),
            )
        return played

    def _words(self) -> str:
        return "\n".join(self._errors.read_text(errors="replace").strip().splitlines()[-5:])


@contextmanager
def weighed() -> Iterator[dict[str, float]]:
    """Fill the dict with cpu_s (ours and that of every process we started, once it has ended), rss_mib (the highest sum over all
    of them, sampled) and wall_s."""
    figures: dict[str, float] = {}
    peak, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(_SAMPLE_S):
            peak[0] = max(peak[0], _family_mib(os.getpid()))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    cpu, wall = _cpu_s(), time.perf_counter()
    try:
        yield figures
    finally:
        stop.set()
        watcher.join()
        figures.update(cpu_s=_cpu_s() - cpu, rss_mib=peak[0], wall_s=time.perf_counter() - wall)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _family_mib(root: int) -> float:
    """The resident memory of a process and all its descendants, MiB. Where there is no /proc: 0."""
    pages, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        with contextlib.suppress(OSError, ValueError):
            pages += int(Path(f"/proc/{process}/statm").read_text().split()[1])
            for task in Path(f"/proc/{process}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return pages * _PAGE_KIB / 1024
