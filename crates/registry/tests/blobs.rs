//! Blobs over connections that break.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and writes its own files"
)]
mod support;

use registry::{Client, Options, ProgressEvent};
use std::{
    io::Read,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use support::{descriptor, options, reference};
use testkit::server::{Ending, Reply, Request, Server};

fn content() -> Vec<u8> {
    (0..300_000_u32).flat_map(u32::to_le_bytes).collect()
}

fn read(server: &Server, options: Options, content: &[u8]) -> std::io::Result<Vec<u8>> {
    let client = Client::new(options).unwrap();
    let mut bytes = Vec::new();
    client
        .blob(&reference(server, "app:1"), &descriptor(content))
        .map_err(std::io::Error::other)?
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Serves blobs; the handler gets the number of the request.
fn blobs(handler: impl Fn(u32, &Request) -> Reply + Send + Sync + 'static) -> Server {
    let count = AtomicU32::new(0);
    Server::start(move |request| match request.target.as_str() {
        "/v2/" => Reply::ok(""),
        _ => handler(count.fetch_add(1, Ordering::SeqCst), request),
    })
}

#[test]
fn a_broken_transfer_goes_on_where_it_broke() {
    let all = content();
    let served = all.clone();
    let server = blobs(move |number, request| {
        let ending = if number < 3 { Ending::CutAfter(100_001) } else { Ending::Whole };
        Reply::ranged(&served, request).ending(ending)
    });
    assert_eq!(read(&server, options(), &all).unwrap(), all);
    let ranges: Vec<_> = server.requests().iter().map(Request::range_from).collect();
    assert_eq!(ranges, [None, Some(100_001), Some(200_002), Some(300_003)]);
}

#[test]
fn a_server_that_knows_no_ranges_sends_again_and_known_bytes_are_skipped() {
    let all = content();
    let served = all.clone();
    let server = blobs(move |number, _| {
        let ending =
            if number < 2 { Ending::CutAfter(70_000 * (number as usize + 1)) } else { Ending::Whole };
        Reply::ok(served.clone()).ending(ending)
    });
    assert_eq!(read(&server, options(), &all).unwrap(), all);
}

#[test]
fn a_part_that_was_not_asked_for_is_not_used() {
    let all = content();
    let served = all.clone();
    let server = blobs(move |number, request| match number {
        0 => Reply::ok(served.clone()).ending(Ending::CutAfter(1_000)),
        1 => Reply::new(206, &served[500..])
            .header("content-range", &format!("bytes 500-{0}/{0}", served.len())),
        _ => Reply::ranged(&served, request),
    });
    assert_eq!(read(&server, options(), &all).unwrap(), all);
}

#[test]
fn a_transfer_that_never_gets_on_is_given_up() {
    let all = content();
    let served = all.clone();
    let server = blobs(move |_, request| Reply::ranged(&served, request).ending(Ending::CutAfter(10)));
    let error = read(&server, options(), &all).unwrap_err().to_string();
    assert!(error.contains("breaks off at byte 40 of 1200000"), "{error}");
    assert_eq!(server.requests().len(), 4, "once, and retries_max more");
}

#[test]
fn a_stalled_transfer_goes_on_over_another_connection() {
    let all = content();
    let served = all.clone();
    let server = blobs(move |number, request| {
        let ending = if number == 0 { Ending::StallAfter(5_000) } else { Ending::Whole };
        Reply::ranged(&served, request).ending(ending)
    });
    let options = Options { read_timeout: Duration::from_millis(150), ..options() };
    assert_eq!(read(&server, options, &all).unwrap(), all);
}

#[test]
fn a_server_that_drips_is_given_up() {
    let all = content();
    let served = all.clone();
    let server = blobs(move |_, request| Reply::ranged(&served, request).ending(Ending::Drip));
    let options = Options {
        rate_grace: Duration::from_millis(100),
        rate_bytes_per_sec_min: 1_000_000,
        retries_max: 1,
        ..options()
    };
    let started = Instant::now();
    let error = read(&server, options, &all).unwrap_err().to_string();
    assert!(error.contains("too slowly"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_blob_longer_than_promised_is_not_read_on() {
    let all = content();
    let mut longer = all.clone();
    longer.extend(std::iter::repeat_n(7, 1 << 20));
    let server = blobs(move |_, _| Reply::ok(longer.clone()));
    let bytes = read(&server, options(), &all).unwrap();
    assert_eq!(bytes.len(), all.len() + 1, "one byte more shows that it is longer");
}

#[test]
fn a_blob_shorter_than_promised_is_an_error() {
    let all = content();
    let shorter = all[..1_000].to_vec();
    let server = blobs(move |_, request| match request.range_from() {
        None => Reply::ok(shorter.clone()),
        Some(_) => Reply::new(416, ""),
    });
    assert!(read(&server, options(), &all).is_err());
}

#[test]
fn transfers_and_waits_are_told() {
    let all = content();
    let served = all.clone();
    let server = blobs(move |number, request| match number {
        0 => Reply::new(503, "").header("retry-after", "0"),
        _ => Reply::ranged(&served, request),
    });
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let options =
        Options { progress: Some(Arc::new(move |event| log.lock().unwrap().push(event))), ..options() };
    read(&server, options, &all).unwrap();
    let events = events.lock().unwrap();
    let size_bytes = Some(all.len() as u64);
    assert!(matches!(&events[0], ProgressEvent::BlobStarted { size_bytes: size, .. } if *size == size_bytes));
    assert!(matches!(&events[1], ProgressEvent::Retrying { reason, .. } if reason.contains("503")));
    let last_bytes = events.iter().rev().find_map(|event| match event {
        ProgressEvent::BlobBytes { bytes, .. } => Some(*bytes),
        _ => None,
    });
    assert_eq!(last_bytes, size_bytes);
    assert!(matches!(events.last(), Some(ProgressEvent::BlobFinished { .. })));
}

#[test]
fn no_more_blobs_at_once_than_allowed() {
    let all = content();
    let server = blobs({
        let served = all.clone();
        move |_, request| Reply::ranged(&served, request)
    });
    let client = Client::new(Options { parallel_blobs: 1.try_into().unwrap(), ..options() }).unwrap();
    let first = client.blob(&reference(&server, "app:1"), &descriptor(&all)).unwrap();
    let (second_client, second_reference, blob) = (client, reference(&server, "app:1"), descriptor(&all));
    let second = std::thread::spawn(move || {
        second_client.blob(&second_reference, &blob).map(|_| ()).map_err(|e| e.to_string())
    });
    assert!(!second.is_finished());
    assert_eq!(server.requests().len(), 1, "the second waits for a place before it asks");
    drop(first);
    second.join().unwrap().unwrap();
}

#[test]
fn a_mirror_that_keeps_breaking_off_is_left_for_the_registry() {
    let all = content();
    let (at_mirror, at_origin) = (all.clone(), all.clone());
    let mirror = blobs(move |_, request| Reply::ranged(&at_mirror, request).ending(Ending::CutAfter(50)));
    let origin = blobs(move |_, request| Reply::ranged(&at_origin, request));
    let mirrors = [(origin.address.clone(), vec![format!("http://{}", mirror.address)])].into();
    assert_eq!(read(&origin, Options { mirrors, ..options() }, &all).unwrap(), all);
    assert_eq!(origin.requests()[0].range_from(), Some(200));
}
