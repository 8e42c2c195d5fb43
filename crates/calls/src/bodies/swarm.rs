//! Swarm (moby `api/types/swarm`).

use super::container::{DRIVER, EMPTY, HEALTH, MOUNT, ULIMIT};
use super::{TEXT_MAP, TEXTS};
use crate::shape::{Field, Object, Shape};

pub(crate) static DNS: Object = Object {
    name: "DNSConfig",
    fields: &[&[
        Field { name: "Nameservers", shape: TEXTS },
        Field { name: "Search", shape: TEXTS },
        Field { name: "Options", shape: TEXTS },
    ]],
    refused: &[],
};
pub(crate) static SELINUX: Object = Object {
    name: "SELinuxContext",
    fields: &[&[
        Field { name: "Disable", shape: Shape::Boolean },
        Field { name: "User", shape: Shape::Text },
        Field { name: "Role", shape: Shape::Text },
        Field { name: "Type", shape: Shape::Text },
        Field { name: "Level", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static SECCOMP: Object = Object {
    name: "Seccomp",
    fields: &[&[Field { name: "Mode", shape: Shape::Text }, Field { name: "Profile", shape: Shape::Text }]],
    refused: &[],
};
pub(crate) static APP_ARMOR: Object =
    Object { name: "AppArmor", fields: &[&[Field { name: "Mode", shape: Shape::Text }]], refused: &[] };
pub(crate) static CREDENTIAL_SPEC: Object = Object {
    name: "CredentialSpec",
    fields: &[&[
        Field { name: "Config", shape: Shape::Text },
        Field { name: "File", shape: Shape::Text },
        Field { name: "Registry", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static PRIVILEGES: Object = Object {
    name: "Privileges",
    fields: &[&[
        Field { name: "CredentialSpec", shape: Shape::Object(&CREDENTIAL_SPEC) },
        Field { name: "SELinuxContext", shape: Shape::Object(&SELINUX) },
        Field { name: "Seccomp", shape: Shape::Object(&SECCOMP) },
        Field { name: "AppArmor", shape: Shape::Object(&APP_ARMOR) },
        Field { name: "NoNewPrivileges", shape: Shape::Boolean },
    ]],
    refused: &[],
};
pub(crate) static FILE_TARGET: Object = Object {
    name: "a file",
    fields: &[&[
        Field { name: "Name", shape: Shape::Text },
        Field { name: "UID", shape: Shape::Text },
        Field { name: "GID", shape: Shape::Text },
        Field { name: "Mode", shape: Shape::Integer },
    ]],
    refused: &[],
};
pub(crate) static SECRET_REFERENCE: Object = Object {
    name: "a secret",
    fields: &[&[
        Field { name: "File", shape: Shape::Object(&FILE_TARGET) },
        Field { name: "SecretID", shape: Shape::Text },
        Field { name: "SecretName", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static CONFIG_REFERENCE: Object = Object {
    name: "a configuration",
    fields: &[&[
        Field { name: "File", shape: Shape::Object(&FILE_TARGET) },
        Field { name: "Runtime", shape: Shape::Object(&EMPTY) },
        Field { name: "ConfigID", shape: Shape::Text },
        Field { name: "ConfigName", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static SERVICE_CONTAINER: Object = Object {
    name: "ContainerSpec",
    fields: &[&[
        Field { name: "Image", shape: Shape::Text },
        Field { name: "Labels", shape: TEXT_MAP },
        Field { name: "Command", shape: TEXTS },
        Field { name: "Args", shape: TEXTS },
        Field { name: "Hostname", shape: Shape::Text },
        Field { name: "Env", shape: TEXTS },
        Field { name: "Dir", shape: Shape::Text },
        Field { name: "User", shape: Shape::Text },
        Field { name: "Groups", shape: TEXTS },
        Field { name: "Privileges", shape: Shape::Object(&PRIVILEGES) },
        Field { name: "Init", shape: Shape::Boolean },
        Field { name: "StopSignal", shape: Shape::Text },
        Field { name: "TTY", shape: Shape::Boolean },
        Field { name: "OpenStdin", shape: Shape::Boolean },
        Field { name: "ReadOnly", shape: Shape::Boolean },
        Field { name: "Mounts", shape: Shape::List(&Shape::Object(&MOUNT)) },
        Field { name: "StopGracePeriod", shape: Shape::Integer },
        Field { name: "Healthcheck", shape: Shape::Object(&HEALTH) },
        Field { name: "Hosts", shape: TEXTS },
        Field { name: "DNSConfig", shape: Shape::Object(&DNS) },
        Field { name: "Secrets", shape: Shape::List(&Shape::Object(&SECRET_REFERENCE)) },
        Field { name: "Configs", shape: Shape::List(&Shape::Object(&CONFIG_REFERENCE)) },
        Field { name: "Isolation", shape: Shape::Text },
        Field { name: "Sysctls", shape: TEXT_MAP },
        Field { name: "CapabilityAdd", shape: TEXTS },
        Field { name: "CapabilityDrop", shape: TEXTS },
        Field { name: "Ulimits", shape: Shape::List(&Shape::Object(&ULIMIT)) },
        Field { name: "OomScoreAdj", shape: Shape::Integer },
    ]],
    refused: &[],
};
pub(crate) static RUNTIME_PRIVILEGE: Object = Object {
    name: "a privilege of a plugin",
    fields: &[&[
        Field { name: "name", shape: Shape::Text },
        Field { name: "description", shape: Shape::Text },
        Field { name: "value", shape: TEXTS },
    ]],
    refused: &[],
};
pub(crate) static PLUGIN_SPEC: Object = Object {
    name: "PluginSpec",
    fields: &[&[
        Field { name: "name", shape: Shape::Text },
        Field { name: "remote", shape: Shape::Text },
        Field { name: "privileges", shape: Shape::List(&Shape::Object(&RUNTIME_PRIVILEGE)) },
        Field { name: "disabled", shape: Shape::Boolean },
        Field { name: "env", shape: TEXTS },
    ]],
    refused: &[],
};
pub(crate) static ATTACHMENT_SPEC: Object = Object {
    name: "NetworkAttachmentSpec",
    fields: &[&[Field { name: "ContainerID", shape: Shape::Text }]],
    refused: &[],
};
pub(crate) static NAMED_RESOURCE: Object = Object {
    name: "NamedResourceSpec",
    fields: &[&[Field { name: "Kind", shape: Shape::Text }, Field { name: "Value", shape: Shape::Text }]],
    refused: &[],
};
pub(crate) static DISCRETE_RESOURCE: Object = Object {
    name: "DiscreteResourceSpec",
    fields: &[&[Field { name: "Kind", shape: Shape::Text }, Field { name: "Value", shape: Shape::Integer }]],
    refused: &[],
};
pub(crate) static GENERIC_RESOURCE: Object = Object {
    name: "a resource",
    fields: &[&[
        Field { name: "NamedResourceSpec", shape: Shape::Object(&NAMED_RESOURCE) },
        Field { name: "DiscreteResourceSpec", shape: Shape::Object(&DISCRETE_RESOURCE) },
    ]],
    refused: &[],
};
pub(crate) static SERVICE_RESOURCES: Object = Object {
    name: "resources",
    fields: &[&[
        Field { name: "NanoCPUs", shape: Shape::Integer },
        Field { name: "MemoryBytes", shape: Shape::Integer },
        Field { name: "Pids", shape: Shape::Integer },
        Field { name: "GenericResources", shape: Shape::List(&Shape::Object(&GENERIC_RESOURCE)) },
    ]],
    refused: &[],
};
pub(crate) static REQUIREMENTS: Object = Object {
    name: "Resources",
    fields: &[&[
        Field { name: "Limits", shape: Shape::Object(&SERVICE_RESOURCES) },
        Field { name: "Reservations", shape: Shape::Object(&SERVICE_RESOURCES) },
        Field { name: "SwapBytes", shape: Shape::Integer },
        Field { name: "MemorySwappiness", shape: Shape::Integer },
    ]],
    refused: &[],
};
pub(crate) static SERVICE_RESTART: Object = Object {
    name: "RestartPolicy",
    fields: &[&[
        Field { name: "Condition", shape: Shape::Text },
        Field { name: "Delay", shape: Shape::Integer },
        Field { name: "MaxAttempts", shape: Shape::Integer },
        Field { name: "Window", shape: Shape::Integer },
    ]],
    refused: &[],
};
pub(crate) static SPREAD: Object = Object {
    name: "Spread",
    fields: &[&[Field { name: "SpreadDescriptor", shape: Shape::Text }]],
    refused: &[],
};
pub(crate) static PREFERENCE: Object = Object {
    name: "a preference",
    fields: &[&[Field { name: "Spread", shape: Shape::Object(&SPREAD) }]],
    refused: &[],
};
pub(crate) static PLATFORM: Object = Object {
    name: "a platform",
    fields: &[&[
        Field { name: "Architecture", shape: Shape::Text },
        Field { name: "OS", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static PLACEMENT: Object = Object {
    name: "Placement",
    fields: &[&[
        Field { name: "Constraints", shape: TEXTS },
        Field { name: "Preferences", shape: Shape::List(&Shape::Object(&PREFERENCE)) },
        Field { name: "MaxReplicas", shape: Shape::Integer },
        Field { name: "Platforms", shape: Shape::List(&Shape::Object(&PLATFORM)) },
    ]],
    refused: &[],
};
pub(crate) static ATTACHMENT: Object = Object {
    name: "a network",
    fields: &[&[
        Field { name: "Target", shape: Shape::Text },
        Field { name: "Aliases", shape: TEXTS },
        Field { name: "DriverOpts", shape: TEXT_MAP },
    ]],
    refused: &[],
};
pub(crate) static TASK: Object = Object {
    name: "TaskTemplate",
    fields: &[&[
        Field { name: "ContainerSpec", shape: Shape::Object(&SERVICE_CONTAINER) },
        Field { name: "PluginSpec", shape: Shape::Object(&PLUGIN_SPEC) },
        Field { name: "NetworkAttachmentSpec", shape: Shape::Object(&ATTACHMENT_SPEC) },
        Field { name: "Resources", shape: Shape::Object(&REQUIREMENTS) },
        Field { name: "RestartPolicy", shape: Shape::Object(&SERVICE_RESTART) },
        Field { name: "Placement", shape: Shape::Object(&PLACEMENT) },
        Field { name: "Networks", shape: Shape::List(&Shape::Object(&ATTACHMENT)) },
        Field { name: "LogDriver", shape: Shape::Object(&DRIVER) },
        Field { name: "ForceUpdate", shape: Shape::Integer },
        Field { name: "Runtime", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static REPLICATED: Object = Object {
    name: "Replicated",
    fields: &[&[Field { name: "Replicas", shape: Shape::Integer }]],
    refused: &[],
};
pub(crate) static REPLICATED_JOB: Object = Object {
    name: "ReplicatedJob",
    fields: &[&[
        Field { name: "MaxConcurrent", shape: Shape::Integer },
        Field { name: "TotalCompletions", shape: Shape::Integer },
    ]],
    refused: &[],
};
pub(crate) static MODE: Object = Object {
    name: "Mode",
    fields: &[&[
        Field { name: "Replicated", shape: Shape::Object(&REPLICATED) },
        Field { name: "Global", shape: Shape::Object(&EMPTY) },
        Field { name: "ReplicatedJob", shape: Shape::Object(&REPLICATED_JOB) },
        Field { name: "GlobalJob", shape: Shape::Object(&EMPTY) },
    ]],
    refused: &[],
};
pub(crate) static UPDATE_CONFIG: Object = Object {
    name: "UpdateConfig",
    fields: &[&[
        Field { name: "Parallelism", shape: Shape::Integer },
        Field { name: "Delay", shape: Shape::Integer },
        Field { name: "FailureAction", shape: Shape::Text },
        Field { name: "Monitor", shape: Shape::Integer },
        Field { name: "MaxFailureRatio", shape: Shape::Number },
        Field { name: "Order", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static PORT_CONFIG: Object = Object {
    name: "a port",
    fields: &[&[
        Field { name: "Name", shape: Shape::Text },
        Field { name: "Protocol", shape: Shape::Text },
        Field { name: "TargetPort", shape: Shape::Integer },
        Field { name: "PublishedPort", shape: Shape::Integer },
        Field { name: "PublishMode", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static ENDPOINT_SPEC: Object = Object {
    name: "EndpointSpec",
    fields: &[&[
        Field { name: "Mode", shape: Shape::Text },
        Field { name: "Ports", shape: Shape::List(&Shape::Object(&PORT_CONFIG)) },
    ]],
    refused: &[],
};
pub(crate) static SERVICE: Object = Object {
    name: "a service",
    fields: &[&[
        Field { name: "Name", shape: Shape::Text },
        Field { name: "Labels", shape: TEXT_MAP },
        Field { name: "TaskTemplate", shape: Shape::Object(&TASK) },
        Field { name: "Mode", shape: Shape::Object(&MODE) },
        Field { name: "UpdateConfig", shape: Shape::Object(&UPDATE_CONFIG) },
        Field { name: "RollbackConfig", shape: Shape::Object(&UPDATE_CONFIG) },
        Field { name: "Networks", shape: Shape::List(&Shape::Object(&ATTACHMENT)) },
        Field { name: "EndpointSpec", shape: Shape::Object(&ENDPOINT_SPEC) },
    ]],
    refused: &[],
};
pub(crate) static ORCHESTRATION: Object = Object {
    name: "Orchestration",
    fields: &[&[Field { name: "TaskHistoryRetentionLimit", shape: Shape::Integer }]],
    refused: &[],
};
pub(crate) static RAFT: Object = Object {
    name: "Raft",
    fields: &[&[
        Field { name: "SnapshotInterval", shape: Shape::Integer },
        Field { name: "KeepOldSnapshots", shape: Shape::Integer },
        Field { name: "LogEntriesForSlowFollowers", shape: Shape::Integer },
        Field { name: "ElectionTick", shape: Shape::Integer },
        Field { name: "HeartbeatTick", shape: Shape::Integer },
    ]],
    refused: &[],
};
pub(crate) static DISPATCHER: Object = Object {
    name: "Dispatcher",
    fields: &[&[Field { name: "HeartbeatPeriod", shape: Shape::Integer }]],
    refused: &[],
};
pub(crate) static EXTERNAL_CA: Object = Object {
    name: "an external CA",
    fields: &[&[
        Field { name: "Protocol", shape: Shape::Text },
        Field { name: "URL", shape: Shape::Text },
        Field { name: "Options", shape: TEXT_MAP },
        Field { name: "CACert", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static CA: Object = Object {
    name: "CAConfig",
    fields: &[&[
        Field { name: "NodeCertExpiry", shape: Shape::Integer },
        Field { name: "ExternalCAs", shape: Shape::List(&Shape::Object(&EXTERNAL_CA)) },
        Field { name: "SigningCACert", shape: Shape::Text },
        Field { name: "SigningCAKey", shape: Shape::Text },
        Field { name: "ForceRotate", shape: Shape::Integer },
    ]],
    refused: &[],
};
pub(crate) static TASK_DEFAULTS: Object = Object {
    name: "TaskDefaults",
    fields: &[&[Field { name: "LogDriver", shape: Shape::Object(&DRIVER) }]],
    refused: &[],
};
pub(crate) static ENCRYPTION: Object = Object {
    name: "EncryptionConfig",
    fields: &[&[Field { name: "AutoLockManagers", shape: Shape::Boolean }]],
    refused: &[],
};
pub(crate) static SWARM: Object = Object {
    name: "a swarm",
    fields: &[&[
        Field { name: "Name", shape: Shape::Text },
        Field { name: "Labels", shape: TEXT_MAP },
        Field { name: "Orchestration", shape: Shape::Object(&ORCHESTRATION) },
        Field { name: "Raft", shape: Shape::Object(&RAFT) },
        Field { name: "Dispatcher", shape: Shape::Object(&DISPATCHER) },
        Field { name: "CAConfig", shape: Shape::Object(&CA) },
        Field { name: "TaskDefaults", shape: Shape::Object(&TASK_DEFAULTS) },
        Field { name: "EncryptionConfig", shape: Shape::Object(&ENCRYPTION) },
    ]],
    refused: &[],
};
pub(crate) static SWARM_INIT: Object = Object {
    name: "a request for a swarm",
    fields: &[&[
        Field { name: "ListenAddr", shape: Shape::Text },
        Field { name: "AdvertiseAddr", shape: Shape::Text },
        Field { name: "DataPathAddr", shape: Shape::Text },
        Field { name: "DataPathPort", shape: Shape::Integer },
        Field { name: "ForceNewCluster", shape: Shape::Boolean },
        Field { name: "Spec", shape: Shape::Object(&SWARM) },
        Field { name: "AutoLockManagers", shape: Shape::Boolean },
        Field { name: "Availability", shape: Shape::Text },
        Field { name: "DefaultAddrPool", shape: TEXTS },
        Field { name: "SubnetSize", shape: Shape::Integer },
    ]],
    refused: &[],
};
pub(crate) static SWARM_JOIN: Object = Object {
    name: "a request to join",
    fields: &[&[
        Field { name: "ListenAddr", shape: Shape::Text },
        Field { name: "AdvertiseAddr", shape: Shape::Text },
        Field { name: "DataPathAddr", shape: Shape::Text },
        Field { name: "RemoteAddrs", shape: TEXTS },
        Field { name: "JoinToken", shape: Shape::Text },
        Field { name: "Availability", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static SWARM_UNLOCK: Object = Object {
    name: "a request to unlock",
    fields: &[&[Field { name: "UnlockKey", shape: Shape::Text }]],
    refused: &[],
};
pub(crate) static NODE: Object = Object {
    name: "a node",
    fields: &[&[
        Field { name: "Name", shape: Shape::Text },
        Field { name: "Labels", shape: TEXT_MAP },
        Field { name: "Role", shape: Shape::Text },
        Field { name: "Availability", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static SECRET: Object = Object {
    name: "a secret",
    fields: &[&[
        Field { name: "Name", shape: Shape::Text },
        Field { name: "Labels", shape: TEXT_MAP },
        Field { name: "Data", shape: Shape::Text },
        Field { name: "Driver", shape: Shape::Object(&DRIVER) },
        Field { name: "Templating", shape: Shape::Object(&DRIVER) },
    ]],
    refused: &[],
};
pub(crate) static CONFIG: Object = Object {
    name: "a configuration",
    fields: &[&[
        Field { name: "Name", shape: Shape::Text },
        Field { name: "Labels", shape: TEXT_MAP },
        Field { name: "Data", shape: Shape::Text },
        Field { name: "Templating", shape: Shape::Object(&DRIVER) },
    ]],
    refused: &[],
};
