//! A server of whole requests: each is read to its end, answered, and the connection kept.

use crate::{
    exchange::Side,
    front::{Arrival, Listener, accept},
    reading::{HeadError, WRITE_TIME_MAX, continue_if_asked, linger, read_body, read_head},
    wire::{Framing, RequestHead},
};
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::AtomicUsize},
};

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// What the body is.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// What answers: the head and the whole body of a request, and a reply.
pub type Answering = dyn Fn(&RequestHead, &[u8]) -> Reply + Send + Sync;

/// Answers every request that comes in, each connection on a thread of its own, until the listener fails for good.
/// Bodies of more than `body_bytes_max` bytes, and what is no strict HTTP/1, are refused before `answer` hears of them.
///
/// # Errors
/// When no more connections can be taken.
pub fn answer_all(
    listener: &Listener,
    connections_max: usize,
    body_bytes_max: usize,
    answer: Arc<Answering>,
) -> io::Result<()> {
    let open = Arc::new(AtomicUsize::new(0));
    let serve: Arc<dyn Fn(Arrival) + Send + Sync> =
        Arc::new(move |arrival| connection(arrival, body_bytes_max, &*answer));
    accept(listener, &open, connections_max, &serve)
}

fn connection(arrival: Arrival, body_bytes_max: usize, answer: &Answering) {
    let mut client = Side::new(arrival.channel);
    loop {
        client.input.shrink();
        let head = match read_head(&mut client) {
            Ok(Some(head)) => head,
            Ok(None) | Err(HeadError::Gone) => return,
            Err(HeadError::Refused(refusal)) => {
                end(&mut client, refusal.status(), &refusal.to_string(), false);
                return;
            }
        };
        let body = match head.framing {
            Framing::Length(0) => Vec::new(),
            framing => {
                continue_if_asked(&mut client, &head);
                match read_body(&mut client, framing, body_bytes_max) {
                    Ok(body) => body,
                    Err(error) => {
                        end(&mut client, error.status(), &error.message(body_bytes_max), head.is_head());
                        return;
                    }
                }
            }
        };
        let Ok(reply) = catch_unwind(AssertUnwindSafe(|| answer(&head, &body))) else {
            end(&mut client, 500, "the server went wrong; its standard error tells more", head.is_head());
            return;
        };
        if client.channel.write_all(&bytes(&reply, head.closes, head.is_head()), WRITE_TIME_MAX).is_err() {
            return;
        }
        if head.closes {
            linger(&mut client);
            return;
        }
    }
}

/// Says why not, and ends the connection.
fn end(client: &mut Side, status: u16, message: &str, is_head: bool) {
    let reply =
        Reply { status, content_type: "text/plain; charset=utf-8", body: format!("{message}\n").into() };
    if client.channel.write_all(&bytes(&reply, true, is_head), WRITE_TIME_MAX).is_ok() {
        linger(client);
    }
}

fn bytes(reply: &Reply, closes: bool, is_head: bool) -> Vec<u8> {
    let Reply { status, content_type, body } = reply;
    let end = if closes { "Connection: close\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status} \r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n{end}\r\n",
        body.len()
    );
    let mut bytes = head.into_bytes();
    if !is_head {
        bytes.extend_from_slice(body);
    }
    bytes
}
