//! Rules about words and expansions that sh lacks.

use super::super::{Rule, rule};
use model::Severity;

pub(crate) static ANSI_QUOTES_IN_SH: Rule = rule(
    "shell/ansi-quotes-in-sh",
    &["SC3003"],
    Severity::Medium,
    [
        "$'…' in sh",
        "POSIX does not promise $'…'. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes. dash keeps the dollar sign.",
        "Use printf, or set SHELL to bash.",
    ],
);
pub(crate) static APPEND_ASSIGNMENT_IN_SH: Rule = rule(
    "shell/append-assignment-in-sh",
    &["SC3024"],
    Severity::Medium,
    [
        "+= in sh",
        "POSIX does not promise name+=value. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: \
         the build breaks, or goes on wrongly, when the base image changes. dash takes it for the name of a \
         command.",
        "Write name=\"$name…\".",
    ],
);
pub(crate) static ARRAY_IN_SH: Rule = rule(
    "shell/array-in-sh",
    &["SC3030"],
    Severity::High,
    [
        "an array in sh",
        "POSIX does not promise arrays. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes. dash stops with a syntax error.",
        "Use the arguments (set -- …), or set SHELL to bash.",
    ],
);
pub(crate) static ARRAY_REFERENCE_IN_SH: Rule = rule(
    "shell/array-reference-in-sh",
    &["SC3054"],
    Severity::Medium,
    [
        "${array[…]} in sh",
        "POSIX does not promise arrays. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes. dash stops with \"Bad substitution\".",
        "Use the arguments, or set SHELL to bash.",
    ],
);
pub(crate) static BRACE_EXPANSION_IN_SH: Rule = rule(
    "shell/brace-expansion-in-sh",
    &["SC3009"],
    Severity::Medium,
    [
        "brace expansion in sh",
        "POSIX does not promise {a,b}. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes. `mkdir -p /x/{a,b}` makes one \
         directory with braces in its name.",
        "Write the words out, or set SHELL to bash.",
    ],
);
pub(crate) static BRACKET_ARITHMETIC_IN_SH: Rule = rule(
    "shell/bracket-arithmetic-in-sh",
    &["SC3007"],
    Severity::Medium,
    ["$[ … ] in sh", "It is an old form of bash; elsewhere it is plain text.", "Write $(( … ))."],
);
pub(crate) static CARET_NEGATION_IN_SH: Rule = rule(
    "shell/caret-negation-in-sh",
    &["SC3026"],
    Severity::Low,
    [
        "[^…] in a pattern in sh",
        "POSIX does not promise ^ as negation in patterns. dash, the sh of Debian and Ubuntu, and the ash of \
         Alpine differ: the build breaks, or goes on wrongly, when the base image changes.",
        "Write [!…].",
    ],
);
pub(crate) static CASE_CHANGE_IN_SH: Rule = rule(
    "shell/case-change-in-sh",
    &["SC3059"],
    Severity::Medium,
    [
        "${name^} or ${name,} in sh",
        "POSIX does not promise ${name^^} and ${name,,}. dash, the sh of Debian and Ubuntu, and the ash of \
         Alpine differ: the build breaks, or goes on wrongly, when the base image changes. dash stops with \
         \"Bad substitution\".",
        "Use tr.",
    ],
);
pub(crate) static EXPONENT_IN_SH: Rule = rule(
    "shell/exponent-in-sh",
    &["SC3019"],
    Severity::Medium,
    [
        "** in sh",
        "POSIX does not promise **. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes.",
        "Multiply.",
    ],
);
pub(crate) static EXTENDED_GLOB_IN_SH: Rule = rule(
    "shell/extended-glob-in-sh",
    &["SC3002"],
    Severity::Medium,
    [
        "an extended pattern in sh",
        "dash and ash take @( … ) and its like as syntax errors.",
        "Use several patterns, or a shell that has them.",
    ],
);
pub(crate) static INCREMENT_IN_SH: Rule = rule(
    "shell/increment-in-sh",
    &["SC3018"],
    Severity::Medium,
    [
        "++ or -- in sh",
        "POSIX does not promise ++ and --. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: \
         the build breaks, or goes on wrongly, when the base image changes.",
        "Write $(( name = name + 1 )).",
    ],
);
pub(crate) static INDIRECT_EXPANSION_IN_SH: Rule = rule(
    "shell/indirect-expansion-in-sh",
    &["SC3053"],
    Severity::Medium,
    [
        "${!name} in sh",
        "POSIX does not promise ${!name}. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: \
         the build breaks, or goes on wrongly, when the base image changes. dash stops with \"Bad \
         substitution\".",
        "Use eval with care, or set SHELL to bash.",
    ],
);
pub(crate) static PROCESS_SUBSTITUTION_IN_SH: Rule = rule(
    "shell/process-substitution-in-sh",
    &["SC3001"],
    Severity::Medium,
    [
        "process substitution in sh",
        "POSIX does not promise <( … ). dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes.",
        "Use a pipe or a file, or set SHELL to bash.",
    ],
);
pub(crate) static REPLACEMENT_IN_SH: Rule = rule(
    "shell/replacement-in-sh",
    &["SC3060"],
    Severity::Medium,
    [
        "${name/pattern/text} in sh",
        "POSIX does not promise ${name/pattern/text}. dash, the sh of Debian and Ubuntu, and the ash of \
         Alpine differ: the build breaks, or goes on wrongly, when the base image changes. dash stops with \
         \"Bad substitution\".",
        "Use sed.",
    ],
);
pub(crate) static SPECIAL_VARIABLE_IN_SH: Rule = rule(
    "shell/special-variable-in-sh",
    &["SC3028"],
    Severity::Medium,
    [
        "a variable that only bash sets, in sh",
        "POSIX does not promise this variable. dash, the sh of Debian and Ubuntu, and the ash of Alpine \
         differ: the build breaks, or goes on wrongly, when the base image changes. It is empty in dash.",
        "Ask a program: hostname, id -u, od /dev/urandom.",
    ],
);
pub(crate) static SUBSTRING_IN_SH: Rule = rule(
    "shell/substring-in-sh",
    &["SC3057"],
    Severity::Medium,
    [
        "${name:offset} in sh",
        "POSIX does not promise ${name:offset:length}. dash, the sh of Debian and Ubuntu, and the ash of \
         Alpine differ: the build breaks, or goes on wrongly, when the base image changes. dash stops with \
         \"Bad substitution\".",
        "Use ${name#…}, ${name%…} or cut.",
    ],
);
pub(crate) static TRANSLATED_QUOTES_IN_SH: Rule = rule(
    "shell/translated-quotes-in-sh",
    &["SC3004"],
    Severity::Medium,
    [
        "$\"…\" in sh",
        "POSIX does not promise $\"…\". dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes.",
        "Leave the dollar sign away.",
    ],
);
