"""The ledger on disk: Parquet by billing period, immutable files, one manifest; imports are all or nothing."""

from skywright.adapters.bills.ledger.ledger import FileLedger

__all__ = ["FileLedger"]
