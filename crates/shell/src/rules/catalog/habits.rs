//! Rules about old or roundabout ways.

use super::super::{Rule, rule};
use model::Severity;

pub(crate) static BACKTICKS: Rule = rule(
    "shell/backticks",
    &["SC2006"],
    Severity::Negligible,
    [
        "backticks instead of $( … )",
        "Quotes and backslashes inside backticks need escapes that are easily wrong, and they cannot lie \
         inside each other.",
        "Write $( … ).",
    ],
);
pub(crate) static DOLLAR_IN_ARITHMETIC: Rule = rule(
    "shell/dollar-in-arithmetic",
    &["SC2004"],
    Severity::Negligible,
    ["$ in front of a name in $(( … ))", "Names are looked up there without it.", "Leave the $ away."],
);
pub(crate) static ECHO_OF_OUTPUT: Rule = rule(
    "shell/echo-of-output",
    &["SC2005"],
    Severity::Negligible,
    [
        "echo around the output of a command",
        "The command prints by itself, and its failure is seen.",
        "Leave echo away.",
    ],
);
pub(crate) static EGREP: Rule = rule(
    "shell/egrep",
    &["SC2196"],
    Severity::Negligible,
    ["egrep is obsolete", "GNU grep warns since 3.8 and other systems drop it.", "Write grep -E."],
);
pub(crate) static EXPR: Rule = rule(
    "shell/expr",
    &["SC2003"],
    Severity::Negligible,
    ["expr is obsolete", "The shell counts by itself.", "Write $(( … ))."],
);
pub(crate) static FGREP: Rule = rule(
    "shell/fgrep",
    &["SC2197"],
    Severity::Negligible,
    ["fgrep is obsolete", "GNU grep warns since 3.8 and other systems drop it.", "Write grep -F."],
);
pub(crate) static GREP_THEN_WC: Rule = rule(
    "shell/grep-then-wc",
    &["SC2126"],
    Severity::Negligible,
    ["grep is piped into wc -l", "grep -c counts by itself.", "Write grep -c."],
);
pub(crate) static NEEDLESS_CAT: Rule = rule(
    "shell/needless-cat",
    &["SC2002"],
    Severity::Negligible,
    ["cat pipes one file", "The next command can read the file itself.", "Write command < file."],
);
pub(crate) static NEEDLESS_ECHO: Rule = rule(
    "shell/needless-echo",
    &["SC2116"],
    Severity::Negligible,
    ["echo around words in $( … )", "The words alone do the same.", "Leave echo away."],
);
pub(crate) static WHICH: Rule = rule(
    "shell/which",
    &["SC2230"],
    Severity::Negligible,
    [
        "which instead of command -v",
        "which is no part of POSIX; images without it answer as if nothing were installed, and some print an error on standard output.",
        "Write command -v.",
    ],
)
.optional();
pub(crate) static NEGATED_TEST: Rule = rule(
    "shell/negated-test",
    &["SC2237"],
    Severity::Negligible,
    [
        "a test of emptiness is negated",
        "`! [ -n … ]` asks what -z asks.",
        "Write [ -z … ] or [ -n … ] without !.",
    ],
);
pub(crate) static REPEATED_APPEND: Rule = rule(
    "shell/repeated-append",
    &["SC2129"],
    Severity::Negligible,
    [
        "each of several commands is appended to the same file",
        "The name stands there each time and can differ by a slip.",
        "Write { a; b; c; } >> file.",
    ],
);
