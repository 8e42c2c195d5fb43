//! What `container.*` and `k8s.*` say.

use super::container::ContainerField;
use crate::glob::Glob;
use crate::{Value, View};
use falco::Argument;
use state::{Container, Mount, Thread};

/// The name of what is in no container.
const HOST: &[u8] = b"host";

pub(crate) fn value<'v>(
    field: ContainerField,
    argument: &Argument,
    view: &'v View<'_>,
    room: &'v mut Vec<u8>,
) -> Value<'v> {
    use ContainerField as F;
    let Some(thread) = view.thread() else { return Value::Missing };
    let Some(id) = thread.container.as_deref() else { return of_host(field) };
    let start = thread.pid_namespace_start_ns;
    match field {
        F::Id => return Value::Text(id.get(..12).unwrap_or(id).as_bytes()),
        F::FullId => return Value::Text(id.as_bytes()),
        F::StartTime if start != 0 => return Value::Unsigned(start),
        F::Duration if start != 0 => return Value::Unsigned(view.event.time_ns.saturating_sub(start)),
        _ => {}
    }
    let Some(container) = view.state.container(thread) else { return Value::Missing };
    let text = |text: &'v str| Value::Text(text.as_bytes());
    let label = |key: &str| label_of(container, key);
    let sandbox = || match label("io.kubernetes.sandbox.id") {
        Value::Text(id) => view.state.container_by_id(std::str::from_utf8(id).ok()?),
        _ => None,
    };
    let shares =
        |namespace: &str| Value::Bool(container.host_namespaces.iter().any(|name| name == namespace));
    match field {
        F::Name => text(&container.name),
        F::Image => text(&container.image),
        F::ImageId => text(container.image_id.get(..12).unwrap_or(&container.image_id)),
        F::Type => text(&container.engine),
        F::IsPrivileged => container.is_privileged.map_or(Value::Missing, Value::Bool),
        F::ImageRepository => text(&container.image_repository),
        F::ImageTag => text(&container.image_tag),
        F::ImageDigest => text(&container.image_digest),
        F::Ip | F::PodIp => text(&container.ip),
        F::Policy => text(&container.policy),
        F::HasHostPid => shares("pid"),
        F::HasHostNetwork => shares("net"),
        F::HasHostIpc => shares("ipc"),
        F::Mounts => {
            for mount in &container.mounts {
                if !room.is_empty() {
                    room.push(b',');
                }
                write_mount(mount, room);
            }
            Value::Text(room)
        }
        F::Mount
        | F::MountSource
        | F::MountDestination
        | F::MountMode
        | F::MountReadWrite
        | F::MountPropagation => match find_mount(container, argument, field == F::MountSource) {
            Some(mount) => mount_value(field, mount, room),
            None => Value::Missing,
        },
        F::Label => match argument {
            Argument::Key(key) => label(key),
            _ => Value::Missing,
        },
        F::Labels => {
            write_labels(container, room);
            Value::Text(room)
        }
        // Labels of a pod are those of the container that holds its namespaces.
        F::PodLabel => match (argument, sandbox()) {
            (Argument::Key(key), Some(pod)) => label_of(pod, key),
            _ => Value::Missing,
        },
        F::PodLabels => match sandbox() {
            Some(pod) => {
                write_labels(pod, room);
                Value::Text(room)
            }
            None => Value::Missing,
        },
        // What the kubelet writes on every container that it starts.
        F::PodName => label("io.kubernetes.pod.name"),
        F::NamespaceName => label("io.kubernetes.pod.namespace"),
        F::PodId | F::PodUid => label("io.kubernetes.pod.uid"),
        F::FullSandboxId => label("io.kubernetes.sandbox.id"),
        F::SandboxId => match label("io.kubernetes.sandbox.id") {
            Value::Text(id) => Value::Text(id.get(..12).unwrap_or(id)),
            other => other,
        },
        F::HealthCheck if !container.health_check.is_empty() => {
            room.extend_from_slice(container.health_check.join(" ").as_bytes());
            Value::Text(room)
        }
        F::IsHealthCheck => Value::Bool(is_health_check(thread, container, view)),
        F::IsLivenessProbe | F::IsReadinessProbe => Value::Bool(false),
        _ => Value::Missing,
    }
}

fn label_of<'c>(container: &'c Container, key: &str) -> Value<'c> {
    let found = container.labels.iter().find(|(name, _)| name == key);
    found.map_or(Value::Missing, |(_, value)| Value::Text(value.as_bytes()))
}

/// Labels but those that engines and the kubelet add.
fn write_labels(container: &Container, room: &mut Vec<u8>) {
    for (key, value) in &container.labels {
        if key.starts_with("annotation.") || key.starts_with("io.kubernetes.") {
            continue;
        }
        if !room.is_empty() {
            room.extend_from_slice(b", ");
        }
        room.extend_from_slice(key.as_bytes());
        if !value.is_empty() {
            room.push(b':');
            room.extend_from_slice(value.as_bytes());
        }
    }
}

/// Whether the engine began the thread's process, or one that it descends from, to see whether the container is well: what the
/// container's first process began is its own work, whatever it is called.
fn is_health_check(thread: &Thread, container: &Container, view: &View<'_>) -> bool {
    let Some((program, arguments)) = container.health_check.split_first() else { return false };
    let mut is_check = false;
    for process in std::iter::once(thread).chain(view.state.ancestors(thread)) {
        if process.container != thread.container {
            break;
        }
        if process.process_inside == 1 {
            return false;
        }
        let mut list = process.argument_list().split(|byte| *byte == 0);
        is_check |= *process.exe == *program.as_bytes()
            && arguments.iter().all(|argument| list.next() == Some(argument.as_bytes()))
            && list.all(<[u8]>::is_empty);
    }
    is_check
}

/// On the host there is a container called so, of which nothing more is known.
fn of_host(field: ContainerField) -> Value<'static> {
    use ContainerField as F;
    match field {
        F::Id | F::FullId | F::Name | F::Type => Value::Text(HOST),
        F::Image
        | F::ImageId
        | F::ImageRepository
        | F::ImageTag
        | F::ImageDigest
        | F::Mounts
        | F::Labels
        | F::Ip => Value::Text(b""),
        F::IsPrivileged
        | F::HasHostPid
        | F::HasHostNetwork
        | F::HasHostIpc
        | F::IsHealthCheck
        | F::IsLivenessProbe
        | F::IsReadinessProbe => Value::Bool(false),
        _ => Value::Missing,
    }
}

/// A mount by number, or by its path on the host (a pattern); the source is asked for by the path inside.
fn find_mount<'c>(container: &'c Container, argument: &Argument, by_destination: bool) -> Option<&'c Mount> {
    match argument {
        Argument::Index(index) => container.mounts.get(usize::try_from(*index).ok()?),
        Argument::Key(pattern) => {
            let pattern = Glob::new(pattern.as_bytes(), false);
            container.mounts.iter().find(|mount| {
                pattern.matches(if by_destination { &mount.destination } else { &mount.source }.as_bytes())
            })
        }
        Argument::None => None,
    }
}

fn mount_value<'v>(field: ContainerField, mount: &'v Mount, room: &'v mut Vec<u8>) -> Value<'v> {
    use ContainerField as F;
    Value::Text(match field {
        F::MountSource => mount.source.as_bytes(),
        F::MountDestination => mount.destination.as_bytes(),
        F::MountMode => mount.mode.as_bytes(),
        F::MountReadWrite => {
            if mount.is_writable {
                b"true"
            } else {
                b"false"
            }
        }
        F::MountPropagation => mount.propagation.as_bytes(),
        _ => {
            write_mount(mount, room);
            room
        }
    })
}

fn write_mount(mount: &Mount, room: &mut Vec<u8>) {
    let writable = if mount.is_writable { "true" } else { "false" };
    for (index, text) in
        [&*mount.source, &mount.destination, &mount.mode, writable, &mount.propagation].iter().enumerate()
    {
        if index > 0 {
            room.push(b':');
        }
        room.extend_from_slice(text.as_bytes());
    }
}
