//! `seawall sbom`.

use crate::arguments::SbomArguments;
use crate::exit::Outcome;
use crate::inventory::{Look, inventories};
use crate::output;
use crate::progress::Progress;
use anyhow::{Result, bail};
use report::Format;

/// Formats that list packages.
const FORMATS: [Format; 3] = [Format::CycloneDx, Format::Spdx, Format::Json];

pub(crate) fn run(arguments: &SbomArguments) -> Result<Outcome> {
    let plan = output::plan(&arguments.output.words, Format::CycloneDx)?;
    if let Some((format, _)) = plan.iter().find(|(format, _)| !FORMATS.contains(format)) {
        bail!("{format} lists no packages (hint: cyclonedx, spdx or json)");
    }
    let progress = Progress::new(arguments.target.read.quiet);
    let inventories =
        inventories(&arguments.target.target, &arguments.target.read, Look::Packages, &progress)?;
    let reports: Vec<_> = inventories.into_iter().map(scan::Inventory::into_report).collect();
    output::write(&plan, &reports, &arguments.output)?;
    Ok(Outcome::Clean)
}
