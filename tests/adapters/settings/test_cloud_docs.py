"""Every configuration that the documentation shows is one that loads: cut out of its page and wired, without a call."""

import re
import socket
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest
import yaml

from skywright.wiring import CLOUDS, open_house

ROOT = Path(__file__).parents[3]
PAGES = {"docker": "swarm"}
"""Pages that are not called as their section is."""
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINES_MAX = 100


def blocks(page: Path) -> list[str]:
    """The configurations that a page shows."""
    return [text for text in BLOCK.findall(page.read_text(encoding="utf-8")) if "clouds" in (yaml.safe_load(text) or {})]


PAGES_OF_CLOUDS = sorted((ROOT / "docs" / "clouds").glob("*.md"))
SHOWN = [
    pytest.param(text, id=f"{page.relative_to(ROOT)}-{number}")
    for page in [*PAGES_OF_CLOUDS, ROOT / "README.md"]
    for number, text in enumerate(blocks(page), 1)
]


def refuse(*_: object, **__: object) -> NoReturn:
    raise AssertionError("loading a configuration made a call")


@pytest.mark.parametrize("text", SHOWN)
def test_a_configuration_that_is_shown_loads_without_a_call(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "skywright.yaml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    house = open_house(file, tmp_path / "data")
    try:
        clouds = house.clouds
        assert list(clouds) == list(yaml.safe_load(text)["clouds"])
        assert [dict(cloud.api_calls) for cloud in clouds.values()] == [{}] * len(clouds)  # type: ignore[attr-defined] # counted by all
    finally:
        house.close()


def test_every_cloud_has_a_page_of_a_length_that_is_read() -> None:
    assert sorted(PAGES.get(page.stem, page.stem) for page in PAGES_OF_CLOUDS) == sorted(CLOUDS)
    lengths = {page.name: len(page.read_text(encoding="utf-8").splitlines()) for page in PAGES_OF_CLOUDS}
    assert not {name: length for name, length in lengths.items() if length > LINES_MAX}


def keys(found: Any) -> set[str]:
    """Every key of a document, however deep."""
    if isinstance(found, dict):
        return {str(key) for key in found} | {one for value in found.values() for one in keys(value)}
    return {one for value in found for one in keys(value)} if isinstance(found, list) else set()


def settings_of(name: str) -> set[str]:
    """Every key that a cloud's section may have, its parts included."""
    _, parts = msgspec.json.schema_components([import_module(f"skywright.adapters.clouds.{name}").Config])
    return {key for title, part in parts.items() if title != "SecretRef" for key in part.get("properties", {})}


@pytest.mark.parametrize("page", PAGES_OF_CLOUDS, ids=lambda page: page.stem)
def test_a_page_shows_every_setting_of_its_section(page: Path) -> None:
    name = PAGES.get(page.stem, page.stem)
    shown = {key for text in blocks(page) for key in keys(yaml.safe_load(text)["clouds"][name])}
    assert settings_of(name) - shown == set()
    assert blocks(page)


@pytest.mark.parametrize("page", PAGES_OF_CLOUDS, ids=lambda page: page.stem)
def test_what_a_page_leads_to_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target
