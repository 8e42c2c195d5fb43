//! What is asked of containerd, and what it answers (`api/services` of containerd, version 1).

use std::path::Path;

use serde_json::Value;

use crate::http2::{Connection, ContainerdError};
use crate::message::{bytes, number, of_text, repeated, text};

/// A client, of one call at a time.
#[derive(Debug)]
pub struct Client {
    connection: Connection,
}

/// A container as containerd knows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Container {
    /// Its id, as who made it chose.
    pub id: String,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// Name of its image.
    pub image: String,
    /// When it was made, in nanoseconds since 1970.
    pub created_ns: u64,
    /// What the runtime is told to run (OCI runtime specification, `config.json`).
    pub spec: Value,
}

/// Something that happened to a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was made, or is another than before.
    Changed {
        /// The namespace.
        namespace: String,
        /// The container.
        id: String,
    },
    /// It is no more.
    Deleted {
        /// The namespace.
        namespace: String,
        /// The container.
        id: String,
    },
}

/// What happens to containers, as it happens.
#[derive(Debug)]
pub struct Events {
    connection: Connection,
    stream: u32,
}

/// Containers and labels that one answer may hold.
const ENTRIES_MAX: usize = 16_384;

impl Client {
    /// Connects to its socket.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn connect(socket: &Path) -> Result<Self, ContainerdError> {
        Ok(Self { connection: Connection::open(socket)? })
    }

    /// The namespaces that there are; Docker's is `moby`, Kubernetes' is `k8s.io`.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn namespaces(&mut self) -> Result<Vec<String>, ContainerdError> {
        let answer = self.connection.call("/containerd.services.namespaces.v1.Namespaces/List", "", &[])?;
        Ok(repeated(&answer, 1).take(ENTRIES_MAX).map(|namespace| text(namespace, 1)).collect())
    }

    /// The containers of a namespace.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn containers(&mut self, namespace: &str) -> Result<Vec<Container>, ContainerdError> {
        let path = "/containerd.services.containers.v1.Containers/List";
        let answer = self.connection.call(path, namespace, &[])?;
        Ok(repeated(&answer, 1).take(ENTRIES_MAX).map(container).collect())
    }

    /// One container.
    ///
    /// # Errors
    /// When there is none, or containerd does not answer.
    pub fn container(&mut self, namespace: &str, id: &str) -> Result<Container, ContainerdError> {
        let path = "/containerd.services.containers.v1.Containers/Get";
        let answer = self.connection.call(path, namespace, &of_text(1, id))?;
        Ok(container(bytes(&answer, 1)))
    }

    /// The digest of an image.
    ///
    /// # Errors
    /// When there is none, or containerd does not answer.
    pub fn image_digest(&mut self, namespace: &str, name: &str) -> Result<String, ContainerdError> {
        let path = "/containerd.services.images.v1.Images/Get";
        let answer = self.connection.call(path, namespace, &of_text(1, name))?;
        Ok(text(bytes(bytes(&answer, 1), 3), 2))
    }

    /// What happens from here on. The connection is used up.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn events(mut self) -> Result<Events, ContainerdError> {
        let path = "/containerd.services.events.v1.Events/Subscribe";
        let filter = of_text(1, "topic~=\"^/containers/\"");
        let stream = self.connection.ask(path, "", &filter)?;
        self.connection.be_patient()?;
        Ok(Events { connection: self.connection, stream })
    }
}

impl Iterator for Events {
    type Item = Result<Event, ContainerdError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.connection.next_message(self.stream) {
                Ok(Some(envelope)) => {
                    if let Some(event) = event(&envelope) {
                        return Some(Ok(event));
                    }
                }
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn container(message: &[u8]) -> Container {
    let labels = repeated(message, 2).take(ENTRIES_MAX).map(|entry| (text(entry, 1), text(entry, 2)));
    let created = bytes(message, 8);
    Container {
        id: text(message, 1),
        labels: labels.collect(),
        image: text(message, 3),
        created_ns: number(created, 1).saturating_mul(1_000_000_000).saturating_add(number(created, 2)),
        spec: serde_json::from_slice(bytes(bytes(message, 5), 2)).unwrap_or_default(),
    }
}

/// `containerd.types.Envelope`: namespace, topic, and the event in an `Any`, whose first field is the container's id.
fn event(envelope: &[u8]) -> Option<Event> {
    let (namespace, topic) = (text(envelope, 2), text(envelope, 3));
    let id = text(bytes(bytes(envelope, 4), 2), 1);
    match topic.as_str() {
        "/containers/create" | "/containers/update" => Some(Event::Changed { namespace, id }),
        "/containers/delete" => Some(Event::Deleted { namespace, id }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut field = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
        field.extend_from_slice(bytes);
        field
    }

    #[test]
    fn a_container_is_read() {
        let label = [of_text(1, "tier"), of_text(2, "front")].concat();
        let spec = field(2, br#"{"annotations":{"a":"b"}}"#);
        let message = [
            of_text(1, "ab"),
            field(2, &label),
            of_text(3, "docker.io/library/web:1"),
            field(5, &spec),
            field(8, b"\x08\x02\x10\x05"),
        ]
        .concat();
        let container = container(&message);
        assert_eq!((container.id.as_str(), container.image.as_str()), ("ab", "docker.io/library/web:1"));
        assert_eq!(container.labels, [("tier".to_owned(), "front".to_owned())]);
        assert_eq!(
            (container.created_ns, container.spec["annotations"]["a"].as_str()),
            (2_000_000_005, Some("b"))
        );
    }

    #[test]
    fn events_name_namespace_and_container() {
        let any = [of_text(1, "containerd.events.ContainerCreate"), field(2, &of_text(1, "ab"))].concat();
        let envelope = [of_text(2, "default"), of_text(3, "/containers/create"), field(4, &any)].concat();
        let expected = Event::Changed { namespace: "default".to_owned(), id: "ab".to_owned() };
        assert_eq!(event(&envelope), Some(expected));
        assert_eq!(event(b"\x22"), None);
    }
}
