"""Run a command in a terminal of its own and draw what it shows as an SVG: `tools/picture.py OUT.svg TITLE COMMAND...`.

The picture is the command's real output; only the last screen's worth of lines that are asked for (--from, --lines) is kept.
"""

import argparse
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path


def recorded(command: list[str], width: int) -> str:
    """Everything the command writes to a terminal ``width`` wide, with colours; carriage returns resolved."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": str(width)}
    running = subprocess.Popen(command, stdout=child, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=environment)
    os.close(child)
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(parent, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        parts.append(part)
    running.wait()
    os.close(parent)
    text = b"".join(parts).decode(errors="replace").replace("\r\n", "\n")
    return "\n".join(line.rsplit("\r", 1)[-1] for line in text.split("\n"))


def drawn(text: str, title: str, width: int) -> str:
    """ANSI text -> SVG, without fonts from elsewhere."""
    from rich.console import Console
    from rich.text import Text

    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=width, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.from_ansi(text))
        svg = console.export_svg(title=title)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono")


def main() -> None:
    """Record, cut, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=116)
    parser.add_argument("--from", dest="start", default="", help="begin at the first line that holds this text")
    parser.add_argument("--lines", type=int, default=0, help="keep at most this many lines")
    parser.add_argument("out", type=Path)
    parser.add_argument("title")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    lines = recorded(asked.command, asked.width).rstrip("\n").split("\n")
    begin = next((index for index, line in enumerate(lines) if asked.start and asked.start in line), 0)
    lines = lines[begin : begin + asked.lines] if asked.lines else lines[begin:]
    asked.out.write_text(drawn("\n".join(lines), asked.title, asked.width))
    sys.stdout.write(f"{asked.out}: {len(lines)} lines\n")


if __name__ == "__main__":
    main()
