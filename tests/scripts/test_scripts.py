"""Golden command-line sessions. A new test is a new text file beside this one.

A script is in txtar form: commands first, then files to write (``-- name --``). A command is a line ``$ skywright ...``
(any shell line works); what follows is its expected output, standard error included, up to the next command. ``? N`` right
after the command is its exit code (0 when not given). In expected output ``[..]`` stands for anything within a line and a
line ``...`` for any lines. A first line ``# estate`` puts a small gathered estate into the data folder.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPTS = sorted(HERE.glob("*.txt"))


def parsed(text: str) -> tuple[list[tuple[str, int, str]], dict[str, str]]:
    """Script text -> (command, exit code, expected output) and files."""
    head, *parts = re.split(r"(?m)^-- (.+) --\n", text)
    files = dict(zip(parts[::2], parts[1::2], strict=True))
    commands = []
    for block in re.split(r"(?m)^\$ ", head)[1:]:
        command, _, rest = block.partition("\n")
        code = re.match(r"\? (\d+)\n?", rest)
        expected = rest[code.end() :] if code else rest
        commands.append((command, int(code[1]) if code else 0, expected.strip("\n")))
    return commands, files


def pattern(expected: str) -> str:
    """Expected output as a regular expression."""
    return "".join(
        r"(?:.*\n)*?" if line == "..." else r"[^\n]*".join(map(re.escape, line.split("[..]"))) + r"[ ]*\n"
        for line in expected.split("\n")
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script: Path, tmp_path: Path, small_estate: Path) -> None:
    text = script.read_text(encoding="utf-8")
    commands, files = parsed(text)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    if text.startswith("# estate"):
        shutil.copytree(small_estate, tmp_path / ".skywright")
    assert commands, f"{script.name} has no command"
    for command, code, expected in commands:
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", check=False, timeout=300,
        )  # fmt: skip
        shown = "\n".join(line.rstrip() for line in done.stdout.rstrip("\n").split("\n")) + "\n"
        assert done.returncode == code, f"$ {command}\n{shown}"
        assert re.fullmatch(pattern(expected), shown), f"$ {command}\n--- expected\n{expected}\n--- shown\n{shown}"


def environment() -> dict[str, str]:
    """A plain environment: our command on the path, no colour, no cloud."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": "/nonexistent", "COLUMNS": "120", "NO_COLOR": "1",
        "LANG": "en", "AWS_EC2_METADATA_DISABLED": "true", "SKYWRIGHT_USER": "tester", "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
