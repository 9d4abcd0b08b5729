"""Verify: applied changes x fresh observation -> proof, or what is missing."""

from skywright.loop.verify.proof import alike, prove, worse

__all__ = ["alike", "prove", "worse"]
