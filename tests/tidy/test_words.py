"""Words: public names are documented; the project speaks of itself alone; no provider's name outside its adapter."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "skywright"
INDEX_HOST = re.compile(r"index-url|https?://[^\s)\"]*/simple/?\b")
PROVIDER_TEST = re.compile(r"""(?:cloud|provider)\s*(?:==|!=|in)\s*\(?["'](?:aws|gcp|azure|openstack)["']""")


def test_every_public_name_is_documented() -> None:
    missing = []
    for path in sorted(SRC.rglob("*.py")):
        tree = ast.parse(path.read_text())
        if not ast.get_docstring(tree):
            missing.append(path.relative_to(SRC).as_posix())
        missing += [f"{path.relative_to(SRC)}:{name}" for name in _undocumented(tree)]
    assert missing == []


def _undocumented(tree: ast.Module) -> list[str]:
    public = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [n.name for n in tree.body if isinstance(n, public) and not n.name.startswith("_") and not ast.get_docstring(n)]


def test_no_index_host_and_no_machine_path_is_named() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    found = []
    for name in filter(None, tracked):
        path = ROOT / name
        if not path.is_file() or path.suffix in {".parquet", ".svg", ".png"} or path == Path(__file__):
            continue
        text = path.read_text(errors="replace")
        if INDEX_HOST.search(text) or str(ROOT.parent) + "/" in text:
            found.append(name)
    assert found == []


def test_no_provider_is_special_outside_its_adapter() -> None:
    found = [
        path.relative_to(SRC).as_posix()
        for path in SRC.rglob("*.py")
        if not path.relative_to(SRC).as_posix().startswith(("adapters/", "lab/")) and PROVIDER_TEST.search(path.read_text())
    ]
    assert found == []
