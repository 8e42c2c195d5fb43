//! `HostConfig`: what the caller says of the host (moby `api/types/container/hostconfig.go`).

use super::{boolean, integer, items, keys, list, string, string_map, strings};
use crate::capabilities::capability_name;
use crate::spec::{
    ContainerLimits, ContainerSpec, Device, DeviceRequest, Logging, Namespace, Namespaces, Port, Restart,
    Stated,
};
use crate::tree::Tree;

pub(super) fn read(host: &impl Tree, spec: &mut ContainerSpec) {
    spec.privileged = boolean(host, "Privileged");
    spec.capabilities_added = strings(host, "CapAdd").map(|list| names(&list));
    spec.capabilities_dropped = strings(host, "CapDrop").map(|list| names(&list));
    spec.namespaces = namespaces(host);
    spec.read_only_root = boolean(host, "ReadonlyRootfs");
    for option in list(host, "SecurityOpt") {
        spec.security.take_option(&option);
    }
    spec.masked_paths = strings(host, "MaskedPaths");
    spec.readonly_paths = strings(host, "ReadonlyPaths");
    spec.sysctls = string_map(host, "Sysctls");
    spec.limits = limits(host);
    spec.restart = restart(host);
    spec.groups = list(host, "GroupAdd");
    spec.init = boolean(host, "Init");
    spec.volumes_from = list(host, "VolumesFrom");
    spec.publish_all = boolean(host, "PublishAllPorts");
    spec.cgroup_parent = non_empty(string(host, "CgroupParent"));
    spec.runtime = non_empty(string(host, "Runtime"));
    spec.extra_hosts = list(host, "ExtraHosts");
    spec.device_rules = list(host, "DeviceCgroupRules");
    spec.devices = items(host, "Devices")
        .iter()
        .map(|device| Device {
            host_path: text(device, "PathOnHost"),
            container_path: text(device, "PathInContainer"),
            permissions: text(device, "CgroupPermissions"),
        })
        .collect();
    spec.device_requests =
        items(host, "DeviceRequests").iter().map(|request| device_request(request)).collect();
    if let Some(log) = host.field("LogConfig").filter(|log| log.is_map()) {
        spec.logging =
            Stated::Given(Logging { driver: text(&log, "Type"), options: string_map(&log, "Config") });
    }
    if let Some(bindings) = host.field("PortBindings") {
        ports(&bindings, spec);
    }
}

/// The ports that are really open, of a container that runs; those that the engine chose are only here.
pub(super) fn published(root: &impl Tree, spec: &mut ContainerSpec) {
    let Some(settings) = root.field("NetworkSettings") else { return };
    if let Some(open) = settings.field("Ports").filter(|open| !open.entries().is_empty()) {
        let asked = std::mem::take(&mut spec.ports);
        ports(&open, spec);
        for port in asked {
            let is_open = |other: &Port| {
                other.container_port == port.container_port
                    && other.protocol == port.protocol
                    && (port.host_port.is_none() || other.host_port == port.host_port)
            };
            if !spec.ports.iter().any(is_open) {
                spec.ports.push(port);
            }
        }
    }
}

fn ports(bindings: &impl Tree, spec: &mut ContainerSpec) {
    for (key, list) in bindings.entries() {
        let (number, protocol) = key.split_once('/').unwrap_or((key, "tcp"));
        for binding in &list.items() {
            // The engine accepts a range in the request (`8000-8010`).
            let host = text(binding, "HostPort");
            let (first, last) =
                host.split_once('-').map_or((host.as_str(), None), |(first, last)| (first, Some(last)));
            spec.ports.push(Port {
                host_address: text(binding, "HostIp"),
                host_port: first.parse().ok().filter(|port| *port != 0),
                host_port_end: last.and_then(|port| port.parse().ok()),
                container_port: number.parse().unwrap_or(0),
                protocol: protocol.to_owned(),
            });
        }
    }
}

fn names(list: &[String]) -> Vec<String> {
    list.iter().map(|name| capability_name(name)).collect()
}

fn namespaces(host: &impl Tree) -> Namespaces {
    let mode = |key: &str, read: fn(&str) -> Option<Namespace>| match string(host, key) {
        Stated::Given(text) => Stated::from(read(&text)),
        Stated::Absent => Stated::Absent,
        Stated::Unknown(reason) => Stated::Unknown(reason),
    };
    Namespaces {
        network: mode("NetworkMode", Namespace::from_network_mode),
        pid: mode("PidMode", Namespace::from_mode),
        ipc: mode("IpcMode", Namespace::from_mode),
        uts: mode("UTSMode", Namespace::from_mode),
        user: mode("UsernsMode", Namespace::from_mode),
        cgroup: mode("CgroupnsMode", Namespace::from_mode),
    }
}

fn limits(host: &impl Tree) -> ContainerLimits {
    ContainerLimits {
        memory_bytes: integer(host, "Memory"),
        memory_reservation_bytes: integer(host, "MemoryReservation"),
        memory_swap_bytes: integer(host, "MemorySwap"),
        cpu_nanos: integer(host, "NanoCpus"),
        cpu_reservation_nanos: Stated::Absent,
        cpu_quota_micros: integer(host, "CpuQuota"),
        cpu_shares: integer(host, "CpuShares"),
        cpu_set: non_empty(string(host, "CpusetCpus")),
        pids: integer(host, "PidsLimit"),
        ulimits: items(host, "Ulimits")
            .iter()
            .map(|limit| {
                let number = |key| integer(limit, key).given().copied().unwrap_or(0);
                (text(limit, "Name"), (number("Soft"), number("Hard")))
            })
            .collect(),
        block_io_weight: integer(host, "BlkioWeight"),
        has_block_io_limit: [
            "BlkioDeviceReadBps",
            "BlkioDeviceWriteBps",
            "BlkioDeviceReadIOps",
            "BlkioDeviceWriteIOps",
            "BlkioWeightDevice",
        ]
        .iter()
        .any(|key| !items(host, key).is_empty()),
        storage: host
            .field("StorageOpt")
            .map_or(Stated::Absent, |options| non_empty(string(&options, "size"))),
        oom_kill_disabled: boolean(host, "OomKillDisable"),
        oom_score_adjustment: integer(host, "OomScoreAdj"),
        shm_bytes: integer(host, "ShmSize"),
    }
}

fn restart(host: &impl Tree) -> Stated<Restart> {
    let Some(policy) = host.field("RestartPolicy") else { return Stated::Absent };
    match text(&policy, "Name").as_str() {
        "" | "no" => Stated::Given(Restart::No),
        "always" => Stated::Given(Restart::Always),
        "unless-stopped" => Stated::Given(Restart::UnlessStopped),
        "on-failure" => {
            Stated::Given(Restart::OnFailure(integer(&policy, "MaximumRetryCount").given().copied()))
        }
        other => Stated::Unknown(format!("restart policy '{}'", super::printable(other))),
    }
}

fn device_request(node: &impl Tree) -> DeviceRequest {
    let mut capabilities = Vec::new();
    for group in items(node, "Capabilities") {
        capabilities.extend(group.items().iter().filter_map(Tree::text).map(str::to_owned));
    }
    DeviceRequest {
        driver: text(node, "Driver"),
        count: integer(node, "Count").given().copied(),
        device_ids: list(node, "DeviceIDs"),
        capabilities,
    }
}

pub(super) fn text(node: &impl Tree, key: &str) -> String {
    string(node, key).into_given().unwrap_or_default()
}

fn non_empty(value: Stated<String>) -> Stated<String> {
    if value.given().is_some_and(String::is_empty) { Stated::Absent } else { value }
}

/// The keys of a map of empty objects.
pub(super) fn set(node: &impl Tree, key: &str) -> Vec<String> {
    keys(node, key)
}
