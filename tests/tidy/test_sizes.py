"""Sizes: functions at most 40 lines, files at most 400 (tests too), constructors at most 7 fields. The ratchet may only fall."""

import ast
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "skywright"
AROUND = ("tests", "bench", "tools")
RATCHET = json.loads((Path(__file__).parent / "ratchet.json").read_text())
FUNCTION_LINES_MAX, FILE_LINES_MAX, PARAMETERS_MAX = 40, 400, 7


def measured() -> dict[str, int]:
    """Everything over its limit: name -> size."""
    found: dict[str, int] = {}
    for path in sorted(SRC.rglob("*.py")):
        name = path.relative_to(SRC).as_posix()
        text = path.read_text(encoding="utf-8")
        if (lines := text.count("\n")) > FILE_LINES_MAX:
            found[name] = lines
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX:
                found[f"{name}:{node.name}"] = lines
            count = len(node.args.args) + len(node.args.kwonlyargs) - (1 if node.name == "__init__" else 0)
            if node.name == "__init__" and count > PARAMETERS_MAX:
                found[f"{name}:{node.name} at {node.lineno}"] = count
    return found | around()


def around() -> dict[str, int]:
    """Files around the sources that are over the limit of files."""
    paths = [path for folder in AROUND for path in (ROOT / folder).rglob("*.py")]
    sizes = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").count("\n") for path in paths}
    return {name: lines for name, lines in sorted(sizes.items()) if lines > FILE_LINES_MAX}


def test_nothing_outgrows_its_limit() -> None:
    worse = {name: size for name, size in measured().items() if size > RATCHET.get(name, 0)}
    assert worse == {}, f"over the limit (split it): {worse}"


def test_the_ratchet_only_lists_what_is_still_too_large() -> None:
    now = measured()
    stale = {name: size for name, size in RATCHET.items() if now.get(name) != size}
    assert stale == {}, f"now smaller or gone: lower or remove these in ratchet.json: {stale}"
