//! One connection of a client: request after request, until one of them takes the connection with it.

use super::{
    Guard,
    caller::Caller,
    message::{self, Changes},
    policy::Current,
    pull::NamedAfter,
    record, rules, status,
    told::Told,
    upload::{Ahead, Seen, Upload, read_ahead},
};
use crate::{
    direction::{BodyRefused, Direction},
    exchange::{Answer, Broken, Done, Outgoing, Side, exchange},
    filter::{Filter, FilterRefused},
    front::Arrival,
    reading::{HeadError, WRITE_TIME_MAX, continue_if_asked, linger, read_body, read_head},
    wire::{BodyDecoder, Framing, RequestHead, WireRefusal},
};
use calls::{Call, Exchange, Head, Method, Risk};
use control::{Asked, Decision, Verdict};
use std::{
    io::ErrorKind,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

/// An answer that is not a stream comes within this time: a commit or a prune may take long.
const PLAIN_TIME_MAX: Duration = Duration::from_secs(3600);

/// Why a request goes no further.
struct Refused {
    status: u16,
    rule: &'static str,
    message: String,
    /// It is in the log already.
    is_recorded: bool,
}

impl Refused {
    fn of_body(refusal: BodyRefused) -> Self {
        match refusal {
            BodyRefused::Wire(error) => {
                let message = error.to_string();
                Self { status: 400, rule: rules::MALFORMED_HTTP, message, is_recorded: false }
            }
            BodyRefused::Filter(FilterRefused { rule, status, message }) => {
                Self { status, rule, message, is_recorded: false }
            }
        }
    }
}

pub(super) fn serve(guard: &Guard, arrival: Arrival) {
    let mut client = Side::new(arrival.channel);
    let mut caller = None;
    loop {
        client.input.shrink();
        let head = match read_head(&mut client) {
            Ok(Some(head)) => head,
            Ok(None) | Err(HeadError::Gone) => return,
            Err(HeadError::Refused(refusal)) => {
                let caller = caller.get_or_insert_with(|| Caller::find(arrival.who.clone(), &guard.upstream));
                let (status, message) = (refusal.status(), refusal.to_string());
                let rule =
                    if refusal == WireRefusal::Http2 { rules::BUILDKIT } else { rules::MALFORMED_HTTP };
                let refused = Refused { status, rule, message, is_recorded: false };
                refuse(guard, &mut client, caller, &guard.next_request(), None, &refused);
                return;
            }
        };
        let caller = caller.get_or_insert_with(|| Caller::find(arrival.who.clone(), &guard.upstream));
        let stays = if status::is_asked(&head, caller) {
            write_answer(&mut client, status::page(guard).to_string().as_bytes(), head.closes)
        } else {
            answer(guard, &mut client, caller, &head)
        };
        if !stays {
            return;
        }
    }
}

/// Answers one request; whether another may follow on the connection.
fn answer(guard: &Guard, client: &mut Side, caller: &Caller, head: &RequestHead) -> bool {
    let request = guard.next_request();
    let mut body_left = head.framing != Framing::Length(0);
    match judge(guard, client, caller, head, &request, &mut body_left) {
        Ok(decision) => {
            if decision.verdict == Verdict::Deny {
                let message = decision.message.clone().unwrap_or_else(|| "refused".to_owned());
                if !decision.is_absent() {
                    guard.counters.count_refused();
                }
                return say(client, head, decision.status, &message, body_left);
            }
            forward(guard, client, caller, head, &request, &decision)
        }
        Err(refused) => {
            refuse(guard, client, caller, &request, Some(head), &refused);
            false
        }
    }
}

/// Reads the call, judges it and records the decision.
fn judge(
    guard: &Guard,
    client: &mut Side,
    caller: &Caller,
    head: &RequestHead,
    request: &str,
    body_left: &mut bool,
) -> Result<Decision, Refused> {
    let current = guard.policy.current();
    let default = calls::Limits::default();
    let limits = match &current {
        Current::Ready(ready) => ready.judge.limits(),
        Current::Broken(_) => &default,
    };
    let malformed = |refusal: calls::Refusal| Refused {
        status: refusal.status,
        rule: rules::MALFORMED_CALL,
        message: format!("{} ({})", refusal.message, refusal.reason),
        is_recorded: false,
    };
    let has_body = head.framing != Framing::Length(0);
    let of_call = Head {
        method: &head.method,
        target: &head.target,
        content_type: head.content_type.as_deref(),
        has_body,
        upgrade: head.upgrade.as_deref(),
    };
    let mut call = calls::read(&of_call, limits).map_err(malformed)?;
    let route = call.route();
    if route.exchange == Exchange::Http2 || (route.id == "build.run" && call.query("version") == Some("2")) {
        let message = rules::BUILDKIT_HINT.to_owned();
        return Err(Refused { status: 403, rule: rules::BUILDKIT, message, is_recorded: false });
    }
    let is_about_life = route.class == Risk::R0;
    let rate = match &current {
        Current::Ready(ready) => ready.judge.rate(&caller.client),
        Current::Broken(_) => None,
    };
    if !is_about_life && !guard.rates.allows(&caller.key, rate, Instant::now()) {
        let message =
            "too many requests from this client; hint: `rate` of its entry in the policy".to_owned();
        return Err(Refused { status: 429, rule: rules::RATE, message, is_recorded: false });
    }
    if has_body && !message::is_streamed(&call) {
        continue_if_asked(client, head);
        let bytes_max = route.body.bytes_max();
        let body = read_body(client, head.framing, bytes_max).map_err(|error| Refused {
            status: error.status(),
            rule: rules::MALFORMED_HTTP,
            message: error.message(bytes_max),
            is_recorded: false,
        })?;
        *body_left = false;
        call = call.with_body(&body, limits).map_err(malformed)?;
    }
    let (policy, digest, images) = match &current {
        Current::Ready(ready) => (&ready.judge, &ready.digest, ready.images.as_deref()),
        Current::Broken(_) if is_about_life => return Ok(let_live(call)),
        Current::Broken(why) => {
            let message = format!("there is no policy: {why}; hint: seawall guard test checks one");
            return Err(Refused { status: 503, rule: rules::NO_POLICY, message, is_recorded: false });
        }
    };
    let judged = catch_unwind(AssertUnwindSafe(|| {
        let needs = policy.needs(&caller.client, &call);
        let facts = super::facts::gather(&guard.upstream, &guard.host, images, &needs);
        let asked = Asked { client: &caller.client, call, facts: &facts, today: super::today() };
        policy.decide(asked)
    }));
    let internal = |_| Refused {
        status: 503,
        rule: rules::INTERNAL,
        message: "the guard went wrong and refuses; its standard error tells more".to_owned(),
        is_recorded: false,
    };
    let decision = judged.map_err(internal)?;
    if is_about_life && decision.verdict != Verdict::Deny {
        return Ok(decision);
    }
    let entry = record::decision(&guard.ledger, request, caller, &decision, digest);
    if let Err(error) = guard.ledger.append(entry, record::durability(&decision)) {
        if decision.verdict == Verdict::Deny {
            // Nothing goes on that should be recorded: the refusal stands, and the error is on standard error.
            guard.say(&format!("a refusal was not recorded: {error}"));
            return Ok(decision);
        }
        return Err(Refused {
            status: 503,
            rule: rules::NO_LOG,
            message: error.to_string(),
            is_recorded: true,
        });
    }
    Ok(decision)
}

fn let_live(call: Call) -> Decision {
    Decision {
        verdict: Verdict::Allow,
        client: None,
        access: "calls about life are always answered".to_owned(),
        rules: Vec::new(),
        rewrites: Vec::new(),
        call,
        status: 200,
        message: None,
        warnings: Vec::new(),
        inspection: None,
        tag_after: None,
    }
}

/// Passes a call on, and its answer back; whether another request may follow.
fn forward(
    guard: &Guard,
    client: &mut Side,
    caller: &Caller,
    head: &RequestHead,
    request: &str,
    decision: &Decision,
) -> bool {
    let call = &decision.call;
    let has_body = head.framing != Framing::Length(0);
    let stream = (has_body && message::is_streamed(call)).then_some(head.framing);
    if stream.is_some() {
        continue_if_asked(client, head);
    }
    let inspection = stream.and(decision.inspection.as_deref()).cloned();
    let inspection = inspection.map(|it| it.judging_dockerfiles(guard.dockerfiles.as_ref()));
    let upload = inspection.map(Upload::new);
    let framing = if upload.is_some() { Some(Framing::Chunked) } else { stream };
    let bytes = message::request(call, head, &call.body_bytes(), framing);
    let (mut ahead, seen) = match (upload, stream) {
        (Some((upload, seen)), Some(framing)) => {
            let mut up = Direction::through(BodyDecoder::new(framing), Box::new(upload));
            up.push(&bytes);
            match read_ahead(client, &mut up) {
                Ok(()) => {}
                Err(Ahead::Gone) => return false,
                Err(Ahead::Refused(refusal)) => {
                    let refused = Refused::of_body(refusal);
                    refuse(guard, client, caller, request, Some(head), &refused);
                    return false;
                }
            }
            (Some(up), Some(seen))
        }
        _ => (None, None),
    };
    let may_hijack = matches!(call.route().exchange, Exchange::Hijack | Exchange::WebSocket);
    let idle_max =
        matches!(call.route().exchange, Exchange::Plain | Exchange::Upload).then_some(PLAIN_TIME_MAX);
    let is_head = call.method() == Method::Head;
    let outgoing = Outgoing { is_head, may_hijack, idle_max };
    let in_body = message::has_warnings(call) && !decision.warnings.is_empty();
    let wants_whole = |head: &crate::wire::ResponseHead| in_body && head.status / 100 == 2;
    let named_after = decision.tag_after.as_ref();
    let tells_of = seen.as_ref().filter(|_| matches!(call.route().id, "build.run" | "images.load"));
    let answer = |answered: &crate::wire::ResponseHead, framing, whole: Option<Vec<u8>>| {
        // The archive has ended when the engine answers.
        let of_archive = seen.as_ref().map(Seen::warnings).unwrap_or_default();
        let warnings = [&decision.warnings[..], &of_archive].concat();
        let changes = Changes {
            closes: head.closes,
            is_http10: head.is_http10,
            is_head,
            warnings: if whole.is_some() { &[] } else { &warnings },
            hides_buildkit: call.route().class == Risk::R0,
        };
        let whole = whole.map(|whole| message::with_warnings(whole, &decision.warnings));
        let framing = match &whole {
            Some(whole) => crate::wire::ResponseFraming::Body(Framing::Length(whole.len() as u64)),
            None => framing,
        };
        let (mut bytes, framing) = message::answer(answered, framing, &changes);
        bytes.extend(whole.unwrap_or_default());
        // The engine's answers to pulls come in chunks; what is longer by a line could not be told otherwise.
        let is_stream = answered.status == 200 && framing == Framing::Chunked;
        let filter: Option<Box<dyn Filter>> = match (named_after, tells_of) {
            (Some(tagging), _) if is_stream => {
                Some(Box::new(NamedAfter::new(Arc::clone(&guard.upstream), tagging.clone())))
            }
            (None, Some(seen)) if is_stream && !of_archive.is_empty() => {
                Some(Box::new(Told::new(seen.clone())))
            }
            _ => None,
        };
        Answer { bytes, framing, filter }
    };
    let start = Instant::now();
    guard.counters.count_forwarded();
    let mut attempts = 0;
    let result = loop {
        attempts += 1;
        let fresh = may_hijack || attempts > 1;
        let mut upstream = match if fresh { guard.upstream.connect() } else { guard.upstream.take() } {
            Ok(upstream) => upstream,
            Err(error) => break Err(Broken::BeforeAnswer(error)),
        };
        let mut up = ahead.take().unwrap_or_else(|| {
            let mut up = Direction::new(stream.map(BodyDecoder::new), stream == Some(Framing::Chunked));
            up.push(&bytes);
            up
        });
        let result = exchange(client, &mut upstream, &mut up, outgoing, &wants_whole, &answer);
        match &result {
            Ok(done) if done.upstream_is_clean => guard.upstream.give_back(upstream),
            // The engine may have closed a connection that was kept, just when it was used again.
            Err(Broken::BeforeAnswer(error))
                if attempts == 1
                    && error.kind() != ErrorKind::TimedOut
                    && matches!(call.method(), Method::Get | Method::Head) =>
            {
                continue;
            }
            _ => {}
        }
        break result;
    };
    if record::wants_outcome(call) {
        let told = result.as_ref().map_err(ToString::to_string);
        let entry = record::outcome(
            request,
            call,
            told.as_ref().map(|done| *done).map_err(String::as_str),
            start.elapsed(),
            &seen.as_ref().map(Seen::all).unwrap_or_default(),
        );
        // Why it could not be recorded will be told to the next call, which is refused for it.
        let _ = guard.ledger.append(entry, ledger::Durability::Soon);
    }
    match result {
        Ok(Done { client_is_clean: true, .. }) if !head.closes => true,
        Ok(done) => {
            if done.was_hijacked || done.client_is_clean {
                // TLS has an end of its own, by which a whole answer is told from one that was cut off.
                client.channel.shut_write();
            } else {
                linger(client);
            }
            false
        }
        Err(Broken::Lost(_)) => false,
        Err(Broken::RequestBody(refusal)) => {
            let refused = Refused::of_body(refusal.into());
            refuse(guard, client, caller, request, Some(head), &refused);
            false
        }
        Err(Broken::Filter(refusal)) => {
            let refused = Refused::of_body(refusal.into());
            refuse(guard, client, caller, request, Some(head), &refused);
            false
        }
        Err(error @ (Broken::BeforeAnswer(_) | Broken::Answer(_))) => {
            let is_late =
                matches!(&error, Broken::BeforeAnswer(error) if error.kind() == ErrorKind::TimedOut);
            let status = if is_late { 504 } else { 502 };
            let message = format!("{error} ({}; hint: is it running?)", guard.upstream.socket().display());
            let refused = Refused { status, rule: rules::UPSTREAM, message, is_recorded: true };
            refuse(guard, client, caller, request, Some(head), &refused);
            false
        }
    }
}

/// Says why not, records it, and ends the connection.
fn refuse(
    guard: &Guard,
    client: &mut Side,
    caller: &Caller,
    request: &str,
    head: Option<&RequestHead>,
    refused: &Refused,
) {
    guard.counters.count_refused();
    let target = head.map_or("", |head| head.target.as_str());
    if !refused.is_recorded {
        let target = guard.ledger.redactor().target(target);
        let entry = record::refusal(request, caller, refused.rule, refused.status, &refused.message, &target);
        if let Err(error) = guard.ledger.append(entry, ledger::Durability::BeforeReturn) {
            guard.say(&format!("a refusal was not recorded: {error}"));
        }
    }
    let message = format!("seawall: {}: {}", refused.rule, refused.message);
    let is_head = head.is_some_and(RequestHead::is_head);
    let bytes = message::error(refused.status, &message, true, is_head);
    if client.channel.write_all(&bytes, WRITE_TIME_MAX).is_ok() {
        linger(client);
    }
}

/// Answers with an error of a decision; whether another request may follow.
fn say(client: &mut Side, head: &RequestHead, status: u16, message: &str, body_left: bool) -> bool {
    let closes = body_left || head.closes;
    let bytes = message::error(status, message, closes, head.is_head());
    let is_written = client.channel.write_all(&bytes, WRITE_TIME_MAX).is_ok();
    if is_written && closes {
        linger(client);
    }
    is_written && !closes
}

/// Answers with a JSON document; whether another request may follow.
pub(super) fn write_answer(client: &mut Side, body: &[u8], closes: bool) -> bool {
    let end = if closes { "Connection: close\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{end}\r\n",
        body.len()
    );
    let bytes = [head.as_bytes(), body].concat();
    client.channel.write_all(&bytes, WRITE_TIME_MAX).is_ok() && !closes
}
