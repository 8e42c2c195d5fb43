//! A report may come from anywhere: whatever can be read can be written in every format, and stays harmless.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panic too")]

use report::{Details, Format, Options, sample};

#[test]
fn damaged_reports_are_written_in_every_format_without_harm() {
    let mut bytes = Vec::new();
    report::write(Format::Json, &sample::rich(), &Options::default(), &mut bytes).unwrap();
    let options = Options { width: Some(80), details: Details::Full, ..Options::default() };
    let mut written = 0;
    for step in 0..300_usize {
        let mut broken = bytes.clone();
        let at = (step * 7_919) % broken.len();
        // Letters and digits into others, quotes into hostile text: many of these stay reports.
        match step % 3 {
            0 => broken[at] = b'0' + (step % 10) as u8,
            1 => broken[at] = b'a' + (step % 26) as u8,
            _ => {
                if let Some(end) = broken[at..].windows(2).position(|pair| pair == b"\",") {
                    let hostile = serde_json::to_string(sample::HOSTILE).unwrap();
                    let inner = hostile.trim_matches('"').as_bytes().to_vec();
                    broken.splice(at + end..at + end, inner);
                }
            }
        }
        let Ok(read) = report::read_report(&broken) else { continue };
        written += 1;
        for format in Format::ALL {
            let mut out = Vec::new();
            report::write(format, &read, &options, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            match format {
                Format::Table | Format::Markdown | Format::Tty => {
                    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{format}: {text}");
                }
                Format::Html => assert_eq!(text.matches("</script").count(), 2),
                Format::Json => assert_eq!(report::read_report(text.as_bytes()).unwrap(), read),
                Format::Junit | Format::Checkstyle => {
                    assert!(!text.contains("<img") && !text.contains('\u{ffff}'));
                }
                Format::CodeClimate => {
                    for issue in text.split_terminator('\0') {
                        assert!(serde_json::from_str::<serde_json::Value>(issue).is_ok(), "{issue}");
                    }
                }
                _ => assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{format}"),
            }
        }
    }
    assert!(written > 50, "only {written} of the damaged reports could be read");
}
