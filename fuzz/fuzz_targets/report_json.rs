//! Reports of ours, and everything that is written from what they hold: a report is as untrusted as an image.
#![no_main]

use report::{Details, Format, Options};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(read) = report::read_report(bytes) else { return };
    let options = Options { width: Some(80), details: Details::Full, ..Options::default() };
    for format in Format::ALL {
        let mut out = Vec::new();
        report::write(format, &read, &options, &mut out).expect("memory takes every byte");
        let text = String::from_utf8(out).expect("every format is UTF-8");
        match format {
            Format::Table => assert!(!text.chars().any(|c| c.is_control() && c != '\n')),
            Format::Html => assert_eq!(text.matches("</script").count(), 2),
            Format::Json => assert_eq!(report::read_report(text.as_bytes()).expect("ours").findings.len(), read.findings.len()),
            _ => {}
        }
    }
});
