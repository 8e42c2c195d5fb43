//! Netlink sockets (netlink(7)): a request, and messages that come back.

use rustix::{
    fd::{AsFd, OwnedFd},
    io::Errno,
    net::{
        AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType,
        netlink::SocketAddrNetlink,
        recv, sendto, socket_with,
        sockopt::{Timeout, set_socket_timeout},
    },
};
use std::time::Duration;

/// `NLMSG_ERROR`, which is also the acknowledgement.
pub(crate) const ERROR: u16 = 2;
/// `NLMSG_DONE`.
pub(crate) const DONE: u16 = 3;
/// `NLM_F_REQUEST`.
pub(crate) const REQUEST: u16 = 1;
/// `NLM_F_ACK`.
pub(crate) const ACK: u16 = 4;
/// `NLM_F_DUMP`.
pub(crate) const DUMP: u16 = 0x300;
/// More than the kernel puts into one datagram.
pub(crate) const BUFFER_BYTES: usize = 64 << 10;
/// Time for an answer.
pub(crate) const TIME_MAX: Duration = Duration::from_secs(5);
/// Bytes of `struct nlmsghdr`.
const HEAD_BYTES: usize = 16;

/// Opens a socket that does not wait for ever.
pub(crate) fn open(protocol: Protocol) -> Result<OwnedFd, Errno> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, Some(protocol))?;
    set_socket_timeout(&socket, Timeout::Recv, Some(TIME_MAX))?;
    Ok(socket)
}

/// Sends one request to the kernel.
pub(crate) fn send(socket: impl AsFd, kind: u16, flags: u16, payload: &[u8]) -> Result<(), Errno> {
    let length = u32::try_from(HEAD_BYTES + payload.len()).map_err(|_| Errno::MSGSIZE)?;
    let mut request = length.to_ne_bytes().to_vec();
    request.extend(kind.to_ne_bytes());
    request.extend(flags.to_ne_bytes());
    // Sequence number and port, of which the kernel makes nothing.
    request.extend([0; 8]);
    request.extend(payload);
    sendto(socket, &request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    Ok(())
}

/// Receives one datagram; its length.
pub(crate) fn receive(socket: impl AsFd, buffer: &mut [u8]) -> Result<usize, Errno> {
    loop {
        match recv(socket.as_fd(), &mut *buffer, RecvFlags::TRUNC) {
            Ok((_, length)) if length > buffer.len() => return Err(Errno::MSGSIZE),
            Ok((_, length)) => return Ok(length),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return Err(Errno::TIMEDOUT),
            Err(error) => return Err(error),
        }
    }
}

/// A message of a datagram.
pub(crate) struct Message<'b> {
    pub(crate) kind: u16,
    pub(crate) payload: &'b [u8],
}

impl Message<'_> {
    /// The error that a message of kind [`ERROR`] tells; none for an acknowledgement.
    pub(crate) fn error(&self) -> Option<Errno> {
        let code = self.payload.first_chunk().map_or(0, |bytes| i32::from_ne_bytes(*bytes));
        (code != 0).then(|| Errno::from_raw_os_error(code.saturating_neg()))
    }
}

/// The messages of a datagram. A length that reaches past the end ends the list: the kernel sends no such thing.
pub(crate) fn messages(mut bytes: &[u8]) -> Vec<Message<'_>> {
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
}
