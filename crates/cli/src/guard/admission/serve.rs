//! The webhook, answering until it is told to stop.

use super::{answer, images, policy, tell};
use crate::arguments::AdmissionServeArguments;
use crate::exit::Outcome;
use admission::{Answer, BODY_BYTES_MAX, Images};
use anyhow::{Context, Result};
use control::Policy;
use guard::{Listener, Reply, Signal, Signals, answer_all, open_server_config, wire::RequestHead};
use std::net::TcpListener;
use std::sync::{Arc, PoisonError, RwLock};

pub(super) fn run(arguments: &AdmissionServeArguments) -> Result<Outcome> {
    // Threads inherit what is blocked, so this comes first.
    let signals = Signals::take().context("cannot take signals")?;
    let current = Arc::new(RwLock::new(policy(&arguments.policy)?));
    let images = images::images(&arguments.images)?;
    let config = open_server_config(&arguments.tls_cert, &arguments.tls_key)?;
    let socket = TcpListener::bind(&arguments.listen)
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    let address =
        socket.local_addr().map_or_else(|_| arguments.listen.clone(), |address| address.to_string());
    let listener = Listener::Open(socket, config);
    let shared = Arc::clone(&current);
    let connections_max = arguments.connections_max;
    std::thread::spawn(move || {
        let reply = move |head: &RequestHead, body: &[u8]| {
            let policy = shared.read().unwrap_or_else(PoisonError::into_inner);
            reply(head, body, &policy, &*images)
        };
        if let Err(error) = answer_all(&listener, connections_max, BODY_BYTES_MAX, Arc::new(reply)) {
            tell(&format!("the listener has ended: {error}"));
            std::process::exit(2);
        }
    });
    tell(&format!("listening on https://{address}: /validate, /mutate, /healthz"));
    while signals.next().context("cannot wait for signals")? == Signal::Reload {
        match policy(&arguments.policy) {
            Ok(new) => {
                *current.write().unwrap_or_else(PoisonError::into_inner) = new;
                tell("the policy was read again");
            }
            // The one that is there was good; a broken file must neither open nor close the cluster.
            Err(error) => tell(&format!("warning: the policy stays as it was: {error:#}")),
        }
    }
    Ok(Outcome::Clean)
}

fn reply(head: &RequestHead, body: &[u8], policy: &Policy, images: &dyn Images) -> Reply {
    let path = head.target.split('?').next().unwrap_or_default();
    let is_mutated = match (head.method.as_str(), path) {
        ("GET" | "HEAD", "/healthz") => return plain(200, "ok"),
        ("POST", "/validate") => false,
        ("POST", "/mutate") => true,
        (_, "/validate" | "/mutate") => return plain(405, "POST an AdmissionReview"),
        _ => return plain(404, "there are /validate, /mutate and /healthz"),
    };
    let answer = answer(body, policy, images, is_mutated)
        .unwrap_or_else(|error| Answer::refusal("", &format!("{error:#}")));
    for judged in answer.judged.iter().filter(|judged| judged.matched.mode > control::Mode::Audit) {
        let matched = &judged.matched;
        tell(&format!("{} {}: {} ({})", matched.mode.as_str(), answer.object, matched.message, matched.rule));
    }
    // Without a name the server cannot tell which question was answered; its own policy for failures holds then.
    let status = if answer.uid.is_empty() { 400 } else { 200 };
    Reply { status, content_type: "application/json", body: answer.to_json().into_bytes() }
}

fn plain(status: u16, text: &str) -> Reply {
    Reply { status, content_type: "text/plain; charset=utf-8", body: format!("{text}\n").into_bytes() }
}
