//! Members of a zip archive, found by its directory and checked against their own headers.

use crate::ProblemKind;
use crate::walk::{Step, Walk};
use crate::zip_directory::{Directory, Entry};
use crate::{zip_member, zip_scan};
use std::collections::BTreeMap;

/// Whether something that does not begin like a zip archive has one behind it.
pub(crate) fn has_directory(bytes: &[u8]) -> bool {
    Directory::find(bytes).is_some_and(|directory| directory.entries_declared > 0)
}

/// Shows the members: those of the directory, and those between them that it does not list. Without a directory, which
/// stands at the end, the members are found by their own headers.
pub(crate) fn walk(walk: &mut Walk<'_>, bytes: &[u8]) -> Step {
    let Some(directory) = Directory::find(bytes) else {
        walk.problem(ProblemKind::Truncated, "the zip archive has no directory at its end");
        return zip_scan::walk(walk, bytes, 0, bytes.len());
    };
    let begins_with_member = bytes.starts_with(zip_scan::LOCAL);
    if directory.prefix > 0 && begins_with_member {
        // The end may be missing, and the directory that of a stored archive inside; or there are two archives.
        walk.problem(
            ProblemKind::Truncated,
            "the directory at the end belongs to a part of the zip archive only",
        );
        return zip_scan::walk(walk, bytes, 0, bytes.len());
    }
    let mut members = Places::default();
    let mut at = directory.start;
    let mut count = 0_u64;
    loop {
        let (entry, next) = match directory.entry(at) {
            Ok(Some(entry)) => entry,
            Ok(None) => break,
            Err(at) => {
                walk.problem(ProblemKind::Malformed, format!("the directory is broken at byte {at}"));
                break;
            }
        };
        at = next;
        count += 1;
        show(walk, bytes, &directory, &entry, &mut members)?;
    }
    // Writers without Zip64 count only to 65,535.
    if count % 65_536 != directory.entries_declared % 65_536 {
        let detail =
            format!("the directory should list {} members and lists {count}", directory.entries_declared);
        walk.problem(ProblemKind::Malformed, detail);
    }
    for (start, end) in members.gaps(begins_with_member, directory.start) {
        if memchr::memmem::find(&bytes[start..end], zip_scan::LOCAL).is_some() {
            let detail = format!("members that the directory does not list stand at byte {start}");
            walk.problem(ProblemKind::Malformed, detail);
            zip_scan::walk(walk, bytes, start, end)?;
        }
    }
    Ok(())
}

fn show(
    walk: &mut Walk<'_>,
    bytes: &[u8],
    directory: &Directory<'_>,
    entry: &Entry<'_>,
    members: &mut Places,
) -> Step {
    let name = || String::from_utf8_lossy(&entry.name[..entry.name.len().min(4_096)]).into_owned();
    let start =
        usize::try_from(entry.header_offset).ok().and_then(|offset| offset.checked_add(directory.prefix));
    let Some((start, local)) =
        start.and_then(|start| zip_scan::local(bytes, start).map(|local| (start, local)))
    else {
        walk.check_time()?;
        walk.problem_in(&name(), ProblemKind::Malformed, "the directory points to no member");
        return Ok(());
    };
    let length = usize::try_from(entry.compressed_bytes).unwrap_or(usize::MAX);
    let end = local.data_start.saturating_add(length);
    let is_cut = end > bytes.len();
    let end = end.min(bytes.len());
    if !members.take(start, end) {
        walk.check_time()?;
        walk.problem_in(&name(), ProblemKind::Overlapping, "it shares bytes with another member; shown once");
        return Ok(());
    }
    // Other readers believe the member's own header.
    let own = &local.entry;
    let lies = own.name != entry.name
        || own.method != entry.method
        || (!local.is_size_unknown && own.compressed_bytes != entry.compressed_bytes);
    if lies {
        walk.problem_in(
            &name(),
            ProblemKind::Malformed,
            "the directory and the member's own header disagree",
        );
    }
    zip_member::show(walk, entry, &bytes[local.data_start..end], is_cut).map(|_| ())
}

/// The places of the members, which must not overlap.
#[derive(Default)]
struct Places(BTreeMap<usize, usize>);

impl Places {
    /// Whether the place was free.
    fn take(&mut self, start: usize, end: usize) -> bool {
        let before = self.0.range(..=start).next_back().is_some_and(|(_, taken_end)| *taken_end > start);
        let behind = self.0.range(start..).next().is_some_and(|(taken_start, _)| *taken_start < end);
        if before || behind {
            return false;
        }
        self.0.insert(start, end);
        true
    }

    /// What is between the members and up to the directory; also in front of the first, unless that is a program.
    fn gaps(&self, begins_with_member: bool, directory_start: usize) -> Vec<(usize, usize)> {
        let first = self.0.keys().next().copied().unwrap_or(directory_start);
        let ends = [if begins_with_member { 0 } else { first }].into_iter().chain(self.0.values().copied());
        let starts = self.0.keys().copied().chain([directory_start]);
        ends.zip(starts).filter(|(end, start)| start.saturating_sub(*end) > 30).collect()
    }
}
