"""A detector over a series: every point's score, and the points a person should look at."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from skywright.model.errors import BadInput
from skywright.model.series import Surprise
from skywright.model.words import t
from skywright.topics.series.anomaly.detector import Detector, Judged
from skywright.topics.series.anomaly.points import Points

ALARM = 0.7
"""The score from which a point is shown. The weights put a false alarm at a seventeenth of a missed surprise (a score of 0.5); to
people it is more: at 0.7 a seventh."""
_BLOCK = 1000


def watch(detector: Detector, points: Points, told: Callable[[int], object] = lambda _done: None) -> Iterator[Judged]:
    """Points -> one judgement each, in order; the detector learns as it goes."""
    for index, (at, value) in enumerate(zip(points.times, points.values, strict=True)):
        if index % _BLOCK == 0:
            told(index)
        yield detector.judge(at, value)


def surprises(name: str, judged: Sequence[Judged], alarm: float = ALARM) -> list[Surprise]:
    """The points whose score is at least ``alarm``, as what was to be expected and what came."""
    return [
        Surprise(
            series=name,
            at=one.at,
            since=one.at,
            value=one.value,
            expected=one.expected,
            low=one.expected - one.usual,
            high=one.expected + one.usual,
            score=round(one.score, 4),
        )
        for one in judged
        if one.score >= alarm and one.expected is not None
    ]


def written(detector: Detector) -> bytes:
    """A detector's memory, to go on with tomorrow."""
    return msgspec.msgpack.encode(detector)


def remembered(raw: bytes, where: str) -> Detector:
    """The other way round. Raises BadInput for bytes that are no detector's memory."""
    try:
        return msgspec.msgpack.decode(raw, type=Detector)
    except msgspec.MsgspecError as error:
        message = t("is not the memory of a detector.")
        raise BadInput(message, where=where, next_step=t("Name a file that --state wrote, or a new one.")) from error
