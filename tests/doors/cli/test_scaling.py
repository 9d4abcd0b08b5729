"""`skywright scaling`: what is said where the solver's packages are missing, and that help needs none of them."""

import subprocess
import sys

import pytest

from skywright.doors.cli.commands.scaling.replay import need_numpy
from skywright.model.errors import AskHuman


def test_without_numpy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(AskHuman) as error:
        need_numpy()
    assert str(error.value) == "This needs numpy, which is not installed. Install skywright[finops]."


@pytest.mark.parametrize("command", ["replay", "rightsize"])
def test_help_imports_no_numpy(command: str) -> None:
    help_of = f"from skywright.doors.cli.root import run; run(['scaling', '{command}', '--help'])"
    code = f"import sys; {help_of}; sys.exit('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"scaling {command}" in done.stdout
