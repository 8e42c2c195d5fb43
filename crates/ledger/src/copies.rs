//! Copies of records to the journal and to syslog, by unix datagrams. They are copies: one that is not taken is counted.

use std::{
    io,
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
};

/// Where copies go.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    /// The socket of journald: `/run/systemd/journal/socket`.
    pub journald: Option<PathBuf>,
    /// The socket of syslog: `/dev/log`.
    pub syslog: Option<PathBuf>,
}

/// A datagram of a local log is at most this long; longer records are cut, with a word that says so.
const DATAGRAM_BYTES_MAX: usize = 32 << 10;

pub(crate) struct CopyWriter {
    socket: Option<UnixDatagram>,
    copies: Copies,
    /// How many were not taken.
    pub(crate) dropped: u64,
}

impl CopyWriter {
    pub(crate) fn new(copies: &Copies) -> Self {
        let is_wanted = copies.journald.is_some() || copies.syslog.is_some();
        let make = || -> io::Result<UnixDatagram> {
            let socket = UnixDatagram::unbound()?;
            // A log daemon that hangs must not hold up the guard.
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        Self { socket: is_wanted.then(make).and_then(Result::ok), copies: copies.clone(), dropped: 0 }
    }

    pub(crate) fn send(&mut self, sequence: u64, is_urgent: bool, line: &str) {
        if self.copies.journald.is_none() && self.copies.syslog.is_none() {
            return;
        }
        let line = cut(line.trim_end());
        // syslog(3): 4 is warning, 6 is info; facility 10 is authpriv.
        let severity = if is_urgent { 4 } else { 6 };
        if let Some(path) = self.copies.journald.clone() {
            // systemd.io, "Native Journal Protocol": one field a line, since records have no line feed.
            let text = format!(
                "MESSAGE={line}\nPRIORITY={severity}\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=seawall\nSEAWALL_SEQ={sequence}\n"
            );
            self.datagram(&path, &text);
        }
        if let Some(path) = self.copies.syslog.clone() {
            let text = format!("<{}>seawall[{}]: {line}", 10 * 8 + severity, std::process::id());
            self.datagram(&path, &text);
        }
    }

    fn datagram(&mut self, path: &Path, text: &str) {
        let sent = self.socket.as_ref().map(|socket| socket.send_to(text.as_bytes(), path));
        if !matches!(sent, Some(Ok(_))) {
            self.dropped += 1;
        }
    }
}

fn cut(line: &str) -> std::borrow::Cow<'_, str> {
    if line.len() <= DATAGRAM_BYTES_MAX {
        return line.into();
    }
    let mut end = DATAGRAM_BYTES_MAX;
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    format!("{} [cut: {} bytes]", &line[..end], line.len()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_daemons_get_the_record_and_a_missing_one_is_counted() {
        let place = tempfile::tempdir().unwrap();
        let journald = UnixDatagram::bind(place.path().join("journal")).unwrap();
        let copies = Copies {
            journald: Some(place.path().join("journal")),
            syslog: Some(place.path().join("nobody")),
        };
        let mut writer = CopyWriter::new(&copies);
        writer.send(7, true, "{\"seq\":7}\n");
        let mut bytes = [0; 1000];
        let size = journald.recv(&mut bytes).unwrap();
        let text = std::str::from_utf8(&bytes[..size]).unwrap();
        assert!(
            text.starts_with("MESSAGE={\"seq\":7}\nPRIORITY=4\n") && text.ends_with("SEAWALL_SEQ=7\n"),
            "{text}"
        );
        assert_eq!(writer.dropped, 1);
    }
}
