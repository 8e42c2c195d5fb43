//! Measures `seawall scan` against what reading alone costs, and against other scanners.

mod at_once;
mod audit;
mod cases;
mod database;
mod deep;
mod findings;
mod goals;
mod guard;
mod guard_registry;
mod image;
mod inventory;
mod layout;
mod lint;
mod machine;
mod measure;
mod million_files;
mod peers;
mod report;
mod same_advisories;
mod secrets;
mod table;
mod watch;

pub(crate) use guard::relay::run as relay;
pub(crate) use measure::{Measurement, measure};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Counted runs of each case; one more before them fills the page cache.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// Measure only these parts (repeatable).
    #[arg(long, value_enum, value_name = "PART")]
    only: Vec<Part>,
    /// Measure the binaries that `target/release` holds instead of building them.
    #[arg(long)]
    no_build: bool,
    /// Put the tables into docs/benchmarks.md; with --only, the part must be `deep`, `secrets`, `audit`, `lint`, `guard`,
    /// `guard-registry` or `watch`, which have places of their own.
    #[arg(long)]
    write: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// One image in every form, beside the floors and the peers.
    Image,
    /// What each scanner finds in the image.
    Inventory,
    /// Sixteen scans at once.
    AtOnce,
    /// A directory of a million files.
    MillionFiles,
    /// Opening the advisory database, and matching.
    Database,
    /// Every content engine, beside the floors and other scanners of content.
    Deep,
    /// How many credentials each scanner finds, and how much of what it tells is none.
    Secrets,
    /// An audit of a host with 44 containers, beside docker-bench-security.
    Audit,
    /// 133 Dockerfiles judged, beside hadolint.
    Lint,
    /// The guard before a Docker engine, beside HAProxy and the engine alone.
    Guard,
    /// The guard before a registry, and the registry alone.
    GuardRegistry,
    /// The watch of this host under load, and over a recording.
    Watch,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// What is needed to run anything here.
pub(crate) struct Setting {
    /// The release binary.
    pub(crate) seawall: PathBuf,
    /// `examples/decompress_and_hash.rs` of `oci`.
    pub(crate) floor: PathBuf,
    /// `examples/hash_files.rs` of `oci`.
    pub(crate) hash_files: PathBuf,
    /// `target/bench`: what is kept between runs.
    pub(crate) directory: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let has_own_place = |part: &Part| {
        matches!(
            part,
            Part::Deep
                | Part::Secrets
                | Part::Audit
                | Part::Lint
                | Part::Guard
                | Part::GuardRegistry
                | Part::Watch
        )
    };
    let is_other_alone = !options.only.is_empty() && options.only.iter().all(has_own_place);
    if options.write && !options.only.is_empty() && !is_other_alone {
        bail!(
            "the figures of a page are of one run (hint: --write without --only, or with --only deep, --only secrets, --only audit, --only lint, --only guard, --only guard-registry, --only watch)"
        );
    }
    let setting = setting(options)?;
    let page = crate::workspace().join("docs/benchmarks.md");
    if !is_other_alone {
        let text = measure_forms_and_database(&setting, options)?;
        println!("{text}");
        if options.write {
            table::put_between_markers(&page, table::FIGURES, &text)?;
        }
    }
    if options.wants(Part::Audit) {
        match audit::measure(&setting, options.runs)? {
            Some(text) => {
                println!("{text}");
                if options.write {
                    table::put_between_markers(&page, table::AUDIT_FIGURES, &text)?;
                }
            }
            None => eprintln!("SKIPPED: the audit: no host of its own can be made here"),
        }
    }
    if options.wants(Part::Lint) {
        match lint::measure(&setting, options.runs)? {
            Some(text) => {
                println!("{text}");
                if options.write {
                    table::put_between_markers(&page, table::LINT_FIGURES, &text)?;
                }
            }
            None => eprintln!("SKIPPED: the linter: SEAWALL_MIRROR names no repositories with Dockerfiles"),
        }
    }
    if options.wants(Part::Guard) {
        match guard::measure(&setting, options.runs)? {
            Some(text) => {
                println!("{text}");
                if options.write {
                    table::put_between_markers(&page, table::GUARD_FIGURES, &text)?;
                }
            }
            None => eprintln!("SKIPPED: the guard: no private dockerd here"),
        }
    }
    if options.wants(Part::GuardRegistry) {
        match guard_registry::measure(&setting, options.runs)? {
            Some(text) => {
                println!("{text}");
                if options.write {
                    table::put_between_markers(&page, table::GUARD_REGISTRY_FIGURES, &text)?;
                }
            }
            None => eprintln!("SKIPPED: the guard before a registry: no private registry here"),
        }
    }
    if options.wants(Part::Watch) {
        match watch::measure(&setting, options.runs)? {
            Some(text) => {
                println!("{text}");
                if options.write {
                    table::put_between_markers(&page, table::WATCH_FIGURES, &text)?;
                }
            }
            None => eprintln!("SKIPPED: the watch: this kernel does not grant it, or this is not root"),
        }
    }
    if !options.wants(Part::Deep) && !options.wants(Part::Secrets) {
        return Ok(());
    }
    let Some(image) = image::prepare(&setting.directory)? else {
        eprintln!("SKIPPED: the deep content scan and the secrets: the Debian image could not be made here");
        return Ok(());
    };
    if options.wants(Part::Secrets) {
        let text = secrets::measure(&setting, &image)?;
        println!("{text}");
        if options.write {
            table::put_between_markers(&page, table::SECRET_FIGURES, &text)?;
        }
    }
    if options.wants(Part::Deep) {
        let text = deep::measure(&setting, &image, options.runs)?;
        println!("{text}");
        if options.write {
            table::put_between_markers(&page, table::DEEP_FIGURES, &text)?;
        }
    }
    Ok(())
}

fn measure_forms_and_database(setting: &Setting, options: &Options) -> Result<String> {
    let mut report = report::Report::default();
    if options.wants(Part::Image) || options.wants(Part::Inventory) || options.wants(Part::AtOnce) {
        match image::prepare(&setting.directory)? {
            Some(image) => measure_image(setting, &image, options, &mut report)?,
            None => report.skipped.push("the Debian image: it could not be made here".to_owned()),
        }
    }
    if options.wants(Part::MillionFiles) {
        report.million_files = Some(million_files::measure(setting, options.runs)?);
    }
    if options.wants(Part::Database) {
        report.database = database::measure(setting)?;
    }
    Ok(report.markdown(&machine::describe(), options.runs))
}

fn measure_image(
    setting: &Setting,
    image: &image::BenchImage,
    options: &Options,
    report: &mut report::Report,
) -> Result<()> {
    let engine = testkit::private_dockerd();
    let Some(engine) = &engine else {
        report.skipped.push("the local Docker image: no private dockerd here".to_owned());
        return measure_forms(setting, image, None, options, report);
    };
    let archive = image.archive.to_string_lossy();
    eprintln!("loading the image into a private dockerd");
    engine.docker(&["load", "--quiet", "--input", &archive]);
    measure_forms(setting, image, Some(&engine.host()), options, report)
}

fn measure_forms(
    setting: &Setting,
    image: &image::BenchImage,
    docker_host: Option<&str>,
    options: &Options,
    report: &mut report::Report,
) -> Result<()> {
    let peers = peers::find(setting, &mut report.skipped)?;
    if options.wants(Part::Image) {
        let cases = cases::all(setting, image, docker_host, &peers, &mut report.skipped)?;
        report.image = measure::in_turns(cases, options.runs, &setting.directory)?;
    }
    if options.wants(Part::Inventory) {
        report.inventories = inventory::compare(setting, image, &peers)?;
        report.findings = findings::compare(setting, image, &peers)?;
    }
    if options.wants(Part::AtOnce) {
        let case = cases::for_many_at_once(setting, image, docker_host);
        report.at_once = Some(at_once::measure(&case, options.runs, &setting.directory)?);
    }
    Ok(())
}

fn setting(options: &Options) -> Result<Setting> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::workspace().join("target"), PathBuf::from);
    // Audits and lints read no layer, so that they need no floor.
    let needs_floors = options.only.is_empty()
        || !options.only.iter().all(|part| {
            matches!(part, Part::Audit | Part::Lint | Part::Guard | Part::GuardRegistry | Part::Watch)
        });
    let mut built: Vec<&[&str]> = vec![&["-p", "cli", "--bin", "seawall"]];
    if needs_floors {
        built.push(&["-p", "oci", "--example", "decompress_and_hash", "--example", "hash_files"]);
    }
    if options.wants(Part::Watch) {
        built.push(&["-p", "sensor", "--example", "load"]);
        built.push(&["-p", "capture", "--example", "busy_host"]);
    }
    for arguments in built.iter().filter(|_| !options.no_build) {
        eprintln!("cargo build --release {}", arguments.join(" "));
        let mut command = Command::new(env!("CARGO"));
        command
            .args(["build", "--release", "--locked", "--quiet"])
            .args(*arguments)
            .current_dir(crate::workspace());
        image::succeed(&mut command)?;
    }
    let directory = target.join("bench");
    std::fs::create_dir_all(directory.join("home"))
        .with_context(|| format!("cannot create {}", directory.display()))?;
    let release = target.join("release");
    // Copies, so that a build in another terminal does not change what is measured half way.
    let keep = |from: &Path, name: &str| -> Result<PathBuf> {
        let copy = directory.join(name);
        if needs_floors || name == "seawall" {
            std::fs::copy(from, &copy).with_context(|| format!("cannot copy {}", from.display()))?;
        }
        Ok(copy)
    };
    if options.wants(Part::Watch) {
        for name in ["load", "busy_host"] {
            std::fs::copy(release.join("examples").join(name), directory.join(name))
                .with_context(|| format!("cannot copy {name}"))?;
        }
    }
    Ok(Setting {
        seawall: keep(&release.join("seawall"), "seawall")?,
        floor: keep(&release.join("examples/decompress_and_hash"), "decompress_and_hash")?,
        hash_files: keep(&release.join("examples/hash_files"), "hash_files")?,
        directory,
    })
}
