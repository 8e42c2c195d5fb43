//! Reviews of an API server: whatever can be read is answered, and an object that was rewritten is let through.
#![no_main]

use admission::{ByPolicy, NoImages, Review, mutate, validate};

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let Ok(review) = Review::read(body) else { return };
    let policy = control::Policy::profile("strict").expect("it is built in");
    let rules = ByPolicy { policy: &policy, today: "2026-11-22".parse().expect("it is a date") };
    for answer in [validate(&review, &rules, &NoImages), mutate(&review, &rules, &NoImages)] {
        assert!(!answer.to_json().contains('\u{1b}'));
        assert!(answer.is_allowed || answer.message.is_some());
    }
});
