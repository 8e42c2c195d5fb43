//! Containers of this host, whoever made them: told before their first program runs, and asked for when nobody told.
//!
//! | Made by | Told by | Asked for |
//! |---|---|---|
//! | Docker | events of its API | its API |
//! | Podman | events of its API, where its socket is | its files, found by the monitor that holds the container |
//! | containerd: `ctr`, nerdctl, Kubernetes | events of its API | its API, found by the shim that holds the container |

mod containerd;
mod engine;
mod podman;
mod spec;

use engine::Asking;
use state::Container;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use watch::{ContainerChange, Containers};

/// Where containerd listens: its own package, and the Kubernetes distributions that bring one.
const CONTAINERD_SOCKETS: &[&str] =
    &["/run/containerd/containerd.sock", "/run/k3s/containerd/containerd.sock", "/run/k0s/containerd.sock"];
const PODMAN_SOCKET: &str = "/run/podman/podman.sock";

/// All engines, each followed by a thread of its own.
pub(super) struct AllContainers {
    changes: Receiver<ContainerChange>,
    docker: docker::Options,
    asking: Option<Asking>,
}

impl AllContainers {
    /// Follows the engine that the options mean, and the others where they are, now and whenever they come back.
    pub(super) fn follow(docker: docker::Options) -> std::io::Result<Self> {
        let (sender, changes) = channel();
        let podman = docker::Options {
            environment: docker::Environment {
                docker_host: Some(format!("unix://{PODMAN_SOCKET}")),
                ..docker::Environment::default()
            },
            ..docker::Options::default()
        };
        let (of_docker, of_podman, options) = (sender.clone(), sender.clone(), docker.clone());
        thread("containers", move || engine::follow(&options, "docker", None, &of_docker))?;
        thread("podman", move || {
            engine::follow(&podman, "podman", Some(Path::new(PODMAN_SOCKET)), &of_podman);
        })?;
        let own = std::env::var_os("CONTAINERD_ADDRESS").map(PathBuf::from);
        for socket in own.into_iter().chain(CONTAINERD_SOCKETS.iter().map(PathBuf::from)) {
            let sender = sender.clone();
            thread("containerd", move || containerd::follow(&socket, &sender))?;
        }
        Ok(Self { changes, docker, asking: None })
    }

    fn of_docker(&mut self, id: &str) -> Option<Container> {
        if self.asking.is_none() {
            self.asking = Asking::connect(&self.docker, "docker");
        }
        let found = self.asking.as_mut()?.container(id);
        if found.is_none() {
            // The engine may have been started anew; the next question finds out.
            self.asking = None;
        }
        found
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

impl Containers for AllContainers {
    fn changes(&mut self) -> Vec<ContainerChange> {
        self.changes.try_iter().collect()
    }

    fn find(&mut self, id: &str, lineage: &[u32]) -> Option<Container> {
        match lineage.iter().find_map(|process| Holder::of(*process)) {
            Some(Holder::Shim { namespace, socket }) if namespace != MOBY => {
                containerd::find(&socket, &namespace, id)
            }
            Some(Holder::Monitor { bundle }) => podman::find(&bundle, id),
            _ => self.of_docker(id),
        }
    }
}

/// The namespace of containerd that is Docker's; Docker tells more.
const MOBY: &str = "moby";

/// The process outside of a container that holds it.
#[derive(Debug, PartialEq, Eq)]
enum Holder {
    /// containerd's.
    Shim { namespace: String, socket: PathBuf },
    /// `conmon` of Podman.
    Monitor { bundle: PathBuf },
}

impl Holder {
    fn of(process: u32) -> Option<Self> {
        let line = std::fs::read(format!("/proc/{process}/cmdline")).ok()?;
        let words: Vec<&str> =
            line.split(|byte| *byte == 0).filter_map(|word| std::str::from_utf8(word).ok()).collect();
        Self::read(&words)
    }

    fn read(words: &[&str]) -> Option<Self> {
        let program = Path::new(words.first()?).file_name()?.to_str()?;
        let after = |names: &[&str]| {
            let at = words.iter().position(|word| names.contains(word))?;
            words.get(at + 1).map(|word| (*word).to_owned())
        };
        if program.starts_with("containerd-shim") {
            let socket = after(&["-address", "--address"])?.into();
            return Some(Self::Shim { namespace: after(&["-namespace", "--namespace"])?, socket });
        }
        if program == "conmon" {
            return Some(Self::Monitor { bundle: after(&["-b", "--bundle"])?.into() });
        }
        None
    }
}

/// Repository and tag of a reference. A reference by digest or by id has no tag.
fn name_and_tag(image: &str) -> (&str, &str) {
    if image.starts_with("sha256:") {
        return ("", "");
    }
    let name = image.split('@').next().unwrap_or(image);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ if image.contains('@') => (name, ""),
        _ => (name, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_split() {
        assert_eq!(
            name_and_tag("registry.example.com:5000/a/web:1.2"),
            ("registry.example.com:5000/a/web", "1.2")
        );
        assert_eq!(
            name_and_tag("registry.example.com:5000/a/web"),
            ("registry.example.com:5000/a/web", "latest")
        );
        assert_eq!(name_and_tag("web@sha256:ab"), ("web", ""));
        assert_eq!(name_and_tag("sha256:ab"), ("", ""));
    }

    #[test]
    fn what_holds_a_container_tells_whose_it_is() {
        let shim = "/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id ab -address /run/containerd/containerd.sock";
        assert_eq!(
            Holder::read(&shim.split(' ').collect::<Vec<_>>()),
            Some(Holder::Shim {
                namespace: "k8s.io".to_owned(),
                socket: "/run/containerd/containerd.sock".into()
            })
        );
        let monitor =
            "/usr/bin/conmon --api-version 1 -c ab -u ab -r /usr/bin/crun -b /var/lib/x/ab/userdata -p pid";
        assert_eq!(
            Holder::read(&monitor.split(' ').collect::<Vec<_>>()),
            Some(Holder::Monitor { bundle: "/var/lib/x/ab/userdata".into() })
        );
        assert_eq!(Holder::read(&["sh", "-b", "x"]), None);
        assert_eq!(Holder::read(&["conmon", "-b"]), None);
    }
}
