"""Plan -> verdict: every guard rail's objections at once, and the consequences seen on the twin."""

from skywright.loop.validate.facts import Facts, Opinions, read_rows
from skywright.loop.validate.rails import RAILS, object_to
from skywright.loop.validate.recheck import recheck
from skywright.loop.validate.stage import Rooms, validate
from skywright.loop.validate.twin import overlay_of

__all__ = ["RAILS", "Facts", "Opinions", "Rooms", "object_to", "overlay_of", "read_rows", "recheck", "validate"]
