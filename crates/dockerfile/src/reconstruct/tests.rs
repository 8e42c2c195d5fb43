use super::*;
use crate::{Keyword, parse};

fn official() -> Vec<HistoryEntry> {
    vec![
        HistoryEntry::new("/bin/sh -c #(nop) ADD file:4e3f0a in / "),
        HistoryEntry::empty("/bin/sh -c #(nop)  CMD [\"bash\"]"),
        HistoryEntry::empty("LABEL maintainer=Some Body <some@example.com>"),
        HistoryEntry::empty("ENV VERSION=1.2 OPTS=a b"),
        HistoryEntry::new(
            "RUN |1 A=b c /bin/sh -c apt-get update     && apt-get install -y --no-install-recommends curl ca-certificates     && rm -rf /var/lib/apt/lists/* # buildkit",
        ),
        HistoryEntry::new("RUN /bin/sh -c set -e\necho a\n # buildkit"),
        HistoryEntry::empty("SHELL [/bin/bash -o pipefail -c]"),
        HistoryEntry::new("RUN /bin/bash -o pipefail -c a | b # buildkit"),
        HistoryEntry::new("COPY app /srv # buildkit"),
        HistoryEntry::empty("HEALTHCHECK &{[\"CMD\" \"x\"] \"0s\" \"0s\" \"0s\" \"0s\" '\\x00'}"),
        HistoryEntry::empty("EXPOSE map[80/tcp:{}]"),
        HistoryEntry::empty("ENTRYPOINT [\"/srv/app\" \"run\"]"),
    ]
}

#[test]
fn every_entry_becomes_an_instruction_at_its_lines() {
    let history = official();
    let made = reconstruct(&history, &ReconstructOptions::default());
    let file = parse(&made.text);
    assert_eq!(file.problems, [], "{}", made.text);
    let keywords: Vec<Keyword> = file.instructions.iter().map(|instruction| instruction.keyword).collect();
    let steps = parse_history(&history);
    assert_eq!(keywords[0], Keyword::From);
    assert_eq!(keywords[1..], steps.iter().map(|step| step.keyword).collect::<Vec<_>>());
    for (at, instruction) in file.instructions[1..].iter().enumerate() {
        assert_eq!(made.entry_lines[at].unwrap().last, instruction.lines.last, "{}", made.text);
    }
    assert_eq!(made.layer_lines.len(), 5);
    assert_eq!(made.layer_lines[1], made.entry_lines[4]);
}

#[test]
fn the_text_reads_like_a_dockerfile() {
    let text = reconstruct(&official(), &ReconstructOptions::default()).text;
    for expected in [
        "# file:4e3f0a\nADD unknown-source /\n",
        "LABEL maintainer=\"Some Body <some@example.com>\"\n",
        "ENV VERSION=1.2 \\\n    OPTS=\"a b\"\n",
        "RUN apt-get update \\\n    && apt-get install -y --no-install-recommends curl ca-certificates \\\n    && rm",
        "RUN <<EOF\nset -e\necho a\nEOF\n",
        "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN a | b\n",
        "HEALTHCHECK CMD [\"x\"]\nEXPOSE 80/tcp\nENTRYPOINT [\"/srv/app\", \"run\"]\n",
        "# The base image seems to end here.\nLABEL",
    ] {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
}

#[test]
fn a_named_base_stands_behind_from_and_its_entries_are_comments() {
    let labels = [("name", "example.com/debian:12"), ("digest", "sha256:ab")]
        .map(|(name, value)| (format!("org.opencontainers.image.base.{name}"), value.to_owned()));
    let options = ReconstructOptions::from_labels(&labels.into());
    let made = reconstruct(&official(), &options);
    assert!(made.text.contains("FROM example.com/debian:12@sha256:ab\n# file:4e3f0a\n# ADD unknown-source /\n# CMD [\"bash\"]\n# The base image ends here.\nLABEL"), "{}", made.text);
    assert_eq!(parse(&made.text).instructions.len(), official().len() - 1);
    assert_eq!((made.base_entries, made.entry_lines[0].unwrap().first), (Some(2), 3));
}

#[test]
fn what_a_history_says_does_not_steer_the_terminal_or_end_its_comment() {
    let history = [HistoryEntry::new("\u{1b}[2J made\nFROM evil")];
    let text = reconstruct(&history, &ReconstructOptions::default()).text;
    assert!(!text.contains('\u{1b}') && parse(&text).stages.len() == 1, "{text}");
}
