//! Rules about failures that nobody notices.

use super::super::{Rule, rule};
use model::Severity;

pub(crate) static AND_OR_CHAIN: Rule = rule(
    "shell/and-or-chain",
    &["SC2015"],
    Severity::Low,
    [
        "a && b || c runs c also when b fails",
        "It is no if-then-else: the last command also runs when the middle one fails.",
        "Write if a; then b; else c; fi.",
    ],
);
pub(crate) static EMPTY_VARIABLE_IN_RM: Rule = rule(
    "shell/empty-variable-in-rm",
    &["SC2115"],
    Severity::High,
    [
        "rm works on / when a variable is empty",
        "`rm -rf \"$dir/\"*` with an empty variable removes the whole root.",
        "Write \"${dir:?}/\"*.",
    ],
);
pub(crate) static LS_INTO_GREP: Rule = rule(
    "shell/ls-into-grep",
    &["SC2010"],
    Severity::Low,
    [
        "ls is piped into grep",
        "Names with odd characters are changed by ls or broken into lines.",
        "Use a pattern or find.",
    ],
);
pub(crate) static LS_READ_BY_PROGRAM: Rule = rule(
    "shell/ls-read-by-program",
    &["SC2012"],
    Severity::Negligible,
    ["the output of ls is read by a program", "ls changes odd characters and breaks lines.", "Use find."],
);
pub(crate) static MASKED_FAILURE: Rule = rule(
    "shell/masked-failure",
    &["SC2155"],
    Severity::Low,
    [
        "the failure of a command is lost in export or local",
        "`export NAME=\"$(command)\"` succeeds whatever the command does, so `set -e` does not stop.",
        "Assign first, then export: NAME=\"$(command)\"; export NAME.",
    ],
);
pub(crate) static MODE_OF_LAST_DIRECTORY_ONLY: Rule = rule(
    "shell/mode-of-last-directory-only",
    &["SC2174"],
    Severity::Medium,
    [
        "mkdir -p -m sets the mode of the last directory alone",
        "Parents that are made on the way get the default mode.",
        "Make the parents first, or use install -d.",
    ],
);
pub(crate) static NEGATION_SKIPS_ERREXIT: Rule = rule(
    "shell/negation-skips-errexit",
    &["SC2251"],
    Severity::Medium,
    [
        "! keeps set -e from stopping",
        "A command behind ! never ends the script, whatever comes out; as a check it does nothing.",
        "Write if command; then exit 1; fi.",
    ],
);
pub(crate) static OUTCOME_LOOKED_UP_LATE: Rule = rule(
    "shell/outcome-looked-up-late",
    &["SC2181"],
    Severity::Negligible,
    [
        "the outcome is looked up in $? instead of by if",
        "Any command put between changes $?.",
        "Write if command; then ….",
    ],
);
pub(crate) static PIPE_INTO_DEAF_COMMAND: Rule = rule(
    "shell/pipe-into-deaf-command",
    &["SC2216"],
    Severity::Medium,
    [
        "something is piped into a command that reads no input",
        "rm, cp, echo and their like ignore what comes through the pipe; mostly xargs is missing.",
        "Use xargs, or $( … ).",
    ],
);
pub(crate) static READ_EATS_BACKSLASHES: Rule = rule(
    "shell/read-eats-backslashes",
    &["SC2162"],
    Severity::Low,
    ["read without -r takes backslashes away", "`C:\\\\new` becomes `C:new`.", "Write read -r."],
);
pub(crate) static REDIRECT_ORDER: Rule = rule(
    "shell/redirect-order",
    &["SC2069"],
    Severity::Medium,
    [
        "2>&1 stands before the redirection of the output",
        "Errors then go where the output went before: to the terminal.",
        "Write > file 2>&1.",
    ],
);
pub(crate) static SYSTEM_DIRECTORY_REMOVED: Rule = rule(
    "shell/system-directory-removed",
    &["SC2114", "SC2115"],
    Severity::High,
    [
        "a system directory is removed",
        "rm -r on it leaves an image that does not start, or removes what later steps need.",
        "Check the path.",
    ],
);
pub(crate) static UNCHECKED_CD: Rule = rule(
    "shell/unchecked-cd",
    &["SC2164"],
    Severity::Medium,
    [
        "cd can fail, and the next commands then run in the wrong directory",
        "A later `rm -rf *` works on whatever directory was there before.",
        "Write cd … || exit 1, join with &&, or begin with set -e.",
    ],
);
pub(crate) static CD_BACK: Rule = rule(
    "shell/cd-back",
    &["SC2103"],
    Severity::Low,
    [
        "cd .. leads back from where a cd led",
        "When the first cd fails, the second leaves the directory that one was in, and everything after it runs in the wrong place.",
        "Put both into a subshell: ( cd dir && … ).",
    ],
);
pub(crate) static INPUT_FOR_DEAF_COMMAND: Rule = rule(
    "shell/input-for-deaf-command",
    &["SC2217"],
    Severity::Medium,
    [
        "a command that reads nothing is given input",
        "It takes its arguments from its words: what is in the file is ignored.",
        "Use xargs, or write cat for echo.",
    ],
);
pub(crate) static REDIRECTED_BEFORE_PIPE: Rule = rule(
    "shell/redirected-before-pipe",
    &["SC2260"],
    Severity::High,
    [
        "the output goes to a file, and nothing into the pipe",
        "The redirection takes the output away before the pipe gets it; the next command reads nothing.",
        "Use tee, or take one of them away.",
    ],
);
pub(crate) static COMPETING_REDIRECTIONS: Rule = rule(
    "shell/competing-redirections",
    &["SC2261"],
    Severity::High,
    [
        "two redirections of the same stream",
        "All files are opened or emptied, only the last one is read or written.",
        "Leave one, or use cat or tee.",
    ],
);
