"""The only place that knows every room: configuration in, objects out. Everything is made when first asked for."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skywright.model.errors import BadInput
from skywright.model.settings import Settings
from skywright.model.words import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skywright.loop.gather import Choice
    from skywright.model.estate import Snapshot
    from skywright.model.plan import SignedPlan
    from skywright.model.rule import Rule
    from skywright.model.verdict import Verdict
    from skywright.ports.cloud import Cloud, Progress
    from skywright.ports.engine import Engine, Shelf
    from skywright.ports.other import Clock, PriceBook, Signer, Workflow
    from skywright.ports.store import Store

PACKAGE = Path(__file__).parent
TOPICS = ("security", "compliance", "reliability", "cost")


class House:
    """Every room, wired by hand. Holds no open file until a room is entered."""

    def __init__(self, settings: Settings, data: Path, config_file: Path | None = None) -> None:
        self.settings = settings
        self.data = data
        self.config_file = config_file

    @cached_property
    def clock(self) -> "Clock":
        """Real time."""
        from skywright.adapters.clock import SystemClock

        return SystemClock()

    @cached_property
    def store(self) -> "Store":
        """Control data in the data folder."""
        from skywright.adapters.stores.sql import SqlStore

        return SqlStore(f"sqlite:///{self.folder() / 'control.db'}")

    @cached_property
    def shelf(self) -> "Shelf":
        """Parquet files of the estate."""
        from skywright.adapters.engines.duckdb import ParquetShelf

        return ParquetShelf(self.folder("estate"))

    @cached_property
    def engine(self) -> "Engine":
        """SQL over snapshots."""
        from skywright.adapters.engines.duckdb import DuckEngine

        return DuckEngine(self.folder("estate"), self.prices)

    @cached_property
    def prices(self) -> "PriceBook":
        """List prices with the user's discounts on top."""
        from skywright.adapters.prices import BookPrices

        return BookPrices(self.settings.prices.discounts)

    @cached_property
    def signer(self) -> "Signer":
        """Our key, and the keys that are trusted here."""
        from skywright.adapters.identity import KeySigner

        return KeySigner(self.folder("keys"), self.settings.trusted_keys)

    @cached_property
    def workflow(self) -> "Workflow":
        """Durable execution."""
        from skywright.adapters.workflows.dbos import DbosWorkflow

        return DbosWorkflow(self.folder() / "workflow.db")

    @cached_property
    def clouds(self) -> "dict[str, Cloud]":
        """The clouds in scope, by name. Without a section in the configuration: AWS as the environment says."""
        return dict(_clouds(self))

    @cached_property
    def rules(self) -> "tuple[Rule, ...]":
        """Every rule of the shipped packs and of the user's, compiled and checked."""
        from skywright.adapters.packs import load_packs

        folders = [PACKAGE / "topics" / topic / "rules" for topic in TOPICS]
        return load_packs([*folders, *map(Path, self.settings.rules.packs)], self.settings.rules)

    def gather(self, progress: "Progress", choice: "Choice | None" = None) -> "Snapshot":
        """Read every cloud into a new snapshot and keep it. Raises AskHuman when nothing could be read."""
        from skywright.loop.gather import gather

        previous = self.store.snapshots.latest()
        snapshot = gather(
            self.clouds, self.shelf, previous, self.clock, usage_days=self.settings.usage_days, progress=progress, choice=choice
        )
        self.store.snapshots.add(snapshot)
        return snapshot

    def validate(self, signed: "SignedPlan", approvals: "Sequence[str]" = ()) -> "Verdict":
        """The verdict on a plan, on the newest snapshot and its twin. Raises BadInput when there is no snapshot."""
        from skywright.loop.audit.evaluate import evaluate
        from skywright.loop.validate import Opinions, Rooms, validate
        from skywright.topics.reliability.rails import CAPACITY, DEPENDENTS, MEMBERS
        from skywright.topics.security.rails import EXPOSED

        snapshot = self.store.snapshots.latest()
        if snapshot is None:
            raise BadInput(t("There is no snapshot yet."), next_step=t("Run `skywright gather`."))
        opinions = Opinions(exposed=EXPOSED, capacity=CAPACITY, dependents=DEPENDENTS, members=MEMBERS)
        rooms = Rooms(lambda overlay: self.engine.open(snapshot, overlay), evaluate, self.rules, opinions)
        return validate(signed, snapshot, rooms, self.settings.rails, self.clock.now(), approvals)

    def folder(self, name: str = "") -> Path:
        """A folder under the data folder, made when needed."""
        path = self.data / name if name else self.data
        path.mkdir(parents=True, exist_ok=True)
        return path


def _clouds(house: House) -> "Iterator[tuple[str, Cloud]]":
    """One line a cloud."""
    sections = house.settings.clouds or {"aws": {}}
    if "aws" in sections:
        from skywright.adapters.clouds.aws import AwsCloud, AwsConfig
        from skywright.adapters.settings import decode_section, read_secret

        config = decode_section("clouds.aws", sections["aws"], AwsConfig, house.config_file)
        yield "aws", AwsCloud(config, house.clock, read_secret)


def open_house(config_file: Path | None = None, data: Path | None = None) -> House:
    """Read the configuration (``skywright.yaml`` if it is there) and wire the house. Raises BadInput with file and line."""
    from skywright.adapters.settings import load_settings

    settings = load_settings(config_file)
    return House(settings, data or Path(settings.data), config_file)


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of ``skywright.yaml``, the clouds' own sections included."""
    import msgspec

    from skywright.adapters.clouds.aws import AwsConfig

    sections = {"aws": AwsConfig}
    (settings, *clouds), parts = msgspec.json.schema_components([Settings, *sections.values()])
    parts["Settings"]["properties"]["clouds"] = {
        "type": "object",
        "properties": dict(zip(sections, clouds, strict=True)),
        "additionalProperties": False,
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "skywright.yaml", **settings, "$defs": parts}
