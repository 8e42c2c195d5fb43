use super::*;

#[track_caller]
fn programs(text: &str, expected: &[&str]) {
    let script = split_shell(text);
    let found: Vec<_> =
        script.commands.iter().map(Command::program).filter(|name| !name.is_empty()).collect();
    assert_eq!(found, expected, "{script:#?}");
}

#[test]
fn every_command_is_found_wherever_it_stands() {
    programs("a && b || c; d | e & f\ng", &["a", "b", "c", "d", "e", "f", "g"]);
    programs("(a; b) && { c; d; }", &["a", "b", "c", "d"]);
    programs("if a; then b; elif c; then d; else e; fi", &["a", "b", "c", "d", "e"]);
    programs("for x in 1 2 $(list); do a \"$x\"; done", &["list", "a"]);
    programs("while read -r x; do a; done < file", &["read", "a"]);
    programs("case \"$(arch)\" in amd64|x) a ;; *) b; c ;; esac; d", &["arch", "a", "b", "c", "d"]);
    programs("f() { a; }; f", &["a", "f"]);
    programs("a \"$(b \"$(c)\")\" `d`", &["a", "b", "c", "d"]);
    programs("a `b \"$(c `d`)\"; e` f; g", &["a", "b", "c", "d", "e", "g"]);
    programs("sh -c 'a && b' && c", &["sh", "a", "b", "c"]);
    programs("bash -exc \"a; b\"", &["bash", "a", "b"]);
    // What the inner shell runs is what curl wrote.
    programs("sh -c \"$(curl x)\"", &["sh", "curl", "$(curl x)"]);
    programs("bash <(curl x)", &["bash", "curl"]);
    programs("eval a b", &["eval", "a"]);
    programs("a # b && c\nd", &["a", "d"]);
    programs("set -eux; \\\n a", &["set", "a"]);
    programs("! a && time b", &["a", "b"]);
    programs("sh <<EOF\na\nb\nEOF\nc", &["sh", "a", "b", "c"]);
    programs("cat <<EOF >f\na && b\nEOF\nc", &["cat", "c"]);
    programs("", &[]);
}

#[test]
fn wrappers_are_looked_through() {
    programs("sudo -E -u root A=b apt-get update", &["apt-get"]);
    programs("/usr/bin/env DEBIAN_FRONTEND=x nice -n 5 apt-get update", &["apt-get"]);
    programs("timeout 10 curl x | xargs -n 1 sh -c 'a'", &["curl", "sh", "a"]);
    programs("A=1 B=2 make", &["make"]);
    assert!(split_shell("sudo -E apt-get update").commands[0].is_wrapped_in("sudo"));
}

#[test]
fn a_pipe_is_told_from_an_or() {
    let script = split_shell("curl x |\n bash || true");
    let separators: Vec<_> = script.commands.iter().map(|command| command.separator).collect();
    assert_eq!(separators, [Separator::Start, Separator::Pipe, Separator::Or]);
}

#[test]
fn quotes_are_taken_off_and_expansions_kept() {
    let script = split_shell(r#"a 'b c' "d $X" e\ f ${G:-h i} $((1 + 2)) --x="y z""#);
    let words: Vec<_> = script.commands[0].words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(words, ["a", "b c", "d $X", "e f", "${G:-h i}", "$((1 + 2))", "--x=y z"]);
    assert!(script.commands[0].words[1].is_single_quoted && !script.commands[0].words[2].is_literal);
}

#[test]
fn redirections_are_no_arguments() {
    let script = split_shell("a >/dev/null 2>&1 b <<< c &> d");
    let command = &script.commands[0];
    assert_eq!((script.commands.len(), command.words.len(), command.redirects.len()), (1, 2, 4));
    assert_eq!(command.redirects[1].target.text, "1");
}

#[test]
fn options_are_found_in_their_forms() {
    let script = split_shell("curl -fsSLk --proto '=https' --retry=3 x");
    let command = &script.commands[0];
    assert!(command.has_short_option('k') && !command.has_short_option('x'));
    assert_eq!((command.option("--proto"), command.option("--retry")), (Some("=https"), Some("3")));
}

#[test]
fn damaged_and_deep_texts_end_in_problems_and_not_in_a_panic() {
    let deep = "$(".repeat(100_000);
    let quotes = "sh -c \"".repeat(1_000);
    let brackets = "(".repeat(100_000);
    let cases = "case x in ".repeat(5_000);
    for text in
        [&deep, &quotes, &brackets, &cases, "`", "'", "\"$(", "${", "a <<", "\\", ") a", "<(", "é`é${é"]
    {
        let _ = split_shell(text);
    }
    let valid = "if a; then sh -c 'b \"$(c)\"' | d >e <<F; fi\nx\nF\ncase é in a|b) c;; esac";
    for cut in 0..valid.len() {
        if valid.is_char_boundary(cut) {
            let _ = split_shell(&valid[..cut]);
            let _ = split_shell(&valid[cut..]);
        }
    }
    assert_eq!(split_shell(") a").commands[0].program(), "a");
}

#[test]
fn characters_that_are_no_words_do_not_stop_the_reader() {
    for text in [
        "set `?; \"$(select e <<",
        "sh -c n#(op) for \u{6} fi<e:h",
        "bcsh -c \"$(curl `.for(curl `\rs",
        "case $a in x`esac",
        "for <",
        "select >",
        "for a\r",
        "`for `",
        "`case a in b` c",
    ] {
        let script = split_shell(text);
        assert!(script.commands.len() < 20, "{text:?}");
    }
}
