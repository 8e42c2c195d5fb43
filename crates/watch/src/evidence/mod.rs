//! Evidence about an alert: what was known, what the host shows now, what changed in the container, what the engine says, and
//! the recording; one directory an alert, which appears when it is complete.
//!
//! Values of environments are left out, since they hold credentials; names and lengths are kept. Everything has a limit, and what a
//! limit or an error left out stands in `manifest.json`.

mod bundle;
mod changes;
mod deleted;
mod known;
mod processes;
mod sockets;
mod volatile;

use std::fs;
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::respond::Order;
pub(crate) use bundle::Bundle;
pub use known::known_processes;

/// Where evidence is kept, and how much.
#[derive(Clone, Debug)]
pub struct EvidenceOptions {
    /// The directory; made when it is not there, for root alone.
    pub directory: PathBuf,
    /// Bytes of one directory.
    pub bytes_max: u64,
    /// Bytes of all directories; beyond them nothing is collected.
    pub total_bytes_max: u64,
    /// Bytes of a changed file up to which it is copied; 0 for none.
    pub copy_bytes_max: u64,
}

/// Collects.
pub(crate) struct Collector {
    options: EvidenceOptions,
}

impl Collector {
    pub(crate) fn open(options: &EvidenceOptions) -> io::Result<Self> {
        make_private(&options.directory)?;
        Ok(Self { options: options.clone() })
    }

    /// Collects what is there now. `document` is what the engine says of the container.
    pub(crate) fn collect(&self, order: &Order, document: Option<&Value>) -> io::Result<Bundle> {
        let used = size_of(&self.options.directory);
        if used >= self.options.total_bytes_max {
            let limit = self.options.total_bytes_max >> 20;
            return Err(io::Error::other(format!("the directory of evidence holds {limit} MiB already")));
        }
        let name = file_name(order.number, &order.alert.rule);
        let mut bundle = Bundle::begin(&self.options.directory, &name, self.options.bytes_max)?;
        bundle.json("alert.json", &json!(order.alert));
        match &order.known {
            Some(known) => bundle.json("known.json", known),
            None => bundle.gap("known.json", "nothing was known of the processes"),
        }
        let pids = processes::of(&order.target);
        let (listed, owners) = processes::describe(&pids, self.options.copy_bytes_max, &mut bundle);
        bundle.json("processes.json", &listed);
        match pids.first() {
            Some(first) => {
                let listed = sockets::of(*first, &owners);
                bundle.json("sockets.json", &listed);
            }
            None => bundle.gap("sockets.json", "no process is left whose network could be looked at"),
        }
        if order.target.process.container.is_some() {
            self.container(document, &pids, &mut bundle);
        }
        Ok(bundle)
    }

    fn container(&self, document: Option<&Value>, pids: &[i64], bundle: &mut Bundle) {
        match document {
            Some(document) => bundle.json("container.json", &without_values(document.clone())),
            None => bundle.gap("container.json", "the engine does not know the container"),
        }
        let told = document.and_then(|document| document["GraphDriver"]["Data"]["UpperDir"].as_str());
        let seen = || pids.iter().find_map(|pid| crate::respond::upper_directory(*pid));
        let mut places = Vec::new();
        match told.map(PathBuf::from).filter(|path| path.is_dir()).or_else(seen).map(fs::File::open) {
            Some(Ok(top)) => places.push(changes::Place { top, inside: PathBuf::from("/") }),
            Some(Err(error)) => bundle.gap("changes.json", &error.to_string()),
            None => bundle.gap("changes.json", "there is no upper layer to be seen"),
        }
        match pids.first() {
            Some(pid) => places.extend(volatile::places(*pid, bundle)),
            None => bundle
                .gap("changes.json", "no process is left whose file systems of memory could be looked at"),
        }
        changes::collect(&places, self.options.copy_bytes_max, bundle);
    }
}

/// A name that tells what it is about, for alerts numbered since the start: time, number, rule.
pub(crate) fn file_name(number: u64, rule: &str) -> String {
    let now = time::OffsetDateTime::now_utc();
    let format = time::macros::format_description!("[year][month][day]T[hour][minute][second]");
    let word: String = rule
        .chars()
        .take(60)
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
        .collect();
    format!("{}-{number}-{word}", now.format(&format).unwrap_or_default())
}

/// Makes a directory that root alone may read.
pub(crate) fn make_private(directory: &Path) -> io::Result<()> {
    if !directory.is_dir() {
        fs::create_dir_all(directory)?;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// An empty file that its owner alone may read and write.
///
/// # Errors
/// When it cannot be made.
pub fn create_private(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// The document of a container without values of its environment.
fn without_values(mut document: Value) -> Value {
    if let Some(entries) = document["Config"]["Env"].as_array_mut() {
        for entry in entries {
            if let Some(text) = entry.as_str() {
                *entry = Value::from(redacted(text.as_bytes()));
            }
        }
    }
    document
}

/// An entry of an environment without its value.
fn redacted(entry: &[u8]) -> String {
    let end = entry.iter().position(|byte| *byte == b'=').unwrap_or(entry.len());
    let name = String::from_utf8_lossy(&entry[..end]);
    match entry.len().checked_sub(end + 1) {
        Some(length) => format!("{name}=<{length} bytes>"),
        None => name.into_owned(),
    }
}

const ENTRIES_MAX: usize = 200_000;

/// Bytes of the files of a directory.
pub(crate) fn size_of(directory: &Path) -> u64 {
    let mut waiting = vec![directory.to_path_buf()];
    let (mut bytes, mut count) = (0, 0);
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok) {
            count += 1;
            let Ok(metadata) = entry.metadata() else { continue };
            if count > ENTRIES_MAX {
                return u64::MAX;
            }
            if metadata.is_dir() {
                waiting.push(entry.path());
            } else {
                bytes += metadata.len();
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_environments_are_left_out() {
        let document = json!({ "Config": { "Env": ["TOKEN=abc", "EMPTY=", "ODD"], "Cmd": ["sh"] } });
        let shown = without_values(document);
        assert_eq!(shown["Config"]["Env"], json!(["TOKEN=<3 bytes>", "EMPTY=<0 bytes>", "ODD"]));
        assert_eq!(shown["Config"]["Cmd"], json!(["sh"]));
    }

    #[test]
    fn names_of_files_hold_nothing_that_leads_elsewhere() {
        let name = file_name(7, "../../etc/x \u{1b}[2J");
        assert!(name.ends_with("-7-------etc-x---2j"), "{name}");
    }
}
