"""What every section of the settings is made of."""

import msgspec


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section in which an unknown key is an error."""
