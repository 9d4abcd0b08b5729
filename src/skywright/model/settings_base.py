"""What every section of the settings is made of."""

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
"""How many: never less than none."""
Some = Annotated[int, msgspec.Meta(ge=1)]
"""How many, at least one."""
Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Growth = Annotated[float, msgspec.Meta(ge=1)]
"""How many times as large, from one to the next."""
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Currency = Annotated[str, msgspec.Meta(pattern="^([A-Z]{3})?$")]
"""A code of ISO 4217 by its form, or nothing."""


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section in which an unknown key is an error."""
