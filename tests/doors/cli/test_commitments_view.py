"""Commands that need the solver say so where it is not installed."""

import importlib.util

import pytest

from skywright.doors.cli.commitments_view import with_solver
from skywright.model.errors import AskHuman


def test_a_missing_solver_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch):
    with_solver()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(AskHuman) as caught:
        with_solver()
    assert str(caught.value) == "The solver is not installed. Install skywright[finops]."
