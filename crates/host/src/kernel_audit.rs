//! The audit system, asked over netlink (`NETLINK_AUDIT`, linux/audit.h; kernel/audit.c): no program is needed for it.

use crate::kernel_audit_rule::read_audit_rule;
use crate::netlink::{self, ACK, BUFFER_BYTES, DONE, ERROR, REQUEST, TIME_MAX};
use facts::{AuditRule, AuditStatus};
use rustix::{io::Errno, net::netlink::AUDIT};
use std::time::Instant;

/// `AUDIT_GET`: whether it is on.
const GET: u16 = 1000;
/// `AUDIT_LIST_RULES`.
const LIST_RULES: u16 = 1013;
const RULES_MAX: usize = 20_000;

/// The loaded rules.
///
/// # Errors
/// Why the kernel does not tell them.
pub(crate) fn rules() -> Result<Vec<AuditRule>, String> {
    let mut rules = Vec::new();
    ask(LIST_RULES, |payload| {
        let rule = read_audit_rule(payload).map_err(|error| error.to_string())?;
        rules.extend(rule);
        if rules.len() > RULES_MAX {
            return Err(format!("there are more than {RULES_MAX} rules"));
        }
        Ok(())
    })?;
    Ok(rules)
}

/// Whether rules that are loaded record anything.
///
/// # Errors
/// Why the kernel does not tell it.
pub(crate) fn status() -> Result<AuditStatus, String> {
    let mut status = None;
    ask(GET, |payload| {
        // `struct audit_status`: mask, enabled, failure, pid of the daemon …
        let word = |at: usize| payload.get(at..at + 4)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes));
        let (Some(enabled), Some(pid)) = (word(4), word(12)) else {
            return Err("the kernel's answer is no status".to_owned());
        };
        status = Some(AuditStatus { is_enabled: enabled != 0, has_daemon: pid != 0 });
        Ok(())
    })?;
    status.ok_or_else(|| "the kernel tells no status".to_owned())
}

fn ask(kind: u16, mut take: impl FnMut(&[u8]) -> Result<(), String>) -> Result<(), String> {
    let socket = netlink::open(AUDIT).map_err(reason)?;
    netlink::send(&socket, kind, REQUEST | ACK, &[]).map_err(reason)?;
    let deadline = Instant::now() + TIME_MAX;
    let mut buffer = vec![0; BUFFER_BYTES];
    // The acknowledgement and the answer come in either order; a list ends by a message of its own, a status does not.
    let (mut is_acknowledged, mut is_answered) = (false, false);
    while !(is_acknowledged && is_answered) {
        if Instant::now() > deadline {
            return Err("the kernel sends without end".to_owned());
        }
        let length = netlink::receive(&socket, &mut buffer).map_err(reason)?;
        for message in netlink::messages(&buffer[..length]) {
            match message.kind {
                ERROR => {
                    message.error().map_or(Ok(()), Err).map_err(reason)?;
                    is_acknowledged = true;
                }
                DONE => is_answered = true,
                of_asked if of_asked == kind => {
                    take(message.payload)?;
                    is_answered |= kind == GET;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn reason(error: Errno) -> String {
    match error {
        Errno::PERM => {
            "the kernel refuses to tell (hint: root with CAP_AUDIT_CONTROL, outside of containers)".to_owned()
        }
        Errno::CONNREFUSED => "the kernel does not tell it in a user namespace".to_owned(),
        Errno::PROTONOSUPPORT => "the kernel was built without the audit system".to_owned(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds or deletes a rule, which is answered by an acknowledgement alone.
    fn change(kind: u16, rule: &[u8]) -> Result<(), String> {
        let socket = netlink::open(AUDIT).map_err(reason)?;
        netlink::send(&socket, kind, REQUEST | ACK, rule).map_err(reason)?;
        let mut buffer = vec![0; BUFFER_BYTES];
        let length = netlink::receive(&socket, &mut buffer).map_err(reason)?;
        netlink::messages(&buffer[..length])[0].error().map_or(Ok(()), |error| Err(reason(error)))
    }

    #[test]
    fn a_watch_that_is_loaded_is_told_by_the_kernel() {
        const EQUAL: u32 = 0x4000_0000;
        let (add, delete) = (1011, 1012);
        // The kernel forgets the rule when its directory goes, also if this test does not come to its end.
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        let fields = [(107, EQUAL, 0, path), (106, EQUAL, 10, ""), (210, EQUAL, 0, "seawall-test")];
        let rule = crate::kernel_audit_rule::tests::rule(4, 2, u32::MAX, &fields);
        if let Err(why) = change(add, &rule) {
            return testkit::skip(&format!("audit rules of the kernel: {why}"));
        }
        let loaded = rules().unwrap();
        change(delete, &rule).unwrap();
        let expected = AuditRule {
            path: path.to_owned(),
            is_directory: Some(true),
            permissions: "wa".to_owned(),
            key: Some("seawall-test".to_owned()),
            ..AuditRule::default()
        };
        assert!(loaded.contains(&expected), "{loaded:?}");
        assert!(!rules().unwrap().contains(&expected));
        assert!(status().is_ok());
    }
}
