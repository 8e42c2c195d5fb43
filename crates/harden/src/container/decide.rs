//! What is said about a hardened container, and why.

mod limits;
mod network;

use super::{HardenedContainer, HealthCheck, Item, Wish, carried, mounts};
use serde_json::Value;
use workload::{ContainerSpec, Health, Namespace, Profile, User};

/// A statement with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The statement.
    pub item: Item,
    /// Why.
    pub why: String,
    /// Whether the container as it is says the same.
    pub is_kept: bool,
}

/// Hardens a container.
#[must_use]
pub fn harden_container(spec: &ContainerSpec, wish: &Wish) -> HardenedContainer {
    let name = if spec.name.is_empty() { "container".to_owned() } else { spec.name.clone() };
    let mut build = Build { lines: Vec::new(), notes: Vec::new() };
    let image = build.image(spec, wish);
    build.user(spec, wish);
    build.confinement(spec, wish);
    build.capabilities(spec, wish);
    mounts::decide(&mut build, spec, wish);
    build.limits(spec, wish);
    build.restart(spec);
    build.network(spec, wish, &name);
    build.rest(spec, wish, &name);
    carried::decide(&mut build, wish);
    let variables: Vec<String> = spec
        .environment
        .iter()
        .map(|variable| variable.name.clone())
        .filter(|variable| !wish.image_variables.contains(variable))
        .collect();
    if !variables.is_empty() {
        let file = format!("./{}.env", file_stem(&name));
        build.set(
            Item::EnvironmentFile(file),
            "values stay out of the command line, of ps and of version control",
            false,
        );
        for secret in spec.environment.iter().filter(|variable| variable.secret.is_some()) {
            build.note(format!(
                "{} looks like a credential: everybody who may ask the engine reads it; mount it as a file instead",
                secret.name
            ));
        }
    }
    let given = |words: &workload::Stated<Vec<String>>, own: &[String]| -> Vec<String> {
        words.given().filter(|words| words.as_slice() != own).cloned().unwrap_or_default()
    };
    let entrypoint = given(&spec.entrypoint, &wish.image_entrypoint);
    let mut command = given(&spec.command, &wish.image_command);
    let is_emptied = wish.inspected.is_some()
        && !wish.image_entrypoint.is_empty()
        && spec.entrypoint.given().is_none_or(Vec::is_empty);
    if is_emptied {
        build.set(Item::Entrypoint(Vec::new()), "the image's entrypoint is not run, as it is", true);
        command = spec.command.given().cloned().unwrap_or_default();
    } else if !entrypoint.is_empty() {
        // With an entrypoint of its own the image's command no longer counts.
        command = spec.command.given().cloned().unwrap_or_default();
        build.set(Item::Entrypoint(entrypoint), "as it is", true);
    }
    HardenedContainer { name, image, command, lines: build.lines, notes: build.notes, variables }
}

/// A check with its times.
fn health(words: &[String], document: &Value) -> HealthCheck {
    let times = [
        ("Interval", "interval"),
        ("Timeout", "timeout"),
        ("StartPeriod", "start_period"),
        ("StartInterval", "start_interval"),
    ];
    let given = |name: &str| document[name].as_u64().filter(|value| *value > 0);
    HealthCheck {
        test: words.to_vec(),
        times: times.into_iter().filter_map(|(name, key)| Some((key, given(name)?))).collect(),
        retries: given("Retries"),
    }
}

/// A name that a file can have.
pub(super) fn file_stem(name: &str) -> String {
    let stem: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
        .take(100)
        .collect();
    let stem = stem.trim_start_matches(['.', '-']).to_owned();
    if stem.is_empty() { "container".to_owned() } else { stem }
}

pub(super) struct Build {
    lines: Vec<Line>,
    notes: Vec<String>,
}

impl Build {
    pub(super) fn set(&mut self, item: Item, why: impl Into<String>, is_kept: bool) {
        self.lines.push(Line { item, why: why.into(), is_kept });
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    fn image(&mut self, spec: &ContainerSpec, wish: &Wish) -> String {
        if let Some(pinned) = &wish.pinned_image {
            return pinned.clone();
        }
        let image = spec.image.given().cloned().unwrap_or_default();
        if !image.contains("@sha256:") {
            self.note("the image has a tag and no digest: what runs after the next pull may be another one");
        }
        image
    }

    fn user(&mut self, spec: &ContainerSpec, wish: &Wish) {
        let present = spec.user.given();
        if let Some(user) = &wish.user {
            self.set(
                Item::User(user.clone()),
                "not root, as asked",
                present.is_some_and(|there| there.0 == *user),
            );
        } else if let Some(user) = present.filter(|user| !user.is_root()) {
            self.set(Item::User(user.0.clone()), "not root, as it is", true);
        } else if present.is_none_or(User::is_root) {
            self.note(
                "it starts as root: whether it can do without is not seen from here; name a user (--user 10001:10001), and give the files it writes to that user",
            );
        }
    }

    fn confinement(&mut self, spec: &ContainerSpec, wish: &Wish) {
        if spec.privileged.is_true() {
            self.note(
                "--privileged is taken away: every device, every capability and no profile; name the devices and capabilities that are missed",
            );
        }
        let kept = spec.security.no_new_privileges.is_true();
        self.set(
            Item::NoNewPrivileges,
            "setuid programs give no rights; sudo and su inside stop working",
            kept,
        );
        match (&wish.seccomp_file, spec.security.seccomp.given()) {
            (Some(file), _) => self.set(
                Item::Seccomp(file.clone()),
                "system calls that it was seen to make, and no others",
                false,
            ),
            (None, Some(Profile::Unconfined)) => {
                self.note("seccomp=unconfined is taken away: the engine's profile counts again");
            }
            (None, Some(Profile::Named(file))) if file != "inline" => {
                self.set(Item::Seccomp(file.clone()), "its own profile, as it is", true);
            }
            (None, Some(Profile::Named(_))) => {
                self.note("it has a seccomp profile whose file the engine does not tell: name it, or the engine's counts");
            }
            _ => {}
        }
        match (&wish.apparmor_profile, spec.security.apparmor.given()) {
            (Some(profile), _) => {
                self.set(Item::Apparmor(profile.clone()), "files and capabilities by name", false);
            }
            (None, Some(Profile::Unconfined)) => {
                self.note(
                    "apparmor=unconfined is taken away: docker-default counts again where AppArmor is on",
                );
            }
            (None, Some(Profile::Named(profile))) => {
                self.set(Item::Apparmor(profile.clone()), "its own profile, as it is", true);
            }
            _ => {}
        }
        if spec.security.selinux.given().is_some_and(|label| label.is_disabled) {
            self.note("label=disable is taken away: SELinux confines it again; bind mounts need :z or :Z");
        }
        if spec.security.system_paths_unconfined.is_true() {
            self.note("systempaths=unconfined is taken away: parts of /proc and /sys are hidden again");
        }
        for (kind, namespace) in spec.namespaces.all() {
            match namespace.given() {
                Some(Namespace::Host) if kind != "network" => {
                    self.note(format!("the host's {kind} namespace is taken away: it sees its own alone"));
                }
                Some(Namespace::Container(other)) => {
                    self.note(format!(
                        "it shared the {kind} namespace of container {other}: put both on one network instead"
                    ));
                }
                _ => {}
            }
        }
    }

    fn capabilities(&mut self, spec: &ContainerSpec, wish: &Wish) {
        let dropped = spec.capabilities_dropped.given().cloned().unwrap_or_default();
        let was_all = dropped.iter().any(|name| name == "ALL");
        self.set(Item::DropAllCapabilities, "none but those named below", was_all);
        let added = spec.capabilities_added.given().cloned().unwrap_or_default();
        if let Some(needed) = &wish.capabilities {
            for name in needed {
                let kept = added.contains(name);
                self.set(Item::AddCapability(name.clone()), "needed, as asked", kept);
            }
            return;
        }
        let starts_as_root = wish.user.is_none() && spec.user.given().is_none_or(User::is_root);
        let mut names: Vec<(String, &str)> = Vec::new();
        if starts_as_root && !was_all {
            for name in ["CHOWN", "SETGID", "SETUID"] {
                names.push((
                    name.to_owned(),
                    "programs that start as root hand over to another user with it; try without",
                ));
            }
        }
        let has_low_port = spec.ports.iter().any(|port| port.container_port < 1024);
        if has_low_port && !was_all {
            names.push((
                "NET_BIND_SERVICE".to_owned(),
                "it listens below 1024; another port needs no capability",
            ));
        }
        for name in added {
            if name == "ALL" {
                self.note("--cap-add ALL is taken away: name the capabilities that are missed");
            } else if !names.iter().any(|(there, _)| *there == name) && !spec.privileged.is_true() {
                names.push((name, "as it is; try without"));
            }
        }
        for (name, why) in names {
            if !dropped.contains(&name) {
                self.set(Item::AddCapability(name), why, false);
            }
        }
    }

    fn rest(&mut self, spec: &ContainerSpec, wish: &Wish, name: &str) {
        if spec.init.is_true() {
            self.set(Item::Init, "as it is", true);
        }
        let image = wish.image_config.as_ref().map_or(&Value::Null, |config| &config["Healthcheck"]);
        let own = wish.inspected.as_ref().map_or(&Value::Null, |document| &document["Config"]["Healthcheck"]);
        // The image's own check comes with the image.
        if own.is_null() || own != image {
            match spec.health.given() {
                Some(Health::Checked(words)) => {
                    self.set(Item::Health(health(words, own)), "as it is", true);
                }
                Some(Health::Disabled) => {
                    let off = HealthCheck { test: vec!["NONE".to_owned()], ..HealthCheck::default() };
                    self.set(Item::Health(off), "the image's check is switched off, as it is", true);
                }
                None => {}
            }
        }
        self.logging(spec);
        for (key, value) in &spec.sysctls {
            self.set(Item::Sysctl(key.clone(), value.clone()), "as it is", true);
        }
        for device in &spec.devices {
            self.set(
                Item::Device {
                    host_path: device.host_path.clone(),
                    container_path: device.container_path.clone(),
                    permissions: device.permissions.clone(),
                },
                "a device of the host, as it is; rwm lets it make others: r or rw is enough for most",
                true,
            );
        }
        let has_other_devices = !spec.device_requests.is_empty() || !spec.device_rules.is_empty();
        if has_other_devices && wish.inspected.is_none() {
            self.note(format!(
                "{name} has devices by driver or rule (--gpus, --device-cgroup-rule): add them by hand"
            ));
        }
        if !spec.volumes_from.is_empty() {
            self.note("--volumes-from is not repeated: name the volumes that it needs");
        }
        let image = wish.image_config.as_ref().map_or(&Value::Null, |config| &config["Labels"]);
        for (key, value) in spec.labels.iter().filter(|(key, value)| image[key.as_str()] != value.as_str()) {
            // What tools write to find their own again would make them take this container for theirs.
            if !key.starts_with("com.docker.compose.") && !key.starts_with("org.opencontainers.image.") {
                self.set(Item::Label(key.clone(), value.clone()), "as it is", true);
            }
        }
    }

    fn logging(&mut self, spec: &ContainerSpec) {
        let bounded =
            [("max-size", "10m"), ("max-file", "5")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let why = "its log cannot fill the disk";
        let Some(logging) = spec.logging.given().filter(|logging| !logging.driver.is_empty()) else {
            return self.set(Item::Logging("json-file".to_owned(), bounded.to_vec()), why, false);
        };
        let mut options: Vec<(String, String)> =
            logging.options.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        if logging.driver != "json-file" || logging.options.contains_key("max-size") {
            return self.set(Item::Logging(logging.driver.clone(), options), "as it is", true);
        }
        options.extend(bounded.into_iter().filter(|(name, _)| !logging.options.contains_key(name)));
        self.set(Item::Logging(logging.driver.clone(), options), why, false);
    }
}
