//! Services of a swarm: their tasks are containers, judged by the same rules.

use super::spec::Which;
use super::{Case, container, image, mounts, owner, service_rewrite, settings, spec};
use calls::Json;

pub(crate) fn judge(case: &mut Case<'_>) {
    owner::service(case);
    let body = case.call.body().cloned().unwrap_or(Json::Null);
    let null = Json::Null;
    let task = body.get("TaskTemplate").unwrap_or(&null);
    if task.get("PluginSpec").is_some_and(|spec| !spec.is_null()) || task.text_of("Runtime") == "plugin" {
        case.report(
            "guard/service-runs-plugin",
            "a service installs a plugin",
            "TaskTemplate.PluginSpec",
            "",
        );
    }
    if task.get("NetworkAttachmentSpec").is_some_and(|spec| !spec.is_null()) {
        case.report(
            "guard/service-runs-plugin",
            "a service attaches a container of somebody else",
            "TaskTemplate.NetworkAttachmentSpec",
            "",
        );
    }
    let Some(service) = task.get("ContainerSpec").filter(|spec| !spec.is_null()) else { return };
    let credentials = service.at(&["Privileges", "CredentialSpec"]).map(Json::entries).unwrap_or_default();
    if credentials
        .iter()
        .any(|(key, value)| key != "Config" && value.text().is_some_and(|text| !text.is_empty()))
    {
        case.report(
            "guard/credential-specification",
            "credentials of the host are read for a service",
            "Privileges.CredentialSpec",
            "",
        );
    }
    for (key, field) in [("SELinuxContext", "Type"), ("SELinuxContext", "Level")] {
        if service.at(&["Privileges", key, field]).and_then(Json::text).is_some_and(|text| !text.is_empty()) {
            case.report(
                "guard/security-option-unknown",
                "a service has an SELinux label of its own",
                format!("Privileges.{key}.{field}"),
                "",
            );
        }
    }
    case.labels = Some(service.get("Labels").map(super::case::labels_of).unwrap_or_default());
    case.image = Some(image::full_name(service.text_of("Image")));
    let name = service.text_of("Image").to_owned();
    let pinned = image::judge_of_service(case, &name, "TaskTemplate.ContainerSpec.Image");
    mounts::requested(case, service.get("Mounts"), "TaskTemplate.ContainerSpec.Mounts");
    service_rewrite::rewrite(case);
    if let (Some(pinned), Some(body)) = (pinned, case.call.body_mut()) {
        let of_task = body.object_mut("TaskTemplate").object_mut("ContainerSpec");
        of_task.set("Image", Json::Text(pinned));
    }
    // What was changed is judged, as it will run.
    let body = case.call.body().cloned().unwrap_or(Json::Null);
    let task = body.get("TaskTemplate").unwrap_or(&null);
    let asked = as_container(&body, task, task.get("ContainerSpec").unwrap_or(&null));
    if let Some(spec) = container::specification(case, &asked) {
        spec::judge(case, &spec, Which::Made);
        settings::judge(case, &spec, &asked);
        owner::taken(case);
    }
}

/// The request for a container that means the same as the task of a service (moby `daemon/cluster/executor`).
pub(super) fn as_container(body: &Json, task: &Json, service: &Json) -> Json {
    let mut config = Json::object();
    let mut host = Json::object();
    let copy = |from: &Json, key: &str, to: &mut Json, name: &'static str| {
        if let Some(value) = from.get(key).filter(|value| !value.is_null()) {
            to.set(name, value.clone());
        }
    };
    for (key, name) in [
        ("Image", "Image"),
        ("Env", "Env"),
        ("User", "User"),
        ("Labels", "Labels"),
        ("Healthcheck", "Healthcheck"),
        ("Command", "Entrypoint"),
        ("Args", "Cmd"),
    ] {
        copy(service, key, &mut config, name);
    }
    for (key, name) in [
        ("Mounts", "Mounts"),
        ("CapabilityAdd", "CapAdd"),
        ("CapabilityDrop", "CapDrop"),
        ("ReadOnly", "ReadonlyRootfs"),
        ("Sysctls", "Sysctls"),
        ("Ulimits", "Ulimits"),
        ("OomScoreAdj", "OomScoreAdj"),
        ("Hosts", "ExtraHosts"),
        ("Init", "Init"),
        ("Groups", "GroupAdd"),
    ] {
        copy(service, key, &mut host, name);
    }
    let null = Json::Null;
    copy(service.get("DNSConfig").unwrap_or(&null), "Nameservers", &mut host, "Dns");
    let limits = task.at(&["Resources", "Limits"]).unwrap_or(&null);
    for (key, name) in [("NanoCPUs", "NanoCpus"), ("MemoryBytes", "Memory"), ("Pids", "PidsLimit")] {
        copy(limits, key, &mut host, name);
    }
    if let Some(log) = task.get("LogDriver").filter(|log| !log.is_null()) {
        let mut config = Json::object();
        config.set("Type", Json::Text(log.text_of("Name").to_owned()));
        copy(log, "Options", &mut config, "Config");
        host.set("LogConfig", config);
    }
    host.set("SecurityOpt", Json::List(security(service.get("Privileges").unwrap_or(&null))));
    // A task always starts again, unless it is told not to, and may be told how often.
    let restart = task.get("RestartPolicy").unwrap_or(&null);
    let mut policy = Json::object();
    let name = match (restart.text_of("Condition"), restart.get("MaxAttempts").and_then(Json::integer)) {
        ("none", _) => "no",
        (_, Some(attempts)) if attempts > 0 => {
            policy.set("MaximumRetryCount", Json::Integer(attempts));
            "on-failure"
        }
        _ => "always",
    };
    policy.set("Name", Json::Text(name.to_owned()));
    host.set("RestartPolicy", policy);
    let networks = [task.get("Networks"), body.get("Networks")];
    let targets = networks.iter().flat_map(|list| list.map(Json::items).unwrap_or_default());
    let mut endpoints = Json::object();
    for target in targets {
        endpoints.set(target.text_of("Target").to_owned(), Json::object());
    }
    // Tasks without a network of their own are on the default bridge.
    if endpoints.entries().is_empty() {
        host.set("NetworkMode", Json::Text("default".to_owned()));
    } else {
        host.set("NetworkMode", Json::Text(endpoints.entries()[0].0.to_string()));
        let mut networking = Json::object();
        networking.set("EndpointsConfig", endpoints);
        config.set("NetworkingConfig", networking);
    }
    host.set("PortBindings", ports(body));
    config.set("HostConfig", host);
    config
}

fn security(privileges: &Json) -> Vec<Json> {
    let mut options = Vec::new();
    if privileges.get("NoNewPrivileges").is_some_and(Json::is_true) {
        options.push("no-new-privileges:true".to_owned());
    }
    match privileges.at(&["Seccomp", "Mode"]).and_then(Json::text) {
        Some("unconfined") => options.push("seccomp=unconfined".to_owned()),
        Some("custom") => options.push("seccomp={}".to_owned()),
        _ => {}
    }
    if privileges.at(&["AppArmor", "Mode"]).and_then(Json::text) == Some("disabled") {
        options.push("apparmor=unconfined".to_owned());
    }
    if privileges.at(&["SELinuxContext", "Disable"]).is_some_and(Json::is_true) {
        options.push("label=disable".to_owned());
    }
    options.into_iter().map(Json::Text).collect()
}

fn ports(body: &Json) -> Json {
    let mut bindings = Json::object();
    let list = body.at(&["EndpointSpec", "Ports"]).map(Json::items).unwrap_or_default();
    for port in list {
        let protocol = if port.text_of("Protocol").is_empty() { "tcp" } else { port.text_of("Protocol") };
        let target = port.get("TargetPort").and_then(Json::integer).unwrap_or_default();
        let published = port.get("PublishedPort").and_then(Json::integer).unwrap_or_default();
        let mut binding = Json::object();
        binding.set("HostIp", Json::Text(String::new()));
        binding
            .set("HostPort", Json::Text(if published == 0 { String::new() } else { published.to_string() }));
        let key = format!("{target}/{protocol}");
        let mut all = bindings.get(&key).map(Json::items).unwrap_or_default().to_vec();
        all.push(binding);
        bindings.set(key, Json::List(all));
    }
    bindings
}
