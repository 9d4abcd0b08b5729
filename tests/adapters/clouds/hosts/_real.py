"""A real OpenSSH server on a free loopback port, or the reason why there is none."""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

START_S = 120.0


class NoServer(Exception):
    """Why there is no real SSH server here."""


class RealServer:
    """Started by the test itself and ended by it. Root without a user `sshd` gets one in a mount namespace of its own, so that
    nothing on the machine is changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        for name in ("host-key", "client-key"):
            keygen = _found("ssh-keygen", "")
            subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        shutil.copy(folder / "client-key.pub", folder / "authorized")
        public = (folder / "host-key.pub").read_text().rsplit(" ", 1)[0]
        (folder / "known-hosts").write_text(f"[127.0.0.1]:{self.port} {public}\n")
        command = self._command()
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def section(self, state: Path) -> dict[str, Any]:
        site = {
            "hosts": [{"name": "here", "address": "127.0.0.1", "port": self.port}],
            "user": getpass.getuser(),
            "key": str(self.folder / "client-key"),
            "known_hosts": str(self.folder / "known-hosts"),
        }
        return {"sites": {"dc": site}, "state": str(state)}

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._log.close()

    def _command(self) -> list[str]:
        settings = {
            "ListenAddress": "127.0.0.1",
            "AuthorizedKeysFile": str(self.folder / "authorized"),
            "StrictModes": "no",
            "UsePAM": "no",
            "PidFile": "none",
        }
        options = [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]
        binary = _found("sshd", os.environ.get("SKYWRIGHT_LAB_SSHD", "/usr/sbin/sshd"))
        server = [binary, "-D", "-e", "-f", "/dev/null", "-h", str(self.folder / "host-key"), "-p", str(self.port), *options]
        if os.geteuid() != 0 or (_has_user() and Path("/run/sshd").is_dir()):
            return server
        passwd = self.folder / "passwd"
        passwd.write_text(
            Path("/etc/passwd").read_text() + ("" if _has_user() else "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n")
        )
        script = 'mount --bind "$0" /etc/passwd && mount -t tmpfs none /run && mkdir -p /run/sshd && exec "$@"'
        return [_found("unshare", ""), "--mount", "sh", "-c", script, str(passwd), *server]

    def _wait(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        said = (self.folder / "log").read_text(errors="replace").strip().splitlines()
        raise NoServer(f"sshd does not start here: {said[-1][-300:] if said else 'it says nothing'}")


def _has_user() -> bool:
    try:
        pwd.getpwnam("sshd")
    except KeyError:
        return False
    return True


def _found(name: str, path: str) -> str:
    found = path if path and Path(path).is_file() else shutil.which(name)
    if not found:
        raise NoServer(f"there is no {name} on this machine (Debian: openssh-server; SKYWRIGHT_LAB_SSHD may name one)")
    return str(Path(found).resolve())


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
