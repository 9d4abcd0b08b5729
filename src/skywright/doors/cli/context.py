"""What every command gets: the house (made when first asked for)."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skywright.wiring import House


class Context:
    """The root command's options, and the house they lead to."""

    def __init__(self, *, config_file: Path | None, data: Path | None) -> None:
        self.config_file = config_file
        self.data = data
        self._house: House | None = None

    @property
    def house(self) -> "House":
        """Read the configuration and wire the house. Raises BadInput for a bad configuration."""
        if self._house is None:
            from skywright.wiring import open_house

            self._house = open_house(self.config_file, self.data)
        return self._house

    def close(self) -> None:
        """Let go of what the house has opened."""
        if self._house is not None:
            self._house.close()
