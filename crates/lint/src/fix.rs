//! Making the edits that findings carry, and showing them.

use model::Finding;
use std::fmt::Write as _;
use std::ops::Range;

/// A text with fixes made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The text.
    pub text: String,
    /// Titles of the fixes that were made, in order.
    pub made: Vec<String>,
    /// Fixes that were left out, because an earlier one edits the same place: another run makes them.
    pub left: usize,
}

/// Which fixes are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Those that ask for no decision.
    Safe,
    /// Suggestions too.
    All,
}

/// Makes the fixes of findings. A fix is made whole or not at all; one that meets an earlier one is left for the next run.
#[must_use]
pub fn apply_fixes(text: &str, findings: &[Finding], which: Made) -> Applied {
    let mut edits: Vec<(Range<usize>, &str)> = Vec::new();
    let mut applied = Applied { text: String::new(), made: Vec::new(), left: 0 };
    let fixes = findings.iter().filter_map(|finding| finding.fix.as_deref());
    for fix in fixes.filter(|fix| which == Made::All || fix.caution.is_none()) {
        let is_sound = fix.edits.iter().all(|edit| text.get(edit.bytes.clone()).is_some());
        let meets = fix.edits.iter().any(|edit| edits.iter().any(|(taken, _)| overlaps(taken, &edit.bytes)));
        if !is_sound || meets {
            applied.left += 1;
            continue;
        }
        edits.extend(fix.edits.iter().map(|edit| (edit.bytes.clone(), edit.text.as_str())));
        applied.made.push(fix.title.clone());
    }
    edits.sort_by_key(|(bytes, _)| (bytes.start, bytes.end));
    let mut at = 0;
    for (bytes, new) in edits {
        applied.text.push_str(&text[at..bytes.start]);
        applied.text.push_str(new);
        at = bytes.end;
    }
    applied.text.push_str(&text[at..]);
    applied
}

fn overlaps(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end || a.start == b.start
}

/// Lines around a change.
const CONTEXT: usize = 3;

/// The difference of two texts in the unified format (POSIX.1-2017, diff, "Diff -u Output Format"); empty when they
/// are the same. Both are versions of one file whose edits are few, so lines are compared from both ends and, between
/// them, matched greedily.
#[must_use]
pub fn diff(name: &str, old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let changes = changes(&old, &new);
    let mut out = String::new();
    if changes.is_empty() {
        return out;
    }
    let _ = writeln!(out, "--- {name}\n+++ {name}");
    let mut at = 0;
    while at < changes.len() {
        let mut last = at;
        while last + 1 < changes.len() && changes[last + 1].0.start <= changes[last].0.end + 2 * CONTEXT {
            last += 1;
        }
        hunk(&mut out, &old, &new, &changes[at..=last]);
        at = last + 1;
    }
    out
}

type Change = (Range<usize>, Range<usize>);

fn hunk(out: &mut String, old: &[&str], new: &[&str], changes: &[Change]) {
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return };
    let before = first.0.start.min(CONTEXT);
    let after = (old.len() - last.0.end).min(CONTEXT);
    let (old_start, old_end) = (first.0.start - before, last.0.end + after);
    let (new_start, new_end) = (first.1.start - before, last.1.end + after);
    let shown = |start: usize, length: usize| if length == 0 { start } else { start + 1 };
    let _ = writeln!(
        out,
        "@@ -{},{} +{},{} @@",
        shown(old_start, old_end - old_start),
        old_end - old_start,
        shown(new_start, new_end - new_start),
        new_end - new_start
    );
    let mut line = |mark: char, text: &str| {
        out.push(mark);
        out.push_str(text);
        if !text.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    };
    let mut at = old_start;
    for (gone, came) in changes {
        old[at..gone.start].iter().for_each(|text| line(' ', text));
        old[gone.clone()].iter().for_each(|text| line('-', text));
        new[came.clone()].iter().for_each(|text| line('+', text));
        at = gone.end;
    }
    old[at..old_end].iter().for_each(|text| line(' ', text));
}

fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let (mut a, mut b) = (0, 0);
    while a < old.len() || b < new.len() {
        if a < old.len() && b < new.len() && old[a] == new[b] {
            (a, b) = (a + 1, b + 1);
            continue;
        }
        // The nearest pair of equal lines, so that edits stay small; none in sight ends the files together.
        let (gone, came) = nearest(&old[a..], &new[b..]);
        changes.push((a..a + gone, b..b + came));
        (a, b) = (a + gone, b + came);
    }
    changes
}

fn nearest(old: &[&str], new: &[&str]) -> (usize, usize) {
    for distance in 1..200 {
        for gone in 0..=distance {
            let came = distance - gone;
            if let (Some(a), Some(b)) = (old.get(gone), new.get(came))
                && a == b
            {
                return (gone, came);
            }
        }
    }
    (old.len(), new.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_reads_like_that_of_diff() {
        let old = "a\nb\nc\nd\ne\nf\ng\n";
        let new = "a\nb\nc\nD\ne\nf\ng\nh";
        assert_eq!(
            diff("x", old, new),
            "--- x\n+++ x\n@@ -1,7 +1,8 @@\n a\n b\n c\n-d\n+D\n e\n f\n g\n+h\n\\ No newline at end of file\n"
        );
        assert_eq!(diff("x", old, old), "");
        assert!(diff("x", "", "a\n").contains("@@ -0,0 +1,1 @@\n+a\n"));
    }
}
