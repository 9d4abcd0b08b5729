"""Rule packs: YAML with SQL conditions -> checked, compiled rules. What it needs is imported when a pack has changed."""

from skywright.adapters.packs.cache import RuleCache
from skywright.adapters.packs.load import load_packs

__all__ = ["RuleCache", "load_packs"]
