"""Forecasts of series: what comes next, within which interval, and how far the same method was off in the past."""

from skywright.topics.series.forecast.engine import COVERAGE, forecast, forecast_sums

__all__ = ["COVERAGE", "forecast", "forecast_sums"]
