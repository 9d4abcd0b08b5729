"""The one place through which every text for people goes, so that it can be translated (gettext catalogue ``skywright``)."""

import gettext
import os
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def _catalogue() -> gettext.NullTranslations:
    folder = Path(__file__).parent.parent / "locale"
    language = os.environ.get("SKYWRIGHT_LANG") or os.environ.get("LANG", "en")
    return gettext.translation("skywright", localedir=folder, languages=[language.split(".")[0]], fallback=True)


def t(text: str, /, **values: object) -> str:
    """Translate ``text`` and fill its ``{names}``. The English sentence is the key."""
    translated = _catalogue().gettext(text)
    return translated.format(**values) if values else translated


def n(one: str, many: str, count: int, /, **values: object) -> str:
    """Like ``t`` for a counted thing; ``{count}`` is filled in."""
    return _catalogue().ngettext(one, many, count).format(count=count, **values)
