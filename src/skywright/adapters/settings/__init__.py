"""Configuration: ``skywright.yaml`` and environment overrides -> Settings. Every error names file and line."""

from skywright.adapters.settings.load import decode_section, load_file, load_settings
from skywright.adapters.settings.secret import read_secret

__all__ = ["decode_section", "load_file", "load_settings", "read_secret"]
