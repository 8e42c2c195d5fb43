//! A container as it runs, written out hardened: `docker run`, compose, Quadlet, Kubernetes, each line with its reason.
//!
//! Nothing here recreates a container. What cannot be known from outside (which capabilities a program needs, whether
//! it can run as another user) is decided on the safe side where that breaks loudly at the start, asked for otherwise,
//! and told in both cases. No health check is invented and no setting is written that only silences a finding.
//!
//! Values of the environment are not written: they are where secrets are. Each form takes them from a file.

mod carried;
mod compose;
mod decide;
mod kept;
mod kubernetes;
mod mounts;
mod quadlet;
pub(crate) mod quote;
mod run;

pub use decide::{Line, harden_container};
pub use kept::{HealthCheck, Kept, PodPart};
pub use run::words as arguments;

use serde_json::Value;
use std::net::IpAddr;
use workload::{Mount, Port};

/// What is known beside the specification, and what is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The container as `docker inspect` tells it, for what a specification does not hold: names, name servers, times.
    pub inspected: Option<Value>,
    /// The configuration of its image, which need not be repeated.
    pub image_config: Option<Value>,
    /// The image by digest (`name@sha256:…`), to be pinned.
    pub pinned_image: Option<String>,
    /// Names of variables that the image sets itself.
    pub image_variables: Vec<String>,
    /// The image's own entrypoint and command, which need not be repeated.
    pub image_entrypoint: Vec<String>,
    /// As above.
    pub image_command: Vec<String>,
    /// Paths that the container changed (`docker diff`): they need a place that can be written.
    pub changed_paths: Vec<String>,
    /// Bytes of memory that it was seen to use.
    pub memory_seen_bytes: Option<u64>,
    /// The user to run as, when the image's is root.
    pub user: Option<String>,
    /// Capabilities that it needs, when they are known; `None` leaves what a program that starts as root usually needs.
    pub capabilities: Option<Vec<String>>,
    /// Where ports are published that name no address.
    pub publish_at: Option<IpAddr>,
    /// A seccomp profile's file.
    pub seccomp_file: Option<String>,
    /// An AppArmor profile's name.
    pub apparmor_profile: Option<String>,
}

impl Wish {
    /// What the engine tells of a container and of its image (`docker inspect`, `docker image inspect`).
    #[must_use]
    pub fn of(document: Value, image: Option<&Value>) -> Self {
        let Some(image) = image else { return Self { inspected: Some(document), ..Self::default() } };
        let words = |value: &Value| -> Vec<String> {
            let list = value.as_array().map_or(&[][..], Vec::as_slice);
            list.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
        };
        let config = &image["Config"];
        let given = words(&document["Config"]["Env"]);
        Self {
            image_entrypoint: words(&config["Entrypoint"]),
            image_command: words(&config["Cmd"]),
            // A variable that was given another value than the image's is not the image's any more.
            image_variables: words(&config["Env"])
                .into_iter()
                .filter(|variable| given.contains(variable))
                .filter_map(|variable| Some(variable.split_once('=')?.0.to_owned()))
                .collect(),
            pinned_image: words(&image["RepoDigests"]).into_iter().next(),
            image_config: Some(config.clone()),
            inspected: Some(document),
            ..Self::default()
        }
    }
}

/// One statement about the hardened container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `--user`.
    User(String),
    /// `--read-only`.
    ReadOnlyRoot,
    /// A file system in memory.
    Tmpfs {
        /// Where.
        target: String,
        /// Its size in bytes.
        size_bytes: u64,
        /// Whose it is and how: `mode=1777`, `uid=33`, `ro`.
        options: Vec<String>,
    },
    /// `--cap-drop ALL`.
    DropAllCapabilities,
    /// `--cap-add`, without `CAP_`.
    AddCapability(String),
    /// `--security-opt no-new-privileges`.
    NoNewPrivileges,
    /// A seccomp profile's file.
    Seccomp(String),
    /// An AppArmor profile's name.
    Apparmor(String),
    /// Memory.
    Memory {
        /// In bytes.
        bytes: u64,
        /// With swap; −1 is without bound.
        swap_bytes: i64,
    },
    /// Thousand-millionths of a processor.
    CpuNanos(u64),
    /// Processes and threads.
    Pids(u64),
    /// A limit of the kernel: name, soft, hard.
    Ulimit(String, i64, i64),
    /// Restarted after a failure, this often.
    RestartOnFailure(u32),
    /// Not restarted.
    NoRestart,
    /// A network.
    Network(Endpoint),
    /// `--network none`.
    NoNetwork,
    /// A published port.
    Publish(Port),
    /// A mount.
    Mount(Mount),
    /// A device of the host.
    Device {
        /// On the host.
        host_path: String,
        /// In the container.
        container_path: String,
        /// `rwm`.
        permissions: String,
    },
    /// Variables come from this file.
    EnvironmentFile(String),
    /// A label.
    Label(String, String),
    /// A log driver and its options.
    Logging(String, Vec<(String, String)>),
    /// An init process.
    Init,
    /// A health check that the container had.
    Health(HealthCheck),
    /// A kernel setting.
    Sysctl(String, String),
    /// An entrypoint; empty takes the image's away.
    Entrypoint(Vec<String>),
    /// A setting that confines nothing.
    Kept(Box<Kept>),
}

/// A network that it is connected to, and what it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// The network.
    pub network: String,
    /// Names by which others find it.
    pub aliases: Vec<String>,
    /// Its address.
    pub ipv4: Option<String>,
    /// Its address.
    pub ipv6: Option<String>,
}

impl Endpoint {
    /// An endpoint of which nothing is asked.
    #[must_use]
    pub fn of(network: impl Into<String>) -> Self {
        Self { network: network.into(), ..Self::default() }
    }
}

/// A hardened container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HardenedContainer {
    /// Its name.
    pub name: String,
    /// The image.
    pub image: String,
    /// The command behind the image.
    pub command: Vec<String>,
    /// What is said about it, in order.
    pub lines: Vec<Line>,
    /// What a person has to look at.
    pub notes: Vec<String>,
    /// Names of the variables that its file has to hold.
    pub variables: Vec<String>,
}

/// A form in which it can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A shell script around `docker run`.
    Run,
    /// A compose file.
    Compose,
    /// A Quadlet unit (podman-systemd.unit(5)).
    Quadlet,
    /// A pod.
    Kubernetes,
}

impl HardenedContainer {
    /// The text in one form.
    #[must_use]
    pub fn write(&self, form: Form) -> String {
        match form {
            Form::Run => run::write(self),
            Form::Compose => compose::write(self),
            Form::Quadlet => quadlet::write(self),
            Form::Kubernetes => kubernetes::write(self),
        }
    }

    /// Notes and variables as comment lines.
    fn head(&self, mark: &str) -> String {
        let mut text = format!(
            "{mark} {}, hardened by seawall harden. Try it beside the old one first.\n",
            quote::line(&self.name)
        );
        for note in &self.notes {
            text.push_str(&format!("{mark} LOOK: {}\n", quote::line(note)));
        }
        if !self.variables.is_empty() {
            let names: Vec<String> = self.variables.iter().map(|name| quote::line(name)).collect();
            text.push_str(&format!(
                "{mark} Values of the environment are not repeated here. Write them to {}.env (mode 0600), a NAME=value each:\n{mark}   {}\n",
                quote::line(&self.name),
                names.join(" ")
            ));
        }
        text
    }
}
