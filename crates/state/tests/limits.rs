//! Whatever events say, memory is bounded, and nothing panics.
#![allow(clippy::unwrap_used, reason = "tests")]

use events::{Event, EventBuilder, Kind, Width, kinds};
use state::{Limits, State};

fn small() -> Limits {
    Limits {
        threads_max: 100,
        process_descriptors_max: 20,
        descriptors_max: 200,
        list_bytes_max: 256,
        text_bytes_max: 128,
        texts_bytes_max: 10_000,
        containers_max: 5,
        users_max: 5,
        container_users_max: 3,
    }
}

fn open(thread: i64, fd: i64, path: &str) -> EventBuilder<'static> {
    EventBuilder::new(Kind::OPEN).at(1, thread).number("fd", fd).text("name", path)
}

#[test]
fn threads_beyond_the_limit_are_counted_and_not_followed() {
    let mut state = State::new(small());
    for thread in 1..=150 {
        state.process(&open(thread, 3, "/x").build().event());
    }
    assert_eq!((state.threads().len(), state.losses().threads), (100, 50));
    assert!(state.event_thread().is_none() && state.event_descriptor().is_none());
}

#[test]
fn users_of_containers_beyond_the_limits_are_counted_and_not_kept() {
    let mut state = State::new(small());
    let user = |uid| events::snapshot::User { uid, name: b"u".to_vec(), ..Default::default() };
    let accounts =
        state::Accounts { users: (0..10).map(|uid| (uid, user(uid))).collect(), ..Default::default() };
    for container in ["a", "b", "c", "d", "e", "f"] {
        state.set_accounts(container, accounts.clone());
    }
    assert!(state.knows_account("a", 2) && !state.knows_account("a", 3) && !state.knows_account("f", 0));
    assert_eq!((state.losses().users, state.losses().containers), (35, 1));
    state.remove_container("a");
    assert!(!state.knows_account("a", 2));
}

#[test]
fn descriptors_beyond_the_limits_are_counted_and_not_kept() {
    let mut state = State::new(small());
    for fd in 0..30 {
        state.process(&open(1, fd, "/x").build().event());
    }
    assert_eq!((state.descriptors(state.thread(1).unwrap()).len(), state.losses().descriptors), (20, 10));
    for thread in 2..30 {
        for fd in 0..20 {
            state.process(&open(thread, fd, "/x").build().event());
        }
    }
    let kept: usize = state.threads().map(|thread| state.descriptors(thread).len()).sum();
    assert_eq!(kept, 200);
}

#[test]
fn forks_cannot_multiply_descriptors() {
    let mut state = State::new(small());
    for fd in 0..20 {
        state.process(&open(1, fd, "/x").build().event());
    }
    for child in 2..90 {
        let fork = EventBuilder::new(Kind::CLONE)
            .at(1, 1)
            .number("res", child)
            .number("pid", 1)
            .text("exe", "x")
            .build();
        state.process(&fork.event());
    }
    let kept: usize = state.threads().map(|thread| state.descriptors(thread).len()).sum();
    assert!(kept <= 200, "{kept}");
    // What is closed and ended makes room again.
    for thread in 1..90 {
        state.process(&EventBuilder::new(Kind::PROCEXIT).at(2, thread).build().event());
    }
    state.process(&open(200, 3, "/x").build().event());
    assert!(state.event_descriptor().is_some());
}

#[test]
fn texts_beyond_the_limits_are_cut() {
    let mut state = State::new(small());
    for thread in 1..=90 {
        let exec = EventBuilder::new(Kind::EXECVE)
            .at(1, thread)
            .number("res", 0)
            .text("exe", "e".repeat(60_000))
            .texts("args", vec!["a"; 20_000])
            .text("comm", "c")
            .texts("env", vec!["LD_PRELOAD=/x"; 2000]);
        state.process(&exec.build().event());
    }
    let bytes: usize = state
        .threads()
        .map(|thread| thread.exe.len() + thread.command_line().len() + state.environment(thread).len())
        .sum();
    assert!(bytes < 60_000, "{bytes}");
    assert!(state.losses().texts > 90);
}

#[test]
fn containers_and_users_beyond_the_limits_are_counted() {
    let mut state = State::new(small());
    for number in 0..10 {
        let json = format!(r#"{{"container":{{"id":"{number:012}"}}}}"#);
        state.process(&EventBuilder::new(Kind::CONTAINER).text("json", json).build().event());
        state.process(
            &EventBuilder::new(Kind::USERADDED).number("uid", number).number("gid", 0).build().event(),
        );
    }
    assert_eq!((state.losses().containers, state.losses().users), (5, 5));
}

#[test]
fn threads_that_come_and_go_leave_nothing() {
    let mut state = State::new(Limits::default());
    for round in 0..20_000u64 {
        let child = 100 + i64::try_from(round % 50).unwrap();
        let time = round * 10_000_000_000;
        let fork =
            EventBuilder::new(Kind::CLONE).at(time, 1).number("res", child).number("pid", 1).text("exe", "x");
        let end = EventBuilder::new(Kind::PROCEXIT).at(time + 1, child).number("reaper_tid", 1);
        for event in [fork, open(child, 3, "/x"), end] {
            state.process(&event.build().event());
        }
    }
    assert!(state.threads().len() <= 2, "{}", state.threads().len());
}

/// Events of every kind with every parameter set to numbers that hurt, in an order that a simple generator mixes.
#[test]
fn no_event_makes_the_state_panic() {
    let all: Vec<Kind> = kinds().map(|info| info.kind).collect();
    let mut state = State::new(small());
    let mut seed = 1u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    let numbers = [0, 1, 2, 3, 5, -1, -100, 4096, i64::MAX, i64::MIN, 0xffff_ffff];
    let texts = ["", "/", "..", "a", "/etc/../..", "\u{1b}[2J", "memfd:x"];
    for _ in 0..20_000 {
        let kind = all[next() as usize % all.len()];
        let info = kind.info().unwrap();
        let thread = [1, 2, 3, -1, 0, i64::MAX, i64::MIN][next() as usize % 7];
        let mut event = EventBuilder::new(kind).at([0, 1, u64::MAX][next() as usize % 3], thread);
        for parameter in info.parameters {
            event = match next() % 5 {
                0 => event,
                1 => event.text(parameter.name, texts[next() as usize % texts.len()]),
                2 => {
                    let bytes: Vec<u8> = (0..next() % 70).map(|_| (next() % 256) as u8).collect();
                    event.bytes(parameter.name, &bytes)
                }
                _ => event.number(parameter.name, numbers[next() as usize % numbers.len()]),
            };
        }
        let bytes = event.build().bytes().to_vec();
        let event = Event::read(&bytes, Width::of(kind)).unwrap();
        state.process(&event);
        if let Some(thread) = state.event_thread() {
            let _ = (
                state.ancestors(thread).count(),
                state.cwd(thread),
                state.container(thread),
                thread.arguments(),
            );
            let _ = state.thread_count(thread);
        }
    }
    assert!(state.threads().len() <= 100);
}
