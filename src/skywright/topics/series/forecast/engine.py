"""Series -> Forecasts: every method is tried on the past, and each counts by how well it then did."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from skywright.model.errors import BadInput
from skywright.model.series import Forecast, Series
from skywright.model.words import n, t
from skywright.topics.series.forecast import interval
from skywright.topics.series.forecast.candidates import Told, ask, came
from skywright.topics.series.forecast.plan import Plan, together
from skywright.topics.series.forecast.shape import Array, Places

Span = tuple[int, int]

GROWTH = 0.75  # between a random walk's root and a wrong trend's straight line
ASTRAY = 5.0  # times that the worst simple method was off
SHARPNESS = 4  # a method that erred twice as much counts 1/16
HORIZON_MAX = 10_000


def foretell(series: Sequence[Series], spans: Sequence[Span], seasons: Sequence[int], coverage: float) -> tuple[Forecast, ...]:
    """See ``forecast_sums`` of the package."""
    horizon = max((last for _, last in spans), default=0)
    _check(series, horizon, seasons, coverage)
    values = [np.array(one.values, dtype=float) for one in series]
    found: dict[int, Forecast] = {}
    with np.errstate(all="ignore"):
        for plan, places in together(values, horizon, seasons):
            mine = [values[place] for place in places]
            made = _tried(mine, plan, spans, coverage) if plan.origins else [_blind(one, spans, coverage) for one in mine]
            found.update(zip(places, made, strict=True))
    return tuple(found[place] for place in range(len(series)))


def _check(series: Sequence[Series], horizon: int, seasons: Sequence[int], coverage: float) -> None:
    if not 1 <= horizon <= HORIZON_MAX:
        raise BadInput(t("A horizon of {horizon} steps; 1 to {most} can be forecast.", horizon=horizon, most=HORIZON_MAX))
    if wrong := [season for season in seasons if season < 1]:
        raise BadInput(
            t("A season of {season} steps is none.", season=wrong[0]), next_step=t("Give the length of a season in steps.")
        )
    if not 0.5 <= coverage < 1:
        raise BadInput(t("An interval that holds {coverage:.0%}; from 50 % to under 100 % can be given.", coverage=coverage))
    for one in series:
        if not one.values:
            raise BadInput(t("Series {name} has no values.", name=one.name), next_step=t("Leave it out."))
        if not np.isfinite(one.values).all():
            raise BadInput(t("Series {name} holds a value that is no number.", name=one.name), next_step=t("Leave it out."))


def _tried(values: list[Array], plan: Plan, spans: Sequence[Span], coverage: float) -> list[Forecast]:
    """Series of one plan -> their forecasts. They are taken relative to their sizes, so that a currency's unit changes nothing."""
    sizes = np.array([max(float(np.abs(one).mean()), 1e-300) for one in values])
    relative = [one / size for one, size in zip(values, sizes, strict=True)]
    told, real = ask(relative, plan, max(last for _, last in spans)), came(relative, plan)
    weights = _weights(told, real)
    ahead = np.einsum("ms,msh->sh", weights, np.stack([one.ahead for one in told]))
    tried = np.einsum("ms,msoh->soh", weights, np.stack([one.tried for one in told]))
    known, source, factor = _tested(spans, plan.tested)
    past = interval.Past(_sums(tried, known), _sums(real, known), source, factor)
    ahead = _sums(ahead, spans)
    low, high = interval.ends(relative, ahead, past, plan, coverage)
    errors, usual = np.abs(past.tried - past.real).mean(axis=(1, 2)), np.abs(past.real).mean(axis=(1, 2))
    return [
        Forecast(
            points=_plain(ahead[i] * sizes[i]),
            low=_plain(low[i] * sizes[i]),
            high=_plain(high[i] * sizes[i]),
            coverage=coverage,
            method=_method(told, weights[:, i]),
            error=float(errors[i] * sizes[i]),
            error_share=float(errors[i] / usual[i]) if usual[i] > 0 else None,
            error_windows=plan.origins,
            error_steps=plan.tested,
        )
        for i in range(len(values))
    ]


def _weights(told: Sequence[Told], real: Array) -> Array:
    """(methods, series): the less a method erred on a series' past, the more it counts; they sum to 1."""
    errors = np.stack([np.abs(one.tried - real).mean(axis=(1, 2)) for one in told])
    errors = np.where(np.isfinite(errors) & ~_astray(told, errors), errors, np.inf) + 1e-12
    weights = (errors.min(axis=0) / errors) ** SHARPNESS
    return np.asarray(weights / weights.sum(axis=0))


def _astray(told: Sequence[Told], errors: Array) -> NDArray[np.bool_]:
    """(methods, series): regressions that now go further from the simple methods than the past bears out. A last week unlike
    any that a regression has learned from (a surprise that is still there) can set it running, and no trial on earlier weeks
    would tell."""
    simple = [place for place, one in enumerate(told) if not one.name.startswith("pooled")]
    steps = told[0].tried.shape[2]
    middle = np.median(np.stack([told[place].ahead[:, :steps] for place in simple]), axis=0)
    away = np.stack([np.abs(one.ahead[:, :steps] - middle).mean(axis=1) for one in told])
    bound = ASTRAY * np.maximum(errors[simple].max(axis=0), np.abs(middle - middle.mean(axis=1, keepdims=True)).mean(axis=1))
    astray = np.asarray(~(away <= bound), dtype=np.bool_)  # what is no number is astray
    astray[simple] = False
    return astray


def _tested(spans: Sequence[Span], tested: int) -> tuple[list[Span], Places, Array]:
    """The spans that the past can tell of; for each span asked for, its place among them and a factor. One that reaches beyond what
    was tested has the errors of the whole of that, growing with a power of the steps."""
    known = [span for span in spans if span[1] <= tested]
    whole = (tested - 1, tested) if all(last - first == 1 for first, last in spans) else (0, tested)
    places = {span: place for place, span in enumerate(known)}
    source = np.array([places.get(span, len(known)) for span in spans])
    factor = np.array([1.0 if span in places else (span[1] / tested) ** GROWTH for span in spans])
    if len(places) < len(set(spans)):
        known.append(whole)
    return known, source, factor


def _sums(steps: Array, spans: Sequence[Span]) -> Array:
    return np.stack([steps[..., first:last].sum(axis=-1) for first, last in spans], axis=-1)


def _blind(values: Array, spans: Sequence[Span], coverage: float) -> Forecast:
    """Too few values to try anything: their mean, and a wide interval."""
    horizon = max(last for _, last in spans)
    points = _sums(np.full(horizon, values.mean()), spans)
    reach = _sums(interval.blind(values, horizon), spans)
    low = points - reach if values.min() < 0 else np.maximum(points - reach, 0)
    told = n("mean of 1 value; nothing could be tried", "mean of {count} values; nothing could be tried", len(values))
    return Forecast(points=_plain(points), low=_plain(low), high=_plain(points + reach), coverage=coverage, method=told)


def _method(told: Sequence[Told], weights: Array) -> str:
    """The methods that count for at least a tenth, most first."""
    order = [int(place) for place in np.argsort(-weights) if weights[place] >= 0.1] or [int(weights.argmax())]
    return ", ".join(f"{told[place].name} {weights[place]:.0%}" for place in order)


def _plain(some: Array) -> tuple[float, ...]:
    return tuple(some.tolist())
