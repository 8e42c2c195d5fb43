//! Lines for the logs of this machine, by datagrams to the sockets of syslog and journald.
//!
//! ```no_run
//! use local_logs::{LocalLog, Protocol, Severity};
//! let mut log = LocalLog::new(Protocol::Journald, "/run/systemd/journal/socket".as_ref());
//! log.send(Severity::Warning, "something is odd", &[("SEAWALL_RULE", "an odd thing")]);
//! assert_eq!(log.dropped(), 0);
//! ```
//!
//! Invariants: sending never waits; what was not taken is counted; a line stays one record whatever is in it.
#![allow(clippy::disallowed_methods, reason = "this crate is the door to the logs of the machine")]

use std::borrow::Cow;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

/// The language of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `/dev/log`.
    Syslog,
    /// `/run/systemd/journal/socket`.
    Journald,
}

/// How urgent a line is (RFC 5424, section 6.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The system is unusable.
    Emergency = 0,
    /// Somebody must act at once.
    Alert = 1,
    /// Critical.
    Critical = 2,
    /// An error.
    Error = 3,
    /// A warning.
    Warning = 4,
    /// Normal, but worth a look.
    Notice = 5,
    /// For the record.
    Informational = 6,
    /// For those who look for a mistake.
    Debug = 7,
}

/// A line is at most this long; what is longer is cut, with a word that says so.
const LINE_BYTES_MAX: usize = 32 << 10;
/// syslog(3): authpriv.
const FACILITY: u8 = 10;

/// One log.
#[derive(Debug)]
pub struct LocalLog {
    protocol: Protocol,
    path: PathBuf,
    socket: Option<UnixDatagram>,
    dropped: u64,
}

impl LocalLog {
    /// A log behind a socket, which need not be there yet.
    #[must_use]
    pub fn new(protocol: Protocol, path: &Path) -> Self {
        // A log daemon that hangs must not hold up who writes.
        let socket = UnixDatagram::unbound().ok().filter(|socket| socket.set_nonblocking(true).is_ok());
        Self { protocol, path: path.to_owned(), socket, dropped: 0 }
    }

    /// Sends a line; journald is given the fields too.
    pub fn send(&mut self, severity: Severity, line: &str, fields: &[(&str, &str)]) {
        let line = cut(line);
        let line = one_line(&line);
        let severity = severity as u8;
        let datagram = match self.protocol {
            Protocol::Syslog => {
                format!("<{}>seawall[{}]: {line}", FACILITY * 8 + severity, std::process::id())
            }
            // systemd.io, "Native Journal Protocol": one field a line.
            Protocol::Journald => {
                let mut text = format!(
                    "MESSAGE={line}\nPRIORITY={severity}\nSYSLOG_FACILITY={FACILITY}\nSYSLOG_IDENTIFIER=seawall\n"
                );
                for (name, value) in fields {
                    text.push_str(&format!("{name}={}\n", one_line(&cut(value))));
                }
                text
            }
        };
        let is_sent = self
            .socket
            .as_ref()
            .is_some_and(|socket| socket.send_to(datagram.as_bytes(), &self.path).is_ok());
        self.dropped += u64::from(!is_sent);
    }

    /// How many lines were not taken.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

fn cut(line: &str) -> Cow<'_, str> {
    if line.len() <= LINE_BYTES_MAX {
        return line.into();
    }
    let mut end = LINE_BYTES_MAX;
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    format!("{} [cut: {} bytes]", &line[..end], line.len()).into()
}

/// A line feed would begin a field of somebody else's choice.
fn one_line(text: &str) -> Cow<'_, str> {
    let text = text.trim_end();
    if text.contains(char::is_control) { text.replace(char::is_control, " ").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(protocol: Protocol, line: &str, expected: &str) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("socket");
        let daemon = UnixDatagram::bind(&path).unwrap();
        let mut log = LocalLog::new(protocol, &path);
        log.send(Severity::Warning, line, &[("SEAWALL_RULE", "a\nPRIORITY=0")]);
        let mut bytes = vec![0; 64 << 10];
        let size = daemon.recv(&mut bytes).unwrap();
        let text = std::str::from_utf8(&bytes[..size]).unwrap();
        assert_eq!(text.replace(&std::process::id().to_string(), "PID"), expected);
        assert_eq!(log.dropped(), 0);
    }

    #[test]
    fn journald_gets_fields_and_no_more_of_them_than_were_meant() {
        check(
            Protocol::Journald,
            "odd\nMESSAGE=other\n",
            "MESSAGE=odd MESSAGE=other\nPRIORITY=4\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=seawall\nSEAWALL_RULE=a PRIORITY=0\n",
        );
    }

    #[test]
    fn syslog_gets_facility_and_severity() {
        check(Protocol::Syslog, "odd", "<84>seawall[PID]: odd");
    }

    #[test]
    fn what_nobody_takes_is_counted() {
        let place = tempfile::tempdir().unwrap();
        let mut log = LocalLog::new(Protocol::Syslog, &place.path().join("nobody"));
        log.send(Severity::Debug, "line", &[]);
        assert_eq!(log.dropped(), 1);
    }

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        let line = "ü".repeat(20_000);
        assert!(cut(&line).ends_with(" [cut: 40000 bytes]"));
        assert_eq!(cut("short"), "short");
    }
}
