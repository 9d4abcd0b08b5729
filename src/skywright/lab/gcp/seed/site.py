"""One project in one region: a network with walls, keys that rotate, and builders that make what is in order."""

from typing import Any

from skywright.lab.gcp.seed.town import COMPUTE, GLOBAL, REGIONS, Town

IMAGE = "https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v20250910"
ROTATION = "7776000s"  # 90 days
FLOW_LOGS = {"enable": True, "aggregationInterval": "INTERVAL_5_SEC", "flowSampling": 0.5, "metadata": "INCLUDE_ALL_METADATA"}


class Site:
    """A project in a region. Every builder gives what others refer to it by: a link or a full name."""

    def __init__(self, town: Town, project: str, region: str) -> None:
        self.town = town
        self.project = project
        self.region = region
        self.zones = [f"{region}-{letter}" for letter in "bcd"]
        self._cards = 10 + 60 * REGIONS.index(region)

    @property
    def labels(self) -> dict[str, str]:
        """Whose it is."""
        return {"owner": "platform", "environment": "production" if self.project.endswith("production") else "staging"}

    def link(self, path: str) -> str:
        """The link of a thing of this project."""
        return f"{COMPUTE}projects/{self.project}/{path}"

    def zonal(self, zone: str, collection: str, name: str, resource: dict[str, Any], days: float = 200.0) -> str:
        """Put a thing into a zone."""
        return self.town.compute(self.project, f"zones/{zone}", collection, name, resource, days)

    def regional(self, collection: str, name: str, resource: dict[str, Any], days: float = 200.0) -> str:
        """Put a thing into the region."""
        return self.town.compute(self.project, f"regions/{self.region}", collection, name, resource, days)

    def everywhere(self, collection: str, name: str, resource: dict[str, Any], days: float = 200.0) -> str:
        """Put a thing into the project, in no region."""
        return self.town.compute(self.project, GLOBAL, collection, name, resource, days)

    # --- ground -------------------------------------------------------------------------------------------------------------------

    def key(self, name: str, **more: Any) -> str:
        """A key of this region, that rotates."""
        ring = f"projects/{self.project}/locations/{self.region}/keyRings/platform"
        if self.town.world.store.raw(f"cloudkms/{ring}") is None:
            self.town.put(f"cloudkms/{ring}", {}, 700)
        full = f"{ring}/cryptoKeys/{name}"
        version: dict[str, Any] = {
            "name": f"{full}/cryptoKeyVersions/1",
            "state": "ENABLED",
            "protectionLevel": "SOFTWARE",
            "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION",
        }
        facts: dict[str, Any] = {
            "purpose": "ENCRYPT_DECRYPT",
            "primary": version,
            "labels": self.labels,
            "rotationPeriod": ROTATION,
        }
        facts["nextRotationTime"] = self.town.ago(-20)
        facts["versionTemplate"] = {"protectionLevel": "SOFTWARE", "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION"}
        whole: dict[str, Any] = {name: value for name, value in {**facts, **more}.items() if value is not None}
        self.town.put(f"cloudkms/{full}", whole, 600)
        self.town.put(f"cloudkms/{full}/cryptoKeyVersions/1", whole["primary"], 600)
        return full

    @property
    def own_key(self) -> str:
        """The key of all that should have one."""
        return f"projects/{self.project}/locations/{self.region}/keyRings/platform/cryptoKeys/data"

    def network(self, name: str = "backbone", *, flow_logs: bool = True, cidr: str = "") -> str:
        """A network, its subnet here, the route out, and NAT. The network itself is made once a project."""
        key = f"compute/projects/{self.project}/global/networks/{name}"
        subnet = f"{name}-{self.region}"
        held = self.town.world.store.get(key)
        links = sorted({*(held or {}).get("subnetworks", []), self.link(f"regions/{self.region}/subnetworks/{subnet}")})
        facts: dict[str, Any] = {
            "autoCreateSubnetworks": False,
            "routingConfig": {"routingMode": "REGIONAL"},
            "mtu": 1460,
            "subnetworks": links,
        }
        network = self.everywhere("networks", name, facts, 700)
        if held is None:
            gateway = self.link("global/gateways/default-internet-gateway")
            self.everywhere(
                "routes",
                f"default-route-{name}",
                {"network": network, "destRange": "0.0.0.0/0", "priority": 1000, "nextHopGateway": gateway},
            )
        self._subnet(network, subnet, cidr or f"10.{16 + 16 * REGIONS.index(self.region)}.0.0/20", flow_logs=flow_logs)
        return network

    def _subnet(self, network: str, name: str, cidr: str, *, flow_logs: bool) -> None:
        facts: dict[str, Any] = {"network": network, "ipCidrRange": cidr, "privateIpGoogleAccess": True, "purpose": "PRIVATE"}
        facts |= {"gatewayAddress": cidr.rpartition(".")[0] + ".1", "stackType": "IPV4_ONLY", "enableFlowLogs": flow_logs}
        facts["logConfig"] = FLOW_LOGS if flow_logs else {"enable": False}
        self.regional("subnetworks", name, facts, 700)
        nat: dict[str, Any] = {
            "name": f"{name}-nat",
            "natIpAllocateOption": "AUTO_ONLY",
            "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
        }
        nat |= {"logConfig": {"enable": True, "filter": "ALL"}, "type": "PUBLIC"}
        self.regional("routers", f"{name}-router", {"network": network, "nats": [nat]})

    def firewall(self, name: str, allowed: list[dict[str, Any]], sources: list[str], **more: Any) -> str:
        """A rule that lets in."""
        facts: dict[str, Any] = {
            "network": self.link("global/networks/backbone"),
            "direction": "INGRESS",
            "priority": 1000,
            "allowed": allowed,
        }
        facts |= {"sourceRanges": sources, "disabled": False, "logConfig": {"enable": True}, "targetTags": ["web"]}
        return self.everywhere("firewalls", name, {**facts, **more}, 300)

    # --- machines -----------------------------------------------------------------------------------------------------------------

    def disk(self, name: str, zone: str = "", size: int = 50, days: float = 200.0, **more: Any) -> str:
        """A disk with a key of ours."""
        zone = zone or self.zones[0]
        facts: dict[str, Any] = {
            "sizeGb": str(size),
            "type": self.link(f"zones/{zone}/diskTypes/pd-balanced"),
            "physicalBlockSizeBytes": "4096",
        }
        facts |= {"labels": self.labels, "diskEncryptionKey": {"kmsKeyName": f"{self.own_key}/cryptoKeyVersions/1"}}
        return self.zonal(zone, "disks", name, {**facts, **more}, days)

    def instance(self, name: str, machine: str = "e2-standard-2", zone: str = "", **more: Any) -> str:
        """An instance in the subnet of the site, without a public address, with its boot disk. ``load``: how busy it is."""
        zone = zone or self.zones[0]
        load, status = more.pop("load", 0.4), more.get("status", "RUNNING")
        self._cards += 1
        card: dict[str, Any] = {
            "name": "nic0",
            "network": self.link("global/networks/backbone"),
            "kind": "compute#networkInterface",
        }
        card |= {"subnetwork": self.link(f"regions/{self.region}/subnetworks/backbone-{self.region}")}
        card |= {"networkIP": f"10.{16 + 16 * REGIONS.index(self.region)}.{self._cards // 250}.{self._cards % 250 + 2}"}
        if address := more.pop("public", ""):
            access = {"type": "ONE_TO_ONE_NAT", "name": "External NAT", "natIP": address, "kind": "compute#accessConfig"}
            card["accessConfigs"] = [access]
        link = self.link(f"zones/{zone}/instances/{name}")
        boot = self.disk(name, zone, users=[link], sourceImage=IMAGE)
        facts = self._machine(name, machine, zone, boot) | {"networkInterfaces": [card], "tags": {"items": ["web"]}}
        if status == "TERMINATED":
            facts["lastStopTimestamp"] = self.town.ago(60)
        self.zonal(zone, "instances", name, {**facts, **more})
        self.town.world.store.hidden[f"compute/projects/{self.project}/zones/{zone}/instances/{name}"] = {"load": load}
        return link

    def _machine(self, name: str, machine: str, zone: str, boot: str) -> dict[str, Any]:
        attached: dict[str, Any] = {
            "source": boot,
            "boot": True,
            "autoDelete": True,
            "deviceName": name,
            "type": "PERSISTENT",
            "mode": "READ_WRITE",
        }
        shielded: dict[str, Any] = {"enableSecureBoot": True, "enableVtpm": True, "enableIntegrityMonitoring": True}
        scheduling: dict[str, Any] = {
            "onHostMaintenance": "MIGRATE",
            "automaticRestart": True,
            "preemptible": False,
            "provisioningModel": "STANDARD",
        }
        account: dict[str, Any] = {"email": self.account(), "scopes": ["https://www.googleapis.com/auth/cloud-platform"]}
        return {
            "machineType": self.link(f"zones/{zone}/machineTypes/{machine}"),
            "disks": [{"index": 0, "kind": "compute#attachedDisk", "diskSizeGb": "50", "interface": "SCSI", **attached}],
            "labels": self.labels,
            "metadata": {"kind": "compute#metadata", "items": [{"key": "block-project-ssh-keys", "value": "true"}]},
            "shieldedInstanceConfig": shielded,
            "scheduling": scheduling,
            "serviceAccounts": [account],
            "deletionProtection": False,
            "canIpForward": False,
            "lastStartTimestamp": self.town.ago(90),
        }

    def account(self, name: str = "runner") -> str:
        """The e-mail address of a service account, which is made when it is not there."""
        email = f"{name}@{self.project}.iam.gserviceaccount.com"
        key = f"iam/projects/{self.project}/serviceAccounts/{email}"
        if self.town.world.store.raw(key) is None:
            self.town.put(key, {"displayName": name, "oauth2ClientId": self.town.world.store.next_id()})
        return email

    # --- data ---------------------------------------------------------------------------------------------------------------------

    def bucket(self, name: str, **more: Any) -> str:
        """A bucket that keeps the public out, with a key of ours, versions, a life cycle and an access log."""
        closed: dict[str, Any] = {"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": {"enabled": True}}
        rule: dict[str, Any] = {"action": {"type": "Delete"}, "condition": {"daysSinceNoncurrentTime": 30}}
        uploads: dict[str, Any] = {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}}
        facts: dict[str, Any] = {
            "location": self.region.upper(),
            "locationType": "region",
            "projectNumber": self.town.number(self.project),
            "iamConfiguration": closed,
            "versioning": {"enabled": True},
            "lifecycle": {"rule": [rule, uploads]},
            "encryption": {"defaultKmsKeyName": self.own_key},
            "logging": {"logBucket": f"{self.project}-{self.region}-access-log", "logObjectPrefix": name},
            "softDeletePolicy": {"retentionDurationSeconds": "604800", "effectiveTime": self.town.ago(400)},
            "labels": self.labels,
        }
        whole: dict[str, Any] = {field: value for field, value in {**facts, **more}.items() if value is not None}
        self.town.put(f"storage/b/{name}", whole)
        self.town.allow(f"storage/b/{name}", "roles/storage.objectViewer", f"serviceAccount:{self.account()}")
        return name

    def database(self, name: str, version: str = "POSTGRES_16", **more: Any) -> str:
        """A Cloud SQL instance: in two zones, private, backed up, protected, with sign-in by IAM."""
        load = more.pop("load", 0.3)
        settings = self._settings(version)
        _lay_over(settings, more.pop("settings", {}))
        facts: dict[str, Any] = {
            "databaseVersion": version,
            "region": self.region,
            "instanceType": "CLOUD_SQL_INSTANCE",
            "backendType": "SECOND_GEN",
        }
        facts |= {"settings": settings, "gceZone": self.zones[0], "ipAddresses": [{"type": "PRIVATE", "ipAddress": "10.90.0.3"}]}
        facts |= {"diskEncryptionConfiguration": {"kmsKeyName": self.own_key}}
        key = f"sqladmin/projects/{self.project}/instances/{name}"
        self.town.put(key, {**facts, **more})
        self.town.world.store.hidden[key] = {"load": load}
        self._backups(name)
        return name

    def _settings(self, version: str) -> dict[str, Any]:
        """How a database is set up when all is in order."""
        flag = "cloudsql_iam_authentication" if version.startswith("MYSQL") else "cloudsql.iam_authentication"
        return {
            "tier": "db-custom-2-7680",
            "edition": "ENTERPRISE",
            "activationPolicy": "ALWAYS",
            "availabilityType": "REGIONAL",
            "dataDiskType": "PD_SSD",
            "dataDiskSizeGb": "100",
            "storageAutoResize": True,
            "deletionProtectionEnabled": True,
            "databaseFlags": [{"name": flag, "value": "on"}, {"name": "cloudsql.enable_pgaudit", "value": "on"}],
            "ipConfiguration": {
                "ipv4Enabled": False,
                "privateNetwork": f"projects/{self.project}/global/networks/backbone",
                "sslMode": "ENCRYPTED_ONLY",
                "authorizedNetworks": [],
            },
            "backupConfiguration": {
                "enabled": True,
                "startTime": "02:00",
                "pointInTimeRecoveryEnabled": True,
                "backupRetentionSettings": {"retentionUnit": "COUNT", "retainedBackups": 14},
                "transactionLogRetentionDays": 7,
            },
            "maintenanceWindow": {"day": 7, "hour": 3, "updateTrack": "stable"},
            "insightsConfig": {"queryInsightsEnabled": True},
            "userLabels": self.labels,
            "settingsVersion": "3",
        }

    def _backups(self, name: str) -> None:
        for day in (1, 2):
            number = self.town.world.store.next_id()
            facts = {"id": number, "kind": "sql#backupRun", "instance": name, "status": "SUCCESSFUL", "type": "AUTOMATED"}
            facts |= {"startTime": self.town.ago(day), "endTime": self.town.ago(day - 0.01), "enqueuedTime": self.town.ago(day)}
            facts |= {"backupKind": "SNAPSHOT", "location": "eu"}
            self.town.world.store.put(f"sqladmin/projects/{self.project}/instances/{name}/backupRuns/{number}", facts)


def _lay_over(settings: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(settings.get(name), dict):
            settings[name] = {**settings[name], **value}
        else:
            settings[name] = value
