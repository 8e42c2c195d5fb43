use super::*;

fn step(created_by: &str) -> Step {
    parse_step(&HistoryEntry::new(created_by), None, &[])
}

#[track_caller]
fn reads(created_by: &str, keyword: Keyword, text: &str) {
    let step = step(created_by);
    assert_eq!((step.keyword, step.text.as_str()), (keyword, text), "{created_by}");
}

#[test]
fn the_classic_builder_is_read() {
    reads("/bin/sh -c #(nop)  CMD [\"bash\"]", Keyword::Cmd, "[\"bash\"]");
    reads("/bin/sh -c #(nop) ADD file:4e3f in / ", Keyword::Add, "file:4e3f in /");
    reads("/bin/sh -c apt-get update && true", Keyword::Run, "apt-get update && true");
    reads("|1 VERSION=3 /bin/sh -c make", Keyword::Run, "make");
    reads("/bin/sh -c #(nop)  ENV A=b c", Keyword::Env, "A=b c");
    reads("/bin/sh -c #(nop) ONBUILD RUN x", Keyword::Onbuild, "RUN x");
    reads("cmd /S /C #(nop)  ENV A=b", Keyword::Env, "A=b");
    reads("/bin/bash -o pipefail -c x | y", Keyword::Run, "x | y");
    reads("/bin/bash -exo pipefail -c x", Keyword::Run, "x");
    reads("cmd /S /C powershell -Command Get-Date", Keyword::Run, "powershell -Command Get-Date");
    reads(
        "powershell -Command $ErrorActionPreference = 'Stop'; x",
        Keyword::Run,
        "$ErrorActionPreference = 'Stop'; x",
    );
}

#[test]
fn buildkit_is_read() {
    reads("RUN /bin/sh -c make # buildkit", Keyword::Run, "make");
    reads("RUN |2 A=1 B=two words /bin/sh -c make # buildkit", Keyword::Run, "make");
    reads("RUN /bin/sh -c set -e\necho a\n # buildkit", Keyword::Run, "set -e\necho a");
    reads("COPY --chown=a:b x y /z # buildkit", Keyword::Copy, "x y /z");
    reads("EXPOSE map[80/tcp:{}]", Keyword::Expose, "80/tcp");
    reads("WORKDIR /app", Keyword::Workdir, "/app");
    reads("RUN apt-get update # buildkit", Keyword::Run, "apt-get update");
    assert_eq!(step("COPY x /z # buildkit").destination(), Some("/z"));
    assert_eq!(step("COPY --link x /z # buildkit").flags[0].name, "link");
    assert_eq!(step("COPY x /z # buildkit").builder, Builder::BuildKit);
}

#[test]
fn other_builders_are_told_apart() {
    let entry = |created_by: &str, comment: &str, author: &str| HistoryEntry {
        comment: comment.to_owned(),
        author: author.to_owned(),
        ..HistoryEntry::new(created_by)
    };
    for (entry, builder, keyword) in [
        (entry("RUN make", "", "kaniko"), Builder::Kaniko, Keyword::Run),
        (entry("/bin/sh -c make", "FROM docker.io/library/alpine:3", ""), Builder::Buildah, Keyword::Run),
        (entry("bazel build //a:b", "", "Bazel"), Builder::Bazel, Keyword::Unknown),
        (entry("jib-gradle-plugin:3.4.0", "classes", "Jib"), Builder::Jib, Keyword::Unknown),
        (entry("", "store paths: ['/nix/store/x']", ""), Builder::Nix, Keyword::Unknown),
        (entry("ko build ko://example.com/x", "", ""), Builder::Ko, Keyword::Unknown),
        (entry("Buildpacks Launch Config", "", ""), Builder::Buildpacks, Keyword::Unknown),
        (
            entry("# debian.sh --arch 'amd64' out/ 'trixie'", "debuerreotype 0.15", ""),
            Builder::Debuerreotype,
            Keyword::Unknown,
        ),
        (entry("KIWI 9.24.43", "", ""), Builder::Import, Keyword::Unknown),
        (entry("bash", "", ""), Builder::Unknown, Keyword::Unknown),
    ] {
        let step = parse_step(&entry, None, &[]);
        assert_eq!((step.builder, step.keyword), (builder, keyword), "{entry:?}");
    }
}

#[test]
fn a_shell_that_the_history_sets_is_known_to_later_entries() {
    let history = [
        HistoryEntry::empty("SHELL [/usr/bin/fish -c]"),
        HistoryEntry::empty("ARG OPTS=a"),
        HistoryEntry::new("RUN |1 OPTS=a X=b /usr/bin/fish -c make # buildkit"),
        HistoryEntry::new("RUN |1 OPTS=a X=b make all # buildkit"),
    ];
    let steps = parse_history(&history);
    assert_eq!((steps[2].text.as_str(), steps[2].layer), ("make", Some(0)));
    assert_eq!(steps[2].build_args, [("OPTS".to_owned(), "a X=b".to_owned())]);
    assert_eq!(steps[2].shell, ["/usr/bin/fish", "-c"]);
}

#[test]
fn damaged_entries_end_in_text_and_not_in_a_panic() {
    let valid = "RUN |2 A=1 B=zwölf Wörter /bin/bash -o pipefail -c make \"é\" # buildkit";
    for cut in (0..=valid.len()).filter(|cut| valid.is_char_boundary(*cut)) {
        step(&valid[..cut]);
        step(&valid[cut..]);
    }
    let mut bytes =
        "/bin/sh -c #(nop) HEALTHCHECK &{[\"CMD-SHELL\" \"a\"] \"5s\" '\\x03'}".as_bytes().to_vec();
    for at in 0..bytes.len() {
        bytes[at] ^= 0x15;
        step(&String::from_utf8_lossy(&bytes));
        bytes[at] ^= 0x15;
    }
}
