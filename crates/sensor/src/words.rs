//! Arguments and environments of what ran before the sensor: the kernel's list of tasks does not read other processes' memory.

#![allow(clippy::disallowed_methods, reason = "no other crate reads what the kernel's list leaves out")]

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;

use crate::record::{Record, TAG_ARGUMENTS, TAG_ENVIRONMENT};

/// As many bytes of either as a record of `execve` has (`PIECE_MAX` of `bpf/write.h`).
const WORDS_BYTES_MAX: u64 = 4096;

/// The records of tasks, those of processes with the words that `/proc` tells of them (`proc_pid_cmdline(5)`,
/// `proc_pid_environ(5)`). What cannot be read, as of one that ended meanwhile, is left out.
pub(crate) fn with_words(tasks: &[u8]) -> Vec<u8> {
    // All threads of a process have the same.
    let mut parts_of: HashMap<u32, Vec<u8>> = HashMap::new();
    let mut out = Vec::with_capacity(tasks.len());
    for record in Record::all(tasks) {
        let process = record.tgid();
        let parts = parts_of.entry(process).or_insert_with(|| parts(process));
        record.write_with(parts, &mut out);
    }
    out
}

fn parts(process: u32) -> Vec<u8> {
    let mut parts = Vec::new();
    for (tag, name) in [(TAG_ARGUMENTS, "cmdline"), (TAG_ENVIRONMENT, "environ")] {
        let mut words = Vec::new();
        let file = File::open(format!("/proc/{process}/{name}"));
        let read = file.and_then(|file| file.take(WORDS_BYTES_MAX).read_to_end(&mut words));
        if let (Ok(1..), Ok(length)) = (read, u16::try_from(words.len())) {
            parts.extend(tag.to_ne_bytes());
            parts.extend(length.to_ne_bytes());
            parts.extend(words);
        }
    }
    parts
}
