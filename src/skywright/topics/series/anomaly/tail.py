"""How rare a magnitude is among those seen: ranks where there are enough, a power law beyond."""

from bisect import bisect_left, insort
from math import log, log10

import msgspec

MEMORY = 4000
"""Magnitudes that are remembered: what is older is forgotten, so that a series may change its ways."""
_ENOUGH = 40
_BODY, _EDGE = 0.9, 0.99  # the power law is drawn through these two quantiles
_STEEP_MIN, _STEEP_MAX = 1.5, 12.0
_RARE_MAX = 20.0


class Tail(msgspec.Struct):
    """The last ``MEMORY`` magnitudes, by age (a ring) and by size."""

    ring: list[float] = []
    next: int = 0
    ranked: list[float] = []
    last: float = 0.0

    def rarity(self, size: float) -> float:
        """A magnitude -> -log10 of the share of what was seen that is at least as large; 0 while too little was seen.

        Where fewer than six were as large the share is the smaller of the rank's and of a Pareto tail through the 90 % and 99 %
        quantiles (its index held between 1.5 and 12: no moment is trusted further than that).
        """
        seen = len(self.ranked)
        if seen < _ENOUGH:
            return 0.0
        above = seen - bisect_left(self.ranked, size)
        share = (above + 0.5) / (seen + 1)
        if above < 6:
            body, edge = self.ranked[int(seen * _BODY)], self.ranked[int(seen * _EDGE)]
            if size > body > 0:
                steep = _STEEP_MAX if edge <= body * 1.2 else max(_STEEP_MIN, log(10) / log(edge / body))
                if (power := steep * log10(size / body)) > 0:
                    return min(_RARE_MAX, max(1.0 + power, -log10(share)))
        return max(0.0, -log10(share))

    def learn(self, size: float) -> None:
        """Remember a magnitude, and forget the oldest when there are too many."""
        if len(self.ring) < MEMORY:
            self.ring.append(size)
        else:
            oldest, self.ring[self.next] = self.ring[self.next], size
            self.next = (self.next + 1) % MEMORY
            del self.ranked[bisect_left(self.ranked, oldest)]
        insort(self.ranked, size)
