//! syslog and journald.

use std::path::Path;

use local_logs::{Protocol, Severity};

use super::{Sink, Written};

pub(crate) struct LocalLog(local_logs::LocalLog);

impl LocalLog {
    pub(crate) fn new(protocol: Protocol, path: &Path) -> Self {
        Self(local_logs::LocalLog::new(protocol, path))
    }
}

fn severity(priority: &str) -> Severity {
    match priority {
        "Emergency" => Severity::Emergency,
        "Alert" => Severity::Alert,
        "Critical" => Severity::Critical,
        "Error" => Severity::Error,
        "Warning" => Severity::Warning,
        "Notice" => Severity::Notice,
        "Debug" => Severity::Debug,
        _ => Severity::Informational,
    }
}

impl Sink for LocalLog {
    fn send(&mut self, written: &Written<'_>) {
        let rule = [("SEAWALL_RULE", written.alert.rule.as_str())];
        self.0.send(severity(written.alert.priority), &written.json, &rule);
    }

    fn failures(&self) -> u64 {
        self.0.dropped()
    }
}
