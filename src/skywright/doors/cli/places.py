"""Errors about what a file says: where in the file that stands."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skywright.model.errors import BadInput

_NAME = re.compile(r"\b(?:name|id):\s*[\"']?([^\"',}\s]+)|([\w-]+(?:\.[\w-]+)+)")  # what is named, and words with points: kinds


@contextmanager
def placed(file: Path) -> Iterator[None]:
    """A BadInput about what a file says gets the file's name, and the line of the name (or id) that it speaks of."""
    try:
        yield
    except BadInput as error:
        if error.where.startswith(str(file)):
            raise
        line = line_of(f"{error.where} {error.message}", file)
        parts = (f"{file}:{line}" if line else str(file), error.where)
        raise BadInput(error.message, where=": ".join(filter(None, parts)), next_step=error.next_step) from error


def line_of(message: str, file: Path) -> int:
    """The last line that gives something a name that the message says; of several names the longest, since short ones may be
    words. 0 where there is none."""
    length, place = 0, 0
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        for name in (name or word for name, word in _NAME.findall(line)):
            if len(name) >= length and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", message):
                length, place = len(name), number
    return place
