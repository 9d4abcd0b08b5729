"""SSH servers on free loopback ports, one a host, on one event loop in a thread; each command runs in the real shell, in
its folder."""

import asyncio
import os
import re
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skywright.lab.hosts.machine import Machine

_MARK = re.compile(r"@@[0-9a-f]{16}")
MARK = "@@MARK"
OWN = (MARK, "@@NAME", "@@ADDRESS")
"""What stands in a prepared answer for what is a host's own."""
SLOW_S = 0.3


class Servers:
    """``ports`` by (site, name). ``counter`` counts visits. ``prepared``: hosts of one make answer what
    the first of them said, under their own names."""

    def __init__(self, folder: Path, machines: Sequence[Machine], *, prepared: bool) -> None:
        self.ports: dict[tuple[str, str], int] = {}
        self.counter: Counter[str] = Counter()
        self._folder = folder
        self._prepared: dict[tuple[bytes, str], str] | None = {} if prepared else None
        self._own: set[tuple[str, str]] = set()
        self._listening: list[Any] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lab-hosts", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(machines), self._loop).result()

    def stop(self) -> None:
        """Close every port and end the thread."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self, machines: Sequence[Machine]) -> None:
        import asyncssh

        key, other, client = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(3))
        client.write_private_key(str(self._folder / "client-key"))
        (self._folder / "client-key").chmod(0o600)
        known = []
        for machine in machines:
            shown = other if machine.fault == "changed-key" else key
            allowed = asyncssh.import_authorized_keys((other if machine.fault == "denied" else client).export_public_key().decode())
            server = await asyncssh.listen(
                "127.0.0.1",
                0,
                server_host_keys=[shown],
                authorized_client_keys=allowed,
                process_factory=_factory(self, machine),
                encoding=None,
                line_editor=False,
                allow_scp=False,
            )
            port = server.get_port()
            self.ports[machine.site, machine.name] = port
            known.append(f"[127.0.0.1]:{port} {key.export_public_key().decode().strip()}\n")
            if machine.fault == "offline":
                server.close()
                await server.wait_closed()
            else:
                self._listening.append(server)
        (self._folder / "known-hosts").write_text("".join(known))

    async def _stop(self) -> None:
        for server in self._listening:
            server.close()
        await asyncio.gather(*(server.wait_closed() for server in self._listening))
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def answer(self, machine: Machine, process: Any) -> None:
        """One visit."""
        self.counter[f"{machine.site}/{machine.name}"] += 1
        if machine.fault == "offline":  # it went while we were on our way
            process.channel.abort()
            return
        script = (await process.stdin.read()).decode()
        out, err, status = await self._run(machine, process.command or "sh -s", script)
        match machine.fault:
            case "garbage":
                out = bytes(range(256)) * 20
            case "noisy":
                out = b"Welcome to this host!\n" + out
            case "mute":
                out = b""
            case "slow":
                await asyncio.sleep(SLOW_S)
            case "cut":
                process.stdout.write(out[: len(out) // 2])
                process.channel.abort()
                return
            case "half":
                out = out[: len(out) // 2]
            case _:
                pass
        process.stdout.write(out)
        process.stderr.write(err)
        process.exit(status)

    async def _run(self, machine: Machine, command: str, script: str) -> tuple[bytes, bytes, int]:
        mark = _MARK.search(script)
        place = (machine.site, machine.name)
        if mark is None:  # it changes something: from now on this host speaks for itself
            self._own.add(place)
        if self._prepared is None or mark is None or place in self._own:
            if not machine.root.exists():
                machine.write()
            return await self._shell(machine, command, script)
        key = machine.make, _MARK.sub(MARK, script)
        own = (mark[0], machine.name, machine.address.partition("/")[0])
        if key not in self._prepared:
            machine.write()
            out, err, status = await self._shell(machine, command, script)
            if status != 0:
                return out, err, status
            self._prepared[key] = _swapped(out.decode(), own, OWN)
        return _swapped(self._prepared[key], OWN, own).encode(), b"", 0

    async def _shell(self, machine: Machine, command: str, script: str) -> tuple[bytes, bytes, int]:
        words = command.split()
        environment = {"PATH": str(self._folder / "bin"), "SKYWRIGHT_LAB_ROOT": str(machine.root), "HOME": str(machine.root)}
        started = await asyncio.create_subprocess_exec(
            str(self._folder / "bin" / words[0]),
            *words[1:],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            cwd=machine.root,
        )
        out, err = await started.communicate(script.encode())
        return out, err, started.returncode or 0


def _swapped(text: str, old: tuple[str, ...], new: tuple[str, ...]) -> str:
    for one, other in zip(old, new, strict=True):
        text = text.replace(one, other)
    return text


def _factory(servers: Servers, machine: Machine) -> Any:
    async def visited(process: Any) -> None:
        await servers.answer(machine, process)

    return visited


PROCESSES = os.cpu_count() or 1
"""So many shells run at once without being in each other's way."""
