//! Settings of a container that rules `container/…` say nothing of.

use super::case::Seen;
use super::spec::is_port;
use super::{Case, image, mounts};
use crate::client::clean;
use crate::glob::fits_any;
use crate::policy::settings::Setting;
use calls::Json;
use model::Severity;
use serde_json::{Value, json};
use workload::{ContainerSpec, Profile};

/// What the engine hides of `/proc` and `/sys` (moby `daemon/pkg/oci/defaults.go`); a list without one of these shows it.
const MASKED: [&str; 6] =
    ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/proc/acpi", "/sys/firmware"];
const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
/// Variables that make the dynamic loader load or search something else (ld.so(8)).
const LOADER: [&str; 8] = [
    "LD_AUDIT",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LD_ORIGIN_PATH",
    "LD_PROFILE_OUTPUT",
    "GCONV_PATH",
    "GLIBC_TUNABLES",
    "LD_DEBUG_OUTPUT",
];

pub(crate) fn judge(case: &mut Case<'_>, spec: &ContainerSpec, body: &Json) {
    let null = Json::Null;
    let host = body.get("HostConfig").unwrap_or(&null);
    confinement(case, spec, host);
    limits(case, spec, host);
    surroundings(case, spec, host);
    labels(case, body);
    ports(case, spec);
}

fn confinement(case: &mut Case<'_>, spec: &ContainerSpec, host: &Json) {
    for (key, needed) in [("MaskedPaths", MASKED.as_slice()), ("ReadonlyPaths", &READ_ONLY)] {
        let Some(Json::List(list)) = host.get(key) else { continue };
        let shown: Vec<&str> = needed
            .iter()
            .copied()
            .filter(|path| !list.iter().any(|item| item.text() == Some(path)))
            .collect();
        if let (Some(setting), false) =
            (case.setting("container/unmasked-system-paths"), shown.is_empty() || list.is_empty())
        {
            let seen = Seen {
                severity: Severity::High,
                message: "the list of masked paths leaves some out".to_owned(),
                field: format!("HostConfig.{key}"),
                evidence: vec![shown.join(", ")],
            };
            case.take(setting, seen);
        }
    }
    for option in &spec.security.other {
        case.report(
            "guard/security-option-unknown",
            "a security option is not known",
            "HostConfig.SecurityOpt",
            option.clone(),
        );
    }
    if let Some(Profile::Named(name)) = spec.security.seccomp.given() {
        case.report(
            "guard/custom-seccomp-profile",
            "the container brings its own seccomp filter",
            "HostConfig.SecurityOpt",
            name.clone(),
        );
    }
    if host.get("Capabilities").is_some_and(|list| !list.items().is_empty()) {
        case.report(
            "guard/security-option-unknown",
            "'Capabilities' is no setting of engines that are known",
            "HostConfig.Capabilities",
            "",
        );
    }
    let runtime = host.text_of("Runtime");
    if !matches!(runtime, "" | "runc" | "io.containerd.runc.v2") {
        listed(case, "guard/runtime-not-allowed", runtime, "HostConfig.Runtime", |name| {
            format!("the runtime '{name}' is not allowed")
        });
    }
    let annotations: Vec<String> = host
        .get("Annotations")
        .map(Json::entries)
        .unwrap_or_default()
        .iter()
        .map(|(key, _)| key.to_string())
        .collect();
    for key in annotations {
        listed(case, "guard/annotation-changes-runtime", &key, "HostConfig.Annotations", |name| {
            format!("the annotation '{name}' goes to the runtime")
        });
    }
    if !host.text_of("Cgroup").is_empty() {
        let seen = host.text_of("Cgroup").to_owned();
        case.report(
            "guard/network-namespace-path",
            "the control group is that of another container",
            "HostConfig.Cgroup",
            seen,
        );
    }
}

/// Reports a rule with a list for what is not on it.
fn listed(
    case: &mut Case<'_>,
    rule: &'static str,
    text: &str,
    field: &str,
    message: impl Fn(&str) -> String,
) {
    let allowed = case.setting(rule).map(|setting| setting.texts("allowed"));
    if !allowed.is_some_and(|allowed| fits_any(allowed, text)) {
        case.report(rule, message(&clean(text)), field, "");
    }
}

/// Limits above the greatest that is allowed.
pub(crate) fn limits(case: &mut Case<'_>, spec: &ContainerSpec, host: &Json) {
    let number = |key: &str| host.get(key).and_then(Json::integer).unwrap_or_default();
    if number("MemorySwap") == -1 {
        case.report("guard/swap-unlimited", "swap has no limit", "HostConfig.MemorySwap", "-1");
    }
    if number("CpuRealtimeRuntime") != 0 || number("CpuRealtimePeriod") != 0 {
        case.report(
            "guard/realtime-scheduling",
            "the container asks for real-time scheduling",
            "HostConfig.CpuRealtimeRuntime",
            "",
        );
    }
    let rule = "guard/limit-above-maximum";
    let Some(setting) = case.setting(rule) else { return };
    let cpus = {
        let quota = spec.limits.cpu_quota_micros.given().copied().unwrap_or_default();
        let period = match number("CpuPeriod") {
            0 => 100_000,
            period => period,
        };
        let nanos = spec.limits.cpu_nanos.given().copied().unwrap_or_default();
        if nanos == 0 && quota > 0 { quota.saturating_mul(1_000_000_000) / period.max(1) } else { nanos }
    };
    let of = |value: &workload::Stated<i64>| value.given().copied().unwrap_or_default();
    // No limit at all is above every maximum.
    for (name, value, field, is_unlimited) in [
        ("memory_max", of(&spec.limits.memory_bytes), "HostConfig.Memory", true),
        ("cpus_max", cpus, "HostConfig.NanoCpus", true),
        ("pids_max", of(&spec.limits.pids), "HostConfig.PidsLimit", true),
        ("shm_max", of(&spec.limits.shm_bytes), "HostConfig.ShmSize", false),
    ] {
        let Some(most) = setting.number(name) else { continue };
        if value > most || value <= 0 && is_unlimited {
            let asked = if value <= 0 { "no limit".to_owned() } else { value.to_string() };
            case.report(
                rule,
                format!("{field} is above the greatest that is allowed"),
                field,
                format!("asked: {asked}, allowed: {most}"),
            );
        }
    }
}

fn surroundings(case: &mut Case<'_>, spec: &ContainerSpec, host: &Json) {
    for (at, variable) in spec.environment.iter().enumerate() {
        if LOADER.contains(&variable.name.as_str()) {
            case.report(
                "guard/loader-environment",
                format!("{} changes what programs load", variable.name),
                format!("Env[{at}]"),
                "",
            );
        }
    }
    let driver = host.get("LogConfig").map(|log| log.text_of("Type")).unwrap_or_default();
    if !matches!(driver, "" | "json-file" | "local" | "none" | "journald") {
        listed(case, "guard/log-driver-sends-away", driver, "HostConfig.LogConfig.Type", |name| {
            format!("the log driver '{name}' sends output elsewhere")
        });
    }
    for server in host.texts_of("Dns") {
        listed(case, "guard/dns-changed", server, "HostConfig.Dns", |name| {
            format!("the container asks the name server {name}")
        });
    }
    for entry in host.texts_of("ExtraHosts") {
        listed(case, "guard/host-entry", entry, "HostConfig.ExtraHosts", |name| {
            format!("/etc/hosts gets the entry {name}")
        });
    }
    for link in host.texts_of("Links") {
        case.report("guard/legacy-link", "containers are linked", "HostConfig.Links", link.to_owned());
    }
}

fn labels(case: &mut Case<'_>, body: &Json) {
    let rule = "guard/label-missing";
    if let Some(setting) = case.setting(rule) {
        for (key, pattern) in setting.map("required") {
            let value = body.get("Labels").map(|labels| labels.text_of(key)).unwrap_or_default();
            if value.is_empty() || !crate::glob::fits(pattern, value) {
                case.report(
                    rule,
                    format!("the label {} must be '{}'", clean(key), clean(pattern)),
                    "Labels",
                    clean(value),
                );
            }
        }
    }
}

/// The list of ports, where there is one.
fn ports(case: &mut Case<'_>, spec: &ContainerSpec) {
    let rule = "guard/publishes-port-not-allowed";
    let Some(setting) = case.setting(rule) else { return };
    let allowed = setting.texts("allowed");
    for (at, port) in spec.ports.iter().enumerate() {
        let (first, last) = (port.host_port, port.host_port_end.or(port.host_port));
        let is_allowed = matches!((first, last), (Some(first), Some(last)) if first <= last && (first..=last).all(|port| is_port(allowed, port)));
        if !is_allowed {
            let text = first
                .map_or_else(|| "a port that the engine chooses".to_owned(), |port| format!("port {port}"));
            case.report(rule, format!("{text} is not on the list of ports"), format!("ports.{at}"), "");
        }
    }
}

/// Rules that are expressions.
pub(crate) fn expressions(case: &mut Case<'_>) {
    let rules: Vec<&str> =
        case.policy.by_rule.keys().map(String::as_str).filter(|id| id.starts_with("custom/")).collect();
    if rules.is_empty() {
        return;
    }
    let policy = case.policy;
    let (call, client) = (call_value(case), serde_json::to_value(case.who).unwrap_or(Value::Null));
    let found = case.call.subject().and_then(|subject| {
        case.facts.containers.values().find_map(|found| match found {
            crate::Found::Known(container) if container.id == subject => serde_json::to_value(container).ok(),
            _ => None,
        })
    });
    let container = found.unwrap_or(Value::Null);
    for id in rules {
        let Some(setting) = case.setting(id) else { continue };
        let Some(expression) = &setting.when else { continue };
        let result = expression.is_true(&[("call", &call), ("client", &client), ("container", &container)]);
        match result {
            Ok(false) => {}
            Ok(true) => {
                let message = format!("an expression of the policy holds (line {})", setting.line);
                case.take(setting, custom(message, expression.text()));
            }
            // What cannot be told is not let through.
            Err(reason) => case.take(
                setting,
                custom(format!("a rule cannot be evaluated: {}", clean(&reason)), expression.text()),
            ),
        }
    }
    debug_assert!(std::ptr::eq(policy, case.policy));
}

fn custom(message: String, text: &str) -> Seen {
    Seen { severity: Severity::High, message, field: String::new(), evidence: vec![text.to_owned()] }
}

/// The canonical call as expressions see it.
fn call_value(case: &Case<'_>) -> Value {
    let call = &case.call;
    let mut query = serde_json::Map::new();
    for (key, value) in call.query_pairs() {
        query.insert((*key).to_owned(), Value::String(value.clone()));
    }
    json!({
        "route": call.route().id,
        "class": call.route().class.as_str(),
        "method": call.method().as_str(),
        "version": call.version(),
        "subject": call.subject(),
        "query": query,
        "body": call.body().map_or(Value::Null, Json::to_value),
        "image": case.image,
        "labels": case.labels,
    })
}

/// A setting with a list of images or of names that is asked elsewhere too.
pub(crate) fn is_on_list(setting: Option<&Setting>, image_name: &str) -> bool {
    setting.is_some_and(|setting| {
        setting.texts("allowed").iter().any(|pattern| image::is_allowed(pattern, image_name))
    })
}

/// Mounts of a volume that a call makes.
pub(crate) fn volume(case: &mut Case<'_>) {
    let body = case.call.body().cloned().unwrap_or(Json::Null);
    let options = body.get("DriverOpts").map(super::case::labels_of).unwrap_or_default();
    mounts::volume(case, body.text_of("Driver"), &options, "DriverOpts");
}
