//! Rules `container/…` on a specification: the same predicates as in `seawall lint` and `seawall audit`.

use super::Case;
use super::case::Seen;
use crate::decision::Mode;
use crate::glob::fits_any;
use crate::policy::settings::Setting;
use std::borrow::Cow;
use workload::{ContainerSpec, MountKind, Rule, Stated, Verdict, capability_name, rules};

/// Which container it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which<'a> {
    /// The one that the call makes.
    Made,
    /// One that exists, by name: only rules that refuse count, since nothing can be told or changed any more.
    Existing(&'a str),
}

/// Judges a container by every rule that is on.
pub(crate) fn judge(case: &mut Case<'_>, spec: &ContainerSpec, which: Which<'_>) {
    for (at, rule) in rules().iter().enumerate() {
        let Some(setting) = case.setting_of_container(at) else { continue };
        if matches!(which, Which::Existing(_)) && setting.mode != Mode::Deny {
            continue;
        }
        for seen in hits(case, rule, spec, setting) {
            let message = match which {
                Which::Made => seen.message,
                Which::Existing(name) => {
                    format!("container {}: {}", crate::client::clean(name), seen.message)
                }
            };
            case.take(setting, Seen { message, ..seen });
        }
    }
}

/// What a rule says of a specification, without what its setting allows.
pub(crate) fn hits(
    case: &Case<'_>,
    rule: &'static Rule,
    spec: &ContainerSpec,
    setting: &Setting,
) -> Vec<Seen> {
    let spec = without_allowed(rule.info.id, spec, setting);
    match (rule.check)(&spec, &case.policy.surroundings) {
        Verdict::Passed(_) | Verdict::NotApplicable(_) => Vec::new(),
        Verdict::Unknown(reason) => vec![Seen {
            severity: rule.info.severity,
            message: format!("it cannot be told whether {}", rule.info.title),
            field: String::new(),
            evidence: vec![reason],
        }],
        Verdict::Failed(hits) => hits
            .into_iter()
            .map(|hit| Seen {
                severity: hit.severity.unwrap_or(rule.info.severity),
                message: hit.title,
                field: hit.field,
                evidence: hit.evidence,
            })
            .collect(),
    }
}

/// The specification without what the setting of the rule allows.
fn without_allowed<'a>(rule: &str, spec: &'a ContainerSpec, setting: &Setting) -> Cow<'a, ContainerSpec> {
    let texts = setting.texts("allowed");
    let paths = setting.paths("allowed");
    if texts.is_empty() && paths.is_empty() {
        return Cow::Borrowed(spec);
    }
    let mut spec = spec.clone();
    match rule {
        "container/added-capability" | "container/dangerous-capability" => {
            if let Stated::Given(added) = &mut spec.capabilities_added {
                let allowed: Vec<String> = texts.iter().map(|name| capability_name(name)).collect();
                added.retain(|name| !allowed.contains(name));
            }
        }
        "container/host-device" => {
            spec.devices.retain(|device| !fits_any(texts, &device.host_path));
            spec.device_requests.retain(|request| {
                request.capabilities.is_empty()
                    || !request.capabilities.iter().all(|name| fits_any(texts, name))
            });
            spec.device_rules.retain(|rule| !texts.contains(rule));
        }
        "container/unsafe-sysctl" => spec.sysctls.retain(|name, _| !fits_any(texts, name)),
        "container/privileged-port" | "container/port-on-all-interfaces" => {
            spec.ports.retain(|port| {
                let last = port.host_port_end.or(port.host_port);
                !matches!((port.host_port, last), (Some(first), Some(last)) if (first..=last).all(|port| is_port(texts, port)))
            });
        }
        _ => spec.mounts.retain(|mount| {
            !matches!(mount.kind, MountKind::Bind | MountKind::Pipe)
                || !paths.iter().any(|allowed| allowed.covers(&mount.source, mount.is_writable()))
        }),
    }
    Cow::Owned(spec)
}

/// Whether a port is on a list of ports (`443`) and ranges (`8000-8100`).
pub(crate) fn is_port(list: &[String], port: u16) -> bool {
    list.iter().any(|text| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        matches!((first.trim().parse::<u16>(), last.trim().parse::<u16>()), (Ok(first), Ok(last)) if (first..=last).contains(&port))
    })
}
