//! Writes a capture of a busy host: `busy_host EVENTS FILE`, for `cargo xtask bench --only watch`.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a program for benchmarks ends by panicking"
)]

#[path = "../benches/busy_host/mod.rs"]
mod busy_host;

use capture::Writer;
use std::io::BufWriter;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [events, path] = &words[..] else { panic!("busy_host EVENTS FILE") };
    let file = BufWriter::new(std::fs::File::create(path).unwrap());
    let mut writer = Writer::new(file, &busy_host::snapshot()).unwrap();
    let mixture = busy_host::mixture();
    for event in mixture.iter().cycle().take(events.parse().unwrap()) {
        writer.event(&event.event()).unwrap();
    }
    writer.finish().unwrap();
}
