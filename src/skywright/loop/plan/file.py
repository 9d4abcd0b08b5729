"""Plan files: a signed plan <-> JSON that people can read and nobody can edit unseen.

The hash is of the canonical JSON of ``plan``, the signature of the hash. ``parts`` holds a short hash of every change, so that
a file that was edited can be told where.
"""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from skywright.model.canonical import canonical, digest
from skywright.model.errors import AskHuman, BadInput
from skywright.model.plan import Plan, SignedPlan
from skywright.model.words import t
from skywright.ports.other import Signer

FORMAT = 1
PART_LENGTH = 19  # sha256: and twelve digits: enough to point, not meant to prove


def sign_plan(plan: Plan, signer: Signer) -> SignedPlan:
    """Plan -> SignedPlan. The plan is first brought to the form in which a reader will see it, so that hashes agree."""
    settled = msgspec.json.decode(canonical(plan), type=Plan)
    plan_hash = digest(settled)
    return SignedPlan(settled, plan_hash, signer.sign(plan_hash.encode()))


def write_plan(path: Path, signed: SignedPlan) -> None:
    """Write a plan file, whole or not at all. Raises AskHuman when it cannot be written."""
    plain = msgspec.json.decode(canonical(signed))
    text = msgspec.json.format(canonical({**plain, "parts": _parts(plain["plan"])}), indent=2) + b"\n"
    draft = None
    try:
        handle, draft = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except OSError as error:
        if draft:
            with contextlib.suppress(OSError):
                Path(draft).unlink()
        raise AskHuman(
            t("The plan could not be written to {path}: {reason}.", path=path, reason=error.strerror or error),
            next_step=t("Choose another file with -o."),
        ) from error


def read_plan(path: Path, signer: Signer) -> SignedPlan:
    """Read and verify a plan file. Raises BadInput when it is not one, is too new, was edited, or is signed by a stranger."""
    document = _document(path)
    _check_format(path, document)
    _check_hash(path, document)
    signed = _typed(path, document)
    _check_signature(path, signed, signer)
    return signed


def _document(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise BadInput(
            t("The plan file cannot be read: {reason}.", reason=error.strerror or error),
            where=str(path),
            next_step=t("Make one with `skywright plan -o {path}`.", path=path),
        ) from error
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise BadInput(
            t("This is not whole JSON: {reason}.", reason=error),
            where=f"{path}:{_line(text, str(error))}",
            next_step=t("Copy the file again, or plan again."),
        ) from error
    if isinstance(document, dict) and {"plan", "hash", "signature"} <= document.keys() and isinstance(document["plan"], dict):
        return document
    raise BadInput(t("This is not a plan file."), where=str(path), next_step=t("Make one with `skywright plan -o FILE`."))


def _line(text: bytes, complaint: str) -> int:
    """The line of a complaint that ends in ``(byte N)``; of one about a truncated file, its last."""
    _, _, tail = complaint.rpartition("(byte ")
    place = tail.rstrip(")")
    return text.count(b"\n", 0, int(place) if place.isdigit() else len(text)) + 1


def _check_format(path: Path, document: Mapping[str, Any]) -> None:
    form = document["plan"].get("format")
    if form != FORMAT:
        raise BadInput(
            t("The plan is of format {form}; this version reads format {known}.", form=form, known=FORMAT),
            where=str(path),
            next_step=t("Use the version that made it, or plan again."),
        )


def _check_hash(path: Path, document: Mapping[str, Any]) -> None:
    if digest(document["plan"]) == document["hash"]:
        return
    place = _first_difference(document)
    raise BadInput(
        t("The plan was edited after it was signed: its hash does not match{place}.", place=place),
        where=str(path),
        next_step=t("Plan again; leave changes out with --only, --rule or --target rather than by hand."),
    )


def _first_difference(document: Mapping[str, Any]) -> str:
    """Where the first edit is, as far as the short hashes tell."""
    parts, now = document.get("parts"), _parts(document["plan"])
    if not isinstance(parts, dict) or parts == now:
        return ""
    for name in [*now, *parts]:
        if parts.get(name) != now.get(name):
            if name not in now:
                return t(" (first difference: {name} is gone)", name=name)
            return t(" (first difference: {name})", name=name)
    return ""


def _parts(plan: Mapping[str, Any]) -> dict[str, str]:
    """Short hashes of the plan's fields, and one for each change by its id."""
    changes = plan.get("changes")
    named = (
        {f"change {change.get('id')}": change for change in changes if isinstance(change, dict)}
        if isinstance(changes, list)
        else {}
    )
    fields = {name: value for name, value in plan.items() if name != "changes"}
    return {name: digest(value)[:PART_LENGTH] for name, value in {**named, **fields}.items()}


def _typed(path: Path, document: Mapping[str, Any]) -> SignedPlan:
    try:
        return msgspec.convert(document, SignedPlan)
    except (msgspec.ValidationError, ValueError) as error:
        raise BadInput(
            t("This is not a plan that can be read: {reason}.", reason=error), where=str(path), next_step=t("Plan again.")
        ) from error


def _check_signature(path: Path, signed: SignedPlan, signer: Signer) -> None:
    if signer.check(signed.hash.encode(), signed.signature):
        return
    key = signed.signature.key
    if signer.trusts(key):
        raise BadInput(t("The signature does not fit the plan."), where=str(path), next_step=t("Plan again."))
    raise BadInput(
        t("The plan is signed with the key {key}, which is not trusted here.", key=key),
        where=str(path),
        next_step=t("If you know whose it is, add it to trusted_keys in skywright.yaml; else plan yourself."),
    )
