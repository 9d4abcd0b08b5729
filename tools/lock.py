"""Write requirements.lock: every installed dependency pinned, no index host named. Run by `make lock` after an upgrade."""

import subprocess
import sys
from pathlib import Path

HEADER = "# Pins of everything that Skywright and its extras need. Written by `make lock`; used as pip constraints.\n"


def main() -> None:
    """Freeze this environment without ourselves and without what came with it."""
    frozen = subprocess.run(
        [sys.executable, "-m", "pip", "freeze", "--exclude-editable", "--exclude", "skywright"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    lines = sorted(line for line in frozen.splitlines() if "==" in line)
    (Path(__file__).parent.parent / "requirements.lock").write_text(HEADER + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
