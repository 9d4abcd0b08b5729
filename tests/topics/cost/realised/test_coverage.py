"""The 95 % interval of a realised saving, held against made series of which the truth is known."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import exp
from statistics import fmean

import pytest

from skywright.topics.cost.realised import Kept, judge
from skywright.topics.cost.realised.interval import of_placebos, placebos
from skywright.topics.cost.realised.judge import DAYS_A_MONTH, Daily

DONE = date(2026, 9, 15)
SIDE, ROUNDS = 28, 80
DAYS = [DONE + timedelta(days=far) for far in (*range(-SIDE, 0), *range(1, SIDE + 1))]
KEPT = Kept(run="r", change="c", target="t", proposer="p", done_at=datetime(2026, 9, 15, 14), promised=None, by_prices=None)


def wave(rng: random.Random, deviation: float, count: int = 2 * SIDE) -> list[float]:
    """What hangs together from day to day (0.8)."""
    state, found = 0.0, []
    for _ in range(count):
        state = 0.8 * state + 0.6 * deviation * rng.gauss(0, 1)
        found.append(state)
    return found


def series(rng: random.Random, kind: str, common: list[float], count: int = 2 * SIDE) -> list[float]:
    base, slope, own = exp(rng.gauss(0, 0.7)), rng.gauss(0, 0.005), wave(rng, 0.2, count)
    noise, drift, found = rng.uniform(0.05, 0.5) if kind == "uneven" else 0.1, 0.0, []
    for far in range(count):
        drift += rng.gauss(0, 0.02)
        course = {
            "calm": 0.0,
            "weekly": -0.7 if far % 7 > 4 else 0.0,
            "trend": 0.01 * far,
            "together": common[far],
            "drift": drift,
            "waves": own[far],
            "own trends": slope * far,
            "uneven": 0.0,
        }[kind]
        found.append(max(0.0, base * exp(course) * (1 + noise * rng.gauss(0, 1))))
    return found


def covered(kind: str, peers: int) -> tuple[float, float]:
    """How often the interval holds the saving that there was, and how wide it is as a share of the target's cost (median)."""
    rng, hits, widths = random.Random(f"{kind} {peers}"), 0, []
    for _ in range(ROUNDS):
        common = wave(rng, 0.15)
        target, *others = (series(rng, kind, common) for _ in range(peers + 1))
        halved = [cost if far < SIDE else cost / 2 for far, cost in enumerate(target)]
        days = [dict(zip(DAYS, map(Decimal, map(repr, one)), strict=True)) for one in (halved, *others)]
        bill = Daily(currency="EUR", own=days[0], peers={str(n): one for n, one in enumerate(days[1:])}, days=frozenset(DAYS))
        found = judge(KEPT, bill)
        truth = fmean(target[SIDE:]) / 2 * DAYS_A_MONTH
        hits += float(found.low) <= truth <= float(found.high)
        widths.append(float(found.high - found.low) / float(found.before))
    return hits / ROUNDS, sorted(widths)[ROUNDS // 2]


@pytest.mark.parametrize("peers", [4, 20])
@pytest.mark.parametrize("kind", ["calm", "weekly", "trend", "together", "drift", "waves", "own trends", "uneven"])
def test_the_interval_holds_the_truth_as_often_as_it_says(kind: str, peers: int):
    rate, _ = covered(kind, peers)
    assert rate >= 0.9  # of 80 rounds at 95 %: less than 0.9 happens once in forty


@pytest.mark.parametrize("kind", ["calm", "weekly", "trend", "together", "drift", "waves", "own trends", "uneven"])
@pytest.mark.parametrize("history", [28, 56, 84])
def test_without_peers_its_own_past_tells_how_sure_it_is(kind: str, history: int):
    rng, hits = random.Random(f"{kind} alone {history}"), 0
    days = [DONE + timedelta(days=far) for far in (*range(-history, 0), *range(1, SIDE + 1))]
    for _ in range(ROUNDS):
        target = series(rng, kind, wave(rng, 0.15, len(days)), len(days))
        halved = [cost if far < history else cost / 2 for far, cost in enumerate(target)]
        own = dict(zip(days, map(Decimal, map(repr, halved)), strict=True))
        found = judge(KEPT, Daily(currency="EUR", own=own, peers={}, days=frozenset(days)))
        truth = fmean(target[history:][: found.days_after]) / 2 * DAYS_A_MONTH
        hits += float(found.low) <= truth <= float(found.high)
    assert hits >= 0.9 * ROUNDS


def test_what_all_do_alike_does_not_widen_it():
    (_, calm), (_, weekly), (_, wild) = (covered(kind, 20) for kind in ("calm", "weekly", "own trends"))
    assert weekly < 1.5 * calm
    assert wild > 3 * calm


def test_placebos_by_hand():
    pairs = [(10.0, 10.0), (10.0, 12.0), (20.0, 20.0)]
    assert placebos(pairs) == pytest.approx([32 / 30 - 1, 1 - 1.2, 22 / 20 - 1])
    assert placebos([(100.0, 50.0), (0.5, 0.5)]) == pytest.approx([0.5 - 1])
    assert of_placebos([0.1, -0.1, 0.1]) == pytest.approx(4.303 * (0.01 * 1.5 * (1 + 1 / 3)) ** 0.5)
    assert of_placebos([(-1) ** n * n / 100 for n in range(19)]) == pytest.approx(0.18)
    assert of_placebos([n / 100 for n in range(39)]) == pytest.approx(0.37)
