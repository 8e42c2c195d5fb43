//! syslog and journald.

use std::path::Path;

use local_logs::{Protocol, Severity};

use super::{Shape, Sink, Written, shaped};

pub(crate) struct LocalLog {
    log: local_logs::LocalLog,
    shape: Shape,
}

impl LocalLog {
    pub(crate) fn new(protocol: Protocol, path: &Path, shape: Shape) -> Self {
        Self { log: local_logs::LocalLog::new(protocol, path), shape }
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
        let text = |field: &str| written.alert.output_fields.get(field).and_then(|value| value.as_str());
        let mut fields = vec![("SEAWALL_RULE", written.alert.rule.as_str())];
        // The names that Docker's own driver for journald has.
        fields.extend(text("container.id").map(|id| ("CONTAINER_ID", id)));
        fields.extend(text("container.name").map(|name| ("CONTAINER_NAME", name)));
        self.log.send(severity(written.alert.priority), &shaped(written, self.shape), &fields);
    }

    fn failures(&self) -> u64 {
        self.log.dropped()
    }
}
