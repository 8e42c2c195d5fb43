//! Calls that make no container.

use super::{Case, existing, image, network, owner, settings};
use crate::client::clean;
use crate::glob::fits_any;
use calls::{Exchange, Json};

pub(crate) fn judge(case: &mut Case<'_>) {
    owner::judge(case);
    if existing::gives_container(case) {
        gives(case);
    }
    checkpoint(case);
    names_given(case);
    match case.route() {
        "containers.exec" => exec_create(case),
        "exec.start" => exec_start(case),
        "containers.attach.websocket" => {
            case.report("guard/attach-by-get", "a GET gives the input of a container", "", "");
        }
        "containers.archive.get" | "containers.export" | "containers.copy" => {
            let path = case.call.query("path").unwrap_or_default().to_owned();
            case.report("guard/archive-read", "files are read out of a container", "path", path);
        }
        "containers.archive.put" => archive_put(case),
        "containers.rename" => {
            let name = case.call.query("name").unwrap_or_default().to_owned();
            case.report("guard/container-renamed", "a container gets another name", "name", name);
        }
        "volumes.create" => volume(case),
        "networks.create" => network::create(case),
        "networks.connect" => connect(case),
        "images.create" => pull(case),
        "images.load" => {
            case.report("guard/image-from-address", "an image is loaded from an archive", "", "");
        }
        "images.push" => push(case),
        "images.commit" => commit(case),
        "build.run" => build(case),
        "build.session" | "build.grpc" => {
            case.report("guard/build-session", "BuildKit's own protocol is used", "", "");
        }
        "secrets.create" | "secrets.update" | "secrets.delete" | "configs.create" | "configs.update"
        | "configs.delete" => {
            case.report(
                "guard/secret-of-swarm",
                "secrets or configurations of the swarm are changed",
                "",
                "",
            );
        }
        "swarm.init" | "swarm.join" | "swarm.leave" | "swarm.update" | "swarm.unlock" | "nodes.update"
        | "nodes.delete" => {
            case.report("guard/swarm-changed", "the swarm is joined, left or changed", "", "");
        }
        route
            if route.starts_with("plugins.")
                && !matches!(route, "plugins.list" | "plugins.inspect" | "plugins.privileges") =>
        {
            case.report("guard/plugin-changed", "plugins of the engine are changed", "", "");
        }
        _ => {}
    }
}

/// The container that the call is about, or that its process lives in.
pub(crate) fn about<'a>(case: &mut Case<'a>) -> Option<&'a crate::ContainerFacts> {
    let template = case.call.route().template;
    let subject = case.call.subject().map(str::to_owned);
    if template.starts_with("/exec/") {
        let id = subject?;
        let known = case.facts.execs.values().find_map(|found| match found {
            crate::Found::Known(exec) if exec.id == id => Some(&exec.container),
            _ => None,
        });
        return known.or_else(|| case.exec(&id).map(|exec| &exec.container));
    }
    let name = match case.route() {
        "images.commit" => case.call.query("container").map(str::to_owned),
        "networks.connect" | "networks.disconnect" => {
            case.call.body().map(|body| body.text_of("Container").to_owned())
        }
        _ if template.starts_with("/containers/{id}") => subject,
        _ => None,
    }?;
    case.container(&name)
}

fn gives(case: &mut Case<'_>) {
    if let Some(facts) = about(case) {
        existing::judge(case, facts);
    }
}

fn exec_create(case: &mut Case<'_>) {
    let body = case.call.body().cloned().unwrap_or(Json::Null);
    let command: Vec<&str> = body.texts_of("Cmd").collect();
    let is_privileged = body.get("Privileged").is_some_and(Json::is_true);
    process(case, is_privileged, body.text_of("User"), &command);
    for variable in body.texts_of("Env") {
        let name = variable.split('=').next().unwrap_or_default();
        if name.starts_with("LD_") {
            case.report(
                "guard/loader-environment",
                format!("{} changes what programs load", clean(name)),
                "Env",
                "",
            );
        }
    }
}

/// The process was made by another call, perhaps of another client: what it is is judged again.
fn exec_start(case: &mut Case<'_>) {
    let Some(id) = case.call.subject().map(str::to_owned) else { return };
    let found = case.facts.execs.values().find_map(|found| match found {
        crate::Found::Known(exec) if exec.id == id => Some(exec),
        _ => None,
    });
    let Some(exec) = found else { return };
    let command: Vec<&str> = exec.command.iter().map(String::as_str).collect();
    process(case, exec.privileged, &exec.user, &command);
}

fn process(case: &mut Case<'_>, is_privileged: bool, user: &str, command: &[&str]) {
    if is_privileged {
        case.report(
            "guard/exec-privileged",
            "a process without confinement is started in a container",
            "Privileged",
            "true",
        );
    }
    if workload::User(user.to_owned()).is_root() && !user.is_empty() {
        case.report(
            "guard/exec-as-root",
            "a process is started as root in a container",
            "User",
            user.to_owned(),
        );
    }
    self::command(case, command);
}

/// A command that is started in a container.
pub(crate) fn command(case: &mut Case<'_>, command: &[&str]) {
    let line = command.join(" ");
    let allowed = case.setting("guard/exec-command").map(|setting| setting.texts("allowed"));
    // `ls *` allows `ls` as well.
    let alone = format!("{line} ");
    let is_listed = |list: &[String]| fits_any(list, &line) || command.len() == 1 && fits_any(list, &alone);
    if !allowed.is_some_and(is_listed) {
        let program = command.first().copied().unwrap_or_default().to_owned();
        case.report(
            "guard/exec-command",
            format!("the program {} is not on the list", clean(&program)),
            "Cmd",
            "",
        );
    }
}

fn archive_put(case: &mut Case<'_>) {
    let path = case.call.query("path").unwrap_or_default().to_owned();
    let is_climbing = path.split('/').any(|part| part == "..");
    // The top is judged by what is copied there.
    let is_system = crate::archive::is_system_path(&path);
    let allowed = case.setting("guard/archive-to-system-path").map(|setting| setting.texts("allowed"));
    if (is_climbing || is_system) && !allowed.is_some_and(|allowed| !is_climbing && fits_any(allowed, &path))
    {
        case.report(
            "guard/archive-to-system-path",
            "files are copied into a system directory of the container",
            "path",
            path,
        );
    }
}

fn volume(case: &mut Case<'_>) {
    settings::volume(case);
    let body = case.call.body().cloned().unwrap_or(Json::Null);
    let device = body.get("DriverOpts").map(|options| options.text_of("device")).unwrap_or_default();
    if device.starts_with('/') {
        super::mounts::own(case, device, "DriverOpts.device");
    }
}

fn connect(case: &mut Case<'_>) {
    let Some(subject) = case.call.subject().map(str::to_owned) else { return };
    let is_host = subject == "host"
        || case.facts.networks.values().any(|found| {
            matches!(found, crate::Found::Known(network) if (network.id == subject || network.name == subject) && network.driver == "host")
        });
    if is_host && let Some(setting) = case.setting("container/host-network") {
        case.take(
            setting,
            super::case::Seen {
                severity: model::Severity::High,
                message: "the container is connected to the host's network".to_owned(),
                field: "network".to_owned(),
                evidence: Vec::new(),
            },
        );
    }
    let body = case.call.body().cloned().unwrap_or(Json::Null);
    if let Some(endpoint) = body.get("EndpointConfig") {
        network::endpoint(case, endpoint, "EndpointConfig");
    }
}

fn pull(case: &mut Case<'_>) {
    let source = case.call.query("fromSrc").unwrap_or_default().to_owned();
    if !source.is_empty() {
        let allowed = case.setting("guard/image-from-address").map(|setting| setting.texts("allowed"));
        if !allowed.is_some_and(|allowed| fits_any(allowed, &source)) {
            case.report(
                "guard/image-from-address",
                "an image is imported from an address or an archive",
                "fromSrc",
                source,
            );
        }
        changes(case);
        return;
    }
    image::pull(case);
}

fn push(case: &mut Case<'_>) {
    let name = case.call.subject().unwrap_or_default().to_owned();
    if !settings::is_on_list(case.setting("guard/push-not-allowed"), &name) {
        let full = clean(&image::full_name(&name));
        case.report(
            "guard/push-not-allowed",
            format!("{full} is not on the list of images that may be pushed"),
            "name",
            "",
        );
    }
}

fn changes(case: &mut Case<'_>) {
    let lines: Vec<String> =
        case.call.query_all("changes").filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if !lines.is_empty() {
        case.report(
            "guard/changes-in-commit",
            "instructions change the settings of the image",
            "changes",
            lines.join("; "),
        );
    }
}

fn commit(case: &mut Case<'_>) {
    changes(case);
    if case.call.body().is_some_and(|body| !body.entries().is_empty()) {
        case.report(
            "guard/changes-in-commit",
            "a configuration changes the settings of the image",
            "body",
            "",
        );
    }
}

fn build(case: &mut Case<'_>) {
    let query = |name: &str| case.call.query(name).unwrap_or_default().to_owned();
    let (remote, mode, parent, version, session) =
        (query("remote"), query("networkmode"), query("cgroupparent"), query("version"), query("session"));
    let options: Vec<String> = case.call.query_all("securityopt").map(str::to_owned).collect();
    let hosts: Vec<String> = case.call.query_all("extrahosts").map(str::to_owned).collect();
    let outputs = query("outputs");
    if !remote.is_empty() && remote != "client-session" {
        let allowed = case.setting("guard/build-from-address").map(|setting| setting.texts("allowed"));
        if !allowed.is_some_and(|allowed| fits_any(allowed, &remote)) {
            case.report(
                "guard/build-from-address",
                "a build takes its context from an address",
                "remote",
                remote,
            );
        }
    }
    if version == "2" || !session.is_empty() {
        case.report("guard/build-session", "BuildKit's own protocol is used", "version", version);
    }
    if !matches!(mode.as_str(), "" | "default" | "bridge" | "none") {
        case.report(
            "guard/build-host-network",
            "a build uses the network of the host or of a container",
            "networkmode",
            mode,
        );
    }
    if !parent.is_empty() {
        case.report(
            "guard/build-cgroup-parent",
            "a build runs under another control group",
            "cgroupparent",
            parent,
        );
    }
    for option in options.into_iter().filter(|option| !option.is_empty()) {
        case.report("guard/build-security-option", "a build changes what confines it", "securityopt", option);
    }
    if let Some(host) = hosts.into_iter().find(|host| !host.is_empty()) {
        case.report("guard/build-extra-host", "a build gets entries of /etc/hosts", "extrahosts", host);
    }
    // The query is canonical: a list of objects with these very keys.
    let list: serde_json::Value = serde_json::from_str(&outputs).unwrap_or_default();
    for output in list.as_array().map(Vec::as_slice).unwrap_or_default() {
        let kind = output["Type"].as_str().unwrap_or_default();
        let allowed = case.setting("guard/build-output").map(|setting| setting.texts("allowed"));
        if !matches!(kind, "" | "moby" | "cacheonly")
            && !allowed.is_some_and(|allowed| fits_any(allowed, kind))
        {
            case.report(
                "guard/build-output",
                format!("a build writes an output of kind '{}'", clean(kind)),
                "outputs",
                "",
            );
        }
    }
    debug_assert!(case.call.route().exchange == Exchange::Duplex);
}

/// Directories of checkpoints are directories of the host.
fn checkpoint(case: &mut Case<'_>) {
    let of_body = case.call.body().map(|body| body.text_of("CheckpointDir")).unwrap_or_default();
    let directory =
        ["checkpoint-dir", "dir"].into_iter().filter_map(|name| case.call.query(name)).chain([of_body]);
    let found = directory.filter(|text| !text.is_empty()).map(str::to_owned).next();
    if let Some(directory) = found {
        case.report(
            "guard/checkpoint-directory",
            "a checkpoint lies in a directory of the caller's choice",
            "checkpoint-dir",
            directory,
        );
    }
}

/// Names that a call gives to images: what is on the list of images is what was reviewed, and nothing else.
fn names_given(case: &mut Case<'_>) {
    let query = |name: &str| case.call.query(name).unwrap_or_default().to_owned();
    let given: Vec<String> = match case.route() {
        "images.tag" | "images.commit" => vec![query("repo")],
        "images.create" if !query("fromSrc").is_empty() => vec![query("repo")],
        "build.run" => case.call.query_all("t").map(str::to_owned).collect(),
        _ => return,
    };
    let tag = query("tag");
    for name in given.into_iter().filter(|name| !name.is_empty()) {
        let name = if tag.is_empty() || case.route() == "build.run" { name } else { format!("{name}:{tag}") };
        // An image that is on the list itself may have another name of the list.
        let is_listed = |name: &str| settings::is_on_list(case.setting("guard/image-not-allowed"), name);
        let source = case.call.subject().unwrap_or_default();
        if is_listed(&name) && !(case.route() == "images.tag" && is_listed(source)) {
            let message = format!("an image gets the name {}, which is on the list of images", clean(&name));
            case.report("guard/listed-name-given", message, "name", "");
        }
    }
}
