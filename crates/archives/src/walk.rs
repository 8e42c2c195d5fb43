//! The walk through an archive and the archives in it: limits, names, what is shown and what is told.

use crate::meter::{Fault, Meter};
use crate::{ArchiveLimits, Format, Member, Outcome, Problem, ProblemKind};
use crate::{ar, cpio, mail, rpm, seven_zip, streams, tar, zip};
use content::Budget;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The whole walk is over: a limit, the time, or the visitor. A problem tells why, except for the visitor.
#[derive(Debug)]
pub(crate) struct Over;

/// Whether the walk goes on.
pub(crate) type Step = Result<(), Over>;

/// Bytes of a name that are kept.
const NAME_BYTES_MAX: usize = 4_096;
/// Bytes that are reserved for a member because it says so.
const RESERVED_BYTES_MAX: u64 = 1 << 20;

/// What is known of a member before its content.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemberHead {
    pub(crate) name: String,
    pub(crate) size: Option<u64>,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
}

impl MemberHead {
    pub(crate) fn new(name: &[u8], size: Option<u64>, mode: u32) -> Self {
        let name = &name[..name.len().min(NAME_BYTES_MAX)];
        Self { name: String::from_utf8_lossy(name).into_owned(), size, mode: mode & 0o7777, uid: 0 }
    }
}

/// How the content of a member ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MemberEnd {
    /// Everything was read.
    Whole,
    /// A limit or a fault, which was told.
    Part,
}

/// What comes after the bytes of a member that were read.
enum Tail<'r> {
    Whole,
    /// A fault, which was told.
    Broken,
    /// More, of which the first byte was read already.
    More(&'r mut (dyn Read + Send)),
}

/// The walk through one outermost file.
pub(crate) struct Walk<'a> {
    pub(crate) limits: &'a ArchiveLimits,
    pub(crate) meter: Arc<Meter>,
    visit: &'a mut dyn FnMut(&Member<'_>) -> ControlFlow<()>,
    nested: Vec<String>,
    /// The formats of the archives that are open, outermost first.
    open: Vec<Format>,
    held_bytes: u64,
    outcome: Outcome,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        limits: &'a ArchiveLimits,
        budget: &Budget,
        in_bytes: u64,
        visit: &'a mut dyn FnMut(&Member<'_>) -> ControlFlow<()>,
    ) -> Self {
        let meter = Meter::new(limits, budget, in_bytes);
        Self {
            limits,
            meter,
            visit,
            nested: Vec::new(),
            open: Vec::new(),
            held_bytes: 0,
            outcome: Outcome::default(),
        }
    }

    pub(crate) fn run(mut self, format: Format, name: &str, bytes: &[u8]) -> Outcome {
        self.outcome.format = Some(format);
        // How it ended is in the outcome.
        let _ = self.unpack(format, name, bytes);
        self.outcome.bytes = self.meter.out_bytes();
        self.outcome
    }

    fn unpack(&mut self, format: Format, name: &str, bytes: &[u8]) -> Step {
        self.open.push(format);
        let result = self.unpack_in_memory(format, name, bytes);
        self.open.pop();
        result
    }

    fn unpack_in_memory(&mut self, format: Format, name: &str, bytes: &[u8]) -> Step {
        match format {
            Format::Zip => zip::walk(self, bytes),
            Format::SevenZip => seven_zip::walk(self, bytes),
            Format::Mail => mail::walk(self, bytes),
            _ => {
                let mut input = bytes;
                self.unpack_stream(format, name, &mut input)
            }
        }
    }

    pub(crate) fn unpack_stream(
        &mut self,
        format: Format,
        name: &str,
        input: &mut (dyn BufRead + Send),
    ) -> Step {
        match format {
            Format::Tar => tar::walk(self, input),
            Format::Cpio => cpio::walk(self, input),
            Format::Ar => ar::walk(self, input),
            Format::Rpm => rpm::walk(self, name, input),
            _ => streams::walk(self, format, name, input),
        }
    }

    /// Shows a member whose content has to be read, and opens it if it is an archive.
    pub(crate) fn member(
        &mut self,
        head: &MemberHead,
        content: &mut (dyn Read + Send),
    ) -> Result<MemberEnd, Over> {
        self.count_member(head)?;
        let limit = self.member_bytes_max();
        let reserved = head.size.unwrap_or(0).min(RESERVED_BYTES_MAX).min(limit);
        let mut bytes = Vec::with_capacity(usize::try_from(reserved).unwrap_or(0) + 1);
        // Grows with what comes out, not with what is promised.
        let result = content.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        if self.meter.over().is_some() {
            return self.over();
        }
        if let Err(error) = result {
            let fault = Fault::of(&error);
            self.problem_in(&head.name, fault.kind, fault.detail);
            self.show(head, bytes, Tail::Broken)?;
            return Ok(MemberEnd::Part);
        }
        if bytes.len() as u64 <= limit {
            self.show(head, bytes, Tail::Whole)?;
            return Ok(MemberEnd::Whole);
        }
        self.show(head, bytes, Tail::More(content))?;
        Ok(MemberEnd::Part)
    }

    /// Bytes of the next member that may be in memory.
    pub(crate) fn member_bytes_max(&self) -> u64 {
        self.limits.member_bytes_max.min(self.limits.held_bytes_max.saturating_sub(self.held_bytes))
    }

    /// Shows a member that was read by the caller, who also told why it is not whole, if it is not.
    pub(crate) fn member_that_was_read(
        &mut self,
        head: &MemberHead,
        bytes: Vec<u8>,
        end: &MemberEnd,
    ) -> Step {
        self.count_member(head)?;
        let tail = if *end == MemberEnd::Whole { Tail::Whole } else { Tail::Broken };
        self.show(head, bytes, tail)
    }

    /// Shows a member whose content is in memory already, and opens it if it is an archive.
    pub(crate) fn member_in_memory(&mut self, head: &MemberHead, bytes: &[u8]) -> Step {
        self.count_member(head)?;
        if let Err(fault) = self.meter.count(bytes.len() as u64) {
            return self.end(&fault);
        }
        let limit = usize::try_from(self.limits.member_bytes_max).unwrap_or(usize::MAX);
        let shown = &bytes[..bytes.len().min(limit)];
        if shown.len() < bytes.len() {
            self.problem_in(&head.name, ProblemKind::Limit, cut_detail(shown.len()));
        }
        self.nested.push(head.name.clone());
        let size = bytes.len() as u64;
        let result = self.visit(head, size, shown).and_then(|()| self.open_in_memory(&head.name, bytes));
        self.nested.pop();
        result
    }

    /// Counts a link or another entry without content; a target that leads out of the archive is told.
    pub(crate) fn link(&mut self, name: &[u8], target: &[u8]) -> Step {
        self.outcome.links += 1;
        self.check_time()?;
        let name = MemberHead::new(name, None, 0).name;
        if leads_out(&name) || climbs(&name, &String::from_utf8_lossy(target)) {
            let detail = "a link leads out of the archive; it is not followed";
            self.problem_in(&name, ProblemKind::UnsafeName, detail);
        }
        Ok(())
    }

    /// Tells a problem of the archive that is open.
    pub(crate) fn problem(&mut self, kind: ProblemKind, detail: impl Into<String>) {
        if self.outcome.problems.len() >= self.limits.problems_max {
            self.outcome.problems_more += 1;
            return;
        }
        let detail = detail.into();
        self.outcome.problems.push(Problem { nested: self.nested.clone(), kind, detail });
    }

    /// Tells a problem of a member of the archive that is open.
    pub(crate) fn problem_in(&mut self, name: &str, kind: ProblemKind, detail: impl Into<String>) {
        self.nested.push(name.to_owned());
        self.problem(kind, detail);
        self.nested.pop();
    }

    /// Tells a fault that ends the archive that is open, or the walk when a limit caused it.
    pub(crate) fn fault(&mut self, fault: &Fault) -> Step {
        if self.meter.over().is_some() {
            return self.over().map(|_| ());
        }
        self.problem(fault.kind, fault.detail.clone());
        Ok(())
    }

    /// Ends the walk when the time is over; to be asked for entries that are not shown.
    pub(crate) fn check_time(&mut self) -> Step {
        match self.meter.count(0) {
            Ok(()) => Ok(()),
            Err(fault) => self.end(&fault),
        }
    }

    fn end(&mut self, fault: &Fault) -> Step {
        self.problem(fault.kind, fault.detail.clone());
        Err(Over)
    }

    fn over(&mut self) -> Result<MemberEnd, Over> {
        let detail = self.meter.over().unwrap_or_default().to_owned();
        self.problem(ProblemKind::Limit, detail);
        Err(Over)
    }

    fn count_member(&mut self, head: &MemberHead) -> Step {
        if self.outcome.members >= self.limits.members_max {
            let detail = format!("more than {} members", self.limits.members_max);
            self.problem(ProblemKind::Limit, detail);
            return Err(Over);
        }
        if leads_out(&head.name) {
            let detail = "the name of a member leads out of the archive";
            self.problem_in(&head.name, ProblemKind::UnsafeName, detail);
        }
        self.check_time()
    }

    fn show(&mut self, head: &MemberHead, bytes: Vec<u8>, tail: Tail<'_>) -> Step {
        self.nested.push(head.name.clone());
        let held = bytes.len() as u64;
        self.held_bytes += held;
        let result = self.show_and_open(head, bytes, tail);
        self.held_bytes -= held;
        self.nested.pop();
        result
    }

    fn show_and_open(&mut self, head: &MemberHead, bytes: Vec<u8>, tail: Tail<'_>) -> Step {
        let length = bytes.len() as u64;
        let rest = match tail {
            Tail::Whole => {
                self.visit(head, length, &bytes)?;
                return self.open_in_memory(&head.name, &bytes);
            }
            Tail::Broken => {
                self.visit(head, head.size.unwrap_or(0).max(length + 1), &bytes)?;
                return self.open_in_memory(&head.name, &bytes);
            }
            Tail::More(rest) => rest,
        };
        let shown = bytes.len() - 1;
        self.visit(head, head.size.unwrap_or(0).max(length), &bytes[..shown])?;
        match Format::by_head(&head.name, &bytes) {
            Some(format) if format.is_streamed() => {
                if !self.may_open(format) {
                    return Ok(());
                }
                self.open.push(format);
                let mut input = BufReader::with_capacity(32 << 10, Cursor::new(bytes).chain(rest));
                let result = self.unpack_stream(format, &head.name, &mut input);
                self.open.pop();
                result
            }
            _ => {
                self.problem(ProblemKind::Limit, cut_detail(shown));
                Ok(())
            }
        }
    }

    fn visit(&mut self, head: &MemberHead, size: u64, bytes: &[u8]) -> Step {
        self.outcome.members += 1;
        let member = Member { nested: &self.nested, size, mode: head.mode, uid: head.uid, bytes };
        match (self.visit)(&member) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Over),
        }
    }

    fn open_in_memory(&mut self, name: &str, bytes: &[u8]) -> Step {
        match Format::recognise(name, bytes) {
            Some(format) if self.may_open(format) => self.unpack(format, name, bytes),
            _ => Ok(()),
        }
    }

    // A compressed tar is one archive, not two.
    fn may_open(&mut self, format: Format) -> bool {
        let is_inner = |outer: &Format, inner: &Format| {
            outer.is_compressed_stream() && matches!(inner, Format::Tar | Format::Cpio)
        };
        let inner = self.open.windows(2).filter(|pair| is_inner(&pair[0], &pair[1])).count();
        let is_free = self.open.last().is_some_and(|outer| is_inner(outer, &format));
        let depth = self.open.len() - inner;
        let is_allowed = is_free || depth < self.limits.depth_max as usize;
        if !is_allowed {
            let detail = format!("archives lie in each other more than {} deep", self.limits.depth_max);
            self.problem(ProblemKind::Limit, detail);
        }
        is_allowed
    }
}

fn cut_detail(shown: usize) -> String {
    format!("only the first {shown} bytes were looked at")
}

/// Whether a name is absolute or has a `..`, also for systems where a backslash or a drive letter counts.
fn leads_out(name: &str) -> bool {
    let bytes = name.as_bytes();
    let has_drive =
        bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && bytes[2] == b'\\';
    has_drive
        || matches!(bytes.first(), Some(b'/' | b'\\'))
        || name.split(['/', '\\']).any(|part| part == "..")
}

/// Whether the target of a link climbs above the top of the archive. Absolute targets are common in packages and
/// mean the system that they are unpacked on.
fn climbs(name: &str, target: &str) -> bool {
    if target.starts_with('/') {
        return false;
    }
    let is_step = |part: &&str| !part.is_empty() && *part != ".";
    let mut depth = name.split('/').filter(is_step).count().saturating_sub(1);
    for part in target.split('/').filter(is_step) {
        if part != ".." {
            depth += 1;
        } else if depth == 0 {
            return true;
        } else {
            depth -= 1;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_are_known() {
        for bad in ["/etc/passwd", "../a", "a/../../b", "a\\..\\b", "C:\\x", "\\x"] {
            assert!(leads_out(bad), "{bad}");
        }
        for good in ["a", "./a/b", "a..b", "a/..b", "C:", "..."] {
            assert!(!leads_out(good), "{good}");
        }
        assert!(climbs("usr/lib/a", "../../../etc") && climbs("a", ".."));
        assert!(!climbs("usr/lib/a", "../../etc/x") && !climbs("a", "/etc"));
    }
}
