"""Plan files: what is written is read again, and nobody edits one unseen."""

import json
import os
import random
from pathlib import Path

import msgspec
import pytest

from skywright.adapters.identity import KeySigner
from skywright.loop.plan import make_plan, read_plan, sign_plan, write_plan
from skywright.model.canonical import digest
from skywright.model.errors import AskHuman, BadInput
from skywright.model.finding import Evidence
from skywright.model.settings import WaveSettings


@pytest.fixture
def signer(tmp_path):
    return KeySigner(tmp_path / "keys")


@pytest.fixture
def signed(tools, signer):
    machines = [tools.machine(f"i-{index}") for index in range(3)]
    evidence = (Evidence(metric="cpu_pct", statistic="p99", value=4, window_days=14, samples=336, threshold=40),)
    wishes = [tools.wish(one, set={"type": "t3.large"}, evidence=evidence) for one in machines]
    return sign_plan(make_plan(wishes, tools.world(*machines), tools.means(), WaveSettings(), tools.now), signer)


@pytest.fixture
def path(tmp_path, signed):
    write_plan(tmp_path / "p.json", signed)
    return tmp_path / "p.json"


def edited(path, edit):
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document, indent=2))


def refusal(path, signer):
    with pytest.raises(BadInput) as caught:
        read_plan(path, signer)
    return str(caught.value)


def test_what_is_written_is_read_again(path, signed, signer):
    assert read_plan(path, signer) == signed
    assert digest(read_plan(path, signer).plan) == signed.hash


def test_the_file_is_for_people_too(path):
    assert path.read_text().startswith('{\n  "hash": "sha256:')


def test_layout_does_not_matter(path, signed, signer):
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert read_plan(path, signer) == signed


def test_an_edited_change_is_named(path, signed, signer):
    edited(path, lambda document: document["plan"]["changes"][1]["after"].update(type="x1e.32xlarge"))
    assert refusal(path, signer) == (
        f"{path}: The plan was edited after it was signed: its hash does not match "
        f"(first difference: change {signed.plan.changes[1].id}). "
        "Plan again; leave changes out with --only, --rule or --target rather than by hand."
    )


def test_a_change_that_was_taken_out_is_named(path, signed, signer):
    edited(path, lambda document: document["plan"]["changes"].pop())
    assert refusal(path, signer) == (
        f"{path}: The plan was edited after it was signed: its hash does not match "
        f"(first difference: change {signed.plan.changes[-1].id} is gone). "
        "Plan again; leave changes out with --only, --rule or --target rather than by hand."
    )


def test_an_edited_field_is_named(path, signer):
    edited(path, lambda document: document["plan"].update(snapshot="other"))
    assert "(first difference: snapshot)" in refusal(path, signer)


def test_a_field_that_was_added_is_seen(path, signer):
    edited(path, lambda document: document["plan"].update(extra=1))
    assert "(first difference: extra)" in refusal(path, signer)


def test_changes_that_are_no_list_are_seen(path, signer):
    edited(path, lambda document: document["plan"].update(changes=5))
    assert "its hash does not match (first difference: change " in refusal(path, signer)


def test_a_plan_that_we_signed_but_cannot_read(path, signer):
    def edit(document):
        document["plan"]["changes"] = "none"
        document["hash"] = digest(document["plan"])

    edited(path, edit)
    said = "This is not a plan that can be read: Expected `array`, got `str` - at `$.plan.changes`."
    assert refusal(path, signer) == f"{path}: {said} Plan again."


def test_an_edit_that_covers_its_traces_is_still_seen(path, signer):
    def edit(document):
        document["plan"]["note"] = "trust me"
        document.pop("parts")

    edited(path, edit)
    assert "its hash does not match. Plan again" in refusal(path, signer)


def test_a_new_hash_needs_a_new_signature(path, signer):
    def edit(document):
        document["plan"]["note"] = "trust me"
        document["hash"] = digest(document["plan"])

    edited(path, edit)
    assert refusal(path, signer) == f"{path}: The signature does not fit the plan. Plan again."


def test_a_strangers_signature(path, signed, tmp_path):
    assert refusal(path, KeySigner(tmp_path / "ours")) == (
        f"{path}: The plan is signed with the key {signed.signature.key}, which is not trusted here. "
        "If you know whose it is, add it to trusted_keys in skywright.yaml; else plan yourself."
    )
    assert read_plan(path, KeySigner(tmp_path / "ours", [signed.signature.key])) == signed


def test_a_newer_format(path, signer):
    edited(path, lambda document: document["plan"].update(format=2))
    assert refusal(path, signer) == (
        f"{path}: The plan is of format 2; this version reads format 1. Use the version that made it, or plan again."
    )


def test_a_truncated_file_is_told_with_its_line(path, signer):
    text = path.read_text()
    path.write_text(text[: len(text) // 2])
    line = text[: len(text) // 2].count("\n") + 1
    message = refusal(path, signer)
    assert message.startswith(f"{path}:{line}: This is not whole JSON: ")
    assert message.endswith("Copy the file again, or plan again.")


def test_a_broken_line_is_told(path, signer):
    lines = path.read_text().splitlines()
    lines[4] = "@@@"
    path.write_text("\n".join(lines))
    message = refusal(path, signer)
    assert message.startswith(f"{path}:5: This is not whole JSON: JSON is malformed: ")
    assert message.endswith(". Copy the file again, or plan again.")


def test_lines_are_counted_from_the_first(path, signer):
    path.write_text("\n@")
    assert refusal(path, signer).startswith(f"{path}:2: ")


@pytest.mark.parametrize("text", ["[]", "{}", '"x"', '{"plan": 1, "hash": "", "signature": {}}'])
def test_other_json_is_no_plan(path, signer, text):
    path.write_text(text)
    assert refusal(path, signer) == f"{path}: This is not a plan file. Make one with `skywright plan -o FILE`."


def test_no_file(tmp_path, signer):
    path = tmp_path / "none.json"
    assert (
        refusal(path, signer)
        == f"{path}: The plan file cannot be read: No such file or directory. Make one with `skywright plan -o {path}`."
    )


def test_no_byte_can_be_changed_unseen(path, signed, signer):
    chance, whole = random.Random(7), path.read_bytes()
    for _ in range(150):
        place = chance.randrange(len(whole))
        byte = bytes([chance.choice([value for value in b'0a{}"x' if value != whole[place]])])
        path.write_bytes(whole[:place] + byte + whole[place + 1 :])
        try:
            assert read_plan(path, signer) == signed  # blanks, and the short hashes that nothing rests on
        except BadInput:
            continue


def test_a_folder_that_is_not_there(tmp_path, signed):
    with pytest.raises(AskHuman) as caught:
        write_plan(tmp_path / "none" / "p.json", signed)
    path = tmp_path / "none" / "p.json"
    assert str(caught.value) == f"The plan could not be written to {path}: No such file or directory. Choose another file with -o."


def test_a_full_disk_leaves_no_half_file(tmp_path, signed, monkeypatch):
    def full(_handle):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AskHuman, match="No space left on device"):
        write_plan(tmp_path / "p.json", signed)
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == []


def test_a_disk_that_lets_nothing_be_removed_either(tmp_path, signed, monkeypatch):
    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(Path, "unlink", full)
    with pytest.raises(AskHuman, match="No space left on device"):
        write_plan(tmp_path / "p.json", signed)


def test_the_draft_lies_beside_the_plan_and_is_hidden(tmp_path, signed, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.extend(entry.name for entry in tmp_path.iterdir() if entry.is_file()))
    write_plan(tmp_path / "p.json", signed)
    (draft,) = seen
    assert draft.startswith(".p.json.")
    assert (tmp_path / "p.json").stat().st_mode & 0o777 == 0o644


def test_names_in_any_script(tools, tmp_path, signer):
    machine = tools.machine(name="Ж'; DROP 表 \u202e\x1b[31m")
    plan = make_plan([tools.wish(machine, set={"type": "x"})], tools.world(machine), tools.means(), WaveSettings(), tools.now)
    write_plan(tmp_path / "p.json", sign_plan(plan, signer))
    assert read_plan(tmp_path / "p.json", signer).plan.changes[0].name == machine.name
    assert msgspec.json.decode((tmp_path / "p.json").read_bytes())
