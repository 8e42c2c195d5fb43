//! Promise: while images are pushed, tags move and verdicts change, nothing leaves that was not admitted.
//!
//! SEAWALL_RACE_PULLS sets how many pulls there are.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

mod support_registry;

use std::{
    collections::HashSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use support_registry::{access, digest, guarded};
use testkit::registry;

const REPOSITORIES: usize = 4;

#[test]
fn nothing_unadmitted_leaves_in_a_race_of_pulls_pushes_and_moving_tags() {
    let Some(registry) = registry() else { return };
    let pulls: usize =
        std::env::var("SEAWALL_RACE_PULLS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_500);
    let more = "  - {principals: ['user:alice'], repositories: ['team-a/**'], allow: [overwrite]}
admission:
  - {repositories: ['**'], mode: enforce, wait_seconds: 5}
";
    let guard = guarded(&format!("http://{}", registry.address()), access(more));
    let good = Mutex::new(HashSet::new());
    let layers = Mutex::new(Vec::new());
    let (left, is_over) = (AtomicUsize::new(pulls), AtomicBool::new(false));
    let (served, refused, pushed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    // Every repository has an image before the first pull.
    let push = |number: usize| {
        let repository = format!("team-a/app-{}", number % REPOSITORIES);
        let is_good = !number.is_multiple_of(3);
        let content = format!("{} layer {number}", if is_good { "good" } else { "bad" });
        let manifest = guard.image("alice", &repository, &content);
        let of = digest(manifest.to_string().as_bytes());
        if is_good {
            good.lock().unwrap().insert(of.clone());
            guard.judge.pass(&of);
        }
        let layer = manifest["layers"][0]["digest"].as_str().unwrap().to_owned();
        layers.lock().unwrap().push((repository.clone(), layer));
        let put = guard.put_manifest("alice", &repository, "latest", &manifest);
        assert_eq!(put.status, 201, "{}", put.text());
        pushed.fetch_add(1, Ordering::Relaxed);
    };
    (0..REPOSITORIES).for_each(push);
    std::thread::scope(|scope| {
        for pusher in 0..2 {
            let (push, is_over) = (&push, &is_over);
            scope.spawn(move || {
                let mut number = REPOSITORIES + pusher;
                while !is_over.load(Ordering::Relaxed) {
                    push(number);
                    number += 2;
                }
            });
        }
        let (guard, is_over) = (&guard, &is_over);
        scope.spawn(move || {
            let mut edition = 0;
            while !is_over.load(Ordering::Relaxed) {
                edition += 1;
                *guard.judge.edition.lock().unwrap() = edition.to_string();
                std::thread::sleep(std::time::Duration::from_millis(200));
            }
        });
        let (left, good, layers, served, refused) = (&left, &good, &layers, &served, &refused);
        let pullers: Vec<_> = (0..6_usize)
            .map(|puller| {
                scope.spawn(move || {
                    let mut turn = puller;
                    while left
                        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                        .is_ok()
                    {
                        turn += 7;
                        let repository = format!("team-a/app-{}", turn % REPOSITORIES);
                        let pulled =
                            guard.ask("puller", "GET", &format!("/v2/{repository}/manifests/latest"));
                        match pulled.status {
                            200 => {
                                let of = digest(&pulled.body);
                                assert_eq!(pulled.header("docker-content-digest"), Some(of.as_str()));
                                assert!(
                                    good.lock().unwrap().contains(&of),
                                    "an image that did not pass has left"
                                );
                                served.fetch_add(1, Ordering::Relaxed);
                            }
                            // The registry itself answers 500 when a tag is read while it moves.
                            403 | 502 | 503 => drop(refused.fetch_add(1, Ordering::Relaxed)),
                            other => panic!("{other}: {}", pulled.text()),
                        }
                        let (repository, layer) = {
                            let layers = layers.lock().unwrap();
                            layers[(turn * 31) % layers.len()].clone()
                        };
                        let blob = guard.ask("puller", "GET", &format!("/v2/{repository}/blobs/{layer}"));
                        if blob.status == 200 {
                            assert!(
                                blob.body.starts_with(b"good"),
                                "a layer of an image that did not pass has left"
                            );
                        }
                    }
                })
            })
            .collect();
        let failed =
            pullers.into_iter().map(std::thread::ScopedJoinHandle::join).filter(Result::is_err).count();
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(failed, 0);
    });
    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    eprintln!(
        "{} images pushed; {} manifests served, {} refused",
        count(&pushed),
        count(&served),
        count(&refused)
    );
    assert!(count(&served) > 0 && count(&refused) > 0, "both kinds were pulled");
}
