use super::*;
use crate::parse;

const FILE: &str = r#"# syntax=docker/dockerfile:1
ARG BASE=debian:12
FROM golang AS build
RUN make
COPY . /src

FROM ${BASE} AS common
ENV A=1
RUN apt-get update \
    # a comment
    && apt-get install -y \
       curl

FROM common
ARG DIR=/srv
WORKDIR $DIR
COPY --from=build /src/app ${DIR}/app
RUN <<EOF
set -e
echo hi
EOF
RUN make
CMD app --run
"#;

#[track_caller]
fn lines(history: &[HistoryEntry], expected: &[Option<(u32, u32)>]) {
    let found: Vec<_> = match_history(&parse(FILE), history)
        .into_iter()
        .map(|span| span.map(|span| (span.first, span.last)))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn entries_of_buildkit_find_their_lines_behind_those_of_the_base() {
    lines(
        &[
            HistoryEntry::new("# debian.sh --arch 'amd64'"),
            HistoryEntry::empty("CMD [\"bash\"]"),
            HistoryEntry::empty("ENV A=1"),
            HistoryEntry::new(
                "RUN /bin/sh -c apt-get update     && apt-get install -y        curl # buildkit",
            ),
            HistoryEntry::empty("ARG DIR=/srv"),
            HistoryEntry::new("WORKDIR /srv"),
            HistoryEntry::new("COPY /src/app /srv/app # buildkit"),
            HistoryEntry::new("RUN |1 DIR=/srv /bin/sh -c set -e\necho hi\n # buildkit"),
            HistoryEntry::new("RUN |1 DIR=/srv /bin/sh -c make # buildkit"),
            HistoryEntry::empty("CMD [\"/bin/sh\" \"-c\" \"app --run\"]"),
        ],
        &[
            None,
            None,
            Some((8, 8)),
            Some((9, 12)),
            Some((15, 15)),
            Some((16, 16)),
            Some((17, 17)),
            Some((18, 21)),
            Some((22, 22)),
            Some((23, 23)),
        ],
    );
}

#[test]
fn entries_of_the_classic_builder_find_their_lines() {
    lines(
        &[
            HistoryEntry::new("/bin/sh -c #(nop) ADD file:1 in / "),
            HistoryEntry::new("/bin/sh -c make"),
            HistoryEntry::new("/bin/sh -c apt-get update     && apt-get install -y        curl"),
            HistoryEntry::new("/bin/sh -c #(nop) COPY file:2 in /srv/app "),
            HistoryEntry::new("|1 DIR=/srv /bin/sh -c make"),
            HistoryEntry::empty("/bin/sh -c #(nop)  CMD [\"/bin/sh\" \"-c\" \"app --run\"]"),
        ],
        &[None, None, Some((9, 12)), Some((17, 17)), Some((22, 22)), Some((23, 23))],
    );
}

#[test]
fn a_command_that_was_changed_a_little_is_still_found() {
    lines(
        &[HistoryEntry::new(
            "RUN /bin/sh -c apt-get update     && apt-get install -y        curl wget # buildkit",
        )],
        &[Some((9, 12))],
    );
    lines(&[HistoryEntry::new("RUN /bin/sh -c something else entirely # buildkit")], &[None]);
}
