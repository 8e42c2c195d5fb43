//! Where the base image ends in a history.

use super::{HistoryEntry, Step};
use crate::Keyword;

/// How many entries of a history belong to the base image, when that can be told.
///
/// Buildah says `FROM name` in the comment of the first entry of its own. Otherwise the base ends with the last `CMD`
/// or `ENTRYPOINT` that is followed by further layers: the official images end with one, and an image's own comes
/// after its layers. An image that sets its own before its last `COPY` is judged wrongly by this.
#[must_use]
pub fn base_entries(history: &[HistoryEntry], steps: &[Step]) -> Option<usize> {
    let of_comment = history.iter().rposition(|entry| base_of_comment(&entry.comment).is_some());
    if let Some(at) = of_comment.filter(|at| *at > 0) {
        return Some(at);
    }
    let mut layers = 0_usize;
    let mut candidate = None;
    let mut boundary = None;
    for (entry, step) in history.iter().zip(steps) {
        if !entry.empty_layer {
            boundary = candidate.or(boundary);
            layers += 1;
        } else if matches!(step.keyword, Keyword::Cmd | Keyword::Entrypoint) && layers > 0 {
            candidate = Some(step.index + 1);
        }
    }
    boundary
}

/// The image that buildah names in a comment: `FROM docker.io/library/alpine:3.20`.
pub(crate) fn base_of_comment(comment: &str) -> Option<&str> {
    let name = comment.trim().strip_prefix("FROM ")?.trim();
    (!name.is_empty() && name.len() <= 512 && !name.contains(char::is_whitespace)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_history;

    #[track_caller]
    fn ends_at(history: &[HistoryEntry], expected: Option<usize>) {
        assert_eq!(base_entries(history, &parse_history(history)), expected);
    }

    #[test]
    fn the_base_ends_with_the_last_command_before_further_layers() {
        let debian = [
            HistoryEntry::new("/bin/sh -c #(nop) ADD file:1 in / "),
            HistoryEntry::empty("/bin/sh -c #(nop)  CMD [\"bash\"]"),
        ];
        ends_at(&debian, None);
        let mut own = debian.to_vec();
        own.extend([HistoryEntry::new("RUN /bin/sh -c make # buildkit"), HistoryEntry::empty("CMD [\"x\"]")]);
        ends_at(&own, Some(2));
    }

    #[test]
    fn buildah_names_its_base_in_a_comment() {
        let mut own = HistoryEntry::new("/bin/sh -c make");
        own.comment = "FROM docker.io/library/alpine:3.20".to_owned();
        ends_at(&[HistoryEntry::new("/bin/sh -c #(nop) ADD file:1 in / "), own], Some(1));
    }
}
