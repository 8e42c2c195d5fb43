//! Workers that are killed in the middle of a job: every job gets exactly one result.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use queue::{Counts, WorkEvent, open_queue, open_results, work};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use support::{job, options};

const JOBS: u32 = 12;
const HOLDING: &str = "holding ";

/// The worker that [`spawn`] starts: it works until it is told to stop at a certain point of its first job, where it
/// waits to be killed.
#[test]
fn worker() {
    let Ok(queue) = std::env::var("QUEUE_TEST_QUEUE") else { return };
    let results = open_results(&std::env::var("QUEUE_TEST_RESULTS").unwrap()).unwrap();
    let stop_at = std::env::var("QUEUE_TEST_STOP_AT").unwrap();
    let queue = open_queue(&queue, &options()).unwrap();
    let hold = |at: &str, id: &str| {
        if at == stop_at {
            println!("\n{HOLDING}{id}");
            let _ = std::io::stdin().read(&mut [0]);
            panic!("it should have been killed");
        }
    };
    work(
        &*queue,
        &*results,
        &mut |job| {
            hold("scan", &job.id());
            Ok(format!("report of {}", job.id()).into_bytes())
        },
        &mut |event| {
            if let WorkEvent::Kept { job, .. } = event {
                hold("kept", &job.id());
            }
            true
        },
    )
    .unwrap();
}

fn spawn(queue: &str, results: &str, stop_at: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "worker", "--nocapture"])
        .env("QUEUE_TEST_QUEUE", queue)
        .env("QUEUE_TEST_RESULTS", results)
        .env("QUEUE_TEST_STOP_AT", stop_at)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn held(child: &mut Child) -> String {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map(Result::unwrap).find_map(|line| line.strip_prefix(HOLDING).map(str::to_owned)).unwrap()
}

fn check(queue_address: &str, results_address: &str) {
    let queue = open_queue(queue_address, &options()).unwrap();
    let results = open_results(results_address).unwrap();
    for number in 0..JOBS {
        queue.publish(&job(number)).unwrap();
    }
    let mut while_scanning = spawn(queue_address, results_address, "scan");
    let mut before_ack = spawn(queue_address, results_address, "kept");
    let (scanned, kept) = (held(&mut while_scanning), held(&mut before_ack));
    assert_ne!(scanned, kept);
    assert_eq!(results.list().unwrap().len(), 1, "one was killed before its report, one after it");
    // SIGKILL: nothing is cleaned up.
    for child in [&mut while_scanning, &mut before_ack] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // The scan is started anew, and publishes everything anew.
    for number in 0..JOBS {
        queue.publish(&job(number)).unwrap();
    }
    let mut other = spawn(queue_address, results_address, "never");
    let mut scans = Vec::new();
    let summary = work(
        &*queue,
        &*results,
        &mut |job| {
            scans.push(job.id());
            Ok(format!("report of {}", job.id()).into_bytes())
        },
        &mut |_| true,
    )
    .unwrap();
    assert!(other.wait().unwrap().success());
    assert!(!scans.contains(&kept), "its report was there");
    assert_eq!((summary.failed, summary.lost, scans.len() as u64), (0, 0, summary.stored));
    let list = results.list().unwrap();
    assert_eq!(list.len(), JOBS as usize);
    for (number, result) in (0..JOBS).zip(&list) {
        assert_eq!(result.image, job(number).digest);
        let report = results.get(&result.image).unwrap().unwrap();
        assert_eq!(report, format!("report of {}", job(number).id()).into_bytes());
    }
    assert_eq!(queue.counts().unwrap(), Counts { done: JOBS.into(), ..Counts::default() });
}

#[test]
fn killed_workers_cost_no_result_with_files() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    check(&place("queue"), &place("results"));
}

#[cfg(all(feature = "nats", feature = "postgres"))]
#[test]
fn killed_workers_cost_no_result_with_nats_and_postgresql() {
    let (Some(nats), Some(postgres)) = (testkit::nats(), testkit::postgres()) else { return };
    check(nats.address(), postgres.address());
}

#[test]
fn a_scan_that_fails_is_tried_again_and_then_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (queue, results) = (open_queue(&place("q"), &options()).unwrap(), open_results(&place("r")).unwrap());
    queue.publish(&job(1)).unwrap();
    queue.publish(&job(2)).unwrap();
    let mut tries = 0;
    let mut scan = |job: &queue::Job| {
        tries += 1;
        if *job == support::job(1) { Err("no manifest".to_owned()) } else { Ok(b"{}".to_vec()) }
    };
    let summary = work(&*queue, &*results, &mut scan, &mut |_| true).unwrap();
    assert_eq!((tries, summary.failed, summary.stored), (4, 3, 1));
    assert_eq!(queue.dead().unwrap()[0].reason, "no manifest");
}
