//! One text that each rule tells, and texts on which all stay silent.

use shell::{Dialect, Options, RULES, aliases, check};

/// Rule, dialect, text, and what is pointed at.
const TOLD: &[(&str, Dialect, &str, &str)] = &[
    ("unquoted-variable", Dialect::Sh, "rm $x", "$x"),
    ("unquoted-command-output", Dialect::Sh, "rm $(ls)", "$(ls)"),
    ("unquoted-arguments", Dialect::Bash, "rm $@", "$@"),
    ("array-in-text", Dialect::Bash, "echo \"a $@\"", "$@"),
    ("expression-in-single-quotes", Dialect::Sh, "echo '$HOME'", "'$HOME'"),
    ("repeated-blanks-unquoted", Dialect::Sh, "echo a     b", "echo a     b"),
    ("split-in-find-loop", Dialect::Sh, "for f in $(find .); do rm \"$f\"; done", "$(find .)"),
    ("split-in-ls-loop", Dialect::Sh, "for f in $(ls); do rm \"$f\"; done", "$(ls)"),
    ("loop-runs-once", Dialect::Sh, "for f in a; do rm \"$f\"; done", "a"),
    ("pattern-as-option", Dialect::Sh, "rm *", "*"),
    ("find-into-xargs", Dialect::Sh, "find . | xargs rm", "find ."),
    ("brackets-as-text", Dialect::Sh, "pip install a[full]", "[full]"),
    ("process-substitution-in-sh", Dialect::Sh, "cat <(a)", "<(a)"),
    ("ansi-quotes-in-sh", Dialect::Sh, "cat $'a'", "$'a'"),
    ("translated-quotes-in-sh", Dialect::Sh, "cat $\"a\"", "$\"a\""),
    ("arithmetic-for-in-sh", Dialect::Sh, "for ((;;)); do a; done", "for ((;;)); do a; done"),
    ("arithmetic-command-in-sh", Dialect::Sh, "((1))", "((1))"),
    ("select-in-sh", Dialect::Sh, "select x in a b; do c; done", "select x in a b; do c; done"),
    ("brace-expansion-in-sh", Dialect::Sh, "mkdir {a,b}", "{a,b}"),
    ("double-brackets-in-sh", Dialect::Sh, "[[ a ]]", "[[ a ]]"),
    ("here-string-in-sh", Dialect::Sh, "cat <<< a", "<<< a"),
    ("string-order-in-sh", Dialect::Sh, "[ \"$X\" \\> b ]", "\\>"),
    ("file-comparison-in-sh", Dialect::Sh, "[ a -nt b ]", "-nt"),
    ("double-equals-in-sh", Dialect::Sh, "[ \"$X\" == b ]", "=="),
    ("regex-match-in-sh", Dialect::Sh, "[ \"$X\" =~ b ]", "=~"),
    ("unary-v-in-sh", Dialect::Sh, "[ -v x ]", "-v"),
    ("increment-in-sh", Dialect::Sh, "echo $((x++))", "$((x++))"),
    ("exponent-in-sh", Dialect::Sh, "echo $((2**3))", "$((2**3))"),
    ("redirect-both-in-sh", Dialect::Sh, "a &> b", "&> b"),
    ("output-descriptor-in-sh", Dialect::Sh, "a >& b", ">& b"),
    ("named-descriptor-in-sh", Dialect::Sh, "a {x}> b", "{x}> b"),
    ("network-path-in-sh", Dialect::Sh, "a > /dev/tcp/h/1", "> /dev/tcp/h/1"),
    ("caret-negation-in-sh", Dialect::Sh, "ls ./[^a]", "[^"),
    ("special-variable-in-sh", Dialect::Sh, "echo \"$HOSTNAME\"", "$HOSTNAME"),
    ("pipe-both-in-sh", Dialect::Sh, "a |& b", "|&"),
    ("array-in-sh", Dialect::Sh, "x=(a)", "(a)"),
    ("shell-function-keyword-in-sh", Dialect::Sh, "function f { a; }", "function"),
    ("declare-in-sh", Dialect::Sh, "shopt -s x", "shopt"),
    ("let-in-sh", Dialect::Sh, "let x=1", "let"),
    ("exec-flag-in-sh", Dialect::Sh, "exec -a x y", "-a"),
    ("echo-flag-in-sh", Dialect::Dash, "echo -e a", "-e"),
    ("shell-option-in-sh", Dialect::Sh, "set -euo pipefail", "pipefail"),
    ("set-flag-in-sh", Dialect::Sh, "set -E", "-E"),
    ("local-in-sh", Dialect::Sh, "f() { local x; }", "local x"),
    ("builtin-flag-in-sh", Dialect::Sh, "read -r -t 1 x", "-t"),
    ("source-in-sh", Dialect::Dash, "source a", "source"),
    ("trap-signal-in-sh", Dialect::Sh, "trap a ERR", "ERR"),
    ("printf-format-in-sh", Dialect::Sh, "printf %q a", "%q"),
    ("indirect-expansion-in-sh", Dialect::Sh, "echo \"${!x}\"", "${!x}"),
    ("array-reference-in-sh", Dialect::Sh, "echo \"${X[0]}\"", "${X[0]}"),
    ("substring-in-sh", Dialect::Sh, "echo \"${X:1}\"", "${X:1}"),
    ("case-change-in-sh", Dialect::Sh, "echo \"${X^^}\"", "${X^^}"),
    ("replacement-in-sh", Dialect::Sh, "echo \"${X//a/b}\"", "${X//a/b}"),
    ("append-assignment-in-sh", Dialect::Sh, "x+=a", "x+=a"),
    ("masked-failure", Dialect::Bash, "export X=\"$(a)\"", "X"),
    ("unchecked-cd", Dialect::Sh, "cd /a; rm b", "cd /a"),
    ("and-or-chain", Dialect::Sh, "a && b || c", "&&"),
    ("negation-skips-errexit", Dialect::Sh, "set -e; ! a; b", "!"),
    ("outcome-looked-up-late", Dialect::Sh, "a; if [ $? -ne 0 ]; then b; fi", "$?"),
    ("pipe-into-deaf-command", Dialect::Sh, "ls | rm", "rm"),
    ("redirect-order", Dialect::Sh, "a 2>&1 > b", "2>&1"),
    ("ls-into-grep", Dialect::Sh, "ls | grep a", "ls"),
    ("ls-read-by-program", Dialect::Sh, "ls | head", "ls"),
    ("read-eats-backslashes", Dialect::Sh, "read x", "read"),
    ("system-directory-removed", Dialect::Sh, "rm -rf /usr", "/usr"),
    ("empty-variable-in-rm", Dialect::Sh, "rm -rf \"$X/\"*", "\"$X/\"*"),
    ("mode-of-last-directory-only", Dialect::Sh, "mkdir -p -m 700 a/b", "-m"),
    ("syntax-error", Dialect::Sh, "if a", "if"),
    ("blank-after-equals", Dialect::Sh, "X= a", " "),
    ("blank-before-equals", Dialect::Sh, "x = a", "="),
    ("needless-backslash", Dialect::Sh, "apt-get \\update", "\\u"),
    ("literal-brace", Dialect::Sh, "echo }", "}"),
    ("echo-escapes", Dialect::Sh, "echo 'a\\nb'", "'a\\nb'"),
    ("variable-never-set", Dialect::Sh, "echo \"$buildDeps\"", "$buildDeps"),
    ("option-as-command", Dialect::Sh, "a\n--flag", "--flag"),
    ("tr-brackets", Dialect::Sh, "tr '[a-z]' x", "'[a-z]'"),
    ("printf-format-variable", Dialect::Sh, "printf \"$X\"", "\"$X\""),
    ("negated-empty-test", Dialect::Sh, "[ ! -z \"$X\" ]", "!"),
    ("x-comparison", Dialect::Sh, "[ x\"$X\" = xa ]", "x\"$X\""),
    ("and-in-test", Dialect::Sh, "[ \"$X\" = a -o -f b ]", "-o"),
    ("constant-test", Dialect::Sh, "[ a = b ]", "="),
    ("find-without-path", Dialect::Sh, "find -name a", "find"),
    ("bracket-command", Dialect::Sh, "[\"a\", \"b\"]", "[\"a\","),
    ("backticks", Dialect::Sh, "X=`a`", "`a`"),
    ("egrep", Dialect::Sh, "egrep a", "egrep"),
    ("fgrep", Dialect::Sh, "fgrep a", "fgrep"),
    ("needless-cat", Dialect::Sh, "cat a | b", "a"),
    ("needless-echo", Dialect::Sh, "X=$(echo a)", "$(echo a)"),
    ("echo-of-output", Dialect::Sh, "echo \"$(a)\"", "\"$(a)\""),
    ("grep-then-wc", Dialect::Sh, "grep a b | wc -l", "grep a b"),
    ("expr", Dialect::Sh, "expr 1 + 1", "expr"),
    ("which", Dialect::Sh, "which a", "which"),
    ("negated-test", Dialect::Sh, "! [ -n \"$X\" ]", "!"),
    ("repeated-append", Dialect::Sh, "a >> f; b >> f; c >> f", "a >> f"),
    ("variable-as-pattern", Dialect::Bash, "[[ a == $X ]]", "$X"),
    ("quoted-expression", Dialect::Bash, "[[ a =~ \"b.\" ]]", "\"b.\""),
    ("unquoted-set-of-tr", Dialect::Sh, "tr -d [:space:]", "[:space:]"),
    ("unquoted-pattern-of-find", Dialect::Sh, "find . -name *.a", "*.a"),
    ("unquoted-pattern-of-grep", Dialect::Sh, "grep a* b", "a*"),
    ("quotes-inside-quotes", Dialect::Sh, "echo \"a\"b\"c\"", "b"),
    ("cd-back", Dialect::Sh, "cd a; b; cd ..", "cd .."),
    ("input-for-deaf-command", Dialect::Sh, "rm < a", "rm < a"),
    ("redirected-before-pipe", Dialect::Sh, "a > b | c", ">"),
    ("competing-redirections", Dialect::Sh, "a > b > c", ">"),
    ("link-without-name", Dialect::Sh, "ln -s /a", "ln -s /a"),
    ("redirection-in-test", Dialect::Sh, "test \"$X\" > 3", "> 3"),
    ("unescaped-order-in-test", Dialect::Bash, "[ \"$X\" > b ]", ">"),
    ("variable-never-read", Dialect::Sh, "VERSON=1; make", "VERSON"),
    ("extended-glob-in-sh", Dialect::Sh, "rm ./@(a|b)", "@(a|b)"),
    ("bracket-arithmetic-in-sh", Dialect::Sh, "echo $[1]", "$[1]"),
    ("dollar-in-arithmetic", Dialect::Sh, "echo $(( $X + 1 ))", "$X"),
];

/// Text of well-written images; nothing may be said of it.
const SILENT: &[(Dialect, &str)] = &[
    (
        Dialect::Sh,
        "set -eux; apt-get update; apt-get install -y --no-install-recommends curl; rm -rf /var/lib/apt/lists/*",
    ),
    (Dialect::Sh, "set -e; cd /srv; make -j \"$(nproc)\"; cd /; rm -rf /srv/build /tmp/x"),
    (
        Dialect::Sh,
        "arch=\"$(dpkg --print-architecture)\"; case \"$arch\" in amd64) url=a;; *) exit 1;; esac; curl -o x $url",
    ),
    (Dialect::Sh, "for key in A B; do gpg --recv-keys $key || gpg --recv-keys \"$key\"; done"),
    (Dialect::Sh, "find /usr -name '*.a' -exec rm {} +; find . -print0 | xargs -0 rm --"),
    (Dialect::Bash, "set -o pipefail; x=(a b); [[ ${x[0]} == a* ]] && echo \"${x[@]}\" &> /dev/null"),
    (Dialect::Dash, "f() { local x=1; echo -n $x; }; f"),
    (Dialect::Sh, "if ! command -v curl > /dev/null 2>&1; then apk add --no-cache curl; fi"),
    (Dialect::Sh, "awk '{ print $1 }' a; sed -e 's/a$/b/' c; sh -c 'echo $0'"),
    (Dialect::Sh, "cat > /a <<'EOF'\n$x `y` \\n\nEOF\n"),
    (Dialect::Sh, "while IFS= read -r line; do printf '%s\\n' \"$line\"; done < a"),
    (Dialect::Sh, "cd /a && make && make install"),
    (Dialect::Sh, "export A=1; B=2 make; C=3; make C=\"$C\"; read -r first _ rest < a; echo \"$first\""),
    (Dialect::Sh, "set -a; A=1; make"),
    (Dialect::Sh, "x=1; eval 'y=$x'; trap 'rm \"$y\"' EXIT"),
    (
        Dialect::Sh,
        "tr -d '[:space:]' < a; find . -name '*.a'; grep 'a*' b*; ln -s a b; ln -sft /usr/bin /opt/a",
    ),
    (Dialect::Sh, "( cd a && make ); a >> f; b > f; c >> f; { a; b; c; } >> f"),
    (Dialect::Sh, "a > b 2>&1; a 2>&1 > b | c; a 2> b | c; a < b > c; cat < a | b"),
    (Dialect::Bash, "[[ a == \"$X\" && b == *.c && d =~ ^e.f$ && g =~ \"plain\" ]]"),
    (Dialect::Sh, "echo \"a\"\"b\" \"$HOME\"/\"c\" \"key\":\"value\"; [ -z \"$HOME\" ]"),
    (Dialect::Sh, "python3 - <<EOF\nprint(1)\nEOF\n"),
    (Dialect::Other, "if ($x) { Remove-Item $y }"),
];

#[test]
fn every_rule_tells_its_example_at_its_place() {
    for (rule, dialect, text, pointed) in TOLD {
        let id = format!("shell/{rule}");
        let hits = check(text, *dialect, &Options::default());
        let found: Vec<_> =
            hits.iter().filter(|hit| hit.rule.id == id).map(|hit| &text[hit.span.clone()]).collect();
        assert!(found.contains(pointed), "{id} on {text:?}: {found:?} among {hits:?}");
    }
}

#[test]
fn every_rule_has_an_example_and_an_alias() {
    for pair in RULES.windows(2) {
        assert!(pair[0].id < pair[1].id, "{} {}", pair[0].id, pair[1].id);
    }
    for rule in RULES {
        let name = rule.id.strip_prefix("shell/").expect("rules of this crate");
        assert!(TOLD.iter().any(|(told, ..)| *told == name), "{name} has no example");
        assert!(aliases(rule.id).iter().all(|alias| alias.starts_with("SC")) && !aliases(rule.id).is_empty());
    }
}

#[test]
fn well_written_text_has_no_hit() {
    for (dialect, text) in SILENT {
        assert_eq!(check(text, *dialect, &Options::default()), [], "{text}");
    }
}

#[test]
fn what_only_bash_has_is_no_matter_in_bash() {
    for (rule, _, text, _) in TOLD.iter().filter(|(rule, ..)| rule.ends_with("-in-sh")) {
        let hits = check(text, Dialect::Bash, &Options::default());
        assert!(hits.iter().all(|hit| !hit.rule.id.ends_with("-in-sh")), "{rule}: {hits:?}");
    }
}

#[test]
fn a_value_that_is_one_plain_word_needs_no_quotes() {
    let told = |text: &str| check(text, Dialect::Sh, &Options::default()).len();
    assert_eq!(told("X=1; rm $X"), 0);
    assert_eq!(told("X='a b'; rm $X"), 1);
    assert_eq!(told("X=; if a; then X=b; fi; rm $X"), 0);
    assert_eq!(told("X=1; X=$(a); rm $X"), 1);
    assert_eq!(told("if a; then X=1; fi; rm $X"), 1);
    assert_eq!(told("if a; then X=1; else exit 1; fi; rm $X"), 0);
    assert_eq!(told("( X=1 ); rm $X"), 1);
    let mut options = Options::default();
    options.variables.insert("X".to_owned(), Some("1.2".to_owned()));
    assert_eq!(check("rm $X", Dialect::Sh, &options), []);
    options.variables.insert("X".to_owned(), Some("a b".to_owned()));
    assert_eq!(check("rm $X", Dialect::Sh, &options).len(), 1);
}

#[test]
fn fixes_repair_what_was_told() {
    for (text, repaired) in [
        ("rm $x$y", "rm \"$x\"\"$y\""),
        ("rm $(ls)", "rm \"$(ls)\""),
        ("X=`a b`", "X=$(a b)"),
        ("egrep a", "grep -E a"),
    ] {
        let mut edits: Vec<_> = check(text, Dialect::Sh, &Options::default())
            .into_iter()
            .filter_map(|hit| hit.fix)
            .flat_map(|fix| fix.edits)
            .collect();
        edits.sort_by_key(|edit| edit.bytes.start);
        let mut result = text.to_owned();
        for edit in edits.iter().rev() {
            result.replace_range(edit.bytes.clone(), &edit.text);
        }
        assert_eq!(result, repaired);
    }
}
