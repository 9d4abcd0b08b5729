"""The environment that the stand-in hands out is the one that every tool of Google's ecosystem reads."""

from datetime import datetime

import pytest

from skywright.adapters.clouds.gcp import GcpCloud, GcpConfig
from skywright.lab.gcp import GcpStandin

from .conftest import PROJECT  # isort: skip


class QuickClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12)

    def sleep(self, seconds: float) -> None:
        """Nothing."""


def test_an_empty_section_reads_the_stand_in_through_application_default_credentials(
    lab: GcpStandin, monkeypatch: pytest.MonkeyPatch
):
    for name, value in lab.environment().items():
        monkeypatch.setenv(name, value)
    cloud = GcpCloud(GcpConfig(), QuickClock())
    scopes, gaps = cloud.scopes()
    assert gaps == []
    assert {scope.account for scope in scopes} == {PROJECT}
    disks = next(scope for scope in scopes if "storage.volume" in scope.kinds and scope.region == "europe-west1")
    assert {row.name for row in cloud.read(disks).resources} >= {"web", "archive"}
    lab.expire()
    assert cloud.refresh([f"gcp:{PROJECT}:europe-west1:storage.volume/europe-west1-b/archive"]), "it signs in again"
