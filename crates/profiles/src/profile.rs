//! What the containers of an image do.

use crate::{Destinations, FileSet, Protocol};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Version of the document; readers refuse others.
pub const FORMAT_VERSION: u32 = 1;
/// Bytes of a document.
const BYTES_MAX: usize = 16 << 20;
/// Programs, ports, mounts, names.
const LIST_MAX: usize = 4096;

/// What the containers of an image were seen to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// [`FORMAT_VERSION`].
    pub seawall_profile: u32,
    /// The image, as its engine names it.
    pub image: String,
    /// Names by which it was started.
    #[serde(default)]
    pub names: BTreeSet<String>,
    /// Containers that it was learned from.
    #[serde(default)]
    pub containers: u64,
    /// Seconds that was learned for.
    #[serde(default)]
    pub learned_secs: u64,
    /// Events that were lost meanwhile: what they told is missing here.
    #[serde(default)]
    pub lost: u64,
    /// Programs and scripts that were executed.
    #[serde(default)]
    pub programs: BTreeSet<String>,
    /// Files that were opened for reading.
    #[serde(default)]
    pub reads: FileSet,
    /// Files and directories that were written or made.
    #[serde(default)]
    pub writes: FileSet,
    /// Where connections went.
    #[serde(default)]
    pub destinations: Destinations,
    /// Ports that were listened on, as `PORT/PROTOCOL`.
    #[serde(default)]
    pub listens: BTreeSet<String>,
    /// System calls by name; none when the kernel did not tell.
    #[serde(default)]
    pub calls: Option<BTreeSet<String>>,
    /// Capabilities that were asked for and granted, without `CAP_`; none when the kernel did not tell.
    #[serde(default)]
    pub capabilities: Option<BTreeSet<String>>,
    /// Where something was mounted.
    #[serde(default)]
    pub mounts: BTreeSet<String>,
}

/// Something that a container did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Done<'a> {
    /// Executed a program or script.
    Executed(&'a str),
    /// Opened a file for reading.
    Read(&'a str),
    /// Wrote or made a file or directory.
    Wrote(&'a str),
    /// Connected, or sent.
    Connected(IpAddr, u16, Protocol),
    /// Listened.
    Listened(u16, Protocol),
    /// Made a system call.
    Called(&'a str),
    /// Used a capability.
    Used(&'a str),
}

/// A document that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Too large.
    #[error("a profile has {size_bytes} bytes, the limit is {limit_bytes}")]
    TooLarge {
        /// Its size.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// Not one.
    #[error("it is no learned profile (hint: seawall watch learn writes them)")]
    Malformed(#[source] serde_json::Error),
    /// Of another version.
    #[error("the profile has version {found}, this release reads {FORMAT_VERSION}")]
    Version {
        /// Its version.
        found: u32,
    },
}

impl Profile {
    /// Nothing learned yet of an image.
    #[must_use]
    pub fn new(image: &str) -> Self {
        Self { seawall_profile: FORMAT_VERSION, image: image.to_owned(), ..Self::default() }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When it is none, or of another version.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProfileError> {
        if bytes.len() > BYTES_MAX {
            return Err(ProfileError::TooLarge { size_bytes: bytes.len(), limit_bytes: BYTES_MAX });
        }
        let read: Self = serde_json::from_slice(bytes).map_err(ProfileError::Malformed)?;
        if read.seawall_profile != FORMAT_VERSION {
            return Err(ProfileError::Version { found: read.seawall_profile });
        }
        Ok(read)
    }

    /// The document, for people to read and edit.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers and texts are JSON") + "\n"
    }

    /// Learns something. Returns whether it is new.
    pub fn learn(&mut self, done: &Done<'_>) -> bool {
        match *done {
            Done::Executed(path) => insert(&mut self.programs, path),
            Done::Read(path) => self.reads.add(path),
            Done::Wrote(path) => self.writes.add(path),
            Done::Connected(ip, port, protocol) => self.destinations.add(ip, port, protocol),
            Done::Listened(port, protocol) => insert(&mut self.listens, &port_name(port, protocol)),
            Done::Called(name) => insert(self.calls.get_or_insert_default(), name),
            Done::Used(name) => insert(self.capabilities.get_or_insert_default(), name),
        }
    }

    /// Whether something was learned; what the profile could not see counts as if it was.
    #[must_use]
    pub fn knows(&self, done: &Done<'_>) -> bool {
        match *done {
            Done::Executed(path) => self.programs.contains(path),
            // What may be written may be read; writing a file that was only read is new.
            Done::Read(path) => self.reads.has(path) || self.writes.has(path),
            Done::Wrote(path) => self.writes.has(path),
            Done::Connected(ip, port, protocol) => self.destinations.has(ip, port, protocol),
            Done::Listened(port, protocol) => self.listens.contains(&port_name(port, protocol)),
            Done::Called(name) => self.calls.as_ref().is_none_or(|calls| calls.contains(name)),
            Done::Used(name) => self.capabilities.as_ref().is_none_or(|known| known.contains(name)),
        }
    }

    /// Adds what was learned elsewhere of the same image. What one of both could not see, nobody knows.
    pub fn merge(&mut self, other: &Self) {
        let is_fresh = self.containers == 0 && self.programs.is_empty();
        for (own, theirs) in [
            (&mut self.names, &other.names),
            (&mut self.programs, &other.programs),
            (&mut self.listens, &other.listens),
            (&mut self.mounts, &other.mounts),
        ] {
            for text in theirs {
                insert(own, text);
            }
        }
        for (own, theirs) in [(&mut self.calls, &other.calls), (&mut self.capabilities, &other.capabilities)]
        {
            match (own.as_mut(), theirs) {
                (Some(own), Some(theirs)) => own.extend(theirs.iter().cloned()),
                (None, Some(theirs)) if is_fresh => *own = Some(theirs.clone()),
                (Some(_), None) => *own = None,
                (None, _) => {}
            }
        }
        self.reads.merge(&other.reads);
        self.writes.merge(&other.writes);
        self.destinations.merge(&other.destinations);
        self.containers = self.containers.saturating_add(other.containers);
        self.learned_secs = self.learned_secs.saturating_add(other.learned_secs);
        self.lost = self.lost.saturating_add(other.lost);
    }
}

impl Done<'_> {
    /// A word for its kind: `program`, `read`, `write`, `destination`, `port`, `call`, `capability`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Executed(_) => "program",
            Self::Read(_) => "read",
            Self::Wrote(_) => "write",
            Self::Connected(..) => "destination",
            Self::Listened(..) => "port",
            Self::Called(_) => "call",
            Self::Used(_) => "capability",
        }
    }

    /// What was done it to.
    #[must_use]
    pub fn what(&self) -> String {
        match *self {
            Self::Executed(text)
            | Self::Read(text)
            | Self::Wrote(text)
            | Self::Called(text)
            | Self::Used(text) => text.to_owned(),
            Self::Connected(ip, port, protocol) => format!("{ip}:{}", port_name(port, protocol)),
            Self::Listened(port, protocol) => port_name(port, protocol),
        }
    }
}

fn port_name(port: u16, protocol: Protocol) -> String {
    format!("{port}/{}", protocol.as_str())
}

/// Returns whether it is new; above the limit nothing is added, so that a profile is refused to grow rather than to allow all.
fn insert(list: &mut BTreeSet<String>, text: &str) -> bool {
    list.len() < LIST_MAX && list.insert(text.to_owned())
}
