"""A file -> what it sketches, whichever tool it is of."""

import json
from pathlib import Path
from typing import Any

import yaml

from skywright.adapters.sketches.where import Offers, Where
from skywright.model.errors import BadInput
from skywright.model.sketch import Sketch
from skywright.model.words import t

BYTES_MAX = 256 * 2**20


def read_sketch(path: Path, where: Where, offers: Offers) -> Sketch:
    """A Terraform plan (``terraform show -json``) or Kubernetes manifests -> a sketch. Raises BadInput for anything else."""
    from skywright.adapters.sketches.manifests import read_manifests
    from skywright.adapters.sketches.terraform import read_terraform

    text = _text(path)
    if text.lstrip()[:1] in ("{", "["):
        document = _json(path, text)
        if isinstance(document, dict) and "resource_changes" in document:
            return read_terraform(document, str(path), where)
        if isinstance(document, dict) and "planned_values" in document:
            return read_terraform(_unchanged(document, path), str(path), where)
        if isinstance(document, dict) and "terraform_version" in document and "values" in document:
            raise BadInput(t("This is Terraform's state, and no plan."), where=str(path), next_step=_how_to())
        documents = [document]
    else:
        documents = _yaml(path, text)
    if not any(isinstance(one, dict) and "apiVersion" in one and "kind" in one for one in documents):
        raise BadInput(
            t("This is neither a Terraform plan nor a Kubernetes manifest."),
            where=str(path),
            next_step=t("`terraform show -json FILE` writes a plan as JSON."),
        )
    return read_manifests(documents, str(path), where, offers)


def _unchanged(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """A plan that names no change: Terraform leaves ``resource_changes`` out where there is no resource at all."""
    planned = document["planned_values"]
    root = planned.get("root_module") if isinstance(planned, dict) else None
    if isinstance(root, dict) and (root.get("resources") or root.get("child_modules")):
        message = t("This holds planned_values and no resource_changes: what it changes cannot be told.")
        raise BadInput(message, where=str(path), next_step=_how_to())
    return {**document, "resource_changes": []}


def _how_to() -> str:
    return t("Write the whole plan: `terraform plan -out tfplan`, then `terraform show -json tfplan`.")


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > BYTES_MAX:
            raise BadInput(t("The file has more than {size} MiB.", size=BYTES_MAX // 2**20), where=str(path))
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise BadInput(t("There is no such file."), where=str(path), next_step=t("Check the path.")) from error
    except OSError as error:
        raise BadInput(t("The file cannot be read: {why}.", why=error.strerror), where=str(path)) from error
    if raw[:4] == b"PK\x03\x04":
        raise BadInput(
            t("This is a plan as Terraform keeps it."),
            where=str(path),
            next_step=t("Write it as JSON: `terraform show -json FILE`."),
        )
    try:
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadInput(t("This is not text in UTF-8."), where=f"{path}:{line}") from error


def _json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(t("This is not JSON: {why}.", why=error.msg), where=f"{path}:{error.lineno}") from error
    except RecursionError as error:
        raise BadInput(t("This is nested too deeply."), where=str(path)) from error


def _yaml(path: Path, text: str) -> list[Any]:
    try:
        return [one for one in yaml.safe_load_all(text) if one is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise BadInput(t("This is not YAML: {why}.", why=getattr(error, "problem", None) or error), where=place) from error
    except RecursionError as error:
        raise BadInput(t("This is nested too deeply."), where=str(path)) from error
