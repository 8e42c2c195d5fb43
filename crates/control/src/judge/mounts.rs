//! What a container gets of the host's files: binds, volumes, their drivers.

use super::Case;
use crate::client::clean;
use crate::facts::{PathFacts, known};
use crate::glob::fits_any;
use crate::policy::settings::AllowedPath;
use calls::Json;
use std::collections::BTreeMap;
use workload::{ContainerSpec, Mount, MountKind};

/// The source of `source:target[:options]`; none for a target alone.
pub(crate) fn bind_source(text: &str) -> Option<&str> {
    text.split_once(':').map(|(source, _)| source).filter(|source| !source.is_empty())
}

/// The device that a mount's volume driver is told.
pub(crate) fn device_of(mount: &Json) -> Option<&str> {
    mount.at(&["VolumeOptions", "DriverConfig", "Options", "device"]).and_then(Json::text)
}

/// Judges what the specification and its text say of mounts, and puts resolved paths in the place of written ones.
pub(crate) fn judge(case: &mut Case<'_>, spec: &mut ContainerSpec, host: &Json) {
    shapes(case, host);
    let driver = host.text_of("VolumeDriver").to_owned();
    if !is_local(&driver) {
        volume_driver(case, &driver, "HostConfig.VolumeDriver");
    }
    requested(case, host.get("Mounts"), "HostConfig.Mounts");
    for at in 0..spec.mounts.len() {
        match spec.mounts[at].kind {
            MountKind::Bind | MountKind::Pipe => resolve(case, &mut spec.mounts[at], at),
            MountKind::Volume if !spec.mounts[at].is_anonymous => {
                named_volume(case, &mut spec.mounts[at], at);
            }
            _ => {}
        }
    }
    for (at, device) in spec.devices.iter_mut().enumerate() {
        if !device.host_path.starts_with('/') {
            continue;
        }
        if let Some(facts) = path(case, &device.host_path.clone(), &format!("devices.{at}")) {
            device.host_path.clone_from(&facts.resolved);
        }
    }
    allowed(case, spec);
}

/// Binds that the engine and the specification could split differently.
fn shapes(case: &mut Case<'_>, host: &Json) {
    let binds: Vec<String> = host.texts_of("Binds").map(str::to_owned).collect();
    for (at, bind) in binds.iter().enumerate() {
        let parts: Vec<&str> = bind.split(':').collect();
        let source = if parts.len() > 1 { parts[0] } else { "" };
        let target = if parts.len() > 1 { parts[1] } else { parts[0] };
        let is_name = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
                && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        };
        let is_source = parts.len() == 1 || source.starts_with('/') || is_name(source);
        if parts.len() > 3 || !is_source || !target.starts_with('/') {
            let field = format!("HostConfig.Binds[{at}]");
            case.report("guard/mount-not-understood", "a bind cannot be understood", field, clean(bind));
        }
    }
}

/// Mounts as the Engine API writes them.
pub(crate) fn requested(case: &mut Case<'_>, mounts: Option<&Json>, field: &str) {
    let mounts: Vec<Json> = mounts.map(Json::items).unwrap_or_default().to_vec();
    for (at, mount) in mounts.iter().enumerate() {
        let field = format!("{field}[{at}]");
        match mount.text_of("Type") {
            "bind" => {
                if !mount.text_of("Source").starts_with('/') {
                    let seen = mount.text_of("Source").to_owned();
                    case.report(
                        "guard/mount-not-understood",
                        "the source of a bind is no absolute path",
                        &field,
                        seen,
                    );
                }
            }
            "volume" => {
                if let Some(driver) = mount.at(&["VolumeOptions", "DriverConfig"]) {
                    let options = driver.get("Options").map(super::case::labels_of).unwrap_or_default();
                    volume(case, driver.text_of("Name"), &options, &field);
                }
            }
            "tmpfs" => {}
            "image" => {
                let source = mount.text_of("Source").to_owned();
                case.report("guard/image-mount", "files of another image are mounted", &field, source);
            }
            other => {
                let seen = format!("type '{}'", clean(other));
                case.report(
                    "guard/mount-not-understood",
                    "a mount is of a kind that is not known",
                    &field,
                    seen,
                );
            }
        }
        let sub = [&["VolumeOptions", "Subpath"], &["ImageOptions", "Subpath"]];
        if let Some(sub) =
            sub.iter().find_map(|path| mount.at(*path).and_then(Json::text)).filter(|text| !text.is_empty())
        {
            case.report("guard/volume-subpath", "a part of a volume is mounted", &field, sub.to_owned());
        }
    }
}

fn is_local(driver: &str) -> bool {
    matches!(driver, "" | "local")
}

fn volume_driver(case: &mut Case<'_>, driver: &str, field: &str) {
    let allowed = case.setting("guard/volume-driver-not-allowed").map(|setting| setting.texts("allowed"));
    if !allowed.is_some_and(|allowed| fits_any(allowed, driver)) {
        let message = format!("the volume driver '{}' is not allowed", clean(driver));
        case.report("guard/volume-driver-not-allowed", message, field, "");
    }
}

/// A volume as it is made, or was made.
pub(crate) fn volume(case: &mut Case<'_>, driver: &str, options: &BTreeMap<String, String>, field: &str) {
    if !is_local(driver) {
        volume_driver(case, driver, field);
        return;
    }
    let option = |name: &str| options.get(name).map(String::as_str).unwrap_or_default();
    let (kind, device) = (option("type"), option("device"));
    let words: Vec<&str> = option("o").split(',').map(str::trim).collect();
    let binds =
        words.iter().any(|word| word.eq_ignore_ascii_case("bind") || word.eq_ignore_ascii_case("rbind"));
    // A size alone is a quota; memory is nobody's file.
    let is_plain =
        options.keys().all(|key| key == "size") || kind == "tmpfs" && !binds && !device.starts_with('/');
    if is_plain {
        return;
    }
    let rule = "guard/volume-driver-mounts-host";
    if let Some(setting) = case.setting(rule) {
        let is_type = !kind.is_empty()
            && setting.texts("allowed_types").iter().any(|allowed| allowed == kind)
            && !binds;
        let is_bind = binds
            && matches!(kind, "" | "none")
            && setting.texts("allowed_types").iter().any(|allowed| allowed == "bind");
        let is_device = setting.texts("allowed").is_empty() || fits_any(setting.texts("allowed"), device);
        if (is_type || is_bind) && is_device {
            return;
        }
    }
    let seen: Vec<String> = options.iter().take(8).map(|(key, value)| format!("{key}={value}")).collect();
    case.report(rule, "the options of a volume mount something of the host", field, seen.join(" "));
}

/// A volume that exists, or is made by this call.
fn named_volume(case: &mut Case<'_>, mount: &mut Mount, at: usize) {
    let facts = case.facts;
    match known(&facts.volumes, &mount.source) {
        Ok(None) => {}
        Err(reason) => case.unknown(&format!("volume {}", mount.source), &reason),
        Ok(Some(volume)) => {
            let field = format!("mounts.{at}");
            self::volume(case, &volume.driver, &volume.options, &field);
            // What the volume binds is what the container gets.
            let device = volume.options.get("device").filter(|device| device.starts_with('/'));
            if let Some(device) = device.filter(|_| is_local(&volume.driver)) {
                mount.kind = MountKind::Bind;
                mount.source.clone_from(device);
            }
        }
    }
}

fn path<'a>(case: &mut Case<'a>, text: &str, field: &str) -> Option<&'a PathFacts> {
    let facts = case.facts;
    let found = match known(&facts.paths, text) {
        Ok(Some(found)) => found,
        Ok(None) => {
            case.unknown(&format!("path {text}"), "nobody resolved it");
            return None;
        }
        Err(reason) => {
            case.unknown(&format!("path {text}"), &reason);
            return None;
        }
    };
    if found.is_own {
        let message = format!("{} is, or holds, a file of the guard itself", clean(text));
        case.report("guard/own-files-mounted", message, field, format!("resolved: {}", found.resolved));
    }
    Some(found)
}

fn resolve(case: &mut Case<'_>, mount: &mut Mount, at: usize) {
    if !mount.source.starts_with('/') {
        return;
    }
    if let Some(found) = path(case, &mount.source.clone(), &format!("mounts.{at}")) {
        mount.source.clone_from(&found.resolved);
    }
}

/// The list of paths that may be shared, where there is one.
pub(crate) fn allowed(case: &mut Case<'_>, spec: &ContainerSpec) {
    let rule = "guard/host-path-not-allowed";
    let Some(setting) = case.setting(rule) else { return };
    let paths: &[AllowedPath] = setting.paths("allowed");
    for (at, mount) in spec.mounts.iter().enumerate() {
        let is_path = matches!(mount.kind, MountKind::Bind | MountKind::Pipe);
        if is_path && !paths.iter().any(|allowed| allowed.covers(&mount.source, mount.is_writable())) {
            let message = format!("{} of the host is not on the list of paths", clean(&mount.source));
            case.report(rule, message, format!("mounts.{at}"), "");
        }
    }
}

/// Whether a path is one of the guard's own.
pub(crate) fn own(case: &mut Case<'_>, text: &str, field: &str) {
    path(case, text, field);
}
