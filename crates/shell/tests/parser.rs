//! What the parser reads, and what it refuses.

use shell::{CommandKind, Dialect, PartKind, parse, simple_commands};

#[track_caller]
fn commands(text: &str, expected: &[&str]) {
    let script = parse(text, Dialect::Bash);
    assert_eq!(script.problem, None, "{text}");
    let found: Vec<_> = simple_commands(&script).iter().map(|command| &text[command.span.clone()]).collect();
    assert_eq!(found, expected, "{text}");
}

#[track_caller]
fn refused(text: &str, at: usize) {
    let problem = parse(text, Dialect::Sh).problem.unwrap_or_else(|| panic!("{text:?} was read"));
    assert_eq!(problem.span.start, at, "{text}: {}", problem.message);
}

#[test]
fn commands_are_found_wherever_they_stand() {
    commands("a 1 && b 2 || c; d | e & f", &["a 1", "b 2", "c", "d", "e", "f"]);
    commands("if a; then b; elif c; then d; else e; fi", &["a", "b", "c", "d", "e"]);
    commands(
        "for x in 1 2; do a $x; done; while b; do c; done; until d; do e; done",
        &["a $x", "b", "c", "d", "e"],
    );
    commands("case $x in a|b) c ;; (*) d ;& e) f; esac", &["c", "d", "f"]);
    commands("( a; { b; }; ) > x", &["a", "b"]);
    commands("f() { a; }; function g { b; }", &["a", "b"]);
    commands(
        "x=$(a `b` \"$(c)\" ${d:-$(e)})",
        &["x=$(a `b` \"$(c)\" ${d:-$(e)})", "a `b` \"$(c)\" ${d:-$(e)}", "b", "c", "e"],
    );
    commands("diff <(a) >(b) && [[ $(c) =~ ^(x|y)$ && -f z ]]", &["diff <(a) >(b)", "a", "b", "c"]);
    commands("a \\\n  b # c\nd", &["a \\\n  b", "d"]);
    commands("for ((i=0; i<3; i++)); do a; done; ((x = $(b)))", &["a", "b"]);
    commands("$((1 + (2))) $(( $(a) )) $( (b) )", &["$((1 + (2))) $(( $(a) )) $( (b) )", "a", "b"]);
    commands("a=(1 \"$(b)\" 2) c", &["a=(1 \"$(b)\" 2) c", "b"]);
    commands("! a | b |& c", &["a", "b", "c"]);
}

#[test]
fn here_documents_are_read_behind_their_line() {
    let text = "cat <<A <<-'B' | x\n$(in)\nA\n\t$(not)\n\tB\nafter";
    commands(text, &["cat", "x", "after", "in"]);
    let script = parse(text, Dialect::Sh);
    assert_eq!(&text[script.heredocs[0].span.clone()], "$(in)\n");
    assert!(script.heredocs[1].is_quoted && script.heredocs[1].parts.is_empty());
}

#[test]
fn words_know_what_they_say() {
    let script = parse("echo a'b c'\"d\"\\e $'f' \"$x\" {1,2}", Dialect::Bash);
    let command = simple_commands(&script)[0];
    let literals: Vec<_> = command.words.iter().map(|word| word.literal()).collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(literals, [text("echo"), text("ab cde"), text("f"), None, text("{1,2}")]);
    let CommandKind::Simple(simple) = &script.statements[0].pipelines[0].1.commands[0].kind else { panic!() };
    assert!(matches!(&simple.words[3].parts[0].kind, PartKind::DoubleQuoted(parts) if parts.len() == 1));
}

#[test]
fn text_that_no_shell_reads_is_refused_where_it_goes_wrong() {
    refused("if a; then b", 0);
    refused("echo 'a", 5);
    refused("echo \"a", 5);
    refused("echo $(a", 6);
    refused("a; fi", 3);
    refused("a )", 2);
    refused("echo (a)", 4);
    refused("f(a) { b; }", 1);
    refused("a && ", 5);
    refused("for x in a; echo; done", 12);
    refused("cat <<E\nx\n", 7);
    refused("a;; b", 1);
}

#[test]
fn statements_in_front_of_a_mistake_are_kept() {
    let script = parse("apt-get update; if", Dialect::Sh);
    assert!(script.problem.is_some());
    assert_eq!(simple_commands(&script).len(), 1);
}

#[test]
fn depth_is_bounded() {
    for opener in
        ["(", "$(", "\"$(", "{ ", "if ", "${a:-", "$((", "x=(", "a=$(", "! { ", "case x in a) ", "@("]
    {
        for dialect in [Dialect::Sh, Dialect::Bash] {
            assert!(parse(&opener.repeat(100_000), dialect).problem.is_some(), "{opener}");
        }
    }
}

#[test]
fn other_shells_are_left_alone() {
    let script = parse("if ($x) { Write-Host 'a", Dialect::of_program("powershell"));
    assert!(script.problem.is_none() && script.statements.is_empty());
}

/// Damaged text never panics, and what is told lies on character boundaries.
#[test]
fn damaged_text_is_survived() {
    let text = "set -eux; for x in a \"$b\" `c` $(d <<E\n$é\nE\n); do [[ $x == @(a|b) ]] && echo ${x//a/$'\\n'} > \"$y\" 2>&1; \
                done; case ü in (a|b) ((i++));; esac; f() { local a=( 1 2 ); cat <(g) <<< \"$((1+2))\"; }; rm -rf \"$a/\"*";
    let options = shell::Options::default();
    for dialect in [Dialect::Sh, Dialect::Bash] {
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let mut cases = vec![text[..at].to_owned(), text[at..].to_owned()];
            for put in ["'", "`", "$(", ")", "<<E\n", "\\", "é"] {
                cases.push(format!("{}{put}{}", &text[..at], &text[at..]));
            }
            for case in cases {
                for hit in shell::check(&case, dialect, &options) {
                    assert!(case.get(hit.span.clone()).is_some(), "{case}: {hit:?}");
                    for edit in hit.fix.iter().flat_map(|fix| &fix.edits) {
                        assert!(case.get(edit.bytes.clone()).is_some(), "{case}: {hit:?}");
                    }
                }
            }
        }
    }
}
