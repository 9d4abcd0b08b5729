"""What a site offers to its users beside machines: balancers, clusters, services, functions, messages, images, caches."""

from typing import Any

from skywright.lab.gcp.seed.site import Site
from skywright.lab.gcp.seed.town import DOMAIN


def ground(site: Site) -> None:
    """The network, the walls, the key, the log bucket: what everything else rests on."""
    site.network()
    site.key("data")
    site.account()
    site.bucket(f"{site.project}-{site.region}-access-log")
    site.firewall("allow-health-checks", [{"IPProtocol": "tcp", "ports": ["80", "8080"]}], ["130.211.0.0/22", "35.191.0.0/16"])
    site.firewall("allow-iap", [{"IPProtocol": "tcp", "ports": ["22"]}], ["35.235.240.0/20"])
    site.firewall("allow-internal", [{"IPProtocol": "all"}], ["10.0.0.0/8"], targetTags=[])
    logging(site)


def logging(site: Site) -> None:
    """Log buckets of the project and the sink into one of them."""
    parent = f"logging/projects/{site.project}"
    for name, days in (("_Default", 30), ("_Required", 400)):
        facts: dict[str, Any] = {"retentionDays": days, "locked": name == "_Required", "description": f"{name} bucket"}
        facts["cmekSettings"] = {"kmsKeyName": site.own_key, "name": f"projects/{site.project}/cmekSettings"}
        site.town.put(f"{parent}/locations/global/buckets/{name}", facts, 800)
    sink: dict[str, Any] = {
        "destination": f"logging.googleapis.com/projects/{site.project}/locations/global/buckets/_Default",
        "filter": "",
    }
    site.town.put(
        f"{parent}/sinks/_Default",
        {**sink, "writerIdentity": f"serviceAccount:cloud-logs@{site.project}.iam.gserviceaccount.com"},
        800,
    )


def group(site: Site, name: str, size: int = 2, *, zone: str = "", **more: Any) -> str:
    """A managed group from a template, over the zones of the region (or in one). Gives the link of its instance group."""
    template = _template(site, f"{name}-v1")
    scope = f"zones/{zone}" if zone else f"regions/{site.region}"
    members = site.link(f"{scope}/instanceGroups/{name}")
    facts: dict[str, Any] = {
        "baseInstanceName": name,
        "instanceTemplate": template,
        "instanceGroup": members,
        "targetSize": size,
        "versions": [{"instanceTemplate": template, "targetSize": {"calculated": size}}],
        "status": {"isStable": True, "versionTarget": {"isReached": True}},
        "autoHealingPolicies": [{"healthCheck": site.link("global/healthChecks/web"), "initialDelaySec": 120}],
        "currentActions": {"none": size},
        "updatePolicy": {"type": "PROACTIVE", "maxSurge": {"fixed": 3}, "maxUnavailable": {"fixed": 0}},
    }
    if not zone:
        zones = [{"zone": site.link(f"zones/{one}")} for one in site.zones]
        facts["distributionPolicy"] = {"zones": zones, "targetShape": "EVEN"}
    site.town.compute(site.project, scope, "instanceGroupManagers", name, {**facts, **more})
    network = site.link("global/networks/backbone")
    site.town.compute(
        site.project,
        scope,
        "instanceGroups",
        name,
        {"network": network, "size": size, "namedPorts": [{"name": "http", "port": 80}]},
    )
    maker = f"projects/{site.town.number(site.project)}/{scope}/instanceGroupManagers/{name}"
    for place in range(size):
        made_by: dict[str, Any] = {"kind": "compute#metadata", "items": [{"key": "created-by", "value": maker}]}
        site.instance(f"{name}-{place:04d}", "e2-small", zone or site.zones[place % 3], metadata=made_by, load=0.5)
    return members


def _template(site: Site, name: str) -> str:
    card: dict[str, Any] = {
        "network": site.link("global/networks/backbone"),
        "subnetwork": site.link(f"regions/{site.region}/subnetworks/backbone-{site.region}"),
    }
    disk: dict[str, Any] = {
        "boot": True,
        "autoDelete": True,
        "type": "PERSISTENT",
        "initializeParams": {"diskSizeGb": "20", "sourceImage": "debian-12"},
    }
    disk["diskEncryptionKey"] = {"kmsKeyName": site.own_key}
    properties: dict[str, Any] = {
        "machineType": "e2-small",
        "networkInterfaces": [card],
        "disks": [disk],
        "labels": site.labels,
        "tags": {"items": ["web"]},
    }
    return site.everywhere("instanceTemplates", name, {"properties": properties})


def balancer(site: Site, name: str, members: str, **more: Any) -> None:
    """An external HTTPS balancer before a group: address, rule, proxy, map, backend, check, armour. ``backend``: facts of the
    backend service that are otherwise; ``http``: a plain proxy."""
    address = site.everywhere(
        "addresses", name, {"address": _address(site, name), "addressType": "EXTERNAL", "labels": site.labels}
    )
    check: dict[str, Any] = {
        "type": "HTTP",
        "checkIntervalSec": 10,
        "timeoutSec": 5,
        "httpHealthCheck": {"port": 80, "requestPath": "/healthz"},
    }
    site.everywhere("healthChecks", "web", check)
    armour = site.everywhere("securityPolicies", "edge", {"type": "CLOUD_ARMOR", "rules": [], "fingerprint": "bGFi"})
    facts: dict[str, Any] = {
        "protocol": "HTTP",
        "portName": "http",
        "loadBalancingScheme": "EXTERNAL_MANAGED",
        "timeoutSec": 30,
        "enableCDN": False,
    }
    facts |= {"backends": [{"group": members, "balancingMode": "UTILIZATION"}], "securityPolicy": armour}
    facts |= {"healthChecks": [site.link("global/healthChecks/web")], "logConfig": {"enable": True, "sampleRate": 1.0}}
    facts |= more.get("backend", {})
    backend = site.everywhere("backendServices", name, {field: value for field, value in facts.items() if value is not None})
    url_map = site.everywhere("urlMaps", name, {"defaultService": backend})
    target = _proxy(site, name, url_map, plain=bool(more.get("http")))
    port = "80-80" if more.get("http") else "443-443"
    rule: dict[str, Any] = {
        "IPAddress": _address(site, name),
        "IPProtocol": "TCP",
        "portRange": port,
        "target": target,
        "networkTier": "PREMIUM",
    }
    rule |= {"loadBalancingScheme": "EXTERNAL_MANAGED", "labels": more.get("labels", site.labels)}
    link = site.everywhere("forwardingRules", name, rule)
    held = f"compute/{address.partition('/v1/')[2]}"
    site.town.put(held, {**(site.town.world.store.get(held) or {}), "status": "IN_USE", "users": [link]})


def _proxy(site: Site, name: str, url_map: str, *, plain: bool) -> str:
    if plain:
        return site.everywhere("targetHttpProxies", name, {"urlMap": url_map})
    managed: dict[str, Any] = {
        "type": "MANAGED",
        "managed": {"domains": [f"{name}.{DOMAIN}"], "status": "ACTIVE"},
        "expireTime": site.town.ago(-70),
    }
    certificate = site.everywhere("sslCertificates", name, {**managed, "subjectAlternativeNames": [f"{name}.{DOMAIN}"]})
    policy = site.everywhere("sslPolicies", "modern", {"profile": "MODERN", "minTlsVersion": "TLS_1_2"})
    return site.everywhere("targetHttpsProxies", name, {"urlMap": url_map, "sslCertificates": [certificate], "sslPolicy": policy})


def _address(site: Site, name: str) -> str:
    return f"203.0.113.{sum(map(ord, site.project + name)) % 200 + 20}"


def _pool(site: Site) -> dict[str, Any]:
    """The nodes of a cluster."""
    config: dict[str, Any] = {
        "machineType": "e2-standard-4",
        "diskSizeGb": 100,
        "serviceAccount": site.account(),
        "imageType": "COS_CONTAINERD",
    }
    config |= {"shieldedInstanceConfig": {"enableSecureBoot": True, "enableIntegrityMonitoring": True}}
    config |= {"workloadMetadataConfig": {"mode": "GKE_METADATA"}}
    management: dict[str, Any] = {"autoUpgrade": True, "autoRepair": True}
    return {
        "name": "workers",
        "config": config,
        "initialNodeCount": 1,
        "status": "RUNNING",
        "management": management,
        "version": "1.34.1-gke.1",
    }


def cluster(site: Site, name: str, **more: Any) -> str:
    """A private GKE cluster over the zones of the region."""
    key = f"projects/{site.project}/locations/{site.region}/clusters/{name}"
    facts: dict[str, Any] = {
        "location": site.region,
        "locations": site.zones,
        "network": "backbone",
        "subnetwork": f"backbone-{site.region}",
        "networkConfig": {
            "network": f"projects/{site.project}/global/networks/backbone",
            "subnetwork": f"projects/{site.project}/regions/{site.region}/subnetworks/backbone-{site.region}",
        },
        "endpoint": "10.100.0.2",
        "currentMasterVersion": "1.34.1-gke.1829001",
        "currentNodeVersion": "1.34.1-gke.1829001",
        "currentNodeCount": 3,
        "initialNodeCount": 1,
        "nodePools": [_pool(site)],
        "releaseChannel": {"channel": "REGULAR"},
        "privateClusterConfig": {"enablePrivateNodes": True, "enablePrivateEndpoint": True, "privateEndpoint": "10.100.0.2"},
        "controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": True, "enablePublicEndpoint": False}},
        "masterAuthorizedNetworksConfig": {"enabled": True, "cidrBlocks": [{"cidrBlock": "10.0.0.0/8"}]},
        "databaseEncryption": {"state": "ENCRYPTED", "keyName": site.own_key},
        "networkPolicy": {"enabled": True, "provider": "CALICO"},
        "workloadIdentityConfig": {"workloadPool": f"{site.project}.svc.id.goog"},
        "loggingConfig": {"componentConfig": {"enableComponents": ["SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER"]}},
        "shieldedNodes": {"enabled": True},
        "legacyAbac": {},
        "resourceLabels": site.labels,
    }
    site.town.put(f"container/{key}", {**facts, **more})
    return key


def service(site: Site, name: str, *, public: bool = False) -> str:
    """A Cloud Run service that only known callers reach."""
    key = f"projects/{site.project}/locations/{site.region}/services/{name}"
    image = f"{site.region}-docker.pkg.dev/{site.project}/images/{name}:stable"
    container: dict[str, Any] = {
        "image": image,
        "resources": {"limits": {"cpu": "1", "memory": "512Mi"}},
        "ports": [{"name": "http1", "containerPort": 8080}],
    }
    template: dict[str, Any] = {
        "containers": [container],
        "scaling": {"minInstanceCount": 1, "maxInstanceCount": 10},
        "serviceAccount": site.account(),
    }
    facts: dict[str, Any] = {"template": template, "labels": site.labels, "uri": f"https://{name}-lab.a.run.app", "generation": "4"}
    facts["ingress"] = "INGRESS_TRAFFIC_ALL" if public else "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
    facts["terminalCondition"] = {"type": "Ready", "state": "CONDITION_SUCCEEDED"}
    site.town.put(f"run/{key}", facts)
    member = "allUsers" if public else f"serviceAccount:{site.account()}"
    site.town.allow(f"run/{key}", "roles/run.invoker", member)
    return key


def function(site: Site, name: str, runtime: str = "python312", *, public: bool = False, **more: Any) -> str:
    """A function, and the Cloud Run service that it is made of."""
    key = f"projects/{site.project}/locations/{site.region}/functions/{name}"
    config: dict[str, Any] = {
        "availableMemory": "256M",
        "timeoutSeconds": 60,
        "serviceAccountEmail": site.account(),
        "uri": f"https://{name}-lab.a.run.app",
    }
    config |= {"service": key.replace("/functions/", "/services/"), "ingressSettings": "ALLOW_INTERNAL_ONLY"}
    facts: dict[str, Any] = {
        "environment": "GEN_2",
        "buildConfig": {"runtime": runtime, "entryPoint": "main"},
        "serviceConfig": config,
    }
    site.town.put(f"cloudfunctions/{key}", {**facts, "labels": site.labels, "kmsKeyName": site.own_key, **more})
    member = "allUsers" if public else f"serviceAccount:{site.account()}"
    site.town.allow(f"cloudfunctions/{key}", "roles/cloudfunctions.invoker", member)
    return key


def topic(site: Site, name: str, *, subscribed: bool = True, **more: Any) -> str:
    """A topic with a key of ours, and a subscription with somewhere for what cannot be delivered."""
    full = f"projects/{site.project}/topics/{name}"
    site.town.put(
        f"pubsub/{full}", {"kmsKeyName": site.own_key, "labels": site.labels, "messageRetentionDuration": "604800s", **more}
    )
    if subscribed:
        facts: dict[str, Any] = {
            "topic": full,
            "ackDeadlineSeconds": 30,
            "messageRetentionDuration": "604800s",
            "labels": site.labels,
            "pushConfig": {},
        }
        facts["deadLetterPolicy"] = {"deadLetterTopic": f"projects/{site.project}/topics/dead", "maxDeliveryAttempts": 5}
        site.town.put(f"pubsub/projects/{site.project}/subscriptions/{name}-worker", facts)
    return full


def repository(site: Site, name: str, **more: Any) -> str:
    """A repository of images: scanned, with fixed tags, a key of ours, and a policy that clears up."""
    key = f"projects/{site.project}/locations/{site.region}/repositories/{name}"
    clean: dict[str, Any] = {
        "old": {"id": "old", "action": "DELETE", "condition": {"tagState": "UNTAGGED", "olderThan": "2592000s"}}
    }
    facts: dict[str, Any] = {
        "format": "DOCKER",
        "mode": "STANDARD_REPOSITORY",
        "kmsKeyName": site.own_key,
        "cleanupPolicies": clean,
        "labels": site.labels,
    }
    facts |= {
        "dockerConfig": {"immutableTags": True},
        "sizeBytes": "734003200",
        "registryUri": f"{site.region}-docker.pkg.dev/{site.project}/{name}",
    }
    facts["vulnerabilityScanningConfig"] = {"enablementConfig": "INHERITED", "enablementState": "SCANNING_ACTIVE"}
    site.town.put(f"artifactregistry/{key}", {field: value for field, value in {**facts, **more}.items() if value is not None})
    return key


def cache(site: Site, name: str, **more: Any) -> str:
    """A Redis instance in two zones, with a password and encryption on the way."""
    key = f"projects/{site.project}/locations/{site.region}/instances/{name}"
    facts: dict[str, Any] = {
        "tier": "STANDARD_HA",
        "memorySizeGb": 4,
        "redisVersion": "REDIS_7_2",
        "host": "10.91.0.4",
        "port": 6379,
        "authEnabled": True,
    }
    facts |= {
        "transitEncryptionMode": "SERVER_AUTHENTICATION",
        "authorizedNetwork": f"projects/{site.project}/global/networks/backbone",
    }
    facts |= {"locationId": site.zones[0], "alternativeLocationId": site.zones[1], "labels": site.labels, "replicaCount": 1}
    facts |= {
        "customerManagedKey": site.own_key,
        "persistenceConfig": {"persistenceMode": "RDB", "rdbSnapshotPeriod": "TWENTY_FOUR_HOURS"},
    }
    site.town.put(f"redis/{key}", {**facts, **more})
    return key


def secret(site: Site, name: str, **more: Any) -> str:
    """A secret that is rotated."""
    key = f"projects/{site.project}/secrets/{name}"
    facts: dict[str, Any] = {
        "replication": {"automatic": {}},
        "labels": site.labels,
        "topics": [{"name": f"projects/{site.project}/topics/rotations"}],
    }
    facts["rotation"] = {"rotationPeriod": "2592000s", "nextRotationTime": site.town.ago(-9)}
    site.town.put(f"secretmanager/{key}", {field: value for field, value in {**facts, **more}.items() if value is not None}, 60)
    return key


def zone(site: Site, name: str, **more: Any) -> None:
    """A public DNS zone with DNSSEC and a log of its queries."""
    facts: dict[str, Any] = {
        "dnsName": f"{name}.{DOMAIN}.",
        "visibility": "public",
        "dnssecConfig": {"state": "on", "kind": "dns#managedZoneDnsSecConfig"},
    }
    facts |= {
        "cloudLoggingConfig": {"enableLogging": True},
        "labels": site.labels,
        "nameServers": ["ns-cloud-a1.googledomains.com."],
    }
    key = f"dns/projects/{site.project}/managedZones/{name}"
    site.town.put(key, {**facts, **more})
    for kind, data in (
        ("SOA", "ns-cloud-a1.googledomains.com. cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300"),
        ("A", "203.0.113.9"),
    ):
        record: dict[str, Any] = {
            "name": f"{name}.{DOMAIN}.",
            "type": kind,
            "ttl": 300,
            "rrdatas": [data],
            "kind": "dns#resourceRecordSet",
        }
        site.town.world.store.put(f"{key}/rrsets/{record['name']}{kind}", record)


def dataset(site: Site, name: str, **more: Any) -> None:
    """A BigQuery dataset with a key of ours."""
    facts: dict[str, Any] = {
        "datasetReference": {"projectId": site.project, "datasetId": name},
        "location": site.region,
        "labels": site.labels,
    }
    facts |= {
        "defaultEncryptionConfiguration": {"kmsKeyName": site.own_key},
        "access": [{"role": "OWNER", "specialGroup": "projectOwners"}],
    }
    site.town.put(f"bigquery/projects/{site.project}/datasets/{name}", {**facts, **more})
