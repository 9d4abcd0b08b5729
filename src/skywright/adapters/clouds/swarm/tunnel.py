"""ssh:// hosts: the remote socket brought here by the system's own ssh, so that ~/.ssh/config, known_hosts and the agent decide."""

import atexit
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from skywright.model.errors import AskHuman, BadInput, NotSignedIn, TryAgain
from skywright.model.words import t

REMOTE = "/var/run/docker.sock"
LOOK_S = 0.1


class Tunnel:
    """One ``ssh -N -L`` process. Unknown host keys are refused, and no password is ever asked for."""

    def __init__(self, url: str, timeout_s: float) -> None:
        parts = urlsplit(url)
        if not parts.hostname or parts.hostname.startswith("-"):
            raise BadInput(t("{url} names no host.", url=url), where="clouds.swarm.hosts")
        self._where = f"{parts.username}@{parts.hostname}" if parts.username else parts.hostname
        self._port = parts.port
        self._remote = parts.path if parts.path not in ("", "/") else REMOTE
        self._timeout_s = timeout_s
        self._folder = Path(tempfile.mkdtemp(prefix="skywright-"))  # readable by us alone
        self._process: subprocess.Popen[bytes] | None = None

    def open(self) -> str:
        """Start it and wait for the socket; gives its URL. Raises NotSignedIn, AskHuman or TryAgain."""
        ssh = shutil.which("ssh")
        if ssh is None:
            self.close()
            raise AskHuman(t("There is no ssh on this machine."), next_step=t("Install OpenSSH's client."))
        local = self._folder / "docker.sock"
        self._process = subprocess.Popen(
            [ssh, *self._options(), "-N", "-L", f"{local}:{self._remote}", "--", self._where],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        atexit.register(self.close)
        deadline = time.monotonic() + self._timeout_s
        while not local.exists():
            if self._process.poll() is not None:
                raise self._failed()
            if time.monotonic() > deadline:
                self.close()
                raise TryAgain(t("{where} did not answer by SSH in {seconds:.0f} s.", where=self._where, seconds=self._timeout_s))
            time.sleep(LOOK_S)
        return f"unix://{local}"

    def close(self) -> None:
        """End the process and take the socket away."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(5)
        if self._process and self._process.stderr:
            self._process.stderr.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        atexit.unregister(self.close)

    def _options(self) -> list[str]:
        settings = (
            "BatchMode=yes",
            "StrictHostKeyChecking=yes",
            "ExitOnForwardFailure=yes",
            f"ConnectTimeout={self._timeout_s:.0f}",
        )
        port = ["-p", str(self._port)] if self._port else []
        return [*port, *(part for setting in settings for part in ("-o", setting))]

    def _failed(self) -> Exception:
        said = (self._process.stderr.read() if self._process and self._process.stderr else b"").decode(errors="replace")
        self.close()
        line = " ".join(said.split())[-300:] or t("no reason was given")
        if "Host key verification failed" in said:
            step = t("Check the host's key by another way and put it into ~/.ssh/known_hosts.")
            return AskHuman(
                t("The SSH key of {where} is not the known one, or not known: {said}", where=self._where, said=line), next_step=step
            )
        if "Permission denied" in said:
            return NotSignedIn(
                t("{where} refuses us by SSH: {said}", where=self._where, said=line),
                next_step=t("Check the user, the key and the agent (`ssh {where}`).", where=self._where),
            )
        return TryAgain(t("{where} cannot be reached by SSH: {said}", where=self._where, said=line))
