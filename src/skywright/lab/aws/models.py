"""One copy of each of botocore's service models in this process, without its prose.

moto and boto3 each read the models (EC2's alone is some 60 MiB as Python objects), and most of a model is documentation.
"""

import gzip
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec


def share() -> None:
    """Let moto read its models through the shared loader. Before moto reads the first one."""
    from moto.core import utils

    from skywright.lab.aws.strict.patch import put

    put(utils, "create_loader", shared_loader)


@lru_cache(maxsize=1)
def shared_loader() -> Any:
    """The loader; a botocore session takes it as its component ``data_loader``."""
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
