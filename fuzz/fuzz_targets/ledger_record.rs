//! Lines of audit logs and files of checkpoints.
#![no_main]

use ledger::{Record, VerifierKey, canonical, parse_checkpoints};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(record) = Record::parse(input) {
        // What is read back has one form.
        assert_eq!(canonical(&record.members.into()).as_bytes(), input);
    }
    if let Ok(text) = std::str::from_utf8(input) {
        if let Ok(checkpoints) = parse_checkpoints(text) {
            for checkpoint in checkpoints {
                let note = checkpoint.note();
                let again = parse_checkpoints(&note).expect("what is written is read");
                assert_eq!(again.len(), 1);
                assert_eq!(again[0].note(), note);
            }
        }
        if let Ok(key) = VerifierKey::parse(text) {
            assert_eq!(VerifierKey::parse(&key.to_string()), Ok(key));
        }
    }
});
