"""`audit`, `findings`, `except` and `rules` as typed."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from skywright.adapters.engines.duckdb import ParquetShelf
from skywright.adapters.stores.sql import SqlStore
from skywright.doors.cli.root import run
from skywright.model.estate import Coverage, CoverageState, Scope, Snapshot
from skywright.model.kinds import resource_id
from skywright.model.kinds.storage import Volume

ACCOUNT, REGION = "111122223333", "eu-west-1"


def volume(native_id: str, encrypted: bool | None) -> Volume:
    return Volume(
        id=resource_id("aws", ACCOUNT, REGION, "storage.volume", native_id), cloud="aws", account=ACCOUNT, region=REGION,
        native_id=native_id, encrypted=encrypted, tags={"owner": "kim", "environment": "prod"}, type="gp3", state="in-use",
        attached=True, created_at=datetime(2026, 1, 1), size_gib=8, name=f"[red]{native_id}[/red]",
    )  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled rules are kept for this file's tests, apart from the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one snapshot: one volume that is not encrypted, one of which it is not known, one that is; and a gap."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    scope = Scope("aws", ACCOUNT, REGION, "test", ("storage.volume",))
    rows = [volume("vol-bad", False), volume("vol-good", True), volume("vol-dark", None)]
    file = ParquetShelf(tmp_path / ".skywright" / "estate").write("storage.volume", scope, rows)
    at = datetime(2026, 11, 1, 8)
    coverage = (
        Coverage("aws", ACCOUNT, REGION, "storage.volume", CoverageState.COMPLETE, at, rows=3),
        Coverage("aws", ACCOUNT, REGION, "storage.filesystem", CoverageState.DENIED, at, reason="not authorised"),
    )
    store = SqlStore(f"sqlite:///{tmp_path / '.skywright' / 'control.db'}")
    store.snapshots.add(Snapshot(id="s1", taken_at=at, files=(file,), coverage=coverage))
    return tmp_path


def test_without_a_snapshot_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    assert run(["audit"]) == 2
    assert capsys.readouterr().err == "error: There is no snapshot yet. Run `skywright gather`.\n"


# fail-on and what it looks at -> exit code
EXITS = [
    ([], 3),
    (["--fail-on", "none"], 0),
    (["--fail-on", "critical"], 0),
    (["--fail-on", "medium"], 3),
    (["--rule", "storage_volume_gp2"], 0),
    (["--account", "999988887777"], 0),
    (["--severity", "critical"], 0),
    (["--rule", "no_such_rule"], 2),
    (["--format", "pdf"], 2),
]


@pytest.mark.parametrize(("arguments", "code"), EXITS, ids=[" ".join(words) or "plain" for words, _ in EXITS])
def test_the_exit_code_says_whether_something_fails(place: Path, arguments: list[str], code: int):
    assert run(["audit", *arguments]) == code


def test_the_summary_the_rules_and_the_gaps_are_shown(place: Path, capsys: pytest.CaptureFixture[str]):
    run(["audit", "--rule", "storage_volume_unencrypted"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert ["medium", "1", "1", "1"] in lines
    assert ["medium", "1", "1", "storage_volume_unencrypted", "Volume", "is", "not", "encrypted"] in lines
    assert ["1", "scope", "could", "not", "be", "read:", "what", "is", "there", "is", "unknown."] in lines
    assert [ACCOUNT, REGION, "storage.filesystem", "denied", "not", "authorised"] in lines


def test_json_has_one_object_a_finding_and_a_name_is_never_markup(place: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["audit", "--json", "--rule", "storage_volume_unencrypted"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert [(one["native_id"], one["verdict"]) for one in found] == [("vol-bad", "fail"), ("vol-dark", "unknown")]
    assert (found[1]["reason"], found[0]["first_seen"]) == ("not known: encrypted", "2026-11-01T08:00:00Z")
    run(["findings", "--rule", "storage_volume_unencrypted"])
    assert "[red]vol-bad[/red]" in capsys.readouterr().out


def test_findings_asks_for_an_audit_first(place: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["findings"]) == 2
    assert capsys.readouterr().err == ("error: The snapshot of 2026-11-01 08:00 UTC has not been audited. Run `skywright audit`.\n")


def test_an_exception_is_made_shown_logged_and_ended(place: Path, capsys: pytest.CaptureFixture[str]):
    run(["audit", "--json", "--rule", "storage_volume_unencrypted"])
    identifier = json.loads(capsys.readouterr().out)[0]["id"]
    assert run(["except", "add", identifier, "--owner", "kim", "--reason", "ends with the project", "--expires", "30d"]) == 0
    assert run(["audit", "--fail-on", "medium", "--rule", "storage_volume_unencrypted"]) == 0
    capsys.readouterr()
    run(["findings", "--excepted", "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    run(["except", "list", "--json"])
    (waiver,) = json.loads(capsys.readouterr().out)
    assert (found["id"], found["state"], found["exception"]) == (identifier, "excepted", waiver["id"])
    assert (waiver["owner"], waiver["expired"], waiver["rule"]) == ("kim", False, "storage_volume_unencrypted")
    assert run(["except", "remove", waiver["id"]]) == 0
    assert run(["audit", "--fail-on", "medium", "--rule", "storage_volume_unencrypted"]) == 3
    capsys.readouterr()
    run(["log", "--json"])
    assert '"exception.add"' in (told := capsys.readouterr().out)
    assert '"exception.remove"' in told


# what is asked -> what is told
REFUSALS = [
    (["f-nothing"], "error: There is no open finding f-nothing. `skywright findings` lists them.\n"),
    ([], "error: except add: Name a finding, or a rule and a resource. `skywright findings` lists them.\n"),
    (["--rule", "nonsense_rule", "--resource", "*"],
     "error: --rule: There is no rule `nonsense_rule`. `skywright rules list` lists them.\n"),
    (["f-1", "--rule", "x"], "error: except add: Name a finding, or a rule and a resource. `skywright findings` lists them.\n"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "told"), REFUSALS)
def test_an_exception_needs_to_know_what_it_is_about(place: Path, capsys: pytest.CaptureFixture[str], asked: list[str], told: str):
    assert run(["except", "add", *asked, "--owner", "kim", "--reason", "r", "--expires", "30d"]) == 2
    assert capsys.readouterr().err == told


@pytest.mark.parametrize(
    ("expires", "told"),
    [
        ("soon", "error: --expires: 'soon' is not a date. Write 2026-12-31, or 30d.\n"),
        ("2020-01-01", "error: --expires: 2020-01-01 is over. Give a day to come.\n"),
        ("9999d", "is more than a year away. Accept it for a year at most, then look again.\n"),
    ],
)
def test_an_exception_ends_within_a_year(place: Path, capsys: pytest.CaptureFixture[str], expires: str, told: str):
    asked = ["--rule", "storage_volume_unencrypted", "--resource", "*", "--owner", "kim", "--reason", "r", "--expires", expires]
    assert run(["except", "add", *asked]) == 2
    assert capsys.readouterr().err.endswith(told)


def test_findings_at_a_time_are_those_of_that_snapshot(place: Path, capsys: pytest.CaptureFixture[str]):
    run(["audit"])
    store = SqlStore(f"sqlite:///{place / '.skywright' / 'control.db'}")
    (first,) = store.snapshots.all()
    later = first.taken_at + timedelta(days=1)
    complete = tuple(Coverage("aws", ACCOUNT, REGION, kind, CoverageState.COMPLETE, later) for kind in ("storage.volume",))
    store.snapshots.add(Snapshot(id="s2", taken_at=later, coverage=complete))
    assert run(["audit"]) == 0
    capsys.readouterr()
    run(["findings", "--json", "--at", "2026-11-01", "--rule", "storage_volume_unencrypted"])
    assert len(json.loads(capsys.readouterr().out)) == 2
    run(["findings", "--json", "--resolved", "--rule", "storage_volume_unencrypted"])
    assert {one["resolved_at"] for one in json.loads(capsys.readouterr().out)} == {"2026-11-02T08:00:00Z"}


def test_a_report_that_cannot_be_written_is_told(place: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["audit", "--format", "sarif", "-o", str(place / "none" / "x.sarif")]) == 2
    assert capsys.readouterr().err == f"error: --output: {place}/none/x.sarif cannot be written: No such file or directory.\n"


def test_a_new_rule_starts_from_green_and_is_found_by_its_folder(place: Path, capsys: pytest.CaptureFixture[str]):
    packs = place / "packs"
    packs.mkdir()
    assert run(["rules", "new", "storage_volume_odd", "--kind", "storage.volume", "-o", str(packs / "odd.yaml")]) == 0
    assert run(["rules", "test", str(packs)]) == 0
    assert "3 of 3 examples of 1 rule get the verdict that they say." in capsys.readouterr().out
    assert run(["rules", "new", "storage_volume_odd", "--kind", "storage.volume", "-o", str(packs / "odd.yaml")]) == 2
    (place / "skywright.yaml").write_text("rules: {packs: [packs]}\n")
    capsys.readouterr()
    assert run(["rules", "show", "storage_volume_odd", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "storage.volume"


@pytest.mark.parametrize("kind", ["database.instance", "messaging.queue", "compute.keypair", "account.account", "storage.bucket"])
def test_a_new_rule_of_any_kind_starts_from_green(place: Path, kind: str):
    file = place / "rule.yaml"
    assert run(["rules", "new", f"{kind.replace('.', '_')}_odd", "--kind", kind, "-o", str(file)]) == 0
    assert run(["rules", "test", str(file)]) == 0


def test_an_example_that_lies_is_told_with_file_line_expected_and_got(place: Path, capsys: pytest.CaptureFixture[str]):
    file = place / "rule.yaml"
    run(["rules", "new", "storage_volume_odd", "--kind", "storage.volume", "-o", str(file)])
    text = file.read_text().replace("bad: [{encrypted: false}]", "bad: [{encrypted: true}]")
    file.write_text(text)
    line = next(number for number, content in enumerate(text.splitlines(), 1) if "bad: [{" in content)
    capsys.readouterr()
    assert run(["rules", "test", str(file)]) == 3
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f'{file}:{line}: storage_volume_odd: expected fail, got pass: {{"encrypted":true}}'
    assert told[1] == "2 of 3 examples of 1 rule get the verdict that they say."


def test_a_rule_of_another_name_is_told(place: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["rules", "show", "storage_volume_unencrypte"]) == 2
    assert capsys.readouterr().err == (
        "error: There is no rule `storage_volume_unencrypte`. Did you mean `storage_volume_unencrypted`?\n"
    )
