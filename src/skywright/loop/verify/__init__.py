"""Verify: applied changes x fresh observation -> proof or what is missing, and what was saved."""

from skywright.loop.verify.proof import alike, prove, worse
from skywright.loop.verify.saving import realised

__all__ = ["alike", "prove", "realised", "worse"]
