//! syslog and journald, by datagrams to their sockets.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use super::{Sink, Written};

/// A datagram of a local log is at most this long.
const DATAGRAM_BYTES_MAX: usize = 32 << 10;

pub(crate) struct LocalLog {
    path: PathBuf,
    is_journal: bool,
    socket: Option<UnixDatagram>,
    failures: u64,
}

impl LocalLog {
    pub(crate) fn syslog(path: &Path) -> Self {
        Self::new(path, false)
    }

    pub(crate) fn journald(path: &Path) -> Self {
        Self::new(path, true)
    }

    fn new(path: &Path, is_journal: bool) -> Self {
        let socket = UnixDatagram::unbound().ok().filter(|socket| socket.set_nonblocking(true).is_ok());
        Self { path: path.to_owned(), is_journal, socket, failures: 0 }
    }
}

/// Severity of syslog (RFC 5424, section 6.2.1) of a priority; both count from 0, emergency, to 7, debug.
fn severity(priority: &str) -> u8 {
    match priority {
        "Emergency" => 0,
        "Alert" => 1,
        "Critical" => 2,
        "Error" => 3,
        "Warning" => 4,
        "Notice" => 5,
        "Debug" => 7,
        _ => 6,
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(DATAGRAM_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

impl Sink for LocalLog {
    fn send(&mut self, written: &Written<'_>) {
        let line = cut(&written.json);
        let severity = severity(written.alert.priority);
        let datagram = if self.is_journal {
            // systemd.io, "Native Journal Protocol": one field a line; the line has no line feed.
            let rule = written.alert.rule.replace(char::is_control, " ");
            format!(
                "MESSAGE={line}\nPRIORITY={severity}\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=seawall\nSEAWALL_RULE={rule}\n"
            )
        } else {
            format!("<{}>seawall[{}]: {line}", 10 * 8 + severity, std::process::id())
        };
        let is_sent = self
            .socket
            .as_ref()
            .is_some_and(|socket| socket.send_to(datagram.as_bytes(), &self.path).is_ok());
        if !is_sent {
            self.failures += 1;
        }
    }

    fn failures(&self) -> u64 {
        self.failures
    }
}
