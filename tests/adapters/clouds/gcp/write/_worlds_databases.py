"""A case for each action on databases."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.gcp.write._cases import SQL, at, case, change
from tests.adapters.clouds.gcp.write._harness import REGION, Case, Place


def _database(before: Any, after: Any, done: Callable[[dict[str, Any]], bool]) -> Case:
    return change("database.instance", f"orders-{REGION}", SQL, before, after, lambda raw: bool(done(raw["settings"])))


def _settings(place: Place, **fields: Any) -> None:
    place.edit(SQL, settings={**place.get(SQL)["settings"], **fields})


@case("protect a database against deletion")
def _(_place: Place) -> Case:
    return _database(
        {"deletion_protected": True}, {"deletion_protected": False}, lambda raw: raw["deletionProtectionEnabled"] is False
    )


@case("keep backups of a database")
def _(place: Place) -> Case:
    _settings(
        place, backupConfiguration={"enabled": True, "backupRetentionSettings": {"retentionUnit": "COUNT", "retainedBackups": 3}}
    )

    def done(raw: dict[str, Any]) -> bool:
        return bool(at(raw, "backupConfiguration", "backupRetentionSettings", "retainedBackups") == 7)

    return _database({"backup_retention_days": 3}, {"backup_retention_days": 7}, done)


@case("give a database a public address, or take it away")
def _(place: Place) -> Case:
    _settings(place, ipConfiguration={**place.get(SQL)["settings"]["ipConfiguration"], "ipv4Enabled": True})
    return _database({"public": True}, {"public": False}, lambda raw: at(raw, "ipConfiguration", "ipv4Enabled") is False)


@case("require TLS of a database's clients")
def _(place: Place) -> Case:
    network = {**place.get(SQL)["settings"]["ipConfiguration"], "sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"}
    _settings(place, ipConfiguration=network)
    return _database(
        {"tls_required": False}, {"tls_required": True}, lambda raw: at(raw, "ipConfiguration", "sslMode") == "ENCRYPTED_ONLY"
    )


@case("say who may reach a database's public address")
def _(place: Place) -> Case:
    open_ = [{"value": "0.0.0.0/0"}, {"name": "office", "value": "198.51.100.0/24"}]
    _settings(place, ipConfiguration={**place.get(SQL)["settings"]["ipConfiguration"], "authorizedNetworks": open_})
    return _database(
        {"authorized_cidrs": ["0.0.0.0/0", "198.51.100.0/24"]},
        {"authorized_cidrs": ["198.51.100.0/24"]},
        lambda raw: at(raw, "ipConfiguration", "authorizedNetworks") == [open_[1]],
    )


@case("run a database in two zones")
def _(_place: Place) -> Case:
    return _database({"multi_zone": True}, {"multi_zone": False}, lambda raw: raw["availabilityType"] == "ZONAL")


@case("resize a database")
def _(_place: Place) -> Case:
    return _database({"type": "db-custom-2-7680"}, {"type": "db-custom-4-15360"}, lambda raw: raw["tier"] == "db-custom-4-15360")


@case("sign in to a database by IAM")
def _(place: Place) -> Case:
    _settings(place, databaseFlags=[{"name": "cloudsql.enable_pgaudit", "value": "on"}])
    return _database({"iam_authentication": False}, {"iam_authentication": True}, lambda raw: len(raw["databaseFlags"]) == 2)


@case("recover a database to a point in time")
def _(_place: Place) -> Case:
    def done(raw: dict[str, Any]) -> bool:
        return bool(at(raw, "backupConfiguration", "pointInTimeRecoveryEnabled") is False)

    return _database({"point_in_time_recovery": True}, {"point_in_time_recovery": False}, done)


@case("watch the queries of a database")
def _(_place: Place) -> Case:
    def done(raw: dict[str, Any]) -> bool:
        return bool(at(raw, "insightsConfig", "queryInsightsEnabled") is False)

    return _database({"performance_insights": True}, {"performance_insights": False}, done)


@case("stop or start a database")
def _(_place: Place) -> Case:
    return _database({"state": "available"}, {"state": "stopped"}, lambda raw: raw["activationPolicy"] == "NEVER")


@case("enlarge a database's disk")
def _(_place: Place) -> Case:
    return _database({"storage_gib": 100}, {"storage_gib": 200}, lambda raw: raw["dataDiskSizeGb"] == "200")
