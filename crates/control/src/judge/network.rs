//! Networks of containers.

use super::Case;
use crate::client::clean;
use crate::facts::known;
use crate::glob::fits_any;
use calls::Json;
use workload::{ContainerSpec, Namespace, Stated};

/// Whether a network is named that somebody made.
pub(crate) fn is_named(name: &str) -> bool {
    !matches!(name, "" | "default" | "bridge" | "none" | "nat")
        && !name.starts_with("container:")
        && !name.starts_with("ns:")
}

/// Judges which networks a container gets, and notes the host's where another name leads there.
pub(crate) fn judge(case: &mut Case<'_>, spec: &mut ContainerSpec, host: &Json, body: &Json) {
    for key in ["NetworkMode", "PidMode", "IpcMode", "UTSMode", "CgroupnsMode", "UsernsMode"] {
        if host.text_of(key).contains("ns:/") || host.text_of(key).starts_with("ns:") {
            let seen = host.text_of(key).to_owned();
            case.report(
                "guard/network-namespace-path",
                "a namespace is named by its path",
                format!("HostConfig.{key}"),
                seen,
            );
        }
    }
    let endpoints = body.at(&["NetworkingConfig", "EndpointsConfig"]).map(Json::entries).unwrap_or_default();
    let mode = host.text_of("NetworkMode");
    let names: Vec<&str> = endpoints.iter().map(|(name, _)| name.as_ref()).chain([mode]).collect();
    for name in names {
        if leads_to_host(case, name) {
            spec.namespaces.network = Stated::Given(Namespace::Host);
        }
    }
    for (name, endpoint) in endpoints {
        self::endpoint(case, endpoint, &format!("NetworkingConfig.EndpointsConfig.{}", clean(name)));
    }
    if !body.text_of("MacAddress").is_empty() {
        let seen = body.text_of("MacAddress").to_owned();
        case.report(
            "guard/static-address",
            "the container has a hardware address of its own",
            "MacAddress",
            seen,
        );
    }
}

/// Whether it is the host's network, by its name or by what it is.
pub(crate) fn leads_to_host(case: &mut Case<'_>, name: &str) -> bool {
    if name == "host" {
        return true;
    }
    if !is_named(name) {
        return false;
    }
    let facts = case.facts;
    match known(&facts.networks, name) {
        Ok(Some(network)) => network.driver == "host" || network.name == "host",
        Ok(None) => false,
        Err(reason) => {
            case.unknown(&format!("network {name}"), &reason);
            false
        }
    }
}

/// The settings of an endpoint.
pub(crate) fn endpoint(case: &mut Case<'_>, endpoint: &Json, field: &str) {
    let ipam = endpoint.get("IPAMConfig").map(Json::entries).unwrap_or_default();
    let has_address = ipam
        .iter()
        .any(|(_, value)| value.text().is_some_and(|text| !text.is_empty()) || !value.items().is_empty());
    let has_hardware = !endpoint.text_of("MacAddress").is_empty();
    let has_options = endpoint.get("DriverOpts").is_some_and(|options| !options.entries().is_empty());
    if has_address || has_hardware || has_options {
        case.report(
            "guard/static-address",
            "an endpoint has an address, or options of its driver",
            field,
            "",
        );
    }
}

/// A network that is made.
pub(crate) fn create(case: &mut Case<'_>) {
    let body = case.call.body().cloned().unwrap_or(Json::Null);
    let driver = body.text_of("Driver");
    if !matches!(driver, "" | "default" | "bridge" | "overlay" | "null") {
        let allowed =
            case.setting("guard/network-driver-not-allowed").map(|setting| setting.texts("allowed"));
        if !allowed.is_some_and(|allowed| fits_any(allowed, driver)) {
            let message = format!("the network driver '{}' is not allowed", clean(driver));
            case.report("guard/network-driver-not-allowed", message, "Driver", "");
        }
    }
    if body.get("ConfigFrom").is_some_and(|from| !from.text_of("Network").is_empty()) {
        case.report("guard/network-option", "a network takes its options from another one", "ConfigFrom", "");
    }
    for (key, value) in body.get("Options").map(Json::entries).unwrap_or_default() {
        let harmless = matches!(
            key.as_ref(),
            "com.docker.network.enable_ipv4"
                | "com.docker.network.enable_ipv6"
                | "com.docker.network.driver.mtu"
                | "encrypted"
        );
        let allowed = case.setting("guard/network-option").map(|setting| setting.texts("allowed"));
        if !harmless && !allowed.is_some_and(|allowed| fits_any(allowed, key)) {
            let seen = format!("{key}={}", value.text().unwrap_or_default());
            case.report(
                "guard/network-option",
                "a network has options that change the host",
                format!("Options.{}", clean(key)),
                seen,
            );
        }
    }
}
