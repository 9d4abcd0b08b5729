"""The part of the Kusto Query Language that Resource Graph users need: text -> operators -> rows.

Our reading of learn.microsoft.com "Understanding the Azure Resource Graph query language". What is not here is refused as the
service refuses what it does not know: 400, InvalidQuery.
"""

from skywright.lab.azure.kql.parse import BadQuery, Query, parse
from skywright.lab.azure.kql.run import run

__all__ = ["BadQuery", "Query", "parse", "run"]
