//! What happens to containers, as the engine tells it while it happens.

use crate::{DockerError, Engine};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read};

/// Bytes of one event; labels of a container come with it.
const EVENT_BYTES_MAX: u64 = 4 << 20;

/// Something that happened to a container (`GET /events`, type `container`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerEvent {
    /// The container's id.
    pub id: String,
    /// What happened: `create`, `start`, `die`, `destroy`, `exec_create: sh` …
    pub action: String,
    /// Name, image, labels and what the action adds.
    pub attributes: BTreeMap<String, String>,
    /// When, in nanoseconds since 1970.
    pub time_ns: u64,
}

/// Events as they come; ends when the engine does.
pub struct ContainerEvents {
    reader: BufReader<Box<dyn Read + Send>>,
    line: Vec<u8>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Document {
    #[serde(rename = "Action")]
    action: String,
    #[serde(rename = "Actor")]
    actor: Actor,
    #[serde(rename = "timeNano")]
    time_ns: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Actor {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "Attributes")]
    attributes: BTreeMap<String, String>,
}

impl Engine {
    /// Starts to listen. The answer's head has come when this returns, so nothing that happens afterwards is missed; the
    /// iterator blocks between events, for as long as nothing happens.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn container_events(&self) -> Result<ContainerEvents, DockerError> {
        // {"type":{"container":true}}
        let response = self.get_endless("/events?filters=%7B%22type%22%3A%7B%22container%22%3Atrue%7D%7D")?;
        let body: Box<dyn Read + Send> = Box::new(response.into_body().into_reader());
        Ok(ContainerEvents { reader: BufReader::new(body), line: Vec::new() })
    }
}

impl Iterator for ContainerEvents {
    type Item = io::Result<ContainerEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        self.line.clear();
        let read = (&mut self.reader).take(EVENT_BYTES_MAX).read_until(b'\n', &mut self.line);
        match read {
            Ok(0) => None,
            Ok(_) => Some(event(&self.line)),
            Err(error) => Some(Err(error)),
        }
    }
}

fn event(line: &[u8]) -> io::Result<ContainerEvent> {
    let document: Document = serde_json::from_slice(line).map_err(io::Error::other)?;
    let Document { action, actor, time_ns } = document;
    Ok(ContainerEvent { id: actor.id, action, attributes: actor.attributes, time_ns })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_the_engine_are_read() {
        let line = br#"{"status":"create","id":"ab","from":"web:1","Type":"container","Action":"create","Actor":{"ID":"ab","Attributes":
            {"image":"web:1","name":"shop"}},"scope":"local","time":1,"timeNano":1000000001}"#;
        let event = event(line).unwrap();
        assert_eq!(
            (event.id.as_str(), event.action.as_str(), event.time_ns),
            ("ab", "create", 1_000_000_001)
        );
        assert_eq!(event.attributes["name"], "shop");
        assert!(super::event(b"[").is_err());
    }
}
