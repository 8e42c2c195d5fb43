//! `seawall harden patch`.

use super::say;
use crate::arguments::PatchArguments;
use crate::exit::Outcome;
use crate::remark::remark;
use crate::target::read_bounded;
use anyhow::{Context, Result, bail};
use std::io::Read as _;
use std::path::Path;

/// Bytes of manifests.
const FILE_BYTES_MAX: u64 = 64 << 20;

pub(super) fn run(arguments: &PatchArguments) -> Result<Outcome> {
    let mut number = 0;
    for file in &arguments.files {
        for patch in harden::patch::patches(&text(file)?) {
            number += 1;
            match &arguments.write {
                None if number > 1 => say(&format!("---\n{}", patch.text.trim_end())),
                None => say(patch.text.trim_end()),
                Some(directory) => {
                    std::fs::create_dir_all(directory)
                        .with_context(|| format!("cannot make {}", directory.display()))?;
                    let path = directory.join(&patch.file_name);
                    if path.exists() {
                        bail!("{} is there already (hint: another --write directory)", path.display());
                    }
                    crate::output::write_file(&path, patch.text.as_bytes())?;
                    remark(&format!("{}: {}", path.display(), patch.object));
                }
            }
        }
    }
    if number == 0 {
        remark("no object needs a patch");
    }
    Ok(Outcome::Clean)
}

fn text(path: &Path) -> Result<String> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        let input = std::io::stdin().lock();
        input.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).context("cannot read standard input")?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            bail!("standard input has more than {FILE_BYTES_MAX} bytes");
        }
        bytes
    } else {
        read_bounded(path, FILE_BYTES_MAX)?
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
