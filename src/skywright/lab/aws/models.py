"""botocore's service models without their prose, read once by moto and once by the seeding's clients.

moto reads a model anew for each use, and most of a model is documentation (EC2's is some 60 MiB as Python objects). The two
do not share: botocore's clients of S3 change the model that they are given.
"""

import gzip
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec


def slim() -> None:
    """Let moto read each model once, and lean. Before moto reads the first one."""
    from moto.core import utils

    from skywright.lab.aws.strict.patch import put

    put(utils, "create_loader", lru_cache(maxsize=1)(lean_loader))


def lean_loader() -> Any:
    """A loader; a botocore session takes it as its component ``data_loader``."""
    from moto.core.loaders import Loader, moto_root

    return Loader(extra_search_paths=[moto_root], file_loader=_LeanFiles())


class _LeanFiles:
    """botocore's file loader, faster and with less to keep."""

    def exists(self, file_path: str) -> bool:
        """Whether there is such a file, packed or not."""
        return any(Path(file_path + ending).is_file() for ending in (".json", ".json.gz"))

    def load_file(self, file_path: str) -> Any:
        """The contents, or None."""
        for ending, read in ((".json", Path.read_bytes), (".json.gz", _unpacked)):
            path = Path(file_path + ending)
            if path.is_file():
                return _without_prose(msgspec.json.decode(read(path)))
        return None


def _unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def _without_prose(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "" if key == "documentation" and isinstance(part, str) else _without_prose(part) for key, part in value.items()
        }
    return [_without_prose(part) for part in value] if isinstance(value, list) else value
