//! Texts that generators read: the first byte tells which.
#![no_main]

use harden::apparmor::{Mode, parse_bane, profile};
use harden::daemon_json::{Hardening, harden};
use harden::seccomp::{Architectures, Observed, Request, Stage, generate};
use harden::tls::read_certificate;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    match kind % 4 {
        0 => {
            if let Ok(wish) = parse_bane(text) {
                let profile = profile(&wish, Mode::Enforce);
                assert_eq!(profile.text.matches("\nprofile ").count(), 1, "a value became a profile");
            }
        }
        1 => {
            let version = "28.5".parse().expect("a version");
            if let Ok(hardened) = harden(text, &version, &Hardening::default()) {
                let again = harden(&hardened.text, &version, &Hardening::default())
                    .expect("what was written is read");
                assert!(again.changes.is_empty(), "{:?}", again.changes);
            }
        }
        2 => {
            if let Ok(observed) = Observed::parse(text) {
                let request = Request {
                    observed: &observed,
                    stage: Stage::Enforce,
                    architectures: Architectures::NativeOnly,
                };
                let _ = generate(&request);
            }
        }
        _ => {
            let _ = read_certificate(text);
            for patch in harden::patch::patches(text) {
                assert!(!patch.text.contains('\u{1b}'), "an escape of a terminal");
            }
        }
    }
});
