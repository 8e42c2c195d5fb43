//! Promise: whatever is done to a log is found and called by its name.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

use ledger::{
    Checkpoint, Durability, Entry, Ledger, Options, ProblemKind, Verification, VerifyOptions,
    parse_checkpoints, verify,
};
use std::path::PathBuf;

struct Log {
    _place: tempfile::TempDir,
    file: PathBuf,
}

impl Log {
    fn with(records: usize, adjust: impl FnOnce(&mut Options)) -> Self {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("guard.jsonl");
        let log = Self { _place: place, file };
        let mut options = Options::new(&log.file);
        options.node = Some("node.example".to_owned());
        adjust(&mut options);
        log.write(options, records, "one");
        log
    }

    fn write(&self, options: Options, records: usize, what: &str) {
        let ledger = Ledger::open(options).unwrap();
        for number in 0..records {
            let entry = Entry::new("decision").with("number", number).with("what", what);
            ledger.append(entry, Durability::BeforeReturn).unwrap();
        }
        ledger.append(Entry::new("decision").with("what", "last"), Durability::BeforeReturn).unwrap();
    }

    fn lines(&self) -> Vec<String> {
        std::fs::read_to_string(&self.file).unwrap().lines().map(str::to_owned).collect()
    }

    fn put(&self, lines: &[String]) {
        std::fs::write(&self.file, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }

    fn checkpoints(&self) -> PathBuf {
        self.file.with_extension("jsonl.checkpoints")
    }

    fn verify(&self) -> Verification {
        verify(&self.file, &VerifyOptions::default()).unwrap()
    }

    #[track_caller]
    fn check(&self, expected: ProblemKind, sequence: u64) {
        let report = self.verify();
        let first = report.problems.first().unwrap_or_else(|| panic!("nothing was found: {report:?}"));
        assert_eq!((first.kind, first.sequence), (expected, sequence), "{report:#?}");
    }
}

#[test]
fn log_that_nobody_touched_is_whole_and_sealed() {
    let log = Log::with(20, |_| {});
    let report = log.verify();
    assert_eq!(report.problems, []);
    assert_eq!((report.records, report.unsealed, report.torn_bytes), (22, 0, 0));
    assert!(report.checkpoints >= 1 && report.key.is_some());
}

#[test]
fn edited_record_is_found() {
    let log = Log::with(20, |_| {});
    let mut lines = log.lines();
    lines[5] = lines[5].replace("\"what\":\"one\"", "\"what\":\"two\"");
    log.put(&lines);
    log.check(ProblemKind::Edited, 5);
}

#[test]
fn edited_record_with_a_new_hash_is_found() {
    use sha2::{Digest as _, Sha256};
    let log = Log::with(20, |_| {});
    let mut lines = log.lines();
    let mut members: serde_json::Map<_, _> = serde_json::from_str(&lines[5]).unwrap();
    members.insert("what".into(), "two".into());
    members.remove("hash");
    let previous = ledger::Hash::parse(members["prev"].as_str().unwrap()).unwrap();
    let text = ledger::canonical(&members.clone().into());
    let hash = Sha256::new().chain_update(previous.0).chain_update(text).finalize();
    members.insert("hash".into(), ledger::Hash(hash.into()).to_string().into());
    lines[5] = ledger::canonical(&members.into());
    log.put(&lines);
    log.check(ProblemKind::Edited, 5);
}

#[test]
fn reformatted_record_is_found() {
    let log = Log::with(20, |_| {});
    let mut lines = log.lines();
    lines[5] = lines[5].replace("\"seq\":5", "\"seq\": 5");
    log.put(&lines);
    assert_eq!(log.verify().problems[0].kind, ProblemKind::Edited);
}

#[test]
fn deleted_record_is_found() {
    let log = Log::with(20, |_| {});
    let mut lines = log.lines();
    lines.remove(5);
    log.put(&lines);
    log.check(ProblemKind::Deleted, 5);
}

#[test]
fn deleted_first_file_is_found_and_may_be_allowed() {
    let log = Log::with(60, |options| options.file_bytes_max = 4000);
    std::fs::remove_file(log.file.with_extension("jsonl.000001")).unwrap();
    log.check(ProblemKind::Deleted, 0);
    let options = VerifyOptions { may_begin_late: true, ..VerifyOptions::default() };
    let report = verify(&log.file, &options).unwrap();
    assert_eq!(report.problems, [], "the header carries the chain");
    assert!(report.first > 0 && report.checkpoints >= 1, "{report:?}");
}

#[test]
fn reordered_records_are_found() {
    let log = Log::with(20, |_| {});
    let mut lines = log.lines();
    lines.swap(5, 6);
    log.put(&lines);
    log.check(ProblemKind::Reordered, 6);
}

#[test]
fn truncated_log_is_found_by_its_checkpoint() {
    let log = Log::with(20, |_| {});
    let mut lines = log.lines();
    lines.truncate(10);
    log.put(&lines);
    log.check(ProblemKind::Truncated, 10);
}

#[test]
fn truncated_log_and_checkpoints_are_found_by_a_checkpoint_kept_elsewhere() {
    let log = Log::with(20, |_| {});
    let kept = std::fs::read_to_string(log.checkpoints()).unwrap();
    let mut lines = log.lines();
    lines.truncate(10);
    log.put(&lines);
    std::fs::remove_file(log.checkpoints()).unwrap();
    log.check(ProblemKind::Unsigned, 0);
    let options = VerifyOptions { checkpoints: vec![("kept".into(), kept)], ..VerifyOptions::default() };
    assert_eq!(verify(&log.file, &options).unwrap().problems[0].kind, ProblemKind::Truncated);
}

#[test]
fn fork_is_found_though_its_chain_is_whole() {
    let log = Log::with(20, |_| {});
    let kept = std::fs::read_to_string(log.checkpoints()).unwrap();
    // Whoever holds the key writes another history of the same length.
    for file in [log.file.clone(), log.checkpoints()] {
        std::fs::remove_file(file).unwrap();
    }
    let mut options = Options::new(&log.file);
    options.node = Some("node.example".to_owned());
    log.write(options, 30, "another");
    assert_eq!(log.verify().problems, []);
    let options = VerifyOptions { checkpoints: vec![("kept".into(), kept)], ..VerifyOptions::default() };
    let report = verify(&log.file, &options).unwrap();
    assert_eq!(report.problems[0].kind, ProblemKind::Forked, "{report:?}");
}

#[test]
fn checkpoint_of_another_key_does_not_count() {
    let log = Log::with(3, |_| {});
    let other = Log::with(3, |_| {});
    std::fs::copy(other.checkpoints(), log.checkpoints()).unwrap();
    assert_eq!(log.verify().problems[0].kind, ProblemKind::BadSignature);
}

#[test]
fn chain_and_checkpoints_go_on_across_files_and_restarts() {
    let adjust = |options: &mut Options| {
        options.file_bytes_max = 3000;
        options.checkpoint_records = 7;
    };
    let log = Log::with(50, adjust);
    let mut options = Options::new(&log.file);
    options.node = Some("node.example".to_owned());
    adjust(&mut options);
    log.write(options, 50, "two");
    let report = log.verify();
    assert_eq!(report.problems, []);
    assert!(report.files.len() > 3 && report.records > 100 && report.unsealed == 0, "{report:?}");
    let sizes: Vec<u64> = parse_checkpoints(&std::fs::read_to_string(log.checkpoints()).unwrap())
        .unwrap()
        .iter()
        .map(|checkpoint: &Checkpoint| checkpoint.size)
        .collect();
    assert!(sizes.is_sorted() && sizes.len() > 2, "{sizes:?}");
}

#[test]
fn log_that_was_edited_is_not_gone_on_with() {
    let log = Log::with(20, |_| {});
    let mut lines = log.lines();
    lines.remove(5);
    log.put(&lines);
    let error = Ledger::open(Options::new(&log.file)).err().unwrap().to_string();
    assert!(error.contains("line 6") && error.contains("hint:"), "{error}");
}

/// Whoever has no key can chain other records, but not sign them.
#[test]
fn log_without_its_checkpoints_is_not_believed_and_not_gone_on_with() {
    let log = Log::with(20, |_| {});
    std::fs::remove_file(log.checkpoints()).unwrap();
    log.check(ProblemKind::Unsigned, 0);
    let error = Ledger::open(Options::new(&log.file)).err().unwrap().to_string();
    assert!(error.contains("no checkpoint") && error.contains("hint:"), "{error}");
}

#[test]
fn log_that_was_cut_below_its_checkpoint_is_not_gone_on_with() {
    let log = Log::with(20, |_| {});
    let lines = log.lines();
    log.put(&lines[..15]);
    let error = Ledger::open(Options::new(&log.file)).err().unwrap().to_string();
    assert!(error.contains("and 15 are there"), "{error}");
}

#[test]
fn log_of_another_key_is_not_gone_on_with() {
    let log = Log::with(20, |_| {});
    std::fs::remove_file(log.file.with_extension("jsonl.key")).unwrap();
    let error = Ledger::open(Options::new(&log.file)).err().unwrap().to_string();
    assert!(error.contains("of this key"), "{error}");
}

#[test]
fn log_that_was_chained_anew_is_not_gone_on_with() {
    let log = Log::with(20, |_| {});
    let other = Log::with(20, |_| {});
    // The same number of records, whole in themselves, under the checkpoints and the key of the first.
    log.put(&other.lines());
    let error = Ledger::open(Options::new(&log.file)).err().unwrap().to_string();
    assert!(error.contains("are not those that were signed"), "{error}");
}

#[test]
fn second_writer_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let options = Options::new(&place.path().join("log"));
    let _first = Ledger::open(options.clone()).unwrap();
    assert!(Ledger::open(options).err().unwrap().to_string().contains("another process"));
}

#[test]
fn record_that_was_cut_off_is_removed_and_the_removal_recorded() {
    let log = Log::with(3, |_| {});
    let mut text = std::fs::read_to_string(&log.file).unwrap();
    text.push_str("{\"half\":");
    std::fs::write(&log.file, text).unwrap();
    assert_eq!(log.verify().torn_bytes, 8);
    let mut options = Options::new(&log.file);
    options.node = Some("node.example".to_owned());
    log.write(options, 1, "two");
    let report = log.verify();
    assert_eq!((report.problems.as_slice(), report.torn_bytes), ([].as_slice(), 0));
    assert!(
        log.lines()
            .iter()
            .any(|line| line.contains("\"kind\":\"resumed\"") && line.contains("\"torn_bytes\":8"))
    );
}
