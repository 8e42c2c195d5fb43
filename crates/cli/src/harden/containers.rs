//! `seawall harden run`, `compose`, `quadlet`, `kubernetes`.

use super::{tell, write};
use crate::arguments::ContainerArguments;
use crate::exit::Outcome;
use crate::target::read_bounded;
use anyhow::{Context, Result, bail};
use harden::container::{Form, Wish, harden_container};
use serde_json::Value;
use std::path::Path;
use workload::capability_name;

/// Bytes of an inspected container.
const INSPECT_BYTES_MAX: u64 = 64 << 20;

pub(super) fn run(arguments: &ContainerArguments, form: Form) -> Result<Outcome> {
    let mut wish = Wish {
        user: arguments.user.clone(),
        publish_at: arguments.publish_at,
        seccomp_file: arguments.seccomp.clone(),
        apparmor_profile: arguments.apparmor.clone(),
        ..Wish::default()
    };
    if !arguments.capability.is_empty() {
        let needed = arguments.capability.iter().filter(|name| name.as_str() != "none");
        wish.capabilities = Some(needed.map(|name| capability_name(name)).collect());
    }
    let path = Path::new(&arguments.container);
    let bytes = if path.is_file() {
        read_bounded(path, INSPECT_BYTES_MAX)?
    } else {
        let engine = docker::Engine::connect(docker::Options::from_env())?;
        let document = engine.container_document(&arguments.container).with_context(|| {
            format!("cannot look at container '{}'", report::neutral(&arguments.container))
        })?;
        observe(&engine, &document, &mut wish);
        serde_json::to_vec(&document)?
    };
    wish.inspected = Some(inspected(&bytes)?);
    let read = workload::read_inspect(&bytes).context("it is no output of docker inspect")?;
    read.gaps.iter().for_each(|gap| tell(&format!("not understood: {}: {}", gap.what, gap.detail)));
    let [spec] = read.specs.as_slice() else {
        bail!("{} containers are described, one is wanted", read.specs.len());
    };
    let hardened = harden_container(spec, &wish);
    hardened.notes.iter().for_each(|note| tell(&format!("look: {note}")));
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
fn observe(engine: &docker::Engine, document: &Value, wish: &mut Wish) {
    let id = document["Id"].as_str().unwrap_or_default();
    match engine.container_changes(id) {
        Ok(changes) => wish.changed_paths = changes,
        Err(error) => tell(&format!("what it wrote is not known: {error}")),
    }
    if document["State"]["Running"] == true {
        wish.memory_seen_bytes = engine.container_memory_bytes(id).ok().flatten();
    }
    let Some(image) = document["Image"].as_str().and_then(|image| engine.image_document(image).ok()) else {
        tell("its image is gone: what it sets by itself is repeated");
        return;
    };
    let words = |value: &Value| -> Vec<String> {
        let list = value.as_array().map_or(&[][..], Vec::as_slice);
        list.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
    };
    let config = &image["Config"];
    wish.image_entrypoint = words(&config["Entrypoint"]);
    wish.image_command = words(&config["Cmd"]);
    let given = words(&document["Config"]["Env"]);
    // A variable that was given another value than the image's is not the image's any more.
    wish.image_variables = words(&config["Env"])
        .into_iter()
        .filter(|variable| given.contains(variable))
        .filter_map(|variable| Some(variable.split_once('=')?.0.to_owned()))
        .collect();
    wish.image_config = Some(config.clone());
    wish.pinned_image = words(&image["RepoDigests"]).into_iter().next();
}
