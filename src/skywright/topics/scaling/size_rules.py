"""How others size: the rules to compare with, from their own documentation and sources.

- The vertical pod autoscaler's recommender: a histogram of CPU samples whose weight halves every 24 hours, buckets from 0.01 core
  that widen by 5 %, the end of the bucket of the 90th percentile, plus 15 %. Left out, both in its favour: samples weigh by the
  request of their time there, and no recommendation is below 25 millicores.
  https://github.com/kubernetes/autoscaler/tree/master/vertical-pod-autoscaler/pkg/recommender
- The provider rule with a 99.5th percentile threshold of the last 14 days and 20 % headroom.
  https://docs.aws.amazon.com/compute-optimizer/latest/ug/rightsizing-preferences.html
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

VPA_PERCENTILE, VPA_MARGIN, VPA_HALF_LIFE_H, VPA_GROWTH, VPA_FIRST_CORES = 0.9, 1.15, 24.0, 1.05, 0.01
PEAK_PERCENTILE, PEAK_HEADROOM, PEAK_DAYS = 99.5, 1.2, 14


class DecayingHistogram:
    """The vertical pod autoscaler's estimate for many series; ``first`` is the width of the first bucket (0.01 core there)."""

    def __init__(self, count: int, first: float, step_h: float) -> None:
        import numpy as np

        self.first, self.step_h, self.time = first, step_h, 0
        self.weights = np.zeros((count, 400))

    def learn(self, block: "Floats") -> None:
        """Take in samples (series x time); newer ones weigh more."""
        import numpy as np

        rows, columns = np.nonzero(np.isfinite(block))
        grown = np.log(block[rows, columns] / self.first * (VPA_GROWTH - 1.0) + 1.0) / np.log(VPA_GROWTH)
        buckets = np.clip(grown.astype(np.int64), 0, self.weights.shape[1] - 1)
        length = block.shape[1]
        self.weights *= 2.0 ** (-length * self.step_h / VPA_HALF_LIFE_H)
        np.add.at(self.weights, (rows, buckets), 2.0 ** ((columns - length + 1) * self.step_h / VPA_HALF_LIFE_H))

    def sizes(self) -> "Floats":
        """The target of each series; nan where nothing was seen."""
        import numpy as np

        summed = np.cumsum(self.weights, axis=1)
        bucket = np.argmax(summed >= VPA_PERCENTILE * summed[:, -1:] * (1 - 1e-12), axis=1)
        ends = self.first * (VPA_GROWTH ** (bucket + 1.0) - 1.0) / (VPA_GROWTH - 1.0)
        found: Floats = np.where(summed[:, -1] > 0, ends * VPA_MARGIN, np.nan)
        return found


def peak_rule(history: "Floats", step_h: float) -> "Floats":
    """All samples until now (series x time) -> the 99.5th percentile of 14 days plus 20 %; nan where there is none."""
    import numpy as np

    recent = history[:, -max(int(PEAK_DAYS * 24 / step_h), 1) :]
    found = np.full(len(recent), np.nan)
    some = np.isfinite(recent).any(axis=1)
    found[some] = np.nanpercentile(recent[some], PEAK_PERCENTILE, axis=1) * PEAK_HEADROOM
    return found
