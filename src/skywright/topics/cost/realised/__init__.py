"""Realised savings: what the bill says of changes that were carried out, beside what was promised."""

from skywright.topics.cost.realised.judge import Basis, Kept, Outcome, Settled, judge
from skywright.topics.cost.realised.record import Calibration, calibrate

__all__ = ["Basis", "Calibration", "Kept", "Outcome", "Settled", "calibrate", "judge"]
