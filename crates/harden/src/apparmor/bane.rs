//! bane's TOML format (genuinetools/bane, sample.toml).

use serde::Deserialize;

/// Bytes of a wish.
const BYTES_MAX: usize = 1 << 20;
/// Entries of one list.
const ENTRIES_MAX: usize = 10_000;

/// What a profile should allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The name, without `docker-`.
    pub name: String,
    /// Paths and programs.
    pub filesystem: Filesystem,
    /// Capabilities, in lower case without `CAP_`.
    pub capabilities: Capabilities,
    /// Whether raw sockets are allowed.
    pub allows_raw_network: bool,
    /// Whether packet sockets are allowed.
    pub allows_packet_network: bool,
    /// Protocols; empty is all.
    pub network_protocols: Vec<String>,
}

/// Paths, with AppArmor's wildcards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Filesystem {
    /// Cannot be written.
    pub read_only_paths: Vec<String>,
    /// Writing is logged.
    pub log_on_write_paths: Vec<String>,
    /// Can be written.
    pub writable_paths: Vec<String>,
    /// The programs that can be run; empty is all.
    pub allow_exec: Vec<String>,
    /// Programs that can neither be read nor run.
    pub deny_exec: Vec<String>,
}

/// Capabilities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Capabilities {
    /// The only ones that are allowed, when none is denied.
    pub allow: Vec<String>,
    /// All others are allowed then.
    pub deny: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
struct Network {
    raw: bool,
    packet: bool,
    protocols: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
struct File {
    name: String,
    filesystem: Filesystem,
    capabilities: Capabilities,
    network: Network,
}

/// A wish that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WishError {
    /// It is not bane's TOML.
    #[error(
        "the AppArmor wish cannot be read: {0} (hint: sections Filesystem, Capabilities, Network and a Name, as in bane)"
    )]
    Malformed(String),
    /// A value that would change the meaning of the profile around it.
    #[error("'{value}' cannot stand in a profile as {what}")]
    Value {
        /// What it should be.
        what: &'static str,
        /// The value, cut.
        value: String,
    },
}

/// Reads a wish.
///
/// # Errors
/// When it is not bane's TOML, or a value cannot stand in a profile.
pub fn parse_bane(text: &str) -> Result<Wish, WishError> {
    if text.len() > BYTES_MAX {
        return Err(WishError::Malformed(format!("it has more than {BYTES_MAX} bytes")));
    }
    let file: File =
        toml::from_str(text).map_err(|error| WishError::Malformed(error.message().to_owned()))?;
    check("a profile's name", std::slice::from_ref(&file.name), is_name)?;
    let filesystem = file.filesystem;
    for list in [
        &filesystem.read_only_paths,
        &filesystem.log_on_write_paths,
        &filesystem.writable_paths,
        &filesystem.allow_exec,
        &filesystem.deny_exec,
    ] {
        check("a path", list, is_path)?;
    }
    let lower = |list: Vec<String>| -> Vec<String> {
        list.into_iter().map(|name| name.to_ascii_lowercase().trim_start_matches("cap_").to_owned()).collect()
    };
    let capabilities =
        Capabilities { allow: lower(file.capabilities.allow), deny: lower(file.capabilities.deny) };
    check("a capability", &capabilities.allow, is_word)?;
    check("a capability", &capabilities.deny, is_word)?;
    check("a protocol", &file.network.protocols, is_protocol)?;
    Ok(Wish {
        name: file.name,
        filesystem,
        capabilities,
        allows_raw_network: file.network.raw,
        allows_packet_network: file.network.packet,
        network_protocols: file.network.protocols,
    })
}

fn check(what: &'static str, values: &[String], is_good: fn(&str) -> bool) -> Result<(), WishError> {
    if values.len() > ENTRIES_MAX {
        return Err(WishError::Malformed(format!("a list has more than {ENTRIES_MAX} entries")));
    }
    match values.iter().find(|value| !is_good(value)) {
        None => Ok(()),
        Some(value) => {
            let value = value.chars().filter(|c| !c.is_control()).take(80).collect();
            Err(WishError::Value { what, value })
        }
    }
}

fn is_name(value: &str) -> bool {
    (1..=100).contains(&value.len())
        && value.starts_with(|c: char| c.is_ascii_alphanumeric())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

// A rule ends at a comma outside of braces, a path at a blank; `#` begins a comment, `"` a quotation, `@{` a variable.
fn is_path(value: &str) -> bool {
    let mut depth = 0_i32;
    for c in value.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => return false,
            '"' | '#' | '\\' | '(' | ')' | ';' | '<' | '>' => return false,
            c if c.is_whitespace() || c.is_control() => return false,
            _ => {}
        }
        if !(0..=1).contains(&depth) {
            return false;
        }
    }
    depth == 0 && value.len() <= 1000 && (value.starts_with('/') || value.starts_with("@{PROC}/")) && {
        value.matches('[').count() == value.matches(']').count()
    }
}

fn is_word(value: &str) -> bool {
    (1..=40).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

// apparmor.d(5): protocols and socket types behind a family.
fn is_protocol(value: &str) -> bool {
    ["tcp", "udp", "icmp", "stream", "dgram", "seqpacket", "rdm", "raw", "packet"].contains(&value)
}
