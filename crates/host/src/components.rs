//! Programs whose versions are judged.

use crate::{Roots, package_owner, program, roles};
use facts::{Component, ComponentKind, Container, Fact, FileRole, HostFile, Kernel};
use serde_json::Value;

/// Programs of the host that tell their version: name, arguments, kind, the word before the version.
const PROGRAMS: [(&str, &[&str], ComponentKind); 8] = [
    ("docker", &["--version"], ComponentKind::Cli),
    ("buildkitd", &["--version"], ComponentKind::Buildkit),
    ("kubelet", &["--version"], ComponentKind::Kubernetes),
    ("kubectl", &["version", "--client"], ComponentKind::Kubectl),
    ("etcd", &["--version"], ComponentKind::Etcd),
    ("crio", &["--version"], ComponentKind::CriO),
    ("nvidia-ctk", &["--version"], ComponentKind::NvidiaToolkit),
    ("docker-compose", &["version"], ComponentKind::Compose),
];
/// Images whose tag is the version of what is inside: end of the repository's name, kind.
const IMAGES: [(&str, ComponentKind); 12] = [
    ("moby/buildkit", ComponentKind::Buildkit),
    ("ingress-nginx/controller", ComponentKind::IngressNginx),
    ("goharbor/harbor-core", ComponentKind::Harbor),
    ("goharbor/harbor-portal", ComponentKind::Harbor),
    ("library/registry", ComponentKind::Distribution),
    ("distribution/distribution", ComponentKind::Distribution),
    ("kube-apiserver", ComponentKind::Kubernetes),
    ("kube-controller-manager", ComponentKind::Kubernetes),
    ("kube-scheduler", ComponentKind::Kubernetes),
    ("kube-proxy", ComponentKind::Kubernetes),
    ("coreos/etcd", ComponentKind::Etcd),
    ("etcd", ComponentKind::Etcd),
];
const COMPONENTS_MAX: usize = 2_000;

/// Components of `/version`, of the host's programs, and those that containers run.
pub(crate) fn collect(
    roots: &Roots,
    version: &Fact<Value>,
    files: &[HostFile],
    containers: &[Container],
    kernel: &Kernel,
) -> Fact<Vec<Component>> {
    let mut list = Vec::new();
    let is_local = roots.is_this_machine();
    match version {
        Fact::Known(document) => list.extend(of_engine(document, files)),
        Fact::Missing(missing) if !is_local => return Fact::Missing(missing.clone()),
        Fact::Missing(_) => {}
    }
    if is_local {
        for (name, arguments, kind) in PROGRAMS {
            let Some(path) = roles::binary(roots, name) else { continue };
            let Ok(text) = program::run(name, arguments) else { continue };
            if let Some(version) = version_in(&text) {
                list.push(Component { kind, version, path: Some(path), package: None, object: None });
            }
        }
        for (kind, role, name) in [
            (ComponentKind::Runc, FileRole::RuncBinary, "runc"),
            (ComponentKind::Containerd, FileRole::ContainerdBinary, "containerd"),
        ] {
            if list.iter().any(|component| component.kind == kind) {
                continue;
            }
            let Some(path) = existing(files, role) else { continue };
            if let Some(version) = program::run(name, &["--version"]).ok().and_then(|text| version_in(&text))
            {
                list.push(Component { kind, version, path: Some(path), package: None, object: None });
            }
        }
    }
    if let Some(release) = kernel.release.known() {
        list.push(Component {
            kind: ComponentKind::Kernel,
            version: release.clone(),
            path: None,
            package: None,
            object: None,
        });
    }
    list.extend(containers.iter().filter_map(of_container));
    list.truncate(COMPONENTS_MAX);
    let mut paths: Vec<String> = list.iter().filter_map(|component| component.path.clone()).collect();
    let image = kernel.release.known().map(|release| format!("/boot/vmlinuz-{release}"));
    paths.extend(image.clone());
    let mut owners = package_owner::find(roots, &paths);
    for component in &mut list {
        let path =
            if component.kind == ComponentKind::Kernel { image.as_ref() } else { component.path.as_ref() };
        component.package = path.and_then(|path| {
            owners.remove(path).inspect(|owner| {
                // Several components may share a binary or package.
                owners.insert(path.clone(), owner.clone());
            })
        });
    }
    Fact::Known(list)
}

fn existing(files: &[HostFile], role: FileRole) -> Option<String> {
    let file = files.iter().find(|file| file.role == role && matches!(file.state, Fact::Known(Some(_))))?;
    Some(file.path.clone())
}

fn of_engine(document: &Value, files: &[HostFile]) -> Vec<Component> {
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut list = vec![Component {
        kind: ComponentKind::Engine,
        version: text(document, "Version"),
        path: existing(files, FileRole::EngineBinary),
        package: None,
        object: None,
    }];
    for part in document.get("Components").and_then(Value::as_array).into_iter().flatten().take(32) {
        let (kind, role) = match text(part, "Name").as_str() {
            "containerd" => (ComponentKind::Containerd, FileRole::ContainerdBinary),
            "runc" => (ComponentKind::Runc, FileRole::RuncBinary),
            _ => continue,
        };
        list.push(Component {
            kind,
            version: text(part, "Version"),
            path: existing(files, role),
            package: None,
            object: None,
        });
    }
    list.retain(|component| !component.version.is_empty());
    list
}

fn of_container(container: &Container) -> Option<Component> {
    let name = container.image.split('@').next()?;
    let (repository, tag) = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))?;
    let full = if repository.contains('/') { repository.to_owned() } else { format!("library/{repository}") };
    let (_, kind) = IMAGES.iter().find(|(end, _)| full == *end || full.ends_with(&format!("/{end}")))?;
    let version = version_in(tag)?;
    let object = Some(format!("container {}", container.name));
    Some(Component { kind: *kind, version, path: None, package: None, object })
}

/// The first word that is a version of at least two numbers: `v1.2.3`, `28.2.2,`, `1.1.5+ds1`.
pub(crate) fn version_in(text: &str) -> Option<String> {
    text.split(|c: char| c.is_whitespace() || c == ',' || c == '"').find_map(|word| {
        let word = word.trim_start_matches('v');
        let is_version = word.starts_with(|c: char| c.is_ascii_digit())
            && word.split('.').count() >= 2
            && word.split('.').nth(1).is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()));
        is_version.then(|| word.chars().take(100).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        for (text, version) in [
            ("Docker version 28.2.2, build e6534b4", "28.2.2"),
            ("runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1", "1.1.5+ds1"),
            ("Client Version: v1.32.1\nKustomize Version: v5.5.0", "1.32.1"),
            ("containerd github.com/containerd/containerd v1.7.29 abcdef", "1.7.29"),
            ("etcd Version: 3.5.9", "3.5.9"),
        ] {
            assert_eq!(version_in(text).as_deref(), Some(version), "{text}");
        }
        assert_eq!(version_in("latest"), None);
    }
}
