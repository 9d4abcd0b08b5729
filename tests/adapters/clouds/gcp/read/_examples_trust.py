"""Examples of keys, secrets, certificates, people, roles, sinks: what the API answers, and what it becomes."""

from datetime import datetime

from tests.adapters.clouds.gcp.read._known import HERE, Case

from skywright.adapters.clouds.gcp.read import (
    audit,
    crypto,
    identity,
)

KMS = {
    "name": "projects/shop/locations/eu/keyRings/ring/cryptoKeys/data",
    "purpose": "ENCRYPT_DECRYPT",
    "rotationPeriod": "7776000s",
    "createTime": "2026-01-02T03:04:05Z",
    "primary": {"state": "DESTROY_SCHEDULED", "destroyTime": "2026-05-01T00:00:00Z"},
    "versionTemplate": {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE"},
}
SA_KEY = {
    "name": "projects/shop/serviceAccounts/ci@shop.iam.gserviceaccount.com/keys/abc",
    "keyType": "USER_MANAGED",
    "validAfterTime": "2025-01-02T03:04:05Z",
    "privateKeyData": "hunter2",
}
ROLE = {"name": "projects/shop/roles/deployer", "title": "Deployer", "includedPermissions": ["iam.serviceAccounts.actAs", "a.b.c"]}
SINK = {"name": "to-bucket", "destination": "storage.googleapis.com/shop-logs", "filter": 'logName:"cloudaudit.googleapis.com"'}
LOGS = {"name": "projects/shop/locations/global/buckets/_Default", "retentionDays": 30, "lifecycleState": "ACTIVE"}
CERTIFICATE = {
    "name": "shop",
    "type": "MANAGED",
    "expireTime": "2026-05-01T00:00:00.000-07:00",
    "managed": {"domains": ["shop.example"], "status": "ACTIVE"},
}
SECRET = {"name": "projects/42/secrets/licence", "replication": {"automatic": {}}, "rotation": {"rotationPeriod": "2592000s"}}
TRUST: list[Case] = [
    (
        "cloudkms",
        "CryptoKey",
        KMS,
        lambda raw: crypto.key(raw, HERE, None),
        {
            "id": "gcp:shop:global:crypto.key/eu/ring/data",
            "state": "pending-deletion",
            "deletion_at": datetime(2026, 5, 1),
            "spec": "SYMMETRIC_DEFAULT",
            "rotation": True,
            "public": None,
            "multi_region": True,
        },
    ),
    ("secretmanager", "Secret", SECRET, lambda raw: crypto.secret(raw, HERE), {"rotation": True, "key": "", "name": "licence"}),
    (
        "compute",
        "SslCertificate",
        CERTIFICATE,
        lambda raw: crypto.certificate(raw, HERE),
        {
            "expires_at": datetime(2026, 5, 1, 7),
            "renewal_eligible": True,
            "imported": False,
            "state": "issued",
            "domain": "shop.example",
        },
    ),
    (
        "iam",
        "ServiceAccount",
        {
            "name": "projects/shop/serviceAccounts/ci@shop.iam.gserviceaccount.com",
            "email": "ci@shop.iam.gserviceaccount.com",
            "disabled": True,
        },
        lambda raw: identity.service_account(raw, HERE, 2, ["roles/owner"]),
        {
            "id": "gcp:shop:global:identity.user/ci@shop.iam.gserviceaccount.com",
            "state": "inactive",
            "administrator": True,
            "access_keys_active": 2,
        },
    ),
    (
        "iam",
        "ServiceAccountKey",
        SA_KEY,
        lambda raw: identity.access_key(raw, HERE),
        {
            "id": "gcp:shop:global:identity.key/ci@shop.iam.gserviceaccount.com/abc",
            "active": True,
            "rotated_at": datetime(2025, 1, 2, 3, 4, 5),
            "user_id": "gcp:shop:global:identity.user/ci@shop.iam.gserviceaccount.com",
        },
    ),
    (
        "iam",
        "Role",
        ROLE,
        lambda raw: identity.custom_role(raw, HERE, 1),
        {"privilege_escalation": True, "administrator": False, "attachments": 1},
    ),
    (
        "logging",
        "LogSink",
        SINK,
        lambda raw: audit.trail(raw, HERE, {}, data=False),
        {
            "logging": True,
            "multi_region": True,
            "bucket": "shop-logs",
            "log_group": "",
            "data_events": False,
            "log_validation": None,
        },
    ),
    (
        "logging",
        "LogBucket",
        LOGS,
        lambda raw: audit.log_group(raw, HERE),
        {"retention_days": 30, "keeps_forever": False, "encrypted_with_key": False},
    ),
]
