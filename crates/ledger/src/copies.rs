//! Copies of records to the journal and to syslog. They are copies: one that is not taken is counted.

use local_logs::{LocalLog, Protocol, Severity};
use std::path::PathBuf;

/// Where copies go.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    /// The socket of journald: `/run/systemd/journal/socket`.
    pub journald: Option<PathBuf>,
    /// The socket of syslog: `/dev/log`.
    pub syslog: Option<PathBuf>,
}

pub(crate) struct CopyWriter {
    logs: Vec<LocalLog>,
}

impl CopyWriter {
    pub(crate) fn new(copies: &Copies) -> Self {
        let journald = copies.journald.iter().map(|path| LocalLog::new(Protocol::Journald, path));
        let syslog = copies.syslog.iter().map(|path| LocalLog::new(Protocol::Syslog, path));
        Self { logs: journald.chain(syslog).collect() }
    }

    pub(crate) fn send(&mut self, sequence: u64, is_urgent: bool, line: &str) {
        let severity = if is_urgent { Severity::Warning } else { Severity::Informational };
        for log in &mut self.logs {
            log.send(severity, line, &[("SEAWALL_SEQ", &sequence.to_string())]);
        }
    }

    /// How many were not taken.
    pub(crate) fn dropped(&self) -> u64 {
        self.logs.iter().map(LocalLog::dropped).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixDatagram;

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
        assert_eq!(writer.dropped(), 1);
    }
}
