//! A tar that is no layer: its entries as they stand in it, without the rules of layers.

use crate::tar_entry::{TarKind, TarStep};
use crate::tar_reader::{TarInput, TarReader};
use model::GapReason;
use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

/// An entry of a tar.
#[derive(Clone, Copy, Debug)]
pub struct TarMember<'a> {
    /// The name as stored: nothing is known of it.
    pub name: &'a [u8],
    /// The target of a link as stored.
    pub link: &'a [u8],
    /// What it is.
    pub kind: TarMemberKind,
    /// Size with holes.
    pub size: u64,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Whether holes are filled with zeros that are not in the tar.
    pub is_sparse: bool,
}

/// What an entry of a tar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TarMemberKind {
    /// A regular file, or of a type that nobody knows, which unpackers make regular files of.
    File,
    /// A directory.
    Directory,
    /// A symbolic or a hard link.
    Link,
    /// A device or a pipe.
    Special,
}

/// Something wrong with a tar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TarProblem {
    /// Where in the tar.
    pub offset: u64,
    /// The kind.
    pub reason: GapReason,
    /// What.
    pub detail: String,
}

/// Shows the entries of a tar with their content until `visit` breaks off, the end, or a fault, which is the last
/// problem then. Content that is not read is skipped. Memory is bounded by the extended headers of one entry.
pub fn walk_tar_members(
    input: &mut (dyn BufRead + Send),
    visit: &mut dyn FnMut(&TarMember<'_>, &mut (dyn Read + Send)) -> ControlFlow<()>,
) -> Vec<TarProblem> {
    let mut input = Input(input);
    let mut tar = TarReader::new(&mut input);
    let mut problems = Vec::new();
    let (mut name, mut link) = (Vec::new(), Vec::new());
    loop {
        let step = tar.next();
        for note in tar.take_notes() {
            let detail = note.problem.to_owned();
            problems.push(TarProblem { offset: note.offset, reason: note.reason, detail });
        }
        let entry = match step {
            Ok(TarStep::Entry(entry)) => entry,
            Ok(TarStep::End { .. }) => return problems,
            Err(fault) => {
                problems.push(TarProblem {
                    offset: fault.offset,
                    reason: fault.reason,
                    detail: fault.problem,
                });
                return problems;
            }
        };
        name.clear();
        name.extend_from_slice(tar.name());
        link.clear();
        link.extend_from_slice(tar.link());
        let member = TarMember {
            name: &name,
            link: &link,
            kind: match entry.kind {
                TarKind::File | TarKind::Unknown(_) => TarMemberKind::File,
                TarKind::Directory => TarMemberKind::Directory,
                TarKind::Symlink | TarKind::HardLink => TarMemberKind::Link,
                TarKind::Special | TarKind::CharacterDevice | TarKind::BlockDevice => TarMemberKind::Special,
            },
            size: entry.size,
            mode: entry.mode,
            uid: entry.uid,
            is_sparse: entry.size > entry.stored_bytes,
        };
        // Without a map that makes sense it is unclear where the bytes belong, but they are there: shown as stored.
        if tar.with_content(|content| visit(&member, content)).is_break() {
            return problems;
        }
    }
}

struct Input<'a>(&'a mut (dyn BufRead + Send));

impl Read for Input<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.0.consume(count);
    }
}

impl TarInput for Input<'_> {}
