"""Key vaults and what is in them: facts, never a value. All through Resource Manager, so that no vault has to let us in."""

from collections.abc import Sequence
from typing import Any

from skywright.adapters.clouds.azure.read.base import Place, Reading, categories, props
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.control import Certificate, Key, Secret, Vault

VAULT, KEY, SECRET, CERTIFICATE = "crypto.vault", "crypto.key", "crypto.secret", "crypto.certificate"
VAULTS, BOUGHT = "Microsoft.KeyVault/vaults", "Microsoft.Web/certificates"
LOGGED = frozenset({"AuditEvent", "audit", "allLogs"})
CERTIFICATE_TYPES = ("application/x-pkcs12", "application/x-pem-file")


def vault(raw: dict[str, Any], place: Place, logs: list[str] | None, keys: int | None) -> Vault:
    """A vault. Soft delete cannot be switched off any more; an old vault may be without.
    https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview"""
    own = props(raw)
    open_ = tr.said(own, "publicNetworkAccess").lower() != "disabled"
    return Vault(
        **place.head(VAULT, raw),
        state="available" if tr.said(own, "provisioningState").lower() == "succeeded" else tr.text(own, "provisioningState"),
        soft_delete=tr.flag(own, "enableSoftDelete") is not False,
        purge_protected=tr.flag(own, "enablePurgeProtection") is True,
        public=open_ and tr.said(own, "networkAcls", "defaultAction").lower() != "deny",
        rbac=tr.flag(own, "enableRbacAuthorization") is True,
        logging=None if logs is None else not LOGGED.isdisjoint(logs),
        keys=keys,
    )


def key(raw: dict[str, Any], place: Place) -> Key:
    """A key of a vault. Whether it rotates is told by the vault itself alone."""
    own = props(raw)
    size = tr.integer(own, "keySize")
    return Key(
        **place.head(KEY, raw),
        state="enabled" if tr.flag(own, "attributes", "enabled") is not False else "disabled",
        created_at=tr.moment(own, "attributes", "created"),
        manager="customer",
        spec="_".join(filter(None, (tr.said(own, "kty"), str(size) if size else tr.said(own, "curveName")))) or None,
        usage=",".join(tr.sorted_texts(tr.texts(own, "keyOps") or ())) or None,
        public=False,
        multi_region=False,
    )


def secret(raw: dict[str, Any], place: Place) -> Secret:
    """A secret. Vaults do not rotate secrets themselves, and who does is not seen: unknown."""
    own = props(raw)
    attributes = own.get("attributes")
    return Secret(
        **place.head(SECRET, {**raw, "properties": {key: value for key, value in own.items() if key != "value"}}),
        state="enabled" if tr.flag(attributes, "enabled") is not False else "disabled",
        created_at=tr.moment(attributes, "created"),
        changed_at=tr.moment(attributes, "updated"),
        rotated_at=tr.moment(attributes, "updated"),
        key="",
    )


def kept_certificate(raw: dict[str, Any], place: Place) -> Certificate:
    """A certificate that is kept in a vault: the secret under its name holds it, and expires with it."""
    own = props(raw)
    path = tr.said(raw, "id").replace("/secrets/", "/certificates/")
    expires = tr.moment(own, "attributes", "exp")
    return Certificate(
        **place.head(CERTIFICATE, {**raw, "id": path, "properties": {key: value for key, value in own.items() if key != "value"}}),
        state="issued",
        created_at=tr.moment(own, "attributes", "created"),
        expires_at=expires,
        imported=None,
    )


def bought(raw: dict[str, Any], place: Place) -> Certificate:
    """A certificate of App Service."""
    own = props(raw)
    return Certificate(
        **place.head(CERTIFICATE, raw),
        state="issued",
        created_at=tr.moment(own, "issueDate"),
        domain=tr.text(own, "subjectName"),
        expires_at=tr.moment(own, "expirationDate"),
        imported=not tr.said(own, "canonicalName"),
        renewal_eligible=bool(tr.said(own, "canonicalName")),
    )


def _links(row: Key | Secret) -> Links:
    """What is kept, and where."""
    head, _, _ = row.id.rpartition("/")
    yield Verb.IN, head.replace(f":{row.KIND}/", f":{VAULT}/")


def _inside(reading: Reading, owners: Sequence[dict[str, Any]], word: str, *kinds: str) -> dict[str, list[dict[str, Any]] | None]:
    """Vault -> what it holds under ``word``; None where it could not be listed."""
    asked = reading.each(kinds[0], owners, lambda raw: reading.inside(f"{raw['id']}/{word}"), needed=True)
    for kind in kinds[1:]:
        if kinds[0] in reading.failures:
            reading.gap(kind, reading.failures[kinds[0]])
    return {owner["id"]: listed for owner, listed in asked}


def _read(reading: Reading) -> None:
    raws = reading.of_type(VAULT, VAULTS) if reading.only is None else reading.facts(VAULTS, VAULT, KEY, SECRET) or []
    for kind in (KEY, SECRET, CERTIFICATE):
        if VAULT in reading.failures:
            reading.gap(kind, reading.failures[VAULT])
    logs = {raw["id"]: categories(said) for raw, said in reading.each(VAULT, raws, lambda raw: reading.logged(raw["id"]))}
    keys = _inside(reading, raws, "keys", KEY)
    secrets = _inside(reading, raws, "secrets", SECRET, CERTIFICATE)
    counts = {path: None if listed is None else len(listed) for path, listed in keys.items()}
    reading.take(VAULT, raws, lambda raw: vault(raw, reading.place, logs[raw["id"]], counts[raw["id"]]))
    for owner in raws:
        reading.take(KEY, keys[owner["id"]] or [], lambda raw: key(raw, reading.place), _links)
        held = secrets[owner["id"]] or []
        plain = [raw for raw in held if tr.said(raw, "properties", "contentType") not in CERTIFICATE_TYPES]
        reading.take(SECRET, plain, lambda raw: secret(raw, reading.place), _links)
        reading.take(CERTIFICATE, [raw for raw in held if raw not in plain], lambda raw: kept_certificate(raw, reading.place))


def _read_bought(reading: Reading) -> None:
    reading.take(CERTIFICATE, reading.of_type(CERTIFICATE, BOUGHT), lambda raw: bought(raw, reading.place))


READERS = (
    Reader(
        name="vaults",
        service="keyvault",
        kinds=(VAULT, KEY, SECRET, CERTIFICATE),
        read=_read,
        permissions=(
            f"{VAULTS}/read",
            f"{VAULTS}/keys/read",
            f"{VAULTS}/secrets/read",
            "Microsoft.Insights/diagnosticSettings/read",
        ),
    ),
    Reader(name="certificates", service="web", kinds=(CERTIFICATE,), read=_read_bought, permissions=(f"{BOUGHT}/read",)),
)
