"""Storage accounts, databases and caches become rows."""

from tests.adapters.clouds.azure._translating import HERE, ID, NO_LOCKS, Example, has

from skywright.adapters.clouds.azure.read import (
    databases,
    sql,
    storage,
)
from skywright.adapters.clouds.azure.read.storage import Details


def test_a_storage_account(example: Example) -> None:
    told = Details(
        service={"properties": {"isVersioningEnabled": True, "deleteRetentionPolicy": {"enabled": True, "days": 7}}},
        containers=[
            {"name": "shown", "properties": {"publicAccess": "Blob"}},
            {"name": "kept", "properties": {"publicAccess": "None"}},
        ],
        rules=2,
        logs=[{"properties": {"storageAccountId": "/a/logs", "logs": [{"category": "StorageRead", "enabled": True}]}}],
    )
    row = storage.account(example("account"), HERE, told)
    has(
        row,
        block_public_acls=False,
        restrict_public_buckets=False,
        public_acl=True,
        public_policy=False,
        containers=["kept", "shown"],
        public_containers=["shown"],
        tls_required=True,
        tls_minimum="TLS1_2",
        encryption="provider",
        versioning="on",
        soft_delete_days=7,
        lifecycle_rules=2,
        access_logging=True,
        log_bucket="logs",
        shared_key_access=False,
        public_network=True,
    )


def test_a_closed_account_shows_nothing_whatever_its_containers_say(example: Example) -> None:
    raw = example("account")
    raw["properties"]["allowBlobPublicAccess"] = False
    told = Details(containers=[{"name": "shown", "properties": {"publicAccess": "Container"}}])
    has(
        storage.account(raw, HERE, told),
        public_acl=False,
        ignore_public_acls=True,
        versioning=None,
        access_logging=None,
        lifecycle_rules=None,
    )


def test_an_account_that_does_not_say_is_as_old_accounts_are(example: Example) -> None:
    raw = example("account")
    for name in ("allowBlobPublicAccess", "minimumTlsVersion", "allowSharedKeyAccess"):
        del raw["properties"][name]
    row = storage.account(raw, HERE, Details())
    has(row, block_public_acls=False, public_acl=None, tls_minimum="TLS1_0", shared_key_access=True, containers=None)


def test_a_database_and_its_server(example: Example) -> None:
    server = sql.Server(
        example("sql"),
        rules=[{"properties": {"startIpAddress": "0.0.0.0", "endIpAddress": "255.255.255.255"}}],
        auditing={"properties": {"state": "Disabled"}},
        locks=NO_LOCKS,
    )
    extra = sql.Extra({"properties": {"state": "Enabled"}}, {"properties": {"retentionDays": 7}})
    row = sql.database(example("database"), HERE, server, extra)
    has(
        row,
        id=f"{ID}database.instance/rg/srv/shop",
        state="available",
        engine="sqlserver",
        type="GP_Gen5_2",
        cluster=f"{ID}database.cluster/rg/srv",
        storage_gib=32,
        multi_zone=False,
        public=True,
        authorized_cidrs=["0.0.0.0/0"],
        encrypted=True,
        backup_retention_days=7,
        iam_authentication=False,
        log_exports=[],
        auditing=False,
        tls_minimum="1.2",
        master_username="sa",
    )
    has(sql.server_row(server, HERE, [row]), members=1, multi_zone=False, encrypted=True, backup_retention_days=7)
    has(sql.server_row(server, HERE, None), members=None, encrypted=None, backup_retention_days=None)
    lonely = sql.database(example("database"), HERE, None, sql.Extra())
    has(
        lonely,
        public=None,
        encrypted=None,
        backup_retention_days=None,
        authorized_cidrs=None,
        iam_authentication=None,
        log_exports=None,
    )


def test_a_flexible_server(example: Example) -> None:
    extra = databases.Extra(
        rules=[{"properties": {"startIpAddress": "1.2.3.4", "endIpAddress": "1.2.3.5"}}],
        tls={"properties": {"value": "off"}},
        logs=[],
    )
    row = databases.flexible(example("postgres"), HERE, databases.POSTGRES, extra, NO_LOCKS)
    has(
        row,
        id=f"{ID}database.instance/rg/postgresql:pg",
        engine="postgres",
        engine_version="13.6",
        multi_zone=True,
        public=True,
        authorized_cidrs=["1.2.3.4/31"],
        tls_required=False,
        backup_retention_days=7,
        iam_authentication=True,
        log_exports=[],
        port=5432,
    )
    inside = example("postgres")
    inside["properties"]["network"]["delegatedSubnetResourceId"] = example("network")["properties"]["subnets"][0]["id"]
    has(
        databases.flexible(inside, HERE, databases.POSTGRES, databases.Extra(), None),
        public=False,
        vpc=f"{ID}network.vpc/rg/net",
        tls_required=None,
    )


def test_redis_and_cosmos(example: Example) -> None:
    has(
        databases.redis(example("redis"), HERE),
        engine_version="6.0.14",
        type="Premium_P1",
        multi_zone=True,
        encrypted_in_transit=True,
        authentication=True,
        snapshot_retention_days=5,
        public=True,
    )
    has(
        databases.cosmos(example("cosmos"), HERE, NO_LOCKS),
        billing="on-demand",
        point_in_time_recovery=False,
        public=True,
        firewalled=False,
        local_authentication=True,
        engine="sql",
        encrypted_with_key=False,
    )
