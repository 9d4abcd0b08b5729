"""Workers killed at random under load: seconds from kill -9 until everything that the worker had in hand is in other hands or done.

Three workers on a PostgreSQL of the benchmark's own share runs of eight changes each and gatherings of ten regions, over a fake
cloud whose every call takes 20 ms. A hundred times a busy one is killed (after a moment at random) and another started. ``lost``
counts runs and gatherings that are not done, or not whole, in the end; ``duplicated`` counts effects on the cloud that happened
twice. The lease is of 15 s, as by default: a killed worker is found by its connection, which the system closes.
"""

import tempfile
from pathlib import Path
from typing import Any

from tests.sim.crowd import Crowd

from bench.measure import measured
from skywright.lab.postgres import PostgresServer

KILLS = 100
OPEN_MIN = 6


def run() -> dict[str, Any]:
    """KILLS kills."""
    server = PostgresServer()
    server.start()
    with tempfile.TemporaryDirectory() as folder:
        crowd = Crowd(server.url(server.create()), Path(folder), seed=1, lease_s=15.0)
        try:
            crowd.wait_for_workers(3)
            with measured(children=True) as figures:
                seconds = sorted(_kill(crowd, number) for number in range(KILLS))
                ended = crowd.finish(300)
            return {
                **figures,
                "kills": KILLS,
                "seconds_p50": round(seconds[KILLS // 2], 2),
                "seconds_p95": round(seconds[int(KILLS * 0.95)], 2),
                "seconds_max": round(seconds[-1], 2),
                "lost": len(ended["lost"]),
                "duplicated": len(ended["duplicated"]),
                "broken": len(ended["broken"]),
                "runs": len(crowd.rows),
                "gatherings": len(crowd.gatherings),
            }
        finally:
            crowd.close()
            server.remove()


def _kill(crowd: Crowd, number: int) -> float:
    names = [*crowd.rows, *crowd.gatherings]
    left = sum(one.state != "done" for one in crowd.crew.pieces(names, results=False).values())
    for _ in range(OPEN_MIN - left):
        crowd.ask_run(len(crowd.rows))
    if number % 3 == 0:
        crowd.ask_gathering(number)
    return crowd.kill()
