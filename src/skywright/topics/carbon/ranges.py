"""A quantity that is not known exactly: at least, most likely, at most."""

import msgspec


class Range(msgspec.Struct, frozen=True):
    """Three values in order. Sums add bounds, as if all errors went one way: wider than chance would have it, never narrower."""

    low: float = 0.0
    likely: float = 0.0
    high: float = 0.0

    def __post_init__(self) -> None:
        if not self.low <= self.likely <= self.high:
            raise ValueError(f"{self.low}, {self.likely}, {self.high} are not in order")

    @classmethod
    def exactly(cls, value: float) -> "Range":
        """One value, without doubt."""
        return cls(value, value, value)

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def __mul__(self, other: "Range | float") -> "Range":
        """Times a range that is not below nought, or a number. A negative one (usage that is taken back) turns the bounds round."""
        if isinstance(other, Range):
            ends = [low * high for low in (self.low, self.high) for high in (other.low, other.high)]
            return Range(min(ends), self.likely * other.likely, max(ends))
        ends = [self.low * other, self.high * other]
        return Range(min(ends), self.likely * other, max(ends))

    def over(self, other: "Range") -> "Range":
        """The smallest range that holds both; likely stays this one's."""
        return Range(min(self.low, other.low), self.likely, max(self.high, other.high))
