//! `seawall history`.

use crate::arguments::HistoryArguments;
use crate::exit::Outcome;
use crate::progress::Progress;
use crate::target::{self, Opened};
use anyhow::{Result, bail};
use std::io::Write;

pub(crate) fn run(arguments: &HistoryArguments) -> Result<Outcome> {
    let progress = Progress::new(arguments.target.read.quiet);
    let images = match target::open(&arguments.target.target, &arguments.target.read, &progress)? {
        Opened::Images(images) => images,
        Opened::Stream(_) => bail!(
            "the image streams past and its history comes last (hint: name the archive file, or the registry)"
        ),
        Opened::Sbom(..) => bail!("a bill of materials has no history"),
    };
    let mut out = std::io::stdout().lock();
    for image in &images {
        let reconstruction = scan::reconstruct(image);
        if image.config.history.is_empty() {
            bail!("{} has no history", image.target.name);
        }
        if images.len() > 1 {
            writeln!(out, "# {}", image.target.platform.as_deref().unwrap_or_default())?;
        }
        out.write_all(reconstruction.text.as_bytes())?;
    }
    Ok(Outcome::Clean)
}
