//! The audit system, asked over netlink (`NETLINK_AUDIT`, linux/audit.h; kernel/audit.c): no program is needed for it.

use crate::kernel_audit_rule::read_audit_rule;
use facts::{AuditRule, AuditStatus};
use rustix::{
    fd::{AsFd, OwnedFd},
    io::Errno,
    net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, sendto, socket_with,
        sockopt::{Timeout, set_socket_timeout},
    },
};
use std::time::{Duration, Instant};

/// `AUDIT_GET`: whether it is on.
const GET: u16 = 1000;
/// `AUDIT_LIST_RULES`.
const LIST_RULES: u16 = 1013;
/// `NLMSG_ERROR`, which is also the acknowledgement, and `NLMSG_DONE`.
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// `NLM_F_REQUEST` and `NLM_F_ACK`.
const REQUEST_AND_ACK: u16 = 1 | 4;
/// Bytes of `struct nlmsghdr`.
const HEAD_BYTES: usize = 16;
/// `MAX_AUDIT_MESSAGE_LENGTH` of the audit tools is 8970; a rule with all its texts is larger at most by its tables.
const MESSAGE_BYTES_MAX: usize = 64 << 10;
const RULES_MAX: usize = 20_000;
const TIME_MAX: Duration = Duration::from_secs(5);

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
    let socket = open().map_err(reason)?;
    let mut request = Vec::with_capacity(HEAD_BYTES);
    request.extend(u32::try_from(HEAD_BYTES).expect("sixteen").to_ne_bytes());
    request.extend(kind.to_ne_bytes());
    request.extend(REQUEST_AND_ACK.to_ne_bytes());
    request.extend(1_u32.to_ne_bytes());
    request.extend(0_u32.to_ne_bytes());
    sendto(&socket, &request, SendFlags::empty(), &netlink::SocketAddrNetlink::new(0, 0)).map_err(reason)?;
    let deadline = Instant::now() + TIME_MAX;
    let mut buffer = vec![0; MESSAGE_BYTES_MAX];
    // The acknowledgement and the answer come in either order; a list ends by a message of its own, a status does not.
    let (mut is_acknowledged, mut is_answered) = (false, false);
    while !(is_acknowledged && is_answered) {
        if Instant::now() > deadline {
            return Err("the kernel sends without end".to_owned());
        }
        let length = receive(&socket, &mut buffer)?;
        for message in messages(&buffer[..length]) {
            match message.kind {
                ERROR => {
                    let code = message.payload.first_chunk().map_or(0, |bytes| i32::from_ne_bytes(*bytes));
                    if code != 0 {
                        return Err(reason(Errno::from_raw_os_error(code.saturating_neg())));
                    }
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

fn open() -> Result<OwnedFd, Errno> {
    let socket =
        socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, Some(netlink::AUDIT))?;
    set_socket_timeout(&socket, Timeout::Recv, Some(TIME_MAX))?;
    Ok(socket)
}

fn receive(socket: impl AsFd, buffer: &mut [u8]) -> Result<usize, String> {
    loop {
        match recv(socket.as_fd(), &mut *buffer, RecvFlags::TRUNC) {
            Ok((_, length)) if length > buffer.len() => {
                return Err("a message of the kernel is too long".to_owned());
            }
            Ok((_, length)) => return Ok(length),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return Err(format!("no answer after {} s", TIME_MAX.as_secs())),
            Err(error) => return Err(reason(error)),
        }
    }
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

struct Message<'b> {
    kind: u16,
    payload: &'b [u8],
}

// A length that reaches past the end ends the list: the kernel sends no such thing.
fn messages(mut bytes: &[u8]) -> Vec<Message<'_>> {
    let mut list = Vec::new();
    while let Some((head, _)) = bytes.split_at_checked(HEAD_BYTES) {
        let length = u32::from_ne_bytes([head[0], head[1], head[2], head[3]]);
        let kind = u16::from_ne_bytes([head[4], head[5]]);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some(payload) = bytes.get(HEAD_BYTES..length) else { break };
        list.push(Message { kind, payload });
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_at_their_lengths() {
        let mut bytes = Vec::new();
        for (kind, payload) in [(ERROR, &[0_u8, 0, 0, 0, 9][..]), (DONE, &[])] {
            bytes.extend(u32::try_from(HEAD_BYTES + payload.len()).unwrap().to_ne_bytes());
            bytes.extend(kind.to_ne_bytes());
            bytes.extend([0; 10]);
            bytes.extend(payload);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        let list = messages(&bytes);
        assert_eq!(
            list.iter().map(|m| (m.kind, m.payload.len())).collect::<Vec<_>>(),
            [(ERROR, 5), (DONE, 0)]
        );
        for end in 0..bytes.len() {
            let _ = messages(&bytes[..end]);
        }
        bytes[0] = 3;
        assert!(messages(&bytes).is_empty());
    }

    /// Adds or deletes a rule, which is answered by an acknowledgement alone.
    fn change(kind: u16, rule: &[u8]) -> Result<(), String> {
        let socket = open().map_err(reason)?;
        let length = u32::try_from(HEAD_BYTES + rule.len()).unwrap();
        let mut request = length.to_ne_bytes().to_vec();
        request.extend([kind, REQUEST_AND_ACK].iter().flat_map(|half| half.to_ne_bytes()));
        request.extend([0; 8]);
        request.extend(rule);
        let kernel = netlink::SocketAddrNetlink::new(0, 0);
        sendto(&socket, &request, SendFlags::empty(), &kernel).map_err(reason)?;
        let mut buffer = vec![0; MESSAGE_BYTES_MAX];
        let length = receive(&socket, &mut buffer)?;
        let answer = messages(&buffer[..length]);
        match i32::from_ne_bytes(*answer[0].payload.first_chunk().unwrap()) {
            0 => Ok(()),
            code => Err(reason(Errno::from_raw_os_error(-code))),
        }
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
