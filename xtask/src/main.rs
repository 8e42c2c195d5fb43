//! Tasks of the repository: `cargo xtask --help`.
#![allow(clippy::disallowed_methods, reason = "tasks read and write the work tree and fetch public archives")]

mod advisories;
mod bench;
mod bpf;
mod r#gen;
mod picture;
mod record_scenarios;
mod schemas;
mod test;
mod tidy;

use clap::{Parser, Subcommand};

/// Tasks of the repository.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Make the advisory lists that are built into the binary.
    #[command(subcommand)]
    Advisories(advisories::Source),
    /// Write what is generated: the pages of the rules and of the command line.
    Gen,
    /// Measure speed and memory, also of other scanners when they are here.
    Bench(bench::Options),
    /// Measure one command, for `bench`.
    #[command(hide = true)]
    Measure(bench::Measurement),
    /// Pass on what comes to one socket to another, for `bench`.
    #[command(hide = true)]
    Relay {
        /// Where clients connect.
        front: std::path::PathBuf,
        /// The engine's socket.
        engine: std::path::PathBuf,
    },
    /// Compile the sensor's programs for the kernel; the object is committed.
    Bpf,
    /// Do the actions of tests/recordings again, and record what the sensor tells of them.
    RecordScenarios(record_scenarios::Options),
    /// Run every test, after installing what they need.
    Test(test::Options),
    /// Make a picture of what `seawall watch --top` showed.
    Picture(picture::Options),
    /// Check the house rules that no compiler checks.
    Tidy,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Advisories(source) => advisories::run(source),
        Task::Gen => r#gen::run(),
        Task::Bench(options) => bench::run(&options),
        Task::Measure(command) => bench::measure(&command),
        Task::Relay { front, engine } => bench::relay(&front, &engine),
        Task::Bpf => bpf::run(),
        Task::RecordScenarios(options) => record_scenarios::run(&options),
        Task::Test(options) => test::run(&options),
        Task::Picture(options) => picture::run(&options),
        Task::Tidy => tidy::run(),
    }
}

/// The root of the work tree.
fn workspace() -> std::path::PathBuf {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask lies in the work tree").to_owned()
}
