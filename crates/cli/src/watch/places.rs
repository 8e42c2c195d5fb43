//! Where alerts go, as arguments say.

use crate::arguments::{LineShape, WatchArguments};
use anyhow::{Result, bail};
use std::path::PathBuf;
use watch::{HttpOptions, Shape, SinkOptions};

/// Bytes that may wait for a web hook.
const BUFFER_BYTES_MAX: u64 = 64 << 20;

/// The places that arguments name; standard output where they name none, unless the view is there.
pub(super) fn places(arguments: &WatchArguments) -> Result<Vec<SinkOptions>> {
    let shape = match (arguments.json, arguments.shape) {
        (true, _) | (_, LineShape::Json) => Shape::Json,
        (_, LineShape::Text) => Shape::Text,
        (_, LineShape::Ocsf) => Shape::Ocsf,
    };
    if arguments.to.is_empty() {
        return Ok(if arguments.top { Vec::new() } else { vec![SinkOptions::Output(shape)] });
    }
    let mut headers = Vec::new();
    for header in &arguments.header {
        let Some((name, value)) = header.split_once(':') else {
            bail!("'{header}' is no header (hint: Name: value)")
        };
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let mut places = Vec::new();
    for (number, place) in arguments.to.iter().enumerate() {
        places.push(match place.as_str() {
            "stdout" if arguments.top => bail!("--top has standard output for itself (hint: --to file:PATH)"),
            "stdout" => SinkOptions::Output(shape),
            "syslog" => SinkOptions::Syslog("/dev/log".into(), shape),
            "journald" => SinkOptions::Journald("/run/systemd/journal/socket".into(), shape),
            url if url.starts_with("http://") || url.starts_with("https://") => SinkOptions::Http(HttpOptions {
                url: url.to_owned(),
                // Receivers of alerts speak Falco's JSON.
                shape: if shape == Shape::Ocsf { Shape::Ocsf } else { Shape::Json },
                headers: headers.clone(),
                buffer: arguments.buffer.join(number.to_string()),
                buffer_bytes_max: BUFFER_BYTES_MAX,
            }),
            other => match other.strip_prefix("file:") {
                Some(path) => SinkOptions::File {
                    path: PathBuf::from(path),
                    shape: if shape == Shape::Ocsf { Shape::Ocsf } else { Shape::Json },
                    bytes_max: arguments.file_mib << 20,
                    files_max: arguments.files,
                },
                None => bail!("alerts cannot go to '{other}' (hint: stdout, file:PATH, http://…, https://…, syslog or journald)"),
            },
        });
    }
    Ok(places)
}
