"""What docs/reference/rules-by-cloud.md promises: a rule that applies to a cloud comes to a verdict on the lab's estate of it."""

from collections import Counter
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from skywright.model.finding import RuleVerdict
from skywright.model.schema import table_name
from skywright.model.settings import Settings
from skywright.wiring import House

SILENT = {
    "azure": {
        "audit_trail_not_encrypted_with_key": "with which key the log's storage is encrypted stands at the storage account",
        "backup_vault_empty": "recovery points are one call each item",
        "log_group_not_encrypted_with_key": "a workspace's key stands at its cluster",
        "function_function_tracing_off": "whether an application reports to a tracer stands in its settings, which hold secrets",
        "identity_group_administrator": "the directory's roles are not readable with what gathering needs",
        "identity_group_empty": "the members of groups are one call each",
        "identity_user_administrator": "the directory's roles are not readable with what gathering needs",
        "network_balancer_access_logging_off": "balancers of layer 4 have no such log",
        "network_targets_none_healthy": "Resource Manager does not tell the health of a pool",
    },
    "gcp": {
        "account_account_no_security_contact": "the lab does not play that service",
        "crypto_certificate_weak_key": "the list does not tell the key's algorithm",
        "network_subnet_nearly_full": "the lab does not play how full a subnet is",
        "identity_key_unused": "when a key was last used stands in Monitoring",
    },
    "openstack": {
        "identity_user_password_unused": "Keystone tells it only where lockout is switched on",
        "network_balancer_without_requests": "Octavia's statistics are not read",
    },
    "kubernetes": {"container_quota_nearly_used": "the stand-in has no controller that counts what is used"},
    "swarm": {},
}
"""Cloud -> rules that stay unknown on every row, and why."""


@pytest.fixture(scope="module", params=sorted(SILENT))
def audited(request, tmp_path_factory):
    """One cloud's default estate, gathered and audited by the House."""
    with pytest.MonkeyPatch.context() as patch:
        lab = import_module(f"skywright.lab.{request.param}").start(seed=1)
        try:
            for name, value in lab.environment().items():
                patch.setenv(name, value)
            house = House(Settings(clouds={request.param: lab.section()}), Path(tmp_path_factory.mktemp(request.param)))
            snapshot = house.gather(lambda *_: None)
            found = house.audit(snapshot)
            with house.engine.open(snapshot) as session:
                kinds = {rule.kind for rule in house.rules}
                rows = {kind: session.query(f"SELECT count(*) FROM {table_name(kind)}").rows[0][0] for kind in kinds}
        finally:
            lab.stop()
    return SimpleNamespace(cloud=request.param, found=found, rows=rows, rules={rule.id: rule for rule in house.rules}, lab=lab)


def test_every_rule_that_applies_comes_to_a_verdict(audited):
    unknown = Counter(finding.rule for finding in audited.found if finding.verdict is RuleVerdict.UNKNOWN)
    silent = {rule for rule, count in unknown.items() if count == audited.rows[audited.rules[rule].kind]}
    assert silent <= SILENT[audited.cloud].keys(), (
        f"{audited.cloud}: never a verdict from {sorted(silent - SILENT[audited.cloud].keys())}"
    )


def test_what_was_planted_is_found(audited):
    failed = {(finding.rule, finding.resource) for finding in audited.found if finding.verdict is RuleVerdict.FAIL}
    planted = {
        (one["fault"], f"{audited.cloud}:{one['account']}:{one['region']}:{one['kind']}/{one['native_id']}")
        for one in audited.lab.answers()
    }
    assert planted
    assert planted - failed == set()
