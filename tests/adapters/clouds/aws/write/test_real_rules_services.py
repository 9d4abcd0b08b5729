"""Rules of the real RDS, Lambda, EKS, S3 and IAM of which an emulator knows nothing, each under the document that states it."""

from typing import Any

import pytest
from tests.adapters.clouds.aws.write._stubbed import TOKEN, Stubbed

from skywright.adapters.clouds.aws.write import can
from skywright.model.errors import AskHuman, PlanAgain

# Amazon RDS API Reference, "ModifyDBInstance" (ApplyImmediately, PendingModifiedValues): the answer comes before the effect.


def database(size: str, state: str = "available", pending: str | None = None) -> dict[str, Any]:
    pending_values = {"DBInstanceClass": pending} if pending else {}
    return {"DBInstances": [{"DBInstanceStatus": state, "DBInstanceClass": size, "PendingModifiedValues": pending_values}]}


def test_a_database_is_waited_for_until_nothing_is_pending(rds: Stubbed):
    step = rds.steps("database.instance", "ledger", {"type": "db.m5.xlarge"}, {"type": "db.m5.large"})[0]
    rds.answer("describe_db_instances", database("db.m5.xlarge"))
    asked = {"DBInstanceIdentifier": "ledger", "DBInstanceClass": "db.m5.large", "ApplyImmediately": True}
    rds.answer("modify_db_instance", {}, **asked)
    rds.answer("describe_db_instances", database("db.m5.xlarge", "available", "db.m5.large"))
    rds.answer("describe_db_instances", database("db.m5.xlarge", "modifying", "db.m5.large"))
    rds.answer("describe_db_instances", database("db.m5.large"))
    step.do(TOKEN)


def test_backups_are_never_kept_shorter():
    assert can("database.instance", {"backup_retention_days": 7}, {"backup_retention_days": 1}) is None
    assert can("database.instance", {"backup_retention_days": 7}, {"backup_retention_days": 0}) is None
    assert can("database.instance", {"backup_retention_days": 0}, {"backup_retention_days": 36}) is None


# AWS Lambda Developer Guide, "Lambda function states": no update while one is in progress.


def test_a_function_is_waited_for_while_it_is_updated():
    stubbed = Stubbed("lambda")

    def function(memory: int, update: str) -> dict[str, Any]:
        return {"FunctionName": "f", "MemorySize": memory, "Timeout": 3, "State": "Active", "LastUpdateStatus": update}

    stubbed.answer("get_function_configuration", function(1024, "InProgress"))
    stubbed.answer("get_function_configuration", function(1024, "Successful"))
    stubbed.answer("update_function_configuration", {}, FunctionName="f", MemorySize=256, Timeout=3)
    stubbed.answer("get_function_configuration", function(256, "InProgress"))
    stubbed.answer("get_function_configuration", function(256, "Successful"))
    stubbed.steps("function.function", "f", {"memory_mib": 1024}, {"memory_mib": 256})[0].do(TOKEN)
    stubbed.stub.assert_no_pending_responses()


# Amazon EKS API Reference, "UpdateClusterConfig" (clientRequestToken; the default of publicAccessCidrs is everybody).


def test_closing_an_endpoint_keeps_who_may_come_in_and_carries_the_token():
    stubbed = Stubbed("eks")

    def cluster(state: str, public: bool, cidrs: list[str]) -> dict[str, Any]:
        network = {"endpointPublicAccess": public, "endpointPrivateAccess": True, "publicAccessCidrs": cidrs}
        return {"cluster": {"name": "k", "status": state, "resourcesVpcConfig": network}}

    step = stubbed.steps("kubernetes.cluster", "k", {"endpoint_public": True}, {"endpoint_public": False})[0]
    ours = ["203.0.113.0/24"]
    stubbed.answer("describe_cluster", cluster("ACTIVE", True, ours))
    asked = {"endpointPublicAccess": False, "endpointPrivateAccess": True, "publicAccessCidrs": ours}
    stubbed.answer("update_cluster_config", {}, name="k", resourcesVpcConfig=asked, clientRequestToken=TOKEN)
    stubbed.answer("describe_cluster", cluster("UPDATING", True, ours)).answer("describe_cluster", cluster("ACTIVE", False, ours))
    step.do(TOKEN)
    stubbed.answer("describe_cluster", cluster("ACTIVE", False, []))
    with pytest.raises(AskHuman, match="Nobody says which addresses may reach"):
        step.undo(TOKEN, None)
    stubbed.stub.assert_no_pending_responses()


# Amazon S3 API Reference, "PutBucketLifecycleConfiguration": it replaces the whole configuration.


def test_a_lifecycle_rule_is_added_beside_the_others_with_all_their_settings():
    stubbed = Stubbed("s3")
    old = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 400}}
    found = {"Rules": [old], "TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}
    ours = {
        "ID": "skywright-expire-incomplete-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    stubbed.answer("get_bucket_lifecycle_configuration", found).answer("get_bucket_lifecycle_configuration", found)
    stubbed.answer(
        "put_bucket_lifecycle_configuration",
        {},
        Bucket="files",
        LifecycleConfiguration={"Rules": [old, ours]},
        TransitionDefaultMinimumObjectSize="varies_by_storage_class",
    )
    stubbed.answer("get_bucket_lifecycle_configuration", {**found, "Rules": [old, ours]})
    before, after = {"incomplete_uploads_expire": False}, {"incomplete_uploads_expire": True}
    stubbed.steps("storage.bucket", "files", before, after)[0].do(TOKEN)
    stubbed.stub.assert_no_pending_responses()


# Amazon S3 API Reference, "GetBucketPolicy": NoSuchBucket and NoSuchBucketPolicy are different news.


def test_a_bucket_that_is_gone_is_not_taken_for_one_without_a_policy():
    stubbed = Stubbed("s3")
    stubbed.refuse("get_bucket_policy", "NoSuchBucket", "The specified bucket does not exist")
    with pytest.raises(PlanAgain, match=r"storage\.bucket/files is gone"):
        stubbed.steps("storage.bucket", "files", {"policy": "{}"}, {"policy": ""})[0].undo(TOKEN, None)


# IAM API Reference, "UpdateAccountPasswordPolicy": what is not named gets a default, so a policy must not arise by the way.


def test_a_password_rule_alone_does_not_bring_a_policy_about():
    stubbed = Stubbed("iam")
    for _ in range(2):
        stubbed.refuse("get_account_password_policy", "NoSuchEntity")
    step = stubbed.steps("identity.password_policy", "default", {"reuse_prevention": 0}, {"reuse_prevention": 24})[0]
    with pytest.raises(AskHuman, match="does not say how long a password must be"):
        step.do(TOKEN)
    stubbed.stub.assert_no_pending_responses()
