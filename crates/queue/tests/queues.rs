//! Every queue keeps the same promises.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use queue::{Counts, JobQueue, Published, QueueError, QueueOptions, open_queue};
use std::time::Duration;
use support::{job, options};

const NOW: Duration = Duration::ZERO;
const SOON: Duration = Duration::from_secs(8);

/// The promises, on queues that `open` makes: two callers get the same queue for the same name.
fn check(open: &(dyn Fn(&QueueOptions) -> Box<dyn JobQueue> + Sync)) {
    let named = |name: &str| QueueOptions { name: name.to_owned(), ..options() };
    std::thread::scope(|scope| {
        scope.spawn(|| jobs_are_published_once(&*open(&named("once"))));
        scope.spawn(|| two_workers_get_different_jobs(&*open(&named("two")), &*open(&named("two"))));
        scope.spawn(|| {
            a_job_comes_back_when_its_lease_ran_out(&*open(&named("back")), &*open(&named("back")));
        });
        scope.spawn(|| a_heartbeat_keeps_a_job(&*open(&named("heart")), &*open(&named("heart"))));
        scope.spawn(|| a_job_that_fails_is_given_up(&*open(&named("fails"))));
        let short = QueueOptions { tries_max: 2, lease: Duration::from_millis(300), ..named("dies") };
        scope.spawn(move || a_job_whose_workers_die_is_given_up(&*open(&short)));
        scope.spawn(|| jobs_outlive_their_queue(&|| open(&named("outlive"))));
    });
}

fn jobs_are_published_once(queue: &dyn JobQueue) {
    assert!(queue.lease(NOW).unwrap().is_none());
    assert_eq!(queue.counts().unwrap(), Counts::default());
    assert_eq!(queue.dead().unwrap(), []);
    assert_eq!(queue.publish(&job(1)).unwrap(), Published::Added);
    assert_eq!(queue.publish(&job(1)).unwrap(), Published::Known);
    assert_eq!(queue.publish(&job(2)).unwrap(), Published::Added);
    let lease = queue.lease(SOON).unwrap().unwrap();
    assert_eq!((lease.attempt, lease.job.references.len()), (1, 1));
    assert_eq!(queue.publish(&lease.job).unwrap(), Published::Known, "leased");
    assert_eq!(queue.counts().unwrap(), Counts { waiting: 1, leased: 1, ..Counts::default() });
    queue.ack(&lease).unwrap();
    assert_eq!(queue.publish(&lease.job).unwrap(), Published::Known, "done");
    assert_eq!(queue.counts().unwrap(), Counts { waiting: 1, done: 1, ..Counts::default() });
}

fn two_workers_get_different_jobs(one: &dyn JobQueue, two: &dyn JobQueue) {
    for number in 0..4 {
        one.publish(&job(number)).unwrap();
    }
    let mut digests = Vec::new();
    for queue in [one, two, one, two] {
        digests.push(queue.lease(SOON).unwrap().unwrap().job.digest);
    }
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 4);
    assert_eq!(one.counts().unwrap(), Counts { leased: 4, ..Counts::default() });
}

fn a_job_comes_back_when_its_lease_ran_out(one: &dyn JobQueue, two: &dyn JobQueue) {
    one.publish(&job(1)).unwrap();
    let first = one.lease(SOON).unwrap().unwrap();
    assert!(two.lease(NOW).unwrap().is_none());
    let second = two.lease(SOON).unwrap().unwrap();
    assert_eq!((first.attempt, second.attempt, &second.job), (1, 2, &job(1)));
    two.ack(&second).unwrap();
    // The first worker is late; whether its queue can tell, nothing changes.
    assert!(matches!(one.ack(&first), Ok(()) | Err(QueueError::LeaseLost { .. })));
    assert_eq!(one.counts().unwrap(), Counts { done: 1, ..Counts::default() });
}

fn a_heartbeat_keeps_a_job(one: &dyn JobQueue, two: &dyn JobQueue) {
    one.publish(&job(1)).unwrap();
    let lease = one.lease(SOON).unwrap().unwrap();
    for _ in 0..5 {
        assert!(two.lease(options().lease / 3).unwrap().is_none());
        one.heartbeat(&lease).unwrap();
    }
    one.ack(&lease).unwrap();
}

fn a_job_that_fails_is_given_up(queue: &dyn JobQueue) {
    queue.publish(&job(1)).unwrap();
    for attempt in 1..=3 {
        let lease = queue.lease(SOON).unwrap().unwrap();
        assert_eq!(lease.attempt, attempt);
        queue.nak(&lease, "the registry says no").unwrap();
    }
    assert!(queue.lease(options().lease).unwrap().is_none());
    let dead = queue.dead().unwrap();
    assert_eq!((dead.len(), &dead[0].job, dead[0].reason.as_str()), (1, &job(1), "the registry says no"));
    assert_eq!(queue.counts().unwrap(), Counts { dead: 1, ..Counts::default() });
    assert_eq!(queue.publish(&job(1)).unwrap(), Published::Known);
    assert_eq!(queue.revive().unwrap(), 1);
    assert_eq!((queue.dead().unwrap(), queue.revive().unwrap()), (Vec::new(), 0));
    assert_eq!(queue.lease(SOON).unwrap().unwrap().attempt, 1, "all tries are before it again");
}

fn a_job_whose_workers_die_is_given_up(queue: &dyn JobQueue) {
    queue.publish(&job(1)).unwrap();
    for attempt in 1..=2 {
        assert_eq!(queue.lease(SOON).unwrap().unwrap().attempt, attempt);
    }
    assert!(queue.lease(queue.options().lease * 3).unwrap().is_none());
    assert!(queue.dead().unwrap()[0].reason.starts_with("2 workers took it"));
    assert!(queue.counts().unwrap().is_over());
}

fn jobs_outlive_their_queue(open: &dyn Fn() -> Box<dyn JobQueue>) {
    open().publish(&job(1)).unwrap();
    assert_eq!(open().lease(SOON).unwrap().unwrap().job, job(1));
}

#[test]
fn a_queue_of_files_keeps_its_promises() {
    let folder = tempfile::tempdir().unwrap();
    check(&|options| open_queue(folder.path().join(&options.name).to_str().unwrap(), options).unwrap());
}

#[cfg(feature = "nats")]
#[test]
fn a_queue_of_nats_keeps_its_promises() {
    let Some(server) = testkit::nats() else { return };
    check(&|options| open_queue(server.address(), options).unwrap());
}

#[cfg(feature = "nats")]
#[test]
fn a_nats_server_that_is_not_there_is_told() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("nats://user:word@127.0.0.1:{port}");
    let Err(error) = open_queue(&address, &options()) else { panic!("nobody is there") };
    let text = error.to_string();
    assert!(text.starts_with(&format!("nats://127.0.0.1:{port}: connect:")), "{text}");
    let Err(error) = open_queue(&address, &QueueOptions { name: "a.b".to_owned(), ..options() }) else {
        panic!()
    };
    assert!(error.to_string().contains("'a.b' is no name"));
}

#[test]
fn an_unknown_kind_of_address_is_refused() {
    let Err(error) = open_queue("redis://h:word@host", &options()) else { panic!("it is unknown") };
    assert!(error.to_string().starts_with("redis://host: is of no known kind\nhint: "), "{error}");
}
