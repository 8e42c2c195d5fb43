//! Mines the Debian archive: the `changelog.Debian.gz` files that its binary packages install.

use super::package_index::{SourcePackage, parse};
use super::{changelog, deb};
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of one download at the most.
const DOWNLOAD_BYTES_MAX: u64 = 64 << 20;
/// Binary packages of a source that are tried, smallest first: many only link to another's changelog.
const BINARIES_MAX: usize = 24;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Address of the archive [default: that of apt's configuration].
    #[arg(long)]
    archive: Option<String>,
    /// Address of the security archive [default: that of apt's configuration].
    #[arg(long)]
    security: Option<String>,
    /// Downloads at once.
    #[arg(long, default_value_t = 8)]
    parallel: usize,
}

struct Release {
    number: &'static str,
    codename: &'static str,
    /// Fixes of entries before this year were part of the release.
    first_year: u16,
}

const RELEASES: [Release; 2] = [
    Release { number: "12", codename: "bookworm", first_year: 2023 },
    Release { number: "13", codename: "trixie", first_year: 2025 },
];

pub(crate) fn run(options: &Options) -> Result<()> {
    for release in &RELEASES {
        let packages = candidates(options, release)?;
        println!("{}: {} source packages with updates since the release", release.codename, packages.len());
        let facts = mine(&packages, release, options.parallel)?;
        let path = crate::workspace().join(format!("crates/snapshot/data/debian-{}.txt", release.number));
        write(&path, release, &facts)?;
        let rows: usize = facts.values().map(BTreeMap::len).sum();
        println!("{}: {rows} fixes in {} packages -> {}", release.codename, facts.len(), path.display());
    }
    Ok(())
}

/// Source packages that were updated after the release: everything of the security suite, and what carries
/// the release's update suffix.
fn candidates(options: &Options, release: &Release) -> Result<Vec<SourcePackage>> {
    let codename = release.codename;
    let archive = options.archive.clone().map_or_else(|| configured_archive(false), Ok)?;
    let security = options.security.clone().map_or_else(|| configured_archive(true), Ok)?;
    let suites = [
        (&archive, codename.to_owned()),
        (&archive, format!("{codename}-updates")),
        (&security, format!("{codename}-security")),
    ];
    let suffix = format!("deb{}u", release.number);
    let mut updated = BTreeSet::new();
    let mut sources = BTreeMap::new();
    for (archive, suite) in suites {
        let index =
            fetch(&format!("{archive}/dists/{suite}/main/binary-amd64/Packages.xz"), DOWNLOAD_BYTES_MAX)?;
        let mut text = String::new();
        lzma_rust2::XzReader::new(&index[..], true).take(1 << 30).read_to_string(&mut text)?;
        parse(&text, archive, &mut sources);
        if suite.ends_with("-security") {
            let named = |line: &str| {
                let name = line.strip_prefix("Source: ").or_else(|| line.strip_prefix("Package: "))?;
                name.split(' ').next().map(str::to_owned)
            };
            updated.extend(text.lines().filter_map(named));
        }
    }
    sources.retain(|name, package| updated.contains(name) || package.version.contains(&suffix));
    Ok(sources.into_values().collect())
}

/// The address that apt takes Debian's packages from (apt-get(8), `indextargets`).
fn configured_archive(is_security: bool) -> Result<String> {
    let arguments = ["indextargets", "--format", "$(REPO_URI) $(RELEASE) $(ORIGIN)", "Created-By: Packages"];
    let output =
        std::process::Command::new("apt-get").args(arguments).output().context("cannot run apt-get")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut rows = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let row = rows.find(|row| {
        row.len() == 3 && row[2].starts_with("Debian") && row[1].contains("-security") == is_security
    });
    let Some(row) = row else {
        bail!("apt knows no Debian archive (hint: apt-get update, or pass --archive and --security)")
    };
    Ok(row[0].trim_end_matches('/').to_owned())
}

type Facts = BTreeMap<String, BTreeMap<String, String>>;

fn mine(packages: &[SourcePackage], release: &Release, parallel: usize) -> Result<Facts> {
    let next = AtomicUsize::new(0);
    let facts = Mutex::new(Facts::new());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..parallel.max(1) {
            scope.spawn(|| {
                while let Some((index, package)) = next_of(packages, &next) {
                    if index % 100 == 99 {
                        eprintln!("{}: {} of {}", release.codename, index + 1, packages.len());
                    }
                    match changelog_of(package) {
                        Ok(text) => {
                            let fixed = changelog::first_fixed(&text, &package.name, release.first_year);
                            if !fixed.is_empty() {
                                facts.lock().expect("no holder panics").insert(package.name.clone(), fixed);
                            }
                        }
                        Err(error) => {
                            let line = format!("{} {}: {error:#}", package.name, package.version);
                            failures.lock().expect("no holder panics").push(line);
                        }
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no holder panics");
    for failure in &failures {
        eprintln!("not mined: {failure}");
    }
    if failures.len() * 20 > packages.len() {
        bail!("{} of {} packages could not be mined (hint: run again later)", failures.len(), packages.len());
    }
    Ok(facts.into_inner().expect("no holder panics"))
}

fn next_of<'a>(packages: &'a [SourcePackage], next: &AtomicUsize) -> Option<(usize, &'a SourcePackage)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    packages.get(index).map(|package| (index, package))
}

fn changelog_of(package: &SourcePackage) -> Result<String> {
    let mut last = None;
    for (size_bytes, url) in package.binaries.iter().take(BINARIES_MAX) {
        if *size_bytes > DOWNLOAD_BYTES_MAX {
            break;
        }
        match fetch(url, DOWNLOAD_BYTES_MAX).and_then(|bytes| deb::changelog(&bytes)) {
            Ok(Some(text)) => return Ok(text),
            Ok(None) => {}
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| anyhow::anyhow!("none of its binary packages holds a changelog")))
}

fn fetch(url: &str, limit_bytes: u64) -> Result<Vec<u8>> {
    let mut last = None;
    for _ in 0..4 {
        match ureq::get(url).call() {
            Ok(response) => match response.into_body().with_config().limit(limit_bytes).read_to_vec() {
                Ok(bytes) => return Ok(bytes),
                Err(error) => last = Some(error),
            },
            Err(error) => last = Some(error),
        }
    }
    Err(last.expect("the loop ran")).with_context(|| format!("cannot fetch {url}"))
}

fn write(path: &Path, release: &Release, facts: &Facts) -> Result<()> {
    let today = time::OffsetDateTime::now_utc().date();
    let mut text = format!(
        "# Debian {} ({}): for each source package, the first version whose changelog names a CVE.\n\
         # Mined {today} from the changelog.Debian.gz files of the archive by `cargo xtask advisories debian`.\n\
         # A package, then a line for each version: the version and the CVE ids without `CVE-`.\n",
        release.number, release.codename
    );
    for (package, fixed) in facts {
        let mut by_version: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, version) in fixed {
            by_version.entry(version).or_default().push(id.trim_start_matches("CVE-"));
        }
        let mut versions: Vec<_> = by_version.into_iter().collect();
        versions.sort_by(|a, b| versions::compare(versions::Scheme::Dpkg, a.0, b.0));
        writeln!(text, "{package}")?;
        for (version, ids) in versions {
            writeln!(text, " {version} {}", ids.join(" "))?;
        }
    }
    std::fs::create_dir_all(path.parent().expect("the path has a directory"))?;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
