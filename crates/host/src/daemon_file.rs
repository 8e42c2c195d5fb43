//! `daemon.json`.

use crate::{Roots, daemon, read};
use facts::{DaemonConfiguration, DaemonProcess, Fact};
use model::GapReason;
use serde_json::Value;

const BYTES_MAX: u64 = 1 << 20;

/// The file that the engine reads, with credentials left out.
pub(crate) fn collect(roots: &Roots, process: &Fact<Option<DaemonProcess>>) -> DaemonConfiguration {
    let process = process.known().and_then(Option::as_ref);
    let arguments = process.and_then(|process| process.arguments.known());
    let named = arguments.and_then(|words| argument(words, "--config-file"));
    let path = named.unwrap_or_else(|| match process.filter(|process| process.uid != 0) {
        Some(process) => format!("{}/.config/docker/daemon.json", home(roots, process.uid)),
        None => "/etc/docker/daemon.json".to_owned(),
    });
    let place = roots.at(&path);
    let content = match read::bytes(&place, BYTES_MAX) {
        Ok(bytes) => match serde_json::from_slice::<Value>(&bytes) {
            Ok(mut value) => {
                hide_secrets(&mut value);
                Fact::Known(Some(value))
            }
            Err(error) => Fact::missing(GapReason::Malformed, format!("{path}: {error}")),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Fact::Known(None),
        Err(error) => read::missing(&place, &error),
    };
    DaemonConfiguration { path, content }
}

/// The value of `--name VALUE` or `--name=VALUE`, the last one.
pub(crate) fn argument(words: &[String], name: &str) -> Option<String> {
    arguments(words, &[name]).pop()
}

/// All values of an option with these names.
pub(crate) fn arguments(words: &[String], names: &[&str]) -> Vec<String> {
    let mut values = Vec::new();
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        if names.contains(&word.as_str()) {
            values.extend(words.next().cloned());
        } else if let Some((name, value)) = word.split_once('=')
            && names.contains(&name)
        {
            values.push(value.to_owned());
        }
    }
    values
}

fn home(roots: &Roots, uid: u32) -> String {
    let users = read::text(&roots.at("/etc/passwd")).unwrap_or_default();
    let line = users.lines().find(|line| line.split(':').nth(2) == Some(&uid.to_string()));
    line.and_then(|line| line.split(':').nth(5)).unwrap_or("/root").to_owned()
}

fn hide_secrets(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                if daemon::is_secret_name(name) && value.is_string() {
                    *value = Value::String("…".to_owned());
                } else {
                    hide_secrets(value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(hide_secrets),
        _ => {}
    }
}
