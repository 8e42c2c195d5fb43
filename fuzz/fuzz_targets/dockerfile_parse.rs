#![no_main]
//! Dockerfiles: every span lies in the file, and lines never run backwards.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let file = dockerfile::parse(&text);
    for instruction in &file.instructions {
        assert!(text.get(instruction.bytes.clone()).is_some());
        assert!(instruction.lines.first <= instruction.lines.last);
        if let Some((offset, line)) = instruction.text_map.locate(0) {
            assert!(offset <= text.len() && line >= instruction.lines.first);
        }
    }
    for stage in &file.stages {
        assert!(stage.instructions.end <= file.instructions.len());
    }
    let history: Vec<_> = text.lines().take(50).map(dockerfile::HistoryEntry::new).collect();
    assert_eq!(dockerfile::match_history(&file, &history).len(), history.len());
});
