//! Devices of the host.

use super::{Hit, Rule, Verdict};
use model::{RuleInfo, Severity};

/// Devices that give nothing of the host away.
const HARMLESS: [&str; 9] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/net/tun",
    "/dev/fuse",
    "/dev/ppp",
    "/dev/hwrng",
];

/// Disks and memory: whoever has one reads and writes the host past every permission.
const RAW: [&str; 10] = [
    "/dev/sd",
    "/dev/hd",
    "/dev/vd",
    "/dev/xvd",
    "/dev/nvme",
    "/dev/mmcblk",
    "/dev/dm-",
    "/dev/mapper",
    "/dev/mem",
    "/dev/kmem",
];

pub(super) const HOST_DEVICE: Rule = Rule {
    info: RuleInfo {
        id: "container/host-device",
        title: "a device of the host is given to the container",
        severity: Severity::Medium,
        why: "A device is the host's hardware without its file permissions. A disk is all files of the host; drivers \
              are the least tested part of the kernel.",
        remedy: "Give the one device that is needed, with the least of r, w and m; never a disk.",
        references: &["https://docs.docker.com/reference/cli/docker/container/run/#device"],
    },
    aliases: &["CIS-Docker-5.18"],
    check: |spec, _| {
        let mut hits = Vec::new();
        for (at, device) in spec.devices.iter().enumerate() {
            if HARMLESS.contains(&device.host_path.as_str()) {
                continue;
            }
            let path: String = device.host_path.chars().take(120).collect();
            let evidence = format!(
                "device {path}, permissions {}",
                device.permissions.chars().take(8).collect::<String>()
            );
            let hit = Hit::new(
                format!("the device {path} is given to the container"),
                format!("devices.{at}"),
                evidence,
            );
            let is_raw = RAW.iter().any(|raw| path.starts_with(raw)) || path == "/dev" || path == "/dev/";
            hits.push(if is_raw { hit.rated(Severity::Critical) } else { hit });
        }
        for (at, request) in spec.device_requests.iter().enumerate() {
            let what = if request.capabilities.is_empty() {
                request.driver.clone()
            } else {
                request.capabilities.join(", ")
            };
            let shown: String = what.chars().take(80).collect();
            let hit = Hit::new(
                format!("devices are given to the container by their driver ({shown})"),
                format!("device_requests.{at}"),
                format!(
                    "device request: {shown}, count {}",
                    request.count.map_or("not told".to_owned(), |n| n.to_string())
                ),
            );
            hits.push(hit.rated(Severity::Low));
        }
        for (at, rule) in spec.device_rules.iter().enumerate() {
            let shown: String = rule.chars().take(80).collect();
            let is_wide = rule.starts_with('a') || rule.contains("*:*");
            let hit = Hit::new(
                format!("a device rule lets the container at '{shown}'"),
                format!("device_rules.{at}"),
                format!("device cgroup rule: {shown}"),
            );
            hits.push(if is_wide { hit.rated(Severity::Critical) } else { hit });
        }
        Verdict::of(hits, "no device of the host")
    },
};
