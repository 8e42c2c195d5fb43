//! `seawall watch thaw`: containers that a response holds go on.

use crate::arguments::ThawArguments;
use crate::exit::Outcome;
use anyhow::{Context, Result, bail};
use docker::Engine;
use std::io::Read as _;
use std::path::Path;

pub(super) fn run(arguments: &ThawArguments) -> Result<Outcome> {
    for container in &arguments.containers {
        let is_id = container.len() == 64 && container.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = if is_id { container.clone() } else { id_of(container)? };
        if let Err(reason) = watch::thaw(&id) {
            bail!("cannot let {container} go on: {reason}");
        }
        println!("{container} goes on");
    }
    Ok(Outcome::Clean)
}

/// Where engines keep what they know of containers.
const DIRECTORIES: [&str; 2] =
    ["/var/lib/docker/containers", "/var/snap/docker/common/var-lib-docker/containers"];
/// A description of a container is at most so long.
const BYTES_MAX: u64 = 4 << 20;

/// The id of a container by its name or the first digits of its id. The engine's files are asked first: whoever waits for a
/// frozen container to stop holds its lock, and the engine does not answer.
fn id_of(container: &str) -> Result<String> {
    let name = container.trim_start_matches('/');
    for id in DIRECTORIES.iter().flat_map(std::fs::read_dir).flatten().flatten() {
        let text = id.file_name().to_string_lossy().into_owned();
        let is_meant = name.len() >= 12 && text.starts_with(name)
            || name_in(&id.path()).is_some_and(|known| known.trim_start_matches('/') == name);
        if is_meant {
            return Ok(text);
        }
    }
    let engine = Engine::connect(docker::Options::from_env())
        .context("no engine tells the container's id (hint: give the id of 64 digits)")?;
    let document = engine.container_document(container)?;
    document["Id"].as_str().map(str::to_owned).context("the engine does not tell its id")
}

fn name_in(directory: &Path) -> Option<String> {
    let file = std::fs::File::open(directory.join("config.v2.json")).ok()?;
    let document: serde_json::Value = serde_json::from_reader(file.take(BYTES_MAX)).ok()?;
    document["Name"].as_str().map(str::to_owned)
}
