//! Runs every test, after installing what they need.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// Programs and files that tests use, and the Debian packages that bring them.
const PROGRAMS: &[(&str, &str)] = &[
    ("dockerd", "docker.io"),
    ("docker-compose", "docker-compose"),
    ("systemd-nspawn", "systemd-container"),
    ("docker-registry", "docker-registry"),
    ("debootstrap", "debootstrap"),
    ("skopeo", "skopeo"),
    ("rpm", "rpm"),
    ("zstd", "zstd"),
    ("unzip", "unzip"),
    ("python3", "python3"),
    ("openssl", "openssl"),
    ("nats-server", "nats-server"),
    ("psql", "postgresql"),
    ("/usr/share/clamav-testfiles", "clamav-testfiles"),
    ("clang-14", "clang-14"),
    ("llvm-strip-14", "llvm-14"),
    ("/usr/include/bpf/bpf_helpers.h", "libbpf-dev"),
];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Install nothing; tests that lack a program are skipped and say so.
    #[arg(long)]
    no_install: bool,
    /// Passed on to `cargo test`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.no_install {
        install_missing()?;
        crate::schemas::install()?;
    }
    let mut command = Command::new(env!("CARGO"));
    // The output of passing tests too: it says what was skipped.
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]).args(&options.arguments);
    command.args(["--", "--show-output"]);
    command.env("SEAWALL_SCHEMAS", crate::schemas::directory());
    let summary = stream(command)?;
    println!(
        "\nseawall: {} passed, {} failed, {} skipped",
        summary.passed,
        summary.failed,
        summary.skipped.len()
    );
    for line in &summary.skipped {
        println!("  {line}");
    }
    if !summary.is_success {
        bail!("tests failed");
    }
    Ok(())
}

fn install_missing() -> Result<()> {
    let is_missing = |program: &&(&str, &str)| find_program(program.0).is_none();
    let missing: Vec<&str> = PROGRAMS.iter().filter(is_missing).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let is_root =
        Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if !is_root || find_program("apt-get").is_none() {
        println!("not installed, tests that need them are skipped: {}", missing.join(" "));
        return Ok(());
    }
    println!("installing {}", missing.join(" "));
    let apt = |arguments: &[&str]| {
        Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null())
            .status()
    };
    apt(&["update", "-qq"]).context("cannot run apt-get")?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(missing);
    if !apt(&arguments).context("cannot run apt-get")?.success() {
        println!("apt-get failed; tests that lack a program are skipped");
    }
    Ok(())
}

/// The first file of that name on the path, or where Debian puts system programs; or the very file.
pub(crate) fn find_program(name: &str) -> Option<std::path::PathBuf> {
    if name.starts_with('/') {
        return Some(std::path::PathBuf::from(name)).filter(|path| path.exists());
    }
    let path = std::env::var_os("PATH")?;
    let directories = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    directories.map(|directory| directory.join(name)).find(|file| file.is_file())
}

#[derive(Default)]
struct Summary {
    passed: u64,
    failed: u64,
    skipped: Vec<String>,
    is_success: bool,
}

/// Runs cargo, shows what it prints and counts results.
fn stream(mut command: Command) -> Result<Summary> {
    // One pipe for both, so that lines stay in order.
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().context("cannot run cargo")?;
    drop(command);
    let mut summary = Summary::default();
    let stdout = std::io::stdout();
    for line in BufReader::new(reader).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        writeln!(stdout.lock(), "{line}")?;
        count(&line, &mut summary);
    }
    summary.is_success = child.wait()?.success();
    Ok(summary)
}

// `test result: ok. 12 passed; 0 failed; 0 ignored; …`, and the lines of testkit::skip.
fn count(line: &str, summary: &mut Summary) {
    if let Some(at) = line.find("skipped: ") {
        summary.skipped.push(line[at..].to_owned());
    }
    let Some(result) = line.strip_prefix("test result: ") else { return };
    for part in result.split(['.', ';']) {
        let mut words = part.split_whitespace();
        match (words.next().and_then(|number| number.parse::<u64>().ok()), words.next()) {
            (Some(number), Some("passed")) => summary.passed += number,
            (Some(number), Some("failed")) => summary.failed += number,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_and_skips_are_counted() {
        let mut summary = Summary::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
            "skipped: no dockerd",
        ] {
            count(line, &mut summary);
        }
        assert_eq!((summary.passed, summary.failed, summary.skipped.len()), (15, 2, 1));
    }
}
