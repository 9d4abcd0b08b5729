"""Bills as they were delivered: files, folders and objects -> one table of rows as they stand, with file and line."""

from skywright.adapters.bills.raw.source import Raw, RawFile, open_raw

__all__ = ["Raw", "RawFile", "open_raw"]
