//! `seawall watch thaw`: containers that a response holds go on.

use crate::arguments::ThawArguments;
use crate::exit::Outcome;
use anyhow::{Context, Result, bail};
use docker::Engine;

pub(super) fn run(arguments: &ThawArguments) -> Result<Outcome> {
    for container in &arguments.containers {
        let is_id = container.len() == 64 && container.bytes().all(|byte| byte.is_ascii_hexdigit());
        // The engine knows names; without it a whole id is enough.
        let id = if is_id { container.clone() } else { id_of(container)? };
        if let Err(reason) = watch::thaw(&id) {
            bail!("cannot let {container} go on: {reason}");
        }
        println!("{container} goes on");
    }
    Ok(Outcome::Clean)
}

fn id_of(container: &str) -> Result<String> {
    let engine = Engine::connect(docker::Options::from_env())
        .context("no engine tells the container's id (hint: give the id of 64 digits)")?;
    let document = engine.container_document(container)?;
    document["Id"].as_str().map(str::to_owned).context("the engine does not tell its id")
}
