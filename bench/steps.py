"""Durable steps per second through the workflow adapter: each step's result is on disk before the next one begins."""

import tempfile
from pathlib import Path
from typing import Any

from bench.measure import measured
from skywright.ports.other import Steps

STEPS = 2_000


def run() -> dict[str, Any]:
    """One run of STEPS small steps on a fresh database."""
    from skywright.adapters.workflows.dbos import DbosWorkflow

    def body(steps: Steps) -> int:
        return sum(steps.run(f"step-{number}", lambda number=number: {"number": number})["number"] for number in range(STEPS))

    with tempfile.TemporaryDirectory() as folder:
        workflow = DbosWorkflow(Path(folder) / "workflow.db")
        workflow.register("steps", body)
        workflow.register("none", lambda steps: None)
        workflow.start("none", "warm-up")  # opening the database is not what is measured
        with measured() as figures:
            workflow.start("steps", "run")
        workflow.close()
    return {
        **figures,
        "steps": STEPS,
        "steps_per_s": round(STEPS / figures["wall_s"]),
        "cpu_ms_per_step": round(figures["cpu_s"] / STEPS * 1000, 3),
    }
