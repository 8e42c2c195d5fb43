//! Containers (moby `api/types/container`, `api/types/mount`, `api/types/network`), with the fields of all versions.

use super::{TEXT_MAP, TEXTS};
use crate::shape::{Field, Object, Shape};

/// `container.Config`.
pub(crate) const CONFIG: &[Field] = &[
    Field { name: "Hostname", shape: Shape::Text },
    Field { name: "Domainname", shape: Shape::Text },
    Field { name: "User", shape: Shape::Text },
    Field { name: "AttachStdin", shape: Shape::Boolean },
    Field { name: "AttachStdout", shape: Shape::Boolean },
    Field { name: "AttachStderr", shape: Shape::Boolean },
    Field { name: "ExposedPorts", shape: Shape::Map(&Shape::Object(&EMPTY)) },
    Field { name: "PublishService", shape: Shape::Text },
    Field { name: "Tty", shape: Shape::Boolean },
    Field { name: "OpenStdin", shape: Shape::Boolean },
    Field { name: "StdinOnce", shape: Shape::Boolean },
    Field { name: "Env", shape: TEXTS },
    Field { name: "Cmd", shape: Shape::Words },
    Field { name: "Healthcheck", shape: Shape::Object(&HEALTH) },
    Field { name: "ArgsEscaped", shape: Shape::Boolean },
    Field { name: "Image", shape: Shape::Text },
    Field { name: "Volumes", shape: Shape::Map(&Shape::Object(&EMPTY)) },
    Field { name: "WorkingDir", shape: Shape::Text },
    Field { name: "Entrypoint", shape: Shape::Words },
    Field { name: "NetworkDisabled", shape: Shape::Boolean },
    Field { name: "MacAddress", shape: Shape::Text },
    Field { name: "OnBuild", shape: TEXTS },
    Field { name: "Labels", shape: TEXT_MAP },
    Field { name: "StopSignal", shape: Shape::Text },
    Field { name: "StopTimeout", shape: Shape::Integer },
    Field { name: "Shell", shape: Shape::Words },
];
/// `container.Resources`.
pub(crate) const RESOURCES: &[Field] = &[
    Field { name: "CpuShares", shape: Shape::Integer },
    Field { name: "Memory", shape: Shape::Integer },
    Field { name: "NanoCpus", shape: Shape::Integer },
    Field { name: "CgroupParent", shape: Shape::Text },
    Field { name: "BlkioWeight", shape: Shape::Integer },
    Field { name: "BlkioWeightDevice", shape: Shape::List(&Shape::Object(&WEIGHT_DEVICE)) },
    Field { name: "BlkioDeviceReadBps", shape: Shape::List(&Shape::Object(&THROTTLE_DEVICE)) },
    Field { name: "BlkioDeviceWriteBps", shape: Shape::List(&Shape::Object(&THROTTLE_DEVICE)) },
    Field { name: "BlkioDeviceReadIOps", shape: Shape::List(&Shape::Object(&THROTTLE_DEVICE)) },
    Field { name: "BlkioDeviceWriteIOps", shape: Shape::List(&Shape::Object(&THROTTLE_DEVICE)) },
    Field { name: "CpuPeriod", shape: Shape::Integer },
    Field { name: "CpuQuota", shape: Shape::Integer },
    Field { name: "CpuRealtimePeriod", shape: Shape::Integer },
    Field { name: "CpuRealtimeRuntime", shape: Shape::Integer },
    Field { name: "CpusetCpus", shape: Shape::Text },
    Field { name: "CpusetMems", shape: Shape::Text },
    Field { name: "Devices", shape: Shape::List(&Shape::Object(&DEVICE_MAPPING)) },
    Field { name: "DiskQuota", shape: Shape::Integer },
    Field { name: "DeviceCgroupRules", shape: TEXTS },
    Field { name: "DeviceRequests", shape: Shape::List(&Shape::Object(&DEVICE_REQUEST)) },
    Field { name: "KernelMemory", shape: Shape::Integer },
    Field { name: "KernelMemoryTCP", shape: Shape::Integer },
    Field { name: "MemoryReservation", shape: Shape::Integer },
    Field { name: "MemorySwap", shape: Shape::Integer },
    Field { name: "MemorySwappiness", shape: Shape::Integer },
    Field { name: "OomKillDisable", shape: Shape::Boolean },
    Field { name: "PidsLimit", shape: Shape::Integer },
    Field { name: "Ulimits", shape: Shape::List(&Shape::Object(&ULIMIT)) },
    Field { name: "CpuCount", shape: Shape::Integer },
    Field { name: "CpuPercent", shape: Shape::Integer },
    Field { name: "IOMaximumIOps", shape: Shape::Integer },
    Field { name: "IOMaximumBandwidth", shape: Shape::Integer },
];
/// `container.HostConfig` without resources.
pub(crate) const HOST: &[Field] = &[
    Field { name: "Binds", shape: TEXTS },
    Field { name: "ContainerIDFile", shape: Shape::Text },
    Field { name: "LogConfig", shape: Shape::Object(&LOG_CONFIG) },
    Field { name: "NetworkMode", shape: Shape::Text },
    Field { name: "PortBindings", shape: Shape::Map(&Shape::List(&Shape::Object(&PORT_BINDING))) },
    Field { name: "RestartPolicy", shape: Shape::Object(&RESTART_POLICY) },
    Field { name: "AutoRemove", shape: Shape::Boolean },
    Field { name: "VolumeDriver", shape: Shape::Text },
    Field { name: "VolumesFrom", shape: TEXTS },
    Field { name: "ConsoleSize", shape: Shape::List(&Shape::Integer) },
    Field { name: "Annotations", shape: TEXT_MAP },
    Field { name: "CapAdd", shape: Shape::Words },
    Field { name: "CapDrop", shape: Shape::Words },
    Field { name: "Capabilities", shape: TEXTS },
    Field { name: "CgroupnsMode", shape: Shape::Text },
    Field { name: "Dns", shape: TEXTS },
    Field { name: "DnsOptions", shape: TEXTS },
    Field { name: "DnsSearch", shape: TEXTS },
    Field { name: "ExtraHosts", shape: TEXTS },
    Field { name: "GroupAdd", shape: TEXTS },
    Field { name: "IpcMode", shape: Shape::Text },
    Field { name: "Cgroup", shape: Shape::Text },
    Field { name: "Links", shape: TEXTS },
    Field { name: "OomScoreAdj", shape: Shape::Integer },
    Field { name: "PidMode", shape: Shape::Text },
    Field { name: "Privileged", shape: Shape::Boolean },
    Field { name: "PublishAllPorts", shape: Shape::Boolean },
    Field { name: "ReadonlyRootfs", shape: Shape::Boolean },
    Field { name: "SecurityOpt", shape: TEXTS },
    Field { name: "StorageOpt", shape: TEXT_MAP },
    Field { name: "Tmpfs", shape: TEXT_MAP },
    Field { name: "UTSMode", shape: Shape::Text },
    Field { name: "UsernsMode", shape: Shape::Text },
    Field { name: "ShmSize", shape: Shape::Integer },
    Field { name: "Sysctls", shape: TEXT_MAP },
    Field { name: "Runtime", shape: Shape::Text },
    Field { name: "Isolation", shape: Shape::Text },
    Field { name: "Mounts", shape: Shape::List(&Shape::Object(&MOUNT)) },
    Field { name: "MaskedPaths", shape: TEXTS },
    Field { name: "ReadonlyPaths", shape: TEXTS },
    Field { name: "Init", shape: Shape::Boolean },
];
/// `Cpuset`, which engines up to 26.1 took beside `Config`.
const OLD: &[Field] = &[Field { name: "Cpuset", shape: Shape::Text }];
const PARTS: &[Field] = &[
    Field { name: "HostConfig", shape: Shape::Object(&HOST_CONFIG) },
    Field { name: "NetworkingConfig", shape: Shape::Object(&NETWORKING) },
];
pub(crate) static HOST_CONFIG: Object =
    Object { name: "HostConfig", fields: &[HOST, RESOURCES], refused: &[] };
pub(crate) static CONTAINER_CONFIG: Object =
    Object { name: "the configuration", fields: &[CONFIG], refused: &[] };
/// `container.CreateRequest`. Engines up to 26.1 took fields of `HostConfig` beside it (moby
/// `runconfig/config_unix.go`, `ContainerConfigWrapper`): no client writes them.
pub(crate) static CREATE: Object =
    Object { name: "the request", fields: &[CONFIG, PARTS], refused: &[HOST, RESOURCES, OLD] };
/// `container.UpdateConfig`.
pub(crate) static UPDATE: Object = Object {
    name: "the update",
    fields: &[RESOURCES, &[Field { name: "RestartPolicy", shape: Shape::Object(&RESTART_POLICY) }]],
    refused: &[],
};
pub(crate) static HEALTH: Object = Object {
    name: "the health check",
    fields: &[&[
        Field { name: "Test", shape: Shape::Words },
        Field { name: "Interval", shape: Shape::Integer },
        Field { name: "Timeout", shape: Shape::Integer },
        Field { name: "StartPeriod", shape: Shape::Integer },
        Field { name: "StartInterval", shape: Shape::Integer },
        Field { name: "Retries", shape: Shape::Integer },
    ]],
    refused: &[],
};
pub(crate) static ULIMIT: Object = Object {
    name: "a ulimit",
    fields: &[&[
        Field { name: "Name", shape: Shape::Text },
        Field { name: "Hard", shape: Shape::Integer },
        Field { name: "Soft", shape: Shape::Integer },
    ]],
    refused: &[],
};
pub(crate) static WEIGHT_DEVICE: Object = Object {
    name: "a weight of a device",
    fields: &[&[Field { name: "Path", shape: Shape::Text }, Field { name: "Weight", shape: Shape::Integer }]],
    refused: &[],
};
pub(crate) static THROTTLE_DEVICE: Object = Object {
    name: "a bound of a device",
    fields: &[&[Field { name: "Path", shape: Shape::Text }, Field { name: "Rate", shape: Shape::Integer }]],
    refused: &[],
};
pub(crate) static DEVICE_MAPPING: Object = Object {
    name: "a device",
    fields: &[&[
        Field { name: "PathOnHost", shape: Shape::Text },
        Field { name: "PathInContainer", shape: Shape::Text },
        Field { name: "CgroupPermissions", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static DEVICE_REQUEST: Object = Object {
    name: "a device request",
    fields: &[&[
        Field { name: "Driver", shape: Shape::Text },
        Field { name: "Count", shape: Shape::Integer },
        Field { name: "DeviceIDs", shape: TEXTS },
        Field { name: "Capabilities", shape: Shape::List(&TEXTS) },
        Field { name: "Options", shape: TEXT_MAP },
    ]],
    refused: &[],
};
pub(crate) static RESTART_POLICY: Object = Object {
    name: "RestartPolicy",
    fields: &[&[
        Field { name: "Name", shape: Shape::Text },
        Field { name: "MaximumRetryCount", shape: Shape::Integer },
    ]],
    refused: &[],
};
pub(crate) static LOG_CONFIG: Object = Object {
    name: "LogConfig",
    fields: &[&[Field { name: "Type", shape: Shape::Text }, Field { name: "Config", shape: TEXT_MAP }]],
    refused: &[],
};
pub(crate) static PORT_BINDING: Object = Object {
    name: "a port binding",
    fields: &[&[
        Field { name: "HostIp", shape: Shape::Text },
        Field { name: "HostPort", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static BIND_OPTIONS: Object = Object {
    name: "BindOptions",
    fields: &[&[
        Field { name: "Propagation", shape: Shape::Text },
        Field { name: "NonRecursive", shape: Shape::Boolean },
        Field { name: "CreateMountpoint", shape: Shape::Boolean },
        Field { name: "ReadOnlyNonRecursive", shape: Shape::Boolean },
        Field { name: "ReadOnlyForceRecursive", shape: Shape::Boolean },
    ]],
    refused: &[],
};
pub(crate) static DRIVER: Object = Object {
    name: "a driver",
    fields: &[&[Field { name: "Name", shape: Shape::Text }, Field { name: "Options", shape: TEXT_MAP }]],
    refused: &[],
};
pub(crate) static VOLUME_OPTIONS: Object = Object {
    name: "VolumeOptions",
    fields: &[&[
        Field { name: "NoCopy", shape: Shape::Boolean },
        Field { name: "Labels", shape: TEXT_MAP },
        Field { name: "Subpath", shape: Shape::Text },
        Field { name: "DriverConfig", shape: Shape::Object(&DRIVER) },
    ]],
    refused: &[],
};
pub(crate) static IMAGE_OPTIONS: Object = Object {
    name: "ImageOptions",
    fields: &[&[Field { name: "Subpath", shape: Shape::Text }]],
    refused: &[],
};
pub(crate) static TMPFS_OPTIONS: Object = Object {
    name: "TmpfsOptions",
    fields: &[&[
        Field { name: "SizeBytes", shape: Shape::Integer },
        Field { name: "Mode", shape: Shape::Integer },
        Field { name: "Options", shape: Shape::List(&TEXTS) },
    ]],
    refused: &[],
};
pub(crate) static EMPTY: Object = Object { name: "an empty object", fields: &[&[]], refused: &[] };
pub(crate) static MOUNT: Object = Object {
    name: "a mount",
    fields: &[&[
        Field { name: "Type", shape: Shape::Text },
        Field { name: "Source", shape: Shape::Text },
        Field { name: "Target", shape: Shape::Text },
        Field { name: "ReadOnly", shape: Shape::Boolean },
        Field { name: "Consistency", shape: Shape::Text },
        Field { name: "BindOptions", shape: Shape::Object(&BIND_OPTIONS) },
        Field { name: "VolumeOptions", shape: Shape::Object(&VOLUME_OPTIONS) },
        Field { name: "ImageOptions", shape: Shape::Object(&IMAGE_OPTIONS) },
        Field { name: "TmpfsOptions", shape: Shape::Object(&TMPFS_OPTIONS) },
        Field { name: "ClusterOptions", shape: Shape::Object(&EMPTY) },
    ]],
    refused: &[],
};
pub(crate) static ENDPOINT_IPAM: Object = Object {
    name: "IPAMConfig",
    fields: &[&[
        Field { name: "IPv4Address", shape: Shape::Text },
        Field { name: "IPv6Address", shape: Shape::Text },
        Field { name: "LinkLocalIPs", shape: TEXTS },
    ]],
    refused: &[],
};
pub(crate) static ENDPOINT: Object = Object {
    name: "the settings of an endpoint",
    fields: &[&[
        Field { name: "IPAMConfig", shape: Shape::Object(&ENDPOINT_IPAM) },
        Field { name: "Links", shape: TEXTS },
        Field { name: "Aliases", shape: TEXTS },
        Field { name: "DriverOpts", shape: TEXT_MAP },
        Field { name: "GwPriority", shape: Shape::Integer },
        Field { name: "NetworkID", shape: Shape::Text },
        Field { name: "EndpointID", shape: Shape::Text },
        Field { name: "Gateway", shape: Shape::Text },
        Field { name: "IPAddress", shape: Shape::Text },
        Field { name: "MacAddress", shape: Shape::Text },
        Field { name: "IPPrefixLen", shape: Shape::Integer },
        Field { name: "IPv6Gateway", shape: Shape::Text },
        Field { name: "GlobalIPv6Address", shape: Shape::Text },
        Field { name: "GlobalIPv6PrefixLen", shape: Shape::Integer },
        Field { name: "DNSNames", shape: TEXTS },
    ]],
    refused: &[],
};
pub(crate) static NETWORKING: Object = Object {
    name: "NetworkingConfig",
    fields: &[&[Field { name: "EndpointsConfig", shape: Shape::Map(&Shape::Object(&ENDPOINT)) }]],
    refused: &[],
};
pub(crate) static EXEC_CREATE: Object = Object {
    name: "a request for a process",
    fields: &[&[
        Field { name: "User", shape: Shape::Text },
        Field { name: "Privileged", shape: Shape::Boolean },
        Field { name: "Tty", shape: Shape::Boolean },
        Field { name: "ConsoleSize", shape: Shape::List(&Shape::Integer) },
        Field { name: "AttachStdin", shape: Shape::Boolean },
        Field { name: "AttachStderr", shape: Shape::Boolean },
        Field { name: "AttachStdout", shape: Shape::Boolean },
        Field { name: "Detach", shape: Shape::Boolean },
        Field { name: "DetachKeys", shape: Shape::Text },
        Field { name: "Env", shape: TEXTS },
        Field { name: "WorkingDir", shape: Shape::Text },
        Field { name: "Cmd", shape: Shape::Words },
    ]],
    refused: &[],
};
pub(crate) static EXEC_START: Object = Object {
    name: "a request to start a process",
    fields: &[&[
        Field { name: "Detach", shape: Shape::Boolean },
        Field { name: "Tty", shape: Shape::Boolean },
        Field { name: "ConsoleSize", shape: Shape::List(&Shape::Integer) },
    ]],
    refused: &[],
};
pub(crate) static COPY: Object = Object {
    name: "a request to copy",
    fields: &[&[Field { name: "Resource", shape: Shape::Text }]],
    refused: &[],
};
pub(crate) static CHECKPOINT_CREATE: Object = Object {
    name: "a request for a checkpoint",
    fields: &[&[
        Field { name: "CheckpointID", shape: Shape::Text },
        Field { name: "CheckpointDir", shape: Shape::Text },
        Field { name: "Exit", shape: Shape::Boolean },
    ]],
    refused: &[],
};
