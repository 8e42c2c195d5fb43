//! Which instruction made which layer.

use crate::{History, ImageConfig};
use model::{Gap, GapReason};

/// What the history of an image tells of one layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerHistory {
    /// The instruction as a Dockerfile would have it.
    pub instruction: Option<String>,
    /// RFC 3339.
    pub created: Option<String>,
    /// Whether the layer belongs to the base image; `None` when that cannot be told.
    pub is_base: Option<bool>,
}

/// Maps the history entries that made a layer to the layers, lowest first. When there are not as many of the
/// ones as of the others, nothing can be told and a gap says so.
///
/// The base image ends with the last `CMD` or `ENTRYPOINT` that is followed by further layers: the official
/// images end with one, and an image's own comes after its layers. An image that sets its own before its last
/// `COPY` is judged wrongly by this; an image without such an instruction has no known base. The annotations
/// `org.opencontainers.image.base.*` name the base but not where it ends, so they cannot serve offline.
#[must_use]
pub fn attribute_history(config: &ImageConfig, layer_count: usize) -> (Vec<LayerHistory>, Option<Gap>) {
    let making = config.history.iter().filter(|entry| !entry.empty_layer).count();
    if making != layer_count {
        let gap = (!config.history.is_empty()).then(|| {
            let detail = format!("the history tells of {making} layers, the image has {layer_count}");
            Gap::new("instructions of the layers", GapReason::Malformed, detail)
        });
        return (vec![LayerHistory::default(); layer_count], gap);
    }
    let base_layers = base_layers(&config.history);
    let layers = config.history.iter().filter(|entry| !entry.empty_layer).enumerate();
    let layers = layers.map(|(at, entry)| LayerHistory {
        instruction: entry.created_by.as_deref().map(clean_instruction).filter(|text| !text.is_empty()),
        created: entry.created.clone(),
        is_base: base_layers.map(|count| at < count),
    });
    (layers.collect(), None)
}

fn base_layers(history: &[History]) -> Option<usize> {
    let mut layers = 0;
    let mut boundary = None;
    let mut candidate = None;
    for entry in history {
        if entry.empty_layer {
            let instruction = clean_instruction(entry.created_by.as_deref().unwrap_or_default());
            if instruction.starts_with("CMD ") || instruction.starts_with("ENTRYPOINT ") {
                candidate = Some(layers);
            }
        } else {
            boundary = candidate.or(boundary);
            layers += 1;
        }
    }
    boundary.filter(|count| *count > 0)
}

/// The instruction without what the builders put around it: the classic builder's `/bin/sh -c #(nop)` and
/// build arguments (`|1 A=b /bin/sh -c …`; moby, builder/dockerfile), buildkit's `# buildkit` suffix.
#[must_use]
pub fn clean_instruction(created_by: &str) -> String {
    const LENGTH_MAX: usize = 4_096;
    const SHELL: &str = "/bin/sh -c ";
    let text: String = created_by.chars().take(LENGTH_MAX).collect();
    let text = text.trim();
    let text = text.strip_suffix("# buildkit").map_or(text, str::trim_end);
    if let Some((_, instruction)) = text.split_once("#(nop)") {
        return instruction.trim().to_owned();
    }
    let (is_run, command) = text.strip_prefix("RUN ").map_or((false, text), |command| (true, command));
    let command = match command.strip_prefix('|').and_then(|rest| rest.split_once(SHELL)) {
        Some((_, command)) => Some(command),
        None => command.strip_prefix(SHELL),
    };
    match command {
        Some(command) => format!("RUN {}", command.trim()),
        None if is_run => text.to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn cleans(raw: &str, expected: &str) {
        assert_eq!(clean_instruction(raw), expected);
    }

    #[test]
    fn builders_leave_no_trace_in_the_instruction() {
        cleans("/bin/sh -c #(nop)  CMD [\"bash\"]", "CMD [\"bash\"]");
        cleans("/bin/sh -c #(nop) ADD file:1 in / ", "ADD file:1 in /");
        cleans("/bin/sh -c apt-get update", "RUN apt-get update");
        cleans("|1 VERSION=3 /bin/sh -c make", "RUN make");
        cleans("RUN /bin/sh -c make # buildkit", "RUN make");
        cleans("RUN |2 A=1 B=two words /bin/sh -c make # buildkit", "RUN make");
        cleans("RUN /bin/bash -o pipefail -c make # buildkit", "RUN /bin/bash -o pipefail -c make");
        cleans("COPY a b # buildkit", "COPY a b");
        cleans("", "");
    }

    fn config(entries: &[(&str, bool)]) -> ImageConfig {
        let history = entries.iter().map(|(text, empty_layer)| History {
            created_by: Some((*text).to_owned()),
            empty_layer: *empty_layer,
            ..History::default()
        });
        ImageConfig { history: history.collect(), ..ImageConfig::default() }
    }

    fn bases(entries: &[(&str, bool)], layers: usize) -> Vec<Option<bool>> {
        attribute_history(&config(entries), layers).0.into_iter().map(|layer| layer.is_base).collect()
    }

    #[test]
    fn empty_entries_make_no_layer() {
        let entries = [("ADD a", false), ("ENV x=y", true), ("RUN b", false)];
        let (layers, gap) = attribute_history(&config(&entries), 2);
        let instructions: Vec<_> = layers.iter().map(|layer| layer.instruction.as_deref().unwrap()).collect();
        assert_eq!((instructions.as_slice(), gap), (["ADD a", "RUN b"].as_slice(), None));
    }

    #[test]
    fn a_history_of_another_length_tells_nothing_and_is_a_gap() {
        let (layers, gap) = attribute_history(&config(&[("ADD a", false)]), 2);
        assert_eq!(layers, vec![LayerHistory::default(); 2]);
        assert_eq!(gap.unwrap().reason, GapReason::Malformed);
        assert_eq!(attribute_history(&config(&[]), 1).1, None);
    }

    #[test]
    fn the_base_ends_with_the_last_command_before_further_layers() {
        let official = [("ADD a", false), ("/bin/sh -c #(nop)  CMD [\"bash\"]", true)];
        assert_eq!(bases(&official, 1), [None]);
        let own = [&official[..], &[("RUN b", false), ("COPY c", false), ("CMD [\"c\"]", true)]].concat();
        assert_eq!(bases(&own, 3), [Some(true), Some(false), Some(false)]);
        let third = [&own[..], &[("RUN d", false)]].concat();
        assert_eq!(bases(&third, 4), [Some(true), Some(true), Some(true), Some(false)]);
        assert_eq!(bases(&[("ADD a", false), ("RUN b", false)], 2), [None, None]);
    }
}
