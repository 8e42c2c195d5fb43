//! Rules about what `/bin/sh` of other systems lacks.

use super::super::{Rule, rule};
use model::Severity;

pub(crate) static ARITHMETIC_COMMAND_IN_SH: Rule = rule(
    "shell/arithmetic-command-in-sh",
    &["SC3006"],
    Severity::Medium,
    [
        "(( … )) in sh",
        "POSIX does not promise (( … )). dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes.",
        "Use [ … ] or : $(( … )).",
    ],
);
pub(crate) static ARITHMETIC_FOR_IN_SH: Rule = rule(
    "shell/arithmetic-for-in-sh",
    &["SC3005"],
    Severity::Medium,
    [
        "for (( … )) in sh",
        "POSIX does not promise for (( … )). dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: \
         the build breaks, or goes on wrongly, when the base image changes.",
        "Use while with [ … ], or set SHELL to bash.",
    ],
);
pub(crate) static BUILTIN_FLAG_IN_SH: Rule = rule(
    "shell/builtin-flag-in-sh",
    &["SC3045"],
    Severity::Medium,
    [
        "a flag of a builtin that POSIX lacks, in sh",
        "POSIX does not promise this flag (read -p, printf -v, export -f …). dash, the sh of Debian and \
         Ubuntu, and the ash of Alpine differ: the build breaks, or goes on wrongly, when the base image \
         changes.",
        "Do without, or set SHELL to bash.",
    ],
);
pub(crate) static DECLARE_IN_SH: Rule = rule(
    "shell/declare-in-sh",
    &["SC3044"],
    Severity::Medium,
    [
        "declare, pushd, shopt or another builtin of bash in sh",
        "POSIX does not promise this builtin. dash, the sh of Debian and Ubuntu, and the ash of Alpine \
         differ: the build breaks, or goes on wrongly, when the base image changes.",
        "Do without, or set SHELL to bash.",
    ],
);
pub(crate) static DOUBLE_BRACKETS_IN_SH: Rule = rule(
    "shell/double-brackets-in-sh",
    &["SC3010"],
    Severity::Medium,
    [
        "[[ ]] in sh",
        "POSIX does not promise [[ ]]. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes. In dash the command is not found, \
         which counts as false.",
        "Use [ ] with quoted words, or set SHELL to bash.",
    ],
);
pub(crate) static DOUBLE_EQUALS_IN_SH: Rule = rule(
    "shell/double-equals-in-sh",
    &["SC3014"],
    Severity::Medium,
    [
        "== in [ ] in sh",
        "POSIX does not promise ==. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes. dash says \"unexpected operator\", \
         which counts as false.",
        "Write =.",
    ],
);
pub(crate) static ECHO_FLAG_IN_SH: Rule = rule(
    "shell/echo-flag-in-sh",
    &["SC3037"],
    Severity::Low,
    [
        "a flag of echo in sh",
        "POSIX does not promise flags of echo. dash, the sh of Debian and Ubuntu, and the ash of Alpine \
         differ: the build breaks, or goes on wrongly, when the base image changes. dash prints `-e` as text.",
        "Use printf.",
    ],
);
pub(crate) static EXEC_FLAG_IN_SH: Rule = rule(
    "shell/exec-flag-in-sh",
    &["SC3038"],
    Severity::Low,
    [
        "a flag of exec in sh",
        "POSIX does not promise flags of exec. dash, the sh of Debian and Ubuntu, and the ash of Alpine \
         differ: the build breaks, or goes on wrongly, when the base image changes.",
        "Leave it away.",
    ],
);
pub(crate) static FILE_COMPARISON_IN_SH: Rule = rule(
    "shell/file-comparison-in-sh",
    &["SC3013"],
    Severity::Negligible,
    [
        "-nt, -ot or -ef in sh",
        "POSIX does not promise -nt, -ot and -ef. dash, the sh of Debian and Ubuntu, and the ash of Alpine \
         differ: the build breaks, or goes on wrongly, when the base image changes.",
        "Use find -newer.",
    ],
);
pub(crate) static HERE_STRING_IN_SH: Rule = rule(
    "shell/here-string-in-sh",
    &["SC3011"],
    Severity::Medium,
    [
        "<<< in sh",
        "POSIX does not promise <<<. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes.",
        "Use printf '%s\\\\n' … | …, or a here-document.",
    ],
);
pub(crate) static LET_IN_SH: Rule = rule(
    "shell/let-in-sh",
    &["SC3039"],
    Severity::Medium,
    [
        "let in sh",
        "POSIX does not promise let. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes.",
        "Write : $(( … )).",
    ],
);
pub(crate) static LOCAL_IN_SH: Rule = rule(
    "shell/local-in-sh",
    &["SC3043"],
    Severity::Negligible,
    [
        "local in sh",
        "POSIX does not define local; every sh that images bring has it.",
        "Nothing to do in images of Debian, Ubuntu and Alpine.",
    ],
);
pub(crate) static NAMED_DESCRIPTOR_IN_SH: Rule = rule(
    "shell/named-descriptor-in-sh",
    &["SC3022"],
    Severity::Medium,
    [
        "{name}> in sh",
        "POSIX does not promise descriptors kept in variables. dash, the sh of Debian and Ubuntu, and the ash \
         of Alpine differ: the build breaks, or goes on wrongly, when the base image changes.",
        "Use a number.",
    ],
);
pub(crate) static NETWORK_PATH_IN_SH: Rule = rule(
    "shell/network-path-in-sh",
    &["SC3025"],
    Severity::High,
    [
        "/dev/tcp or /dev/udp in sh",
        "POSIX does not promise /dev/tcp. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: \
         the build breaks, or goes on wrongly, when the base image changes.",
        "Use a program such as nc or curl.",
    ],
);
pub(crate) static OUTPUT_DESCRIPTOR_IN_SH: Rule = rule(
    "shell/output-descriptor-in-sh",
    &["SC3021"],
    Severity::Medium,
    [
        ">& with a file in sh",
        "POSIX does not promise >& file. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes.",
        "Write > file 2>&1.",
    ],
);
pub(crate) static PIPE_BOTH_IN_SH: Rule = rule(
    "shell/pipe-both-in-sh",
    &["SC3029"],
    Severity::Medium,
    [
        "|& in sh",
        "POSIX does not promise |&. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes.",
        "Write 2>&1 |.",
    ],
);
pub(crate) static PRINTF_FORMAT_IN_SH: Rule = rule(
    "shell/printf-format-in-sh",
    &["SC3050"],
    Severity::Medium,
    [
        "printf %q in sh",
        "POSIX does not promise %q. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes.",
        "Set SHELL to bash.",
    ],
);
pub(crate) static REDIRECT_BOTH_IN_SH: Rule = rule(
    "shell/redirect-both-in-sh",
    &["SC3020"],
    Severity::High,
    [
        "&> in sh",
        "POSIX does not promise &>. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes. dash starts the command in the \
         background instead and goes on without waiting for it.",
        "Write > file 2>&1.",
    ],
);
pub(crate) static REGEX_MATCH_IN_SH: Rule = rule(
    "shell/regex-match-in-sh",
    &["SC3015"],
    Severity::Medium,
    [
        "=~ in [ ] in sh",
        "POSIX does not promise =~. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes.",
        "Use grep -q or case.",
    ],
);
pub(crate) static SELECT_IN_SH: Rule = rule(
    "shell/select-in-sh",
    &["SC3008"],
    Severity::Medium,
    [
        "select in sh",
        "POSIX does not promise select. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes.",
        "Set SHELL to bash; a build has nobody to ask.",
    ],
);
pub(crate) static SET_FLAG_IN_SH: Rule = rule(
    "shell/set-flag-in-sh",
    &["SC3041"],
    Severity::Medium,
    [
        "a flag of set that POSIX lacks, in sh",
        "POSIX does not promise this flag. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: \
         the build breaks, or goes on wrongly, when the base image changes.",
        "Leave it away, or set SHELL to bash.",
    ],
);
pub(crate) static SHELL_FUNCTION_KEYWORD_IN_SH: Rule = rule(
    "shell/shell-function-keyword-in-sh",
    &["SC2112", "SC2113"],
    Severity::Medium,
    [
        "the keyword function in sh",
        "POSIX does not promise the keyword function. dash, the sh of Debian and Ubuntu, and the ash of \
         Alpine differ: the build breaks, or goes on wrongly, when the base image changes.",
        "Write name() { … }.",
    ],
);
pub(crate) static SHELL_OPTION_IN_SH: Rule = rule(
    "shell/shell-option-in-sh",
    &["SC3040"],
    Severity::Medium,
    [
        "an option of set -o that POSIX lacks, in sh",
        "POSIX does not promise this option. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: \
         the build breaks, or goes on wrongly, when the base image changes. The sh of Debian 12 and older \
         stops at `set -o pipefail`, so nothing behind it runs.",
        "Set SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"].",
    ],
);
pub(crate) static SOURCE_IN_SH: Rule = rule(
    "shell/source-in-sh",
    &["SC3046"],
    Severity::Medium,
    [
        "source in sh",
        "POSIX does not promise source. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes. dash does not find the command.",
        "Write a dot: . ./file.",
    ],
);
pub(crate) static STRING_ORDER_IN_SH: Rule = rule(
    "shell/string-order-in-sh",
    &["SC3012"],
    Severity::Low,
    [
        "< or > between texts in [ ] in sh",
        "POSIX does not promise lexical comparison. dash, the sh of Debian and Ubuntu, and the ash of Alpine \
         differ: the build breaks, or goes on wrongly, when the base image changes.",
        "Use sort or expr.",
    ],
);
pub(crate) static TRAP_SIGNAL_IN_SH: Rule = rule(
    "shell/trap-signal-in-sh",
    &["SC3047", "SC3048", "SC3049"],
    Severity::Medium,
    [
        "trap with ERR, DEBUG, RETURN, a SIG prefix or lower case, in sh",
        "POSIX does not promise this name of a signal. dash, the sh of Debian and Ubuntu, and the ash of \
         Alpine differ: the build breaks, or goes on wrongly, when the base image changes.",
        "Use EXIT, INT, TERM and their like.",
    ],
);
pub(crate) static UNARY_V_IN_SH: Rule = rule(
    "shell/unary-v-in-sh",
    &["SC3016"],
    Severity::Low,
    [
        "-v in [ ] in sh",
        "POSIX does not promise -v. dash, the sh of Debian and Ubuntu, and the ash of Alpine differ: the \
         build breaks, or goes on wrongly, when the base image changes.",
        "Use [ -n \"${name+set}\" ].",
    ],
);
