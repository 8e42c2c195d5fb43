//! `seawall harden run`, `compose`, `quadlet`, `kubernetes`.

use super::write;
use crate::arguments::ContainerArguments;
use crate::exit::Outcome;
use crate::remark::remark;
use crate::target::read_bounded;
use anyhow::{Context, Result, bail};
use harden::container::{Form, Wish, harden_container};
use serde_json::Value;
use std::path::Path;
use workload::capability_name;

/// Bytes of an inspected container.
const INSPECT_BYTES_MAX: u64 = 64 << 20;

pub(super) fn run(arguments: &ContainerArguments, form: Form) -> Result<Outcome> {
    let path = Path::new(&arguments.container);
    let (bytes, mut wish) = if path.is_file() {
        let bytes = read_bounded(path, INSPECT_BYTES_MAX)?;
        let wish = Wish::of(inspected(&bytes)?, None);
        (bytes, wish)
    } else {
        let engine = docker::Engine::connect(docker::Options::from_env())?;
        let document = engine.container_document(&arguments.container).with_context(|| {
            format!("cannot look at container '{}'", report::neutral(&arguments.container))
        })?;
        (serde_json::to_vec(&document)?, observe(&engine, document))
    };
    wish.user.clone_from(&arguments.user);
    wish.publish_at = arguments.publish_at;
    wish.seccomp_file.clone_from(&arguments.seccomp);
    wish.apparmor_profile.clone_from(&arguments.apparmor);
    if !arguments.capability.is_empty() {
        let needed = arguments.capability.iter().filter(|name| name.as_str() != "none");
        wish.capabilities = Some(needed.map(|name| capability_name(name)).collect());
    }
    let read = workload::read_inspect(&bytes).context("it is no output of docker inspect")?;
    read.gaps.iter().for_each(|gap| remark(&format!("not understood: {}: {}", gap.what, gap.detail)));
    let [spec] = read.specs.as_slice() else {
        bail!("{} containers are described, one is wanted", read.specs.len());
    };
    let hardened = harden_container(spec, &wish);
    hardened.notes.iter().for_each(|note| remark(&format!("look: {note}")));
    write(arguments.output.output.as_deref(), &hardened.write(form))?;
    Ok(Outcome::Clean)
}

/// The document of the one container that is inspected.
fn inspected(bytes: &[u8]) -> Result<Value> {
    let document: Value = serde_json::from_slice(bytes).context("it is no JSON")?;
    Ok(match document {
        Value::Array(mut list) => {
            if list.is_empty() {
                Value::Null
            } else {
                list.swap_remove(0)
            }
        }
        document => document,
    })
}

/// What the engine knows beside the container: its image, what it wrote, how much memory it uses.
fn observe(engine: &docker::Engine, document: Value) -> Wish {
    let id = document["Id"].as_str().unwrap_or_default().to_owned();
    let is_running = document["State"]["Running"] == true;
    let image = document["Image"].as_str().and_then(|image| engine.image_document(image).ok());
    if image.is_none() {
        remark("its image is gone: what it sets by itself is repeated");
    }
    let mut wish = Wish::of(document, image.as_ref());
    match engine.container_changes(&id) {
        Ok(changes) => wish.changed_paths = changes,
        Err(error) => remark(&format!("what it wrote is not known: {error}")),
    }
    if is_running {
        wish.memory_seen_bytes = engine.container_memory_bytes(&id).ok().flatten();
    }
    wish
}
