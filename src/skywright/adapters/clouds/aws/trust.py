"""Trust policies of roles -> who may assume them: which accounts, anyone at all, and whether strangers must know a secret.

Sources: IAM user guide, "The confused deputy problem", "Configuring a role for GitHub OIDC identity provider", "Available keys for
AWS web identity federation".
"""

import re

from skywright.adapters.clouds.aws.policy import EQUAL, Statement, grants_everyone, statements

_ACCOUNT = re.compile(r"(?:arn:[^:]*:(?:iam|sts)::)?(\d{12})(?::.*)?")

# Issuer of tokens that everyone can get -> the claims that say whose token it is, and what their values must begin with.
_PUBLIC_ISSUERS: dict[str, tuple[frozenset[str], str]] = {
    "token.actions.githubusercontent.com": (
        frozenset({"sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "job_workflow_ref"}),
        r"repo:[^*?/]+/|(?!repo:)[^*?]+",
    ),
    "gitlab.com": (frozenset({"sub"}), r"project_path:[^*?/]+/"),
    "app.terraform.io": (frozenset({"sub"}), r"organization:[^*?:]+"),
    "cognito-identity.amazonaws.com": (frozenset({"aud"}), r"[^*?]+"),
    "accounts.google.com": (frozenset({"aud", "sub", "oaud"}), r"[^*?]+"),
    "graph.facebook.com": (frozenset({"app_id"}), r"[^*?]+"),
    "www.amazon.com": (frozenset({"app_id"}), r"[^*?]+"),
}


def trusts_accounts(document: object) -> list[str] | None:
    """The accounts whose identities may assume the role, sorted. None: the policy cannot be read."""
    found = statements(document)
    if found is None:
        return None
    return sorted({account for one in found if one.allows for account in _accounts(one)})


def trusts_anyone(document: object) -> bool | None:
    """May anyone in the world assume the role: every AWS principal, or everyone with a login at a public issuer of tokens. An
    external id does not count as a limit: it is shared with whoever was told. None: the policy cannot be read."""
    found = statements(document)
    if found is None:
        return None
    return bool(grants_everyone(document)) or any(_accepts_any_token(one) for one in found if one.allows)


def external_id_required(document: object, own: str) -> bool | None:
    """Must every identity of another account than ``own`` name an external id. False also when no other account is trusted.
    None: the policy cannot be read."""
    found = statements(document)
    if found is None:
        return None
    foreign = [one for one in found if one.allows and any(account != own for account in _accounts(one))]
    return bool(foreign) and all(_asks_external_id(one) for one in foreign)


def _accounts(statement: Statement) -> set[str]:
    named = (_ACCOUNT.fullmatch(value) for kind, value in statement.principals if kind == "AWS")
    return {match[1] for match in named if match}


def _asks_external_id(statement: Statement) -> bool:
    return any(one.key == "sts:externalid" and one.operator in EQUAL and "*" not in one.values for one in statement.conditions)


def _accepts_any_token(statement: Statement) -> bool:
    issuers = {value.rsplit("oidc-provider/", 1)[-1].lower() for kind, value in statement.principals if kind == "Federated"}
    return any(issuer in _PUBLIC_ISSUERS and not _names_tokens(statement, issuer) for issuer in issuers)


def _names_tokens(statement: Statement, issuer: str) -> bool:
    claims, start = _PUBLIC_ISSUERS[issuer]
    return any(
        one.operator.removeprefix("foranyvalue:") in EQUAL
        and one.key in {f"{issuer}:{claim}" for claim in claims}
        and all(re.match(start, value) for value in one.values)
        for one in statement.conditions
    )
