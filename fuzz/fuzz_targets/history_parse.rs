#![no_main]
//! Histories, one entry a line: what is reconstructed of them parses again.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let entries = text.split('\n').take(200);
    let history = entries.map(|line| match line.strip_prefix('-') {
        Some(line) => dockerfile::HistoryEntry::empty(line),
        None => dockerfile::HistoryEntry::new(line),
    });
    let made = dockerfile::reconstruct(&history.collect::<Vec<_>>(), &dockerfile::ReconstructOptions::default());
    let lines = made.text.lines().count();
    for span in made.entry_lines.iter().flatten() {
        assert!(span.first <= span.last && span.last as usize <= lines);
    }
    let facts = checks::ImageFacts {
        history: text.split('\n').take(200).map(dockerfile::HistoryEntry::new).collect(),
        ..checks::ImageFacts::default()
    };
    let _ = checks::check(&facts, &checks::CheckOptions::default());
});
