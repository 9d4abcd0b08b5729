"""Sessions: one SSH connection per visit, on one event loop in a thread of its own. Host keys are checked strictly, and nothing is
ever asked of a terminal."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec

from skywright.adapters.clouds.hosts.config import HostEntry, Site
from skywright.adapters.clouds.hosts.faults import cut, translated
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.settings import SecretRef
from skywright.model.words import t

ANSWER_MAX = 16 * 2**20  # bytes; an honest host's answer is some hundred KiB
ReadSecret = Callable[[SecretRef], str]


class Said(msgspec.Struct, frozen=True):
    """What a command wrote, and its exit status (None: it was ended)."""

    out: str
    err: str
    status: int | None


class Loop:
    """An event loop in a thread, started when first needed."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def run(self, work: Coroutine[Any, Any, Said]) -> Said:
        """Wait for it, from any thread."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="hosts-ssh", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class Sessions:
    """Hosts -> what commands say there. Safe to use from many threads; per site no more at a time than its ``concurrency``."""

    def __init__(self, read_secret: ReadSecret) -> None:
        self._read_secret = read_secret
        self._loop = Loop()
        self._gates: dict[str, threading.Semaphore] = {}
        self._lock = threading.Lock()

    def run(self, name: str, site: Site, host: HostEntry, script: str) -> Said:
        """Feed a script to ``sh`` there. Raises Offline, Denied or AskHuman."""
        with self._lock:
            gate = self._gates.setdefault(name, threading.Semaphore(max(1, site.concurrency)))
        options = self._options(site, host)
        with gate:
            return self._loop.run(_visit(site, host, options, script))

    def _options(self, site: Site, host: HostEntry) -> dict[str, Any]:
        """What is said to asyncssh besides ``~/.ssh/config``, whose settings hold wherever ours say nothing."""
        given: dict[str, Any] = {"host": host.address or host.name}
        wanted = {"port": host.port or site.port, "username": host.user or site.user, "tunnel": site.jump}
        given |= {option: value for option, value in wanted.items() if value}
        if site.known_hosts:
            given["known_hosts"] = str(Path(site.known_hosts).expanduser())
        if site.key is not None:
            given["client_keys"] = [self._key(site.key)]
        return given

    def _key(self, key: SecretRef | str) -> Any:
        if isinstance(key, str):
            return str(Path(key).expanduser())
        asyncssh = _library()
        try:
            return asyncssh.import_private_key(self._read_secret(key) + "\n")
        except asyncssh.KeyImportError as error:
            raise AskHuman(
                t("What stands for the SSH key under clouds.hosts is no private key without a passphrase."),
                next_step=t("Give an OpenSSH private key, or use the agent."),
            ) from error


def _library() -> Any:
    try:
        import asyncssh
    except ImportError as error:
        raise AskHuman(
            t("The library for SSH is not installed."), next_step=t("Install it with `pip install 'skywright[hosts]'`.")
        ) from error
    return asyncssh


async def _visit(site: Site, host: HostEntry, options: dict[str, Any], script: str) -> Said:
    asyncssh = _library()
    command = "sudo -n sh -s" if site.sudo else "sh -s"
    try:
        async with asyncio.timeout(site.timeout_s * 2):
            connection = await asyncssh.connect(
                **options,
                connect_timeout=site.timeout_s,
                login_timeout=site.timeout_s,
                preferred_auth=("publickey",),
                password=None,
                agent_forwarding=False,
                keepalive_interval=max(1.0, site.timeout_s / 2),
            )
            async with connection, connection.create_process(command, encoding=None, env={}) as process:
                process.stdin.write(script.encode())
                process.stdin.write_eof()
                out, err = await asyncio.gather(_read(process.stdout), _read(process.stderr))
                await process.wait_closed()
                status = process.exit_status
    except (asyncssh.Error, OSError, TimeoutError, ValueError) as error:
        raise translated(error, host.name, site.timeout_s) from error
    if status is None:
        raise cut(host.name)
    return Said(out.decode(errors="replace"), err.decode(errors="replace")[:4000], status)


async def _read(stream: Any) -> bytes:
    """All that comes, up to a limit: a host that has gone mad does not take our memory."""
    found = bytearray()
    while chunk := await stream.read(2**16):
        found += chunk
        if len(found) > ANSWER_MAX:
            raise ValueError("the answer has no end")
    return bytes(found)


__all__ = ["ANSWER_MAX", "Said", "Sessions", "SkywrightError"]
