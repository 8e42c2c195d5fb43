//! One request and its answer, in both directions at once: an engine answers a build while its context is still sent.

use crate::{
    buffer::Buffer,
    channel::{Channel, poll_for},
    direction::{BodyRefused, Direction},
    filter::{Filter, FilterRefused},
    wire::{BodyDecoder, Framing, ResponseFraming, ResponseHead, WireRefusal, head_length},
};
use rustix::event::{PollFd, PollFlags};
use std::{
    io::{self, ErrorKind},
    os::fd::AsFd as _,
    time::Duration,
};

/// A connection with the bytes that were read from it.
#[derive(Debug)]
pub(crate) struct Side {
    pub(crate) channel: Channel,
    pub(crate) input: Buffer,
}

impl Side {
    pub(crate) fn new(channel: Channel) -> Self {
        Self { channel, input: Buffer::default() }
    }
}

/// What is known of a request that is sent to the engine.
#[derive(Clone, Copy)]
pub(crate) struct Outgoing {
    /// An answer to HEAD has no body.
    pub(crate) is_head: bool,
    /// The answer may become a pair of byte streams.
    pub(crate) may_hijack: bool,
    /// So long may nothing happen; `None` for streams, which end when the client closes its half.
    pub(crate) idle_max: Option<Duration>,
}

/// What the caller makes of the head of an answer.
pub(crate) struct Answer {
    /// What the client gets: the head, and with `body` everything.
    pub(crate) bytes: Vec<u8>,
    /// The client speaks HTTP/1.1, so a body without length can be chunked.
    pub(crate) framing: Framing,
    /// What adds to the body; bodies in chunks alone.
    pub(crate) filter: Option<Box<dyn Filter>>,
}

/// Writes the head of an answer for the client; with the body when that was wanted whole.
pub(crate) type AnswerWriter<'a> = dyn Fn(&ResponseHead, ResponseFraming, Option<Vec<u8>>) -> Answer + 'a;

/// How an exchange ended.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) status: u16,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// Both connections are at the begin of the next request.
    pub(crate) client_is_clean: bool,
    pub(crate) upstream_is_clean: bool,
    pub(crate) was_hijacked: bool,
}

/// Why an exchange broke off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// Before the client got a byte: it can be told.
    #[error("the engine does not answer: {0}")]
    BeforeAnswer(io::Error),
    /// The answer is not HTTP.
    #[error("the engine's answer is malformed: {0}")]
    Answer(WireRefusal),
    /// The body of the request is malformed, and nothing was answered yet.
    #[error("{0}")]
    RequestBody(WireRefusal),
    /// What looks at the body refuses it, and nothing was answered yet.
    #[error("{0}")]
    Filter(FilterRefused),
    /// The client is gone, or half of the answer is out.
    #[error("the exchange broke off: {0}")]
    Lost(io::Error),
}

/// The body of an answer that the caller wants whole, to add to it, is at most so long.
pub(crate) const WHOLE_BYTES_MAX: usize = 1 << 20;

enum Stage {
    /// No head of an answer yet.
    Waiting,
    /// The body is collected.
    Collecting(ResponseHead, BodyDecoder, Vec<u8>),
    Body,
    /// Byte streams.
    Hijacked,
}

/// Sends a request and passes the answer on. `up` holds the head, and takes the body as it comes; `wants_whole` says whether the caller needs the body of an answer before its head
/// goes out; `answer` writes the head for the client.
pub(crate) fn exchange(
    client: &mut Side,
    upstream: &mut Side,
    up: &mut Direction,
    outgoing: Outgoing,
    wants_whole: &dyn Fn(&ResponseHead) -> bool,
    answer: &AnswerWriter<'_>,
) -> Result<Done, Broken> {
    if !up.has_ended() {
        upstream.channel.prepare_for_bulk();
    }
    let mut down = Direction::new(None, false);
    let mut stage = Stage::Waiting;
    let mut done = Done::default();
    let mut upstream_ended = false;
    let mut client_ended = false;
    let mut client_closes_after = false;
    // Most answers come at once, and nothing else can happen before them: then the first read waits, and poll(2) is saved.
    let mut may_come_at_once = !up.has_body() && !outgoing.may_hijack;
    loop {
        // Upwards.
        if !client_ended || !client.input.bytes().is_empty() {
            let moved = match stage {
                Stage::Hijacked => {
                    up.take_raw(&mut client.input);
                    Ok(())
                }
                _ => up.take(&mut client.input),
            };
            if let Err(error) = moved {
                return Err(match (&stage, error) {
                    (Stage::Waiting, BodyRefused::Wire(error)) => Broken::RequestBody(error),
                    (Stage::Waiting, BodyRefused::Filter(error)) => Broken::Filter(error),
                    (_, error) => Broken::Lost(io::Error::new(ErrorKind::InvalidData, error)),
                });
            }
        }
        if up.send(&mut upstream.channel).is_err() {
            // It may have answered before it stopped listening.
            up.give_up();
        }
        if matches!(stage, Stage::Hijacked) && client_ended && up.is_sent() && !up.was_shut {
            upstream.channel.shut_write();
            up.was_shut = true;
        }
        // Downwards.
        loop {
            match &mut stage {
                Stage::Waiting => {
                    let length = match head_length(upstream.input.bytes()) {
                        Ok(Some(length)) => length,
                        Ok(None) if upstream_ended => {
                            return Err(Broken::BeforeAnswer(ErrorKind::UnexpectedEof.into()));
                        }
                        Ok(None) => break,
                        Err(error) => return Err(Broken::Answer(error)),
                    };
                    let head =
                        ResponseHead::parse(&upstream.input.bytes()[..length]).map_err(Broken::Answer)?;
                    upstream.input.consume(length);
                    if head.status / 100 == 1 && head.status != 101 {
                        // `100 Continue` was said to the client already, if it asked.
                        continue;
                    }
                    done.status = head.status;
                    let framing = head.framing(outgoing.is_head).map_err(Broken::Answer)?;
                    // Without `Upgrade` the engine answers 200 without length, and byte streams follow all the same.
                    let is_stream = match framing {
                        ResponseFraming::Upgraded => true,
                        ResponseFraming::Body(Framing::UntilClose) => outgoing.may_hijack,
                        ResponseFraming::Body(_) => false,
                    };
                    if framing == ResponseFraming::Upgraded && !outgoing.may_hijack {
                        let error =
                            io::Error::new(ErrorKind::InvalidData, "an upgrade that nobody asked for");
                        return Err(Broken::BeforeAnswer(error));
                    }
                    if is_stream {
                        down.push(&answer(&head, framing, None).bytes);
                        done.was_hijacked = true;
                        stage = Stage::Hijacked;
                        continue;
                    }
                    let ResponseFraming::Body(body) = framing else { unreachable!("upgrades are streams") };
                    done.upstream_is_clean = !head.closes && body != Framing::UntilClose;
                    if wants_whole(&head) {
                        stage = Stage::Collecting(head, BodyDecoder::new(body), Vec::new());
                        continue;
                    }
                    let answer = answer(&head, framing, None);
                    down.push(&answer.bytes);
                    client_closes_after = answer.framing == Framing::UntilClose;
                    down.begin(BodyDecoder::new(body), answer.framing == Framing::Chunked);
                    if let Some(filter) = answer.filter {
                        down.set_filter(filter);
                    }
                    stage = Stage::Body;
                }
                Stage::Collecting(head, decoder, whole) => {
                    let decoded = decoder.next(upstream.input.bytes()).map_err(Broken::Answer)?;
                    let content = &upstream.input.bytes()[decoded.skip..decoded.skip + decoded.content];
                    whole.extend_from_slice(content);
                    upstream.input.consume(decoded.skip + decoded.content);
                    if whole.len() > WHOLE_BYTES_MAX {
                        let error = io::Error::new(ErrorKind::InvalidData, "the answer is too long");
                        return Err(Broken::BeforeAnswer(error));
                    }
                    if decoder.is_done() || (upstream_ended && decoder.may_end_here()) {
                        let whole = std::mem::take(whole);
                        let body = ResponseFraming::Body(Framing::Length(whole.len() as u64));
                        down.push(&answer(head, body, Some(whole)).bytes);
                        down.begin(BodyDecoder::new(Framing::Length(0)), false);
                        stage = Stage::Body;
                        continue;
                    }
                    if upstream_ended {
                        return Err(Broken::BeforeAnswer(ErrorKind::UnexpectedEof.into()));
                    }
                    if decoded.skip + decoded.content == 0 {
                        break;
                    }
                }
                Stage::Body => {
                    down.take(&mut upstream.input).map_err(of_answer)?;
                    if upstream_ended && upstream.input.bytes().is_empty() {
                        down.end_of_input();
                    }
                    break;
                }
                Stage::Hijacked => {
                    down.take_raw(&mut upstream.input);
                    break;
                }
            }
        }
        if let Err(error) = down.send(&mut client.channel) {
            return Err(Broken::Lost(error));
        }
        match stage {
            Stage::Body if down.is_finished() => {
                done.client_is_clean = up.is_finished() && !client_closes_after && !client_ended;
                done.upstream_is_clean &=
                    up.is_finished() && !upstream_ended && upstream.input.bytes().is_empty();
                break;
            }
            Stage::Body if upstream_ended && upstream.input.bytes().is_empty() && down.is_sent() => {
                return Err(Broken::Lost(ErrorKind::UnexpectedEof.into()));
            }
            // The engine ends a session when its process ends; what the client still says interests nobody.
            Stage::Hijacked if upstream_ended && upstream.input.bytes().is_empty() && down.is_sent() => break,
            _ => {}
        }
        // Wait, unless more of what was read already can go on.
        let is_body = matches!(stage, Stage::Body);
        if up.is_sent() && up.has_more() || is_body && down.is_sent() && down.has_more() {
            continue;
        }
        if std::mem::take(&mut may_come_at_once) && up.is_finished() {
            match upstream.input.fill_waiting(&mut upstream.channel) {
                Ok(1..) => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Ok(0) | Err(_) => {
                    upstream_ended = true;
                    continue;
                }
            }
        }
        let is_hijacked = matches!(stage, Stage::Hijacked);
        let mut of_client = PollFlags::empty();
        if !client_ended && up.is_sent() && (is_hijacked || !up.is_finished()) {
            of_client |= PollFlags::IN;
        } else if !client_ended && up.is_finished() && !outgoing.may_hijack && outgoing.idle_max.is_none() {
            // Streams end when nobody reads them; other answers are short, and may be read by who has said all.
            of_client |= PollFlags::RDHUP;
        }
        if !down.is_sent() || client.channel.wants_write() {
            of_client |= PollFlags::OUT;
        }
        let mut of_upstream = PollFlags::empty();
        if down.is_sent() {
            of_upstream |= PollFlags::IN;
        }
        if !up.is_sent() {
            of_upstream |= PollFlags::OUT;
        }
        let mut fds = [
            PollFd::from_borrowed_fd(client.channel.as_fd(), of_client),
            PollFd::from_borrowed_fd(upstream.channel.as_fd(), of_upstream),
        ];
        // A connection that has ended is always ready, and would keep the loop spinning.
        let waited = if upstream_ended { &mut fds[..1] } else { &mut fds[..] };
        let limit = if is_hijacked { None } else { outgoing.idle_max };
        let ready = poll_for(waited, limit).map_err(Broken::Lost)?;
        let (client_is, upstream_is) = (fds[0].revents(), fds[1].revents());
        if ready == 0 {
            let error = io::Error::from(ErrorKind::TimedOut);
            return Err(match stage {
                Stage::Waiting | Stage::Collecting(..) => Broken::BeforeAnswer(error),
                _ => Broken::Lost(error),
            });
        }
        let readable = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
        if !upstream_ended && down.is_sent() && upstream_is.intersects(readable) {
            match upstream.input.fill(&mut upstream.channel) {
                Ok(0) => upstream_ended = true,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // What it said before is passed on.
                Err(_) => upstream_ended = true,
            }
        }
        if of_client.contains(PollFlags::IN) && client_is.intersects(readable) {
            match client.input.fill(&mut client.channel) {
                Ok(0) => client_ended = true,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(Broken::Lost(error)),
            }
            if client_ended && !is_hijacked && !up.is_finished() {
                // The body was cut off.
                return Err(Broken::Lost(ErrorKind::UnexpectedEof.into()));
            }
        } else if client_is.intersects(PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR) && !is_hijacked {
            // Nobody waits for the answer any more, and the engine is told by the end of its connection.
            return Err(Broken::Lost(ErrorKind::ConnectionAborted.into()));
        } else if is_hijacked
            && client_is.intersects(PollFlags::HUP | PollFlags::ERR)
            && up.is_sent()
            && (client_ended || !down.is_sent())
        {
            return Err(Broken::Lost(ErrorKind::ConnectionAborted.into()));
        }
        if client.channel.wants_write() {
            let _ = client.channel.flush();
        }
    }
    done.bytes_in = up.content;
    done.bytes_out = down.content;
    Ok(done)
}

fn of_answer(error: BodyRefused) -> Broken {
    match error {
        BodyRefused::Wire(error) => Broken::Answer(error),
        BodyRefused::Filter(error) => Broken::Filter(error),
    }
}
