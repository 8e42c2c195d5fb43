//! Rules about words that are split, expanded or kept from it.

use super::super::{Rule, rule};
use model::Severity;

pub(crate) static ARRAY_IN_TEXT: Rule = rule(
    "shell/array-in-text",
    &["SC2145"],
    Severity::Medium,
    [
        "all elements of an array stand in the middle of a quoted word",
        "\"text $@\" becomes several words of which only the first begins with the text; mostly one word was \
         meant.",
        "Use \"$*\" for one word, or write \"$@\" as a word of its own.",
    ],
);
pub(crate) static BRACKETS_AS_TEXT: Rule = rule(
    "shell/brackets-as-text",
    &["SC2102"],
    Severity::Low,
    [
        "brackets in a word are a pattern for one character",
        "`pip install name[extra]` is a pattern: a file here whose name fits takes its place, and with \
         nullglob or in zsh the word fails.",
        "Quote the word.",
    ],
);
pub(crate) static EXPRESSION_IN_SINGLE_QUOTES: Rule = rule(
    "shell/expression-in-single-quotes",
    &["SC2016"],
    Severity::Low,
    [
        "an expansion stands between single quotes, where it is not expanded",
        "The program gets the dollar sign and the name instead of the value.",
        "Use double quotes when the value is meant; when the other program shall expand it, all is well.",
    ],
);
pub(crate) static FIND_INTO_XARGS: Rule = rule(
    "shell/find-into-xargs",
    &["SC2038"],
    Severity::Low,
    [
        "names from find go through xargs without -print0",
        "Blanks and quotes in names break them apart.",
        "Use find … -print0 | xargs -0 …, or -exec … {} +.",
    ],
);
pub(crate) static LOOP_RUNS_ONCE: Rule = rule(
    "shell/loop-runs-once",
    &["SC2043"],
    Severity::Medium,
    [
        "a loop has a single word and runs once",
        "A quoted list or a forgotten `$` or `*` turns the list into one word.",
        "Leave the quotes away, or do without the loop.",
    ],
);
pub(crate) static PATTERN_AS_OPTION: Rule = rule(
    "shell/pattern-as-option",
    &["SC2035"],
    Severity::Low,
    [
        "a pattern can match a file whose name begins with a dash",
        "A file named `-rf` is then read as an option.",
        "Write ./*name or put -- in front.",
    ],
);
pub(crate) static REPEATED_BLANKS_UNQUOTED: Rule = rule(
    "shell/repeated-blanks-unquoted",
    &["SC2291"],
    Severity::Low,
    [
        "several blanks between the words of echo are printed as one",
        "The shell takes the blanks away before echo sees them, so the columns do not line up.",
        "Quote the text.",
    ],
);
pub(crate) static SPLIT_IN_FIND_LOOP: Rule = rule(
    "shell/split-in-find-loop",
    &["SC2044"],
    Severity::Low,
    [
        "a loop runs over the output of find",
        "Names with blanks become several, and a failure of find goes unnoticed.",
        "Use find … -exec … {} +, or find -print0 with xargs -0.",
    ],
);
pub(crate) static SPLIT_IN_LS_LOOP: Rule = rule(
    "shell/split-in-ls-loop",
    &["SC2045"],
    Severity::Low,
    [
        "a loop runs over the output of ls",
        "Names with blanks become several; ls also changes odd characters.",
        "Loop over the pattern itself: for file in ./*.",
    ],
);
pub(crate) static UNQUOTED_ARGUMENTS: Rule = rule(
    "shell/unquoted-arguments",
    &["SC2068", "SC2048"],
    Severity::Medium,
    [
        "the arguments or the elements of an array are not quoted and are split again",
        "`$@`, `$*` and `${array[@]}` without quotes break each element at its blanks, so a name with a blank \
         becomes two.",
        "Write \"$@\" or \"${array[@]}\".",
    ],
);
pub(crate) static UNQUOTED_COMMAND_OUTPUT: Rule = rule(
    "shell/unquoted-command-output",
    &["SC2046"],
    Severity::Low,
    [
        "the output of a command is not quoted, so it is split into words and expanded as a pattern",
        "What the command prints becomes several arguments at each blank, and names of files where it holds \
         `*` or `?`.",
        "Write \"$(command)\". Where a list of words is wanted, read it line by line or use xargs.",
    ],
);
pub(crate) static UNQUOTED_VARIABLE: Rule = rule(
    "shell/unquoted-variable",
    &["SC2086"],
    Severity::Low,
    [
        "a variable is not quoted, so its value is split into words and expanded as a pattern",
        "A value with a blank, a `*` or nothing in it becomes several arguments, other files or no argument \
         at all. With `rm` or `chown` that hits the wrong files.",
        "Write \"$name\". Where several words are wanted, use \"$@\" or an array.",
    ],
);
pub(crate) static VARIABLE_AS_PATTERN: Rule = rule(
    "shell/variable-as-pattern",
    &["SC2053"],
    Severity::Medium,
    [
        "a variable is compared as a pattern",
        "Without quotes the value on the right of = in [[ ]] is a pattern: a * in it fits everything.",
        "Quote the right side.",
    ],
);
pub(crate) static QUOTED_EXPRESSION: Rule = rule(
    "shell/quoted-expression",
    &["SC2076"],
    Severity::Medium,
    [
        "a regular expression is quoted",
        "Behind =~ quoted characters stand for themselves, so . or * do not match.",
        "Take the quotes away, or compare with == when text is meant.",
    ],
);
pub(crate) static UNQUOTED_SET_OF_TR: Rule = rule(
    "shell/unquoted-set-of-tr",
    &["SC2060"],
    Severity::Medium,
    [
        "a set for tr is not quoted",
        "The shell takes it as a pattern: a file here whose name fits takes its place.",
        "Quote it.",
    ],
);
pub(crate) static UNQUOTED_PATTERN_OF_FIND: Rule = rule(
    "shell/unquoted-pattern-of-find",
    &["SC2061"],
    Severity::Medium,
    [
        "a pattern for find is not quoted",
        "The shell expands it first: find sees names of files of this directory, or fails when there are several.",
        "Quote it.",
    ],
);
pub(crate) static UNQUOTED_PATTERN_OF_GREP: Rule = rule(
    "shell/unquoted-pattern-of-grep",
    &["SC2062"],
    Severity::Medium,
    [
        "an expression for grep is not quoted",
        "The shell expands it first: grep looks for the name of a file of this directory.",
        "Quote it.",
    ],
);
pub(crate) static QUOTES_INSIDE_QUOTES: Rule = rule(
    "shell/quotes-inside-quotes",
    &["SC2140"],
    Severity::Medium,
    [
        "quotes inside a quoted text end it",
        "Each quote ends or begins quoted text: the program never sees it, and what stands between two quoted pieces is not quoted.",
        "Escape the inner quotes, or use single quotes outside.",
    ],
);
