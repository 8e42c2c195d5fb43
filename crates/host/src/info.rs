//! `GET /info` as facts.

use facts::{EngineInfo, SecurityOption};
use serde_json::Value;

/// Entries of one list.
const LIST_MAX: usize = 10_000;

/// Reads the document of `/info`; what has another type than the API says counts as absent.
pub(crate) fn read(document: &Value) -> EngineInfo {
    EngineInfo {
        version: text(document, "ServerVersion"),
        os_type: text(document, "OSType"),
        data_root: text(document, "DockerRootDir"),
        storage_driver: text(document, "Driver"),
        driver_status: list(document.get("DriverStatus"))
            .iter()
            .filter_map(|pair| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.as_str()?.to_owned())))
            .collect(),
        log_driver: text(document, "LoggingDriver"),
        cgroup_driver: text(document, "CgroupDriver"),
        cgroup_version: text(document, "CgroupVersion"),
        kernel: text(document, "KernelVersion"),
        operating_system: text(document, "OperatingSystem"),
        security_options: texts(document.get("SecurityOptions"))
            .iter()
            .map(|o| SecurityOption::parse(o))
            .collect(),
        is_live_restore: document.get("LiveRestoreEnabled").and_then(Value::as_bool),
        is_experimental: document.get("ExperimentalBuild").and_then(Value::as_bool).unwrap_or(false),
        authorization_plugins: texts(document.pointer("/Plugins/Authorization")),
        insecure_registries: insecure(document),
        mirrors: texts(document.pointer("/RegistryConfig/Mirrors")),
        warnings: texts(document.get("Warnings")),
        containers: document.get("Containers").and_then(Value::as_u64).unwrap_or(0),
        images: document.get("Images").and_then(Value::as_u64).unwrap_or(0),
        runc_commit: commit(document, "RuncCommit"),
        containerd_commit: commit(document, "ContainerdCommit"),
        seccomp_profile: None,
    }
}

// Ranges, and hosts that are marked as not secure.
fn insecure(document: &Value) -> Vec<String> {
    let mut list = texts(document.pointer("/RegistryConfig/InsecureRegistryCIDRs"));
    let hosts = document.pointer("/RegistryConfig/IndexConfigs").and_then(Value::as_object);
    for (host, settings) in hosts.into_iter().flatten().take(LIST_MAX) {
        if settings.get("Secure").and_then(Value::as_bool) == Some(false) {
            list.push(host.clone());
        }
    }
    list
}

fn commit(document: &Value, key: &str) -> String {
    document.get(key).map(|commit| text(commit, "ID")).unwrap_or_default()
}

/// A text, empty when there is none.
pub(crate) fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The texts of a list.
pub(crate) fn texts(value: Option<&Value>) -> Vec<String> {
    list(value).iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// A list, empty when there is none, and cut.
pub(crate) fn list(value: Option<&Value>) -> &[Value] {
    let list = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    &list[..list.len().min(LIST_MAX)]
}

/// An object of texts.
pub(crate) fn map(value: Option<&Value>) -> std::collections::BTreeMap<String, String> {
    let object = value.and_then(Value::as_object).into_iter().flatten();
    object.take(LIST_MAX).filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
