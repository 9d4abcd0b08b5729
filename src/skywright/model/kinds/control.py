"""Who may do what, what is kept secret, what is written down, what it costs: identity, crypto, messaging, logging, accounts."""

from datetime import datetime

from skywright.model.kinds.base import Resource


class User(Resource, frozen=True, kw_only=True):
    """A person's or a program's long-lived identity."""

    KIND = "identity.user"
    password_enabled: bool | None = None
    password_last_used_at: datetime | None = None
    password_changed_at: datetime | None = None
    mfa: bool | None = None
    access_keys_active: int | None = None
    last_active_at: datetime | None = None
    groups: list[str] | None = None
    attached_policies: list[str] | None = None
    inline_policies: list[str] | None = None
    administrator: bool | None = None


class UserGroup(Resource, frozen=True, kw_only=True):
    """A set of users."""

    KIND = "identity.group"
    members: int | None = None
    attached_policies: list[str] | None = None
    inline_policies: list[str] | None = None
    administrator: bool | None = None


class Role(Resource, frozen=True, kw_only=True):
    """An identity that others assume."""

    KIND = "identity.role"
    service_linked: bool | None = None
    trusts_anyone: bool | None = None
    trusts_accounts: list[str] | None = None
    external_id_required: bool | None = None
    last_used_at: datetime | None = None
    attached_policies: list[str] | None = None
    inline_policies: list[str] | None = None
    permissions_boundary: str | None = None
    administrator: bool | None = None
    max_session_s: int | None = None


class Policy(Resource, frozen=True, kw_only=True):
    """A set of permissions owned by the account."""

    KIND = "identity.policy"
    attachments: int | None = None
    administrator: bool | None = None  # allows every action on every resource
    wildcard_services: list[str] | None = None  # services of which every action is allowed on every resource
    privilege_escalation: bool | None = None
    document: str | None = None


class AccessKey(Resource, frozen=True, kw_only=True):
    """A long-lived credential of a user. ``state``: active, inactive. The secret part is never read."""

    KIND = "identity.key"
    user_id: str | None = None
    active: bool | None = None
    rotated_at: datetime | None = None
    last_used_at: datetime | None = None
    used: bool | None = None  # has it ever been used
    root: bool | None = None


class PasswordPolicy(Resource, frozen=True, kw_only=True):
    """The account's rules for passwords."""

    KIND = "identity.password_policy"
    configured: bool | None = None
    minimum_length: int | None = None
    require_uppercase: bool | None = None
    require_lowercase: bool | None = None
    require_numbers: bool | None = None
    require_symbols: bool | None = None
    max_age_days: int | None = None
    reuse_prevention: int | None = None


class Key(Resource, frozen=True, kw_only=True):
    """A key that encrypts other things. ``state``: enabled, disabled, pending-deletion, ..."""

    KIND = "crypto.key"
    manager: str | None = None  # customer or provider
    usage: str | None = None
    spec: str | None = None
    rotation: bool | None = None
    deletion_at: datetime | None = None
    public: bool | None = None  # its policy grants something to everyone
    aliases: list[str] | None = None
    multi_region: bool | None = None


class Secret(Resource, frozen=True, kw_only=True):
    """A stored secret: facts about it, never its value."""

    KIND = "crypto.secret"
    rotation: bool | None = None
    rotated_at: datetime | None = None
    last_used_at: datetime | None = None
    changed_at: datetime | None = None
    key: str | None = None


class Certificate(Resource, frozen=True, kw_only=True):
    """A TLS certificate. ``state``: issued, pending, expired, failed, ..."""

    KIND = "crypto.certificate"
    domain: str | None = None
    expires_at: datetime | None = None
    imported: bool | None = None
    key_algorithm: str | None = None
    in_use: bool | None = None
    transparency_logging: bool | None = None
    renewal_eligible: bool | None = None


class Queue(Resource, frozen=True, kw_only=True):
    """A message queue."""

    KIND = "messaging.queue"
    encrypted: bool | None = None
    public: bool | None = None
    dead_letter: bool | None = None
    retention_s: int | None = None
    fifo: bool | None = None
    messages: int | None = None
    tls_minimum: str | None = None  # the oldest TLS that it speaks


class Topic(Resource, frozen=True, kw_only=True):
    """A publish-and-subscribe topic."""

    KIND = "messaging.topic"
    encrypted: bool | None = None
    public: bool | None = None
    subscriptions: int | None = None
    unencrypted_endpoints: int | None = None  # subscriptions over plain http
    tls_minimum: str | None = None


class Stream(Resource, frozen=True, kw_only=True):
    """An ordered stream of records."""

    KIND = "messaging.stream"
    encrypted: bool | None = None
    retention_hours: int | None = None
    shards: int | None = None
    mode: str | None = None
    tls_minimum: str | None = None


class LogGroup(Resource, frozen=True, kw_only=True):
    """A set of log streams. ``retention_days`` None with ``keeps_forever`` true: never deleted."""

    KIND = "log.group"
    retention_days: int | None = None
    keeps_forever: bool | None = None
    stored_bytes: int | None = None
    encrypted_with_key: bool | None = None
    key: str | None = None


class Alarm(Resource, frozen=True, kw_only=True):
    """A threshold on a metric. ``state``: ok, alarm, insufficient-data."""

    KIND = "monitor.alarm"
    metric: str | None = None
    namespace: str | None = None
    actions: list[str] | None = None
    actions_enabled: bool | None = None
    watches: str | None = None


class Trail(Resource, frozen=True, kw_only=True):
    """A record of who called the cloud's API."""

    KIND = "audit.trail"
    logging: bool | None = None
    multi_region: bool | None = None
    organization: bool | None = None
    log_validation: bool | None = None
    encrypted_with_key: bool | None = None
    bucket: str | None = None
    log_group: str | None = None
    global_events: bool | None = None
    home_region: str | None = None
    data_events: bool | None = None


class Recorder(Resource, frozen=True, kw_only=True):
    """A record of how resources changed (AWS: Config recorder). ``configured`` false: the region has none."""

    KIND = "audit.recorder"
    configured: bool | None = None
    recording: bool | None = None
    all_resources: bool | None = None
    global_resources: bool | None = None


class Account(Resource, frozen=True, kw_only=True):
    """An account (project, subscription) and the facts about its root identity."""

    KIND = "account.account"
    root_mfa: bool | None = None
    root_access_keys: int | None = None
    root_last_used_at: datetime | None = None
    organization: str | None = None
    alias: str | None = None
    security_contact: bool | None = None
    public_buckets_blocked: bool | None = None
    email: str | None = None
    display_name: str | None = None
    parent: str | None = None
    default_network: bool | None = None  # the network that came with the account is still there
    os_login: bool | None = None  # logging in to instances goes by the cloud's identities
    serial_ports: bool | None = None  # consoles of instances may be reached from outside
    administrators: int | None = None  # principals that own or administer it


class AccountRegion(Resource, frozen=True, kw_only=True):
    """The defaults of one account in one region."""

    KIND = "account.region"
    volume_encryption_default: bool | None = None
    snapshot_public_access_blocked: bool | None = None
    image_public_access_blocked: bool | None = None
    metadata_token_default: bool | None = None
    threat_detection: bool | None = None  # AWS: GuardDuty
    posture_service: bool | None = None  # AWS: Security Hub
    access_analyzer: bool | None = None


class AccountGroup(Resource, frozen=True, kw_only=True):
    """What holds accounts or resources together: an organisation, a folder, a management group, a resource group, a domain.
    ``type`` is the provider's word for it."""

    KIND = "account.group"
    type: str | None = None
    parent: str | None = None
    display_name: str | None = None
    resources: int | None = None
    locked: bool | None = None  # deletion is locked


class Quota(Resource, frozen=True, kw_only=True):
    """How much of something an account may have in a region. ``limit_value`` -1: as much as it likes."""

    KIND = "account.quota"
    metric: str | None = None
    unit: str | None = None
    limit_value: float | None = None
    used_value: float | None = None


class Binding(Resource, frozen=True, kw_only=True):
    """Who has a role on an account, a group of accounts or a resource."""

    KIND = "identity.binding"
    role: str | None = None
    principal: str | None = None  # as the provider spells it
    principal_type: str | None = None  # user, group, service, everyone
    scope: str | None = None  # the id of what it is about, or the provider's own path
    administrator: bool | None = None
    everyone: bool | None = None  # anyone at all, or anyone with some account of the provider's
    service_agent: bool | None = None  # the provider's own service
    external: bool | None = None  # of another organisation or domain
    conditional: bool | None = None


class Vault(Resource, frozen=True, kw_only=True):
    """A place for keys, secrets and certificates (Azure: Key Vault; Google Cloud: key ring)."""

    KIND = "crypto.vault"
    soft_delete: bool | None = None
    purge_protected: bool | None = None
    public: bool | None = None
    rbac: bool | None = None
    logging: bool | None = None
    keys: int | None = None


class ModelEndpoint(Resource, frozen=True, kw_only=True):
    """A model that answers requests."""

    KIND = "ml.endpoint"
    type: str | None = None
    public: bool | None = None
    instances: int | None = None
    accelerator: str | None = None
    encrypted_with_key: bool | None = None
    models: int | None = None


class Budget(Resource, frozen=True, kw_only=True):
    """A spending limit that the provider watches."""

    KIND = "finance.budget"
    limit_amount: float | None = None
    limit_currency: str | None = None
    period: str | None = None
    notifications: int | None = None
    actual_amount: float | None = None


class Commitment(Resource, frozen=True, kw_only=True):
    """A promise to use, for a discount (AWS: reserved instance). ``state``: active, retired, ..."""

    KIND = "finance.commitment"
    type: str | None = None  # reserved-instance, savings-plan, ...
    resource_type: str | None = None
    count: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    offering: str | None = None
    hourly_amount: float | None = None


class Stack(Resource, frozen=True, kw_only=True):
    """A set of resources declared together (AWS: CloudFormation)."""

    KIND = "delivery.stack"
    drifted: bool | None = None
    termination_protected: bool | None = None
    role: str | None = None


CONTROL = (
    User,
    UserGroup,
    Role,
    Policy,
    AccessKey,
    PasswordPolicy,
    Key,
    Secret,
    Certificate,
    Queue,
    Topic,
    Stream,
    LogGroup,
    Alarm,
    Trail,
    Recorder,
    Account,
    AccountRegion,
    AccountGroup,
    Quota,
    Binding,
    Vault,
    ModelEndpoint,
    Budget,
    Commitment,
    Stack,
)
