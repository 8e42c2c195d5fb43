//! Every store of results keeps the same promises.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use queue::{Put, ResultStore, open_results, open_results_of};
use std::thread;
use support::job;

fn check(open: &(dyn Fn() -> Box<dyn ResultStore> + Sync)) {
    let store = open();
    assert_eq!(store.list().unwrap(), []);
    let (first, second) = (job(1).digest, job(2).digest);
    assert!(!store.contains(&first).unwrap() && store.get(&first).unwrap().is_none());
    assert_eq!(store.put(&second, b"{\"b\":2}").unwrap(), Put::Stored);
    assert_eq!(store.put(&first, b"{\"a\":\0 1}").unwrap(), Put::Stored);
    assert_eq!(store.put(&first, b"another").unwrap(), Put::Known, "the first stays");
    let store = open();
    assert!(store.contains(&first).unwrap());
    assert_eq!(store.get(&first).unwrap().as_deref(), Some(b"{\"a\":\0 1}".as_slice()));
    let list = store.list().unwrap();
    assert_eq!(list.iter().map(|result| &result.image).collect::<Vec<_>>(), [&first, &second]);
    assert_eq!((list[1].size_bytes, list[1].report_digest.short()), (7, "0ab1a6d394cd"));
    one_of_many_wins(open);
}

fn one_of_many_wins(open: &(dyn Fn() -> Box<dyn ResultStore> + Sync)) {
    let image = &job(3).digest;
    let wins: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..8_u8)
            .map(|number| {
                scope.spawn(move || open().put(image, &vec![number; 100_000]).unwrap() == Put::Stored)
            })
            .collect();
        workers.into_iter().map(|worker| usize::from(worker.join().unwrap())).sum()
    });
    assert_eq!(wins, 1);
    let report = open().get(image).unwrap().unwrap();
    assert!(report.len() == 100_000 && report.iter().all(|byte| *byte == report[0]));
}

fn runs_share_nothing(address: &str) {
    let (monday, tuesday) =
        (open_results_of(address, "monday").unwrap(), open_results_of(address, "tuesday").unwrap());
    monday.put(&job(1).digest, b"1").unwrap();
    assert!(!tuesday.contains(&job(1).digest).unwrap());
    assert_eq!(tuesday.put(&job(1).digest, b"2").unwrap(), Put::Stored);
    assert_eq!((monday.list().unwrap().len(), tuesday.list().unwrap().len()), (1, 1));
    assert_eq!(monday.get(&job(1).digest).unwrap().as_deref(), Some(b"1".as_slice()));
}

#[test]
fn results_in_files_are_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let address = folder.path().join("results").to_str().unwrap().to_owned();
    check(&|| open_results(&address).unwrap());
    runs_share_nothing(&address);
}

#[cfg(feature = "postgres")]
#[test]
fn results_in_postgresql_are_kept_once() {
    let Some(server) = testkit::postgres() else { return };
    check(&|| open_results(server.address()).unwrap());
    runs_share_nothing(server.address());
}

#[cfg(feature = "postgres")]
#[test]
fn a_database_elsewhere_needs_a_word_about_clear_text() {
    for address in ["postgres://u:word@db.example.com/x", "postgres://u:word@localhost/x?sslmode=require"] {
        let Err(error) = open_results(address) else { panic!("it would be clear text") };
        let text = error.to_string();
        assert!(
            text.contains("TLS to PostgreSQL is not supported\nhint: ") && !text.contains("word"),
            "{text}"
        );
    }
}
