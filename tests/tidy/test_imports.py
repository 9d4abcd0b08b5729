"""Imports: no work, no cycles, and nothing heavy before it is needed."""

import subprocess
import sys

import grimp

HEAVY = ("boto3", "botocore", "duckdb", "sqlalchemy", "sqlglot", "dbos", "rich", "yaml", "cryptography", "numpy", "moto")
LIGHT_DOORS = ("skywright.__main__", "skywright.wiring", "skywright.doors.cli.root", "skywright.model.schema")


def test_no_import_cycles() -> None:
    graph = grimp.build_graph("skywright", exclude_type_checking_imports=True)
    edges = [(one, other) for one in sorted(graph.modules) for other in graph.find_modules_directly_imported_by(one)]
    cycles = [(one, other) for one, other in edges if not _kin(one, other) and graph.find_shortest_chain(other, one)]
    assert cycles == []


def _kin(one: str, other: str) -> bool:
    """A package and its own module: a package may re-export what it holds."""
    return other.startswith(one + ".") or one.startswith(other + ".")


def test_doors_open_without_anything_heavy() -> None:
    code = f"import sys; {'; '.join('import ' + name for name in LIGHT_DOORS)}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.strip() == "[]"


def test_every_module_imports_without_side_effects() -> None:
    """Importing everything opens no file for writing, no socket, and starts no thread."""
    code = """
import sys, pkgutil, importlib, threading
bad = []
def hook(event, args):
    writes = event == "open" and isinstance(args[1], str) and "w" in args[1]
    if writes or event in ("socket.connect", "socket.bind", "subprocess.Popen"):
        bad.append((event, str(args[0])))
import skywright
names = [m.name for m in pkgutil.walk_packages(skywright.__path__, "skywright.") if "moto" not in m.name]
names = [n for n in names if not n.startswith("skywright.lab") and n != "skywright.__main__"]
sys.dont_write_bytecode = True
for heavy in ("boto3", "duckdb", "sqlalchemy", "sqlglot", "dbos", "rich.console", "yaml", "cryptography"):
    importlib.import_module(heavy)
before = threading.active_count()
sys.addaudithook(hook)
for name in names:
    importlib.import_module(name)
print(bad, threading.active_count() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[] 0"
