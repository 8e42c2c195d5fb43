//! Requests as they come in: heads, bodies that are read whole, and the end of a connection.

use crate::{
    channel::wait,
    exchange::Side,
    front::SILENCE_MAX,
    wire::{BodyDecoder, Framing, RequestHead, WireRefusal, head_length},
};
use rustix::event::PollFlags;
use std::{
    io::{self, ErrorKind},
    os::fd::AsFd as _,
    time::{Duration, Instant},
};

/// A head comes within this time once it has begun, and a body that is read whole likewise.
const HEAD_TIME_MAX: Duration = Duration::from_secs(15);
const BODY_TIME_MAX: Duration = Duration::from_secs(60);
/// Who takes no byte for so long is gone.
pub(crate) const WRITE_TIME_MAX: Duration = Duration::from_secs(60);
/// After a refusal the client gets so long to stop sending, so that it reads the answer and not a broken pipe.
const LINGER_TIME_MAX: Duration = Duration::from_secs(2);

// RFC 9112, section 9.6: whoever closes with bytes unread makes the other side lose the answer.
pub(crate) fn linger(client: &mut Side) {
    client.channel.shut_write();
    let deadline = Instant::now() + LINGER_TIME_MAX;
    loop {
        let left = client.input.bytes().len();
        client.input.consume(left);
        match client.input.fill(&mut client.channel) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() || wait(client.channel.as_fd(), PollFlags::IN, Some(left)).is_err() {
                    return;
                }
            }
            Err(_) => return,
        }
        if Instant::now() >= deadline {
            return;
        }
    }
}

pub(crate) fn continue_if_asked(client: &mut Side, head: &RequestHead) {
    if head.expects_continue && client.input.bytes().is_empty() {
        // A client that is gone is noticed when its body does not come.
        let _ = client.channel.write_all(b"HTTP/1.1 100 Continue\r\n\r\n", WRITE_TIME_MAX);
    }
}

pub(crate) enum HeadError {
    Gone,
    Refused(WireRefusal),
}

/// The next head; none when the client ended the connection between requests.
pub(crate) fn read_head(client: &mut Side) -> Result<Option<RequestHead>, HeadError> {
    let mut deadline = None;
    loop {
        match head_length(client.input.bytes()).map_err(HeadError::Refused)? {
            Some(length) => {
                let head = RequestHead::parse(&client.input.bytes()[..length]).map_err(HeadError::Refused)?;
                client.input.consume(length);
                return Ok(Some(head));
            }
            None => {
                let has_begun = !client.input.bytes().is_empty();
                if has_begun && deadline.is_none() {
                    deadline = Some(Instant::now() + HEAD_TIME_MAX);
                }
                let filled = match deadline {
                    Some(deadline) => fill_until(client, deadline),
                    None => fill_first(client),
                };
                match filled {
                    Ok(0) if !has_begun => return Ok(None),
                    Ok(0) | Err(_) => return Err(HeadError::Gone),
                    Ok(_) => {}
                }
            }
        }
    }
}

pub(crate) enum BodyError {
    Wire(WireRefusal),
    TooLong,
    Gone,
}

impl BodyError {
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Wire(refusal) => refusal.status(),
            Self::TooLong => 413,
            Self::Gone => 408,
        }
    }

    pub(crate) fn message(&self, bytes_max: usize) -> String {
        match self {
            Self::Wire(refusal) => refusal.to_string(),
            Self::TooLong => format!("the body is longer than {bytes_max} bytes"),
            Self::Gone => "the body did not come".to_owned(),
        }
    }
}

pub(crate) fn read_body(client: &mut Side, framing: Framing, bytes_max: usize) -> Result<Vec<u8>, BodyError> {
    if matches!(framing, Framing::Length(length) if length > bytes_max as u64) {
        return Err(BodyError::TooLong);
    }
    let deadline = Instant::now() + BODY_TIME_MAX;
    let mut decoder = BodyDecoder::new(framing);
    let mut body = Vec::new();
    while !decoder.is_done() {
        let decoded = decoder.next(client.input.bytes()).map_err(BodyError::Wire)?;
        body.extend_from_slice(&client.input.bytes()[decoded.skip..decoded.skip + decoded.content]);
        client.input.consume(decoded.skip + decoded.content);
        if body.len() > bytes_max {
            return Err(BodyError::TooLong);
        }
        if !decoder.is_done() && decoded.skip + decoded.content == 0 {
            match fill_until(client, deadline) {
                Ok(0) | Err(_) => return Err(BodyError::Gone),
                Ok(_) => {}
            }
        }
    }
    Ok(body)
}

/// Waits for the first bytes of a request.
fn fill_first(client: &mut Side) -> io::Result<usize> {
    let deadline = Instant::now() + SILENCE_MAX;
    match client.input.fill_waiting(&mut client.channel) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => fill_until(client, deadline),
        result => result,
    }
}

pub(crate) fn fill_until(client: &mut Side, deadline: Instant) -> io::Result<usize> {
    loop {
        match client.input.fill(&mut client.channel) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() || wait(client.channel.as_fd(), PollFlags::IN, Some(left))?.is_empty() {
                    return Err(ErrorKind::TimedOut.into());
                }
            }
            result => return result,
        }
    }
}
