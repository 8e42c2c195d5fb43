//! What `docker inspect` tells of a container that confines nothing, or confines it already: it is carried over, since a
//! container that is made anew without it is another one (moby, api/swagger.yaml, `ContainerConfig` and `HostConfig`).

mod shares;

use super::decide::Build;
use super::kept::{Kept, PodPart, duration};
use super::quote::{compose as quoted, yaml};
use super::{Item, Wish};
use serde_json::Value;

/// An inspected container beside its image.
struct Inspected<'a> {
    config: &'a Value,
    host: &'a Value,
    image: &'a Value,
    id: &'a str,
}

pub(super) fn decide(build: &mut Build, wish: &Wish) {
    let Some(document) = &wish.inspected else { return };
    let null = &Value::Null;
    let inspected = Inspected {
        config: &document["Config"],
        host: &document["HostConfig"],
        image: wish.image_config.as_ref().unwrap_or(null),
        id: document["Id"].as_str().unwrap_or_default(),
    };
    inspected.identity(build);
    inspected.life(build);
    inspected.names(build);
    inspected.shares(build);
    inspected.block_io(build);
    inspected.places(build);
}

impl Inspected<'_> {
    /// A text of the configuration that is not the image's.
    fn own(&self, key: &str) -> Option<&str> {
        let text = self.config[key].as_str().filter(|text| !text.is_empty())?;
        (self.image[key].as_str() != Some(text)).then_some(text)
    }

    fn identity(&self, build: &mut Build) {
        let is_shared = matches!(self.host["NetworkMode"].as_str(), Some(mode) if mode == "host" || mode.starts_with("container:"));
        // Without a name of its own a container is called like the first half of its id.
        if let Some(name) = self.own("Hostname").filter(|name| !is_shared && !self.id.starts_with(name)) {
            let pod = PodPart::Pod(format!("hostname: {}", yaml(name)));
            let kept = Kept::option("--hostname", name).compose("hostname", quoted(name)).quadlet("HostName");
            build.keep(kept.pod(pod), "the name that it has inside");
        }
        if let Some(name) = self.own("Domainname").filter(|_| !is_shared) {
            let kept = Kept::option("--domainname", name).compose("domainname", quoted(name));
            build
                .keep(kept.pod_note("a Service and spec.subdomain name it"), "the domain that it has inside");
        }
        if let Some(directory) = self.own("WorkingDir") {
            let pod = PodPart::Container(format!("workingDir: {}", yaml(directory)));
            let kept = Kept::option("--workdir", directory).compose("working_dir", quoted(directory));
            build.keep(kept.quadlet("WorkingDir").pod(pod), "where it starts");
        }
        for (key, option, compose, pod) in [
            ("Tty", "--tty", "tty", "tty: true"),
            ("OpenStdin", "--interactive", "stdin_open", "stdin: true"),
        ] {
            if self.config[key] == true {
                let kept =
                    Kept::flag(option).compose(compose, "true").pod(PodPart::Container(pod.to_owned()));
                build.keep(kept, "somebody attaches to it");
            }
        }
        let published = self.host["PortBindings"].as_object();
        for port in keys(&self.config["ExposedPorts"]) {
            let is_published = published.is_some_and(|ports| ports.contains_key(port));
            if is_published || !self.image["ExposedPorts"][port].is_null() {
                continue;
            }
            let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
            let pod =
                number.parse().map_or(PodPart::Nothing, |number| PodPart::Port(number, protocol.to_owned()));
            let kept = Kept::option("--expose", port).compose("expose", format!("- {}", quoted(port)));
            build.keep(
                kept.quadlet("ExposeHostPort").pod(pod),
                "a port that it listens on, for its network alone",
            );
        }
    }

    fn life(&self, build: &mut Build) {
        if let Some(signal) = self.own("StopSignal") {
            let kept = Kept::option("--stop-signal", signal).compose("stop_signal", quoted(signal));
            let note = "Kubernetes sends the image's STOPSIGNAL";
            build.keep(kept.quadlet("StopSignal").pod_note(note), "the signal that it ends well by");
        }
        if let Some(seconds) = self.config["StopTimeout"].as_i64() {
            let pod = PodPart::Pod(format!("terminationGracePeriodSeconds: {}", seconds.max(0)));
            let kept = Kept::option("--stop-timeout", seconds.to_string());
            let kept = match u64::try_from(seconds) {
                Ok(seconds) => {
                    kept.compose("stop_grace_period", duration(seconds.saturating_mul(1_000_000_000)))
                }
                Err(_) => kept,
            };
            build.keep(kept.quadlet("StopTimeout").pod(pod), "how long it may take to end");
        }
        if self.host["AutoRemove"] == true {
            if matches!(self.host["RestartPolicy"]["Name"].as_str(), None | Some("" | "no")) {
                let kept = Kept::flag("--rm").pod(PodPart::Nothing);
                build.keep(kept, "nothing of it stays when it ends");
                build.note("--rm: compose has no such key; a Job with ttlSecondsAfterFinished is its counterpart in Kubernetes");
            } else {
                build.note("--rm is not repeated: it cannot stand beside a restart policy");
            }
        }
        if let Some(runtime) =
            text(&self.host["Runtime"]).filter(|name| !matches!(*name, "runc" | "io.containerd.runc.v2"))
        {
            let kept = Kept::option("--runtime", runtime).compose("runtime", quoted(runtime));
            build.keep(kept.pod_note("a RuntimeClass of that name is"), "the runtime that starts it");
        }
    }

    fn names(&self, build: &mut Build) {
        for (key, option, compose, quadlet, kind) in [
            ("Dns", "--dns", "dns", "DNS", "nameservers"),
            ("DnsSearch", "--dns-search", "dns_search", "DNSSearch", "searches"),
            ("DnsOptions", "--dns-option", "dns_opt", "DNSOption", "options"),
        ] {
            for value in texts(&self.host[key]) {
                let kept = Kept::option(option, value).compose(compose, format!("- {}", quoted(value)));
                build.keep(
                    kept.quadlet(quadlet).pod(PodPart::Dns(kind, value.to_owned())),
                    "how it finds names",
                );
            }
        }
        for host in texts(&self.host["ExtraHosts"]) {
            let pod = match host.split_once(':') {
                Some((name, address)) if address.parse::<std::net::IpAddr>().is_ok() => {
                    PodPart::Host(address.to_owned(), name.to_owned())
                }
                _ => PodPart::Note(format!("the host name {host}: hostAliases take addresses alone")),
            };
            let kept = Kept::option("--add-host", host).compose("extra_hosts", format!("- {}", quoted(host)));
            build.keep(kept.quadlet("AddHost").pod(pod), "a name that no name server knows");
        }
        for link in texts(&self.host["Links"]) {
            let link: String = link.chars().take(200).collect();
            build.note(format!(
                "the link {link} is not repeated: containers of one network find each other by name"
            ));
        }
        for group in texts(&self.host["GroupAdd"]) {
            let pod = group.parse().map_or_else(
                |_| {
                    PodPart::Note(format!(
                        "the group {group}: a pod takes numbers alone (supplementalGroups)"
                    ))
                },
                PodPart::Group,
            );
            if matches!(group, "0" | "root" | "docker") {
                build.note(format!("it keeps the additional group {group}: files of root's, or the engine's socket, are open to it"));
            }
            let kept =
                Kept::option("--group-add", group).compose("group_add", format!("- {}", quoted(group)));
            build.keep(kept.quadlet("GroupAdd").pod(pod), "files of this group are open to it");
        }
        for (name, value) in object(&self.host["Annotations"]) {
            let kept = Kept::option("--annotation", format!("{name}={value}"));
            let kept = kept.compose("annotations", format!("{}: {}", quoted(name), quoted(value)));
            let pod = PodPart::Annotation(name.to_owned(), value.to_owned());
            build.keep(kept.quadlet("Annotation").pod(pod), "what the runtime is told");
        }
    }

    fn places(&self, build: &mut Build) {
        match self.host["IpcMode"].as_str() {
            Some(mode @ ("none" | "shareable")) => {
                let kept = Kept::option("--ipc", mode).compose("ipc", quoted(mode));
                build.keep(kept, "whom it shares memory with");
            }
            // Older daemons make every namespace shareable (moby, `default-ipc-mode`).
            Some("host") => {
                build.change(Kept::option("--ipc", "private").compose("ipc", "private"), "memory of its own");
            }
            _ => {}
        }
        // What is not said depends on the host: with the first version of control groups it is the host's.
        let cgroup = Kept::option("--cgroupns", "private").compose("cgroup", "private");
        match self.host["CgroupnsMode"].as_str() {
            Some("host") => build.change(cgroup, "it sees its own control group alone"),
            Some("private") => build.keep(cgroup, "it sees its own control group alone"),
            _ => {}
        }
        if let Some(parent) = text(&self.host["CgroupParent"]) {
            let kept = Kept::option("--cgroup-parent", parent).compose("cgroup_parent", quoted(parent));
            build
                .keep(kept.pod_note("the kubelet has its own tree"), "limits of that group count for it too");
        }
        for (name, value) in object(&self.host["StorageOpt"]) {
            let kept = Kept::option("--storage-opt", format!("{name}={value}"));
            let kept = kept.compose("storage_opt", format!("{}: {}", quoted(name), quoted(value)));
            build.keep(
                kept.pod_note("limits of ephemeral-storage are its counterpart"),
                "how much it may write",
            );
        }
        for option in texts(&self.host["SecurityOpt"]) {
            let label = option
                .strip_prefix("label")
                .filter(|rest| rest.starts_with(['=', ':']) && &rest[1..] != "disable");
            if let Some(label) = label {
                let option = format!("label={}", &label[1..]);
                let kept = Kept::option("--security-opt", option.clone());
                let kept = kept.compose("security_opt", format!("- {}", quoted(&option)));
                build.keep(kept.pod_note("seLinuxOptions is its counterpart"), "its SELinux label");
            }
        }
        for rule in texts(&self.host["DeviceCgroupRules"]) {
            let kept = Kept::option("--device-cgroup-rule", rule);
            let kept = kept.compose("device_cgroup_rules", format!("- {}", quoted(rule)));
            build.keep(
                kept.pod_note("a device plugin is its counterpart"),
                "devices that it may use once they are there",
            );
        }
        for request in self.host["DeviceRequests"].as_array().map_or(&[][..], Vec::as_slice) {
            self.devices(build, request);
        }
    }

    /// `--gpus`: fields of a line of CSV (docker/cli, opts/gpus.go).
    fn devices(&self, build: &mut Build, request: &Value) {
        let ids: Vec<&str> = texts(&request["DeviceIDs"]);
        let driver = text(&request["Driver"]);
        if driver == Some("cdi") {
            for id in ids {
                let kept = Kept::option("--device", id).compose("devices", format!("- {}", quoted(id)));
                build.keep(
                    kept.quadlet("AddDevice").pod_note("a device plugin is its counterpart"),
                    "a device by its name",
                );
            }
            return;
        }
        let groups = request["Capabilities"].as_array().map_or(&[][..], Vec::as_slice);
        let capabilities: Vec<&str> = groups.iter().flat_map(texts).collect();
        let mut fields = Vec::new();
        let mut compose = vec![format!(
            "capabilities: [{}]",
            capabilities.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
        )];
        if let Some(driver) = driver {
            fields.push(format!("driver={driver}"));
            compose.push(format!("driver: {}", quoted(driver)));
        }
        match request["Count"].as_i64() {
            Some(-1) => {
                fields.push("count=all".to_owned());
                compose.push("count: all".to_owned());
            }
            Some(count) if count != 0 => {
                fields.push(format!("count={count}"));
                compose.push(format!("count: {count}"));
            }
            _ => {}
        }
        if !ids.is_empty() {
            fields.push(format!("\"device={}\"", ids.join(",")));
            compose.push(format!(
                "device_ids: [{}]",
                ids.iter().map(|id| quoted(id)).collect::<Vec<_>>().join(", ")
            ));
        }
        // The option means a graphics processor, and says so by itself.
        let others: Vec<&str> = capabilities.iter().copied().filter(|name| *name != "gpu").collect();
        if !others.is_empty() {
            fields.push(format!("\"capabilities={}\"", others.join(",")));
        }
        let kept = Kept::option("--gpus", fields.join(","))
            .compose("gpus", format!("- {{ {} }}", compose.join(", ")));
        build.keep(kept.pod_note("ask the device plugin by resources.limits"), "graphics processors");
    }
}

impl Build {
    fn keep(&mut self, kept: Kept, why: &str) {
        self.set(Item::Kept(Box::new(kept)), format!("{why}, as it is"), true);
    }

    fn change(&mut self, kept: Kept, why: &str) {
        self.set(Item::Kept(Box::new(kept)), why, false);
    }
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map_or(&[][..], Vec::as_slice).iter().filter_map(text).collect()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().map(|map| map.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn object(value: &Value) -> Vec<(&str, &str)> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())).collect()
}
