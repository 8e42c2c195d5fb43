use super::*;

const FILE: &str = "# syntax=docker/dockerfile:1\n# a comment\nARG BASE=debian:12\nFROM --platform=$X ${BASE} AS Build\n\nRUN --mount=type=cache,target=/x a && \\\n    # inside\n\n    b\nCOPY --from=build [\"a b\", \"/c\"]\nrun <<-\"EOF\" cat\n\tx\n\tEOF\n# next\n# step\nENV A=\"b c\" D=e\nFROM build\nHEALTHCHECK --interval=5s CMD [\"x\"]\nONBUILD RUN y\n";

#[test]
fn instructions_have_their_lines_flags_and_parts() {
    let file = parse(FILE);
    let lines: Vec<_> =
        file.instructions.iter().map(|one| (one.keyword.as_str(), one.lines.first, one.lines.last)).collect();
    assert_eq!(
        lines,
        [
            ("ARG", 3, 3),
            ("FROM", 4, 4),
            ("RUN", 6, 9),
            ("COPY", 10, 10),
            ("RUN", 11, 13),
            ("ENV", 16, 16),
            ("FROM", 17, 17),
            ("HEALTHCHECK", 18, 18),
            ("ONBUILD", 19, 19),
        ]
    );
    let run = &file.instructions[2];
    let fields: Vec<_> = run.flags[0].fields().collect();
    assert_eq!(fields, [("type", Some("cache")), ("target", Some("/x"))]);
    assert_eq!(run.text, "a &&     b");
    let b = run.text_map.locate(run.text.len() - 1).unwrap();
    assert_eq!((FILE.as_bytes()[b.0], b.1), (b'b', 9));
    assert_eq!(file.instructions[3].words(), ["a b", "/c"]);
    let document = &file.instructions[4].heredocs[0];
    assert_eq!((document.content.as_str(), document.is_expanded, document.first_line), ("\tx\n", false, 12));
    assert_eq!(file.instructions[5].comments, ["next", "step"]);
    assert!(matches!(&file.instructions[8].arguments, Arguments::Onbuild(inner) if inner.text == "y"));
    assert_eq!(file.directives[0].value, "docker/dockerfile:1");
}

#[test]
fn stages_know_their_bases() {
    let file = parse(FILE);
    let stages: Vec<_> = file
        .stages
        .iter()
        .map(|stage| (stage.base_expanded.as_str(), stage.name.as_deref(), stage.parent))
        .collect();
    assert_eq!(stages, [("debian:12", Some("build"), None), ("build", None, Some(0))]);
    assert_eq!(file.stages[0].instructions, 1..6);
}

#[test]
fn the_escape_directive_changes_what_continues_a_line() {
    let file = parse("# escape=`\nFROM a\nRUN dir `\n  c:\\\n");
    assert_eq!((file.escape, file.instructions[1].text.as_str()), ('`', "dir   c:\\"));
}

#[test]
fn what_builders_refuse_is_told_and_the_rest_is_read() {
    for (text, line, part) in [
        ("", 1, "no instructions"),
        ("FROM a\nFROB x\nRUN y\n", 2, "unknown instruction: FROB"),
        ("FROM a\nENV x\n", 2, "two arguments"),
        ("FROM a\nRUN <<EOF\nx\n", 2, "unterminated heredoc"),
        ("FROM a\nONBUILD ONBUILD RUN x\n", 2, "chaining"),
        ("RUN x\n", 1, "no build stage"),
        ("FROM a b\n", 1, "one or three arguments"),
        ("# escape=x\nFROM a\n", 1, "escape token"),
    ] {
        let problems = parse(text).problems;
        assert!(
            problems.iter().any(|problem| problem.line == line && problem.message.contains(part)),
            "{text}: {problems:?}"
        );
    }
}

#[test]
fn cut_and_flipped_files_never_panic_and_spans_stay_inside() {
    let bytes = FILE.as_bytes();
    for at in 0..bytes.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= flip;
            damaged.truncate(bytes.len() - at / 2);
            let text = String::from_utf8_lossy(&damaged);
            for instruction in parse(&text).instructions {
                assert!(text.get(instruction.bytes).is_some());
            }
        }
    }
}

#[test]
fn large_files_take_time_in_proportion() {
    let _ = parse(&"RUN a \\\n".repeat(100_000));
    let _ = parse(&"ONBUILD ".repeat(100_000));
    let _ = parse(&format!("FROM a\nRUN {}\n", "<<A ".repeat(20_000)));
}
