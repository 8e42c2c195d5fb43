//! Rules about text that does something else than it seems.

use super::super::{Rule, rule};
use model::Severity;

pub(crate) static AND_IN_TEST: Rule = rule(
    "shell/and-in-test",
    &["SC2166"],
    Severity::Low,
    [
        "-a or -o in [ ]",
        "POSIX has withdrawn them; with odd values they are read wrongly.",
        "Write [ … ] && [ … ].",
    ],
);
pub(crate) static BLANK_AFTER_EQUALS: Rule = rule(
    "shell/blank-after-equals",
    &["SC1007"],
    Severity::Medium,
    [
        "a blank stands behind the equals sign of an assignment",
        "`name= value` runs value with an empty name.",
        "Take the blank away; for an empty value write name=''.",
    ],
);
pub(crate) static BLANK_BEFORE_EQUALS: Rule = rule(
    "shell/blank-before-equals",
    &["SC2283", "SC1068"],
    Severity::Medium,
    [
        "blanks stand around the equals sign of an assignment",
        "The shell runs a command with that name instead.",
        "Take the blanks away.",
    ],
);
pub(crate) static BRACKET_COMMAND: Rule = rule(
    "shell/bracket-command",
    &["SC2288"],
    Severity::Medium,
    [
        "the name of a command ends oddly",
        "A bracket, brace or comma at the end belongs to something else.",
        "Look at the words in front.",
    ],
);
pub(crate) static CONSTANT_TEST: Rule = rule(
    "shell/constant-test",
    &["SC2050"],
    Severity::Medium,
    ["both sides of a comparison are constant", "A `$` is missing.", "Put the $ in front of the name."],
);
pub(crate) static ECHO_ESCAPES: Rule = rule(
    "shell/echo-escapes",
    &["SC2028"],
    Severity::Low,
    [
        "echo may print the escape as it is",
        "echo of bash prints `\\\\n` as two characters, that of dash as a line end.",
        "Use printf.",
    ],
);
pub(crate) static FIND_WITHOUT_PATH: Rule = rule(
    "shell/find-without-path",
    &["SC2185"],
    Severity::Negligible,
    ["find has no path", "BSD and old busybox find need one.", "Write find . …."],
);
pub(crate) static LITERAL_BRACE: Rule = rule(
    "shell/literal-brace",
    &["SC1083"],
    Severity::Low,
    [
        "a brace is plain text here",
        "A `}` that shall end a group needs `;` and a blank in front; else it is an argument.",
        "Put ; in front, or quote it.",
    ],
);
pub(crate) static NEEDLESS_BACKSLASH: Rule = rule(
    "shell/needless-backslash",
    &["SC1001", "SC1012"],
    Severity::Low,
    [
        "a backslash in front of a character that needs none",
        "The shell takes the backslash away: `\\\\n` becomes `n`.",
        "Quote the text when the backslash is meant.",
    ],
);
pub(crate) static NEGATED_EMPTY_TEST: Rule = rule(
    "shell/negated-empty-test",
    &["SC2236"],
    Severity::Negligible,
    ["! -z is -n", "Two negations where none is needed.", "Write -n."],
);
pub(crate) static OPTION_AS_COMMAND: Rule = rule(
    "shell/option-as-command",
    &["SC2215"],
    Severity::Medium,
    [
        "an option stands where a command should be",
        "A backslash at the end of the line before is missing.",
        "Join the lines.",
    ],
);
pub(crate) static PRINTF_FORMAT_VARIABLE: Rule = rule(
    "shell/printf-format-variable",
    &["SC2059"],
    Severity::Low,
    [
        "the format of printf holds a variable",
        "A `%` or a backslash in the value changes what is printed.",
        "Write printf '%s' \"$name\".",
    ],
);
pub(crate) static SYNTAX_ERROR: Rule = rule(
    "shell/syntax-error",
    &[
        "SC1072", "SC1073", "SC1009", "SC1088", "SC1089", "SC1056", "SC1064", "SC1065", "SC1036", "SC1058",
        "SC1061", "SC1062", "SC1046", "SC1047", "SC1050", "SC1078", "SC1044", "SC1020", "SC1035", "SC1054",
    ],
    Severity::High,
    [
        "the shell cannot read this",
        "The shell stops here with a syntax error and the build step fails; nothing behind this place was \
         judged.",
        "Repair the place that is shown.",
    ],
);
pub(crate) static TR_BRACKETS: Rule = rule(
    "shell/tr-brackets",
    &["SC2021"],
    Severity::Low,
    [
        "brackets around a set of tr are plain characters",
        "`tr [a-z] [A-Z]` also replaces brackets.",
        "Leave the brackets away.",
    ],
);
pub(crate) static VARIABLE_NEVER_SET: Rule = rule(
    "shell/variable-never-set",
    &["SC2154"],
    Severity::Low,
    [
        "a variable is used that nothing sets",
        "It is empty, or whatever the surroundings happen to hold; often the name is misspelt.",
        "Set it, or write ${name:-}.",
    ],
);
pub(crate) static X_COMPARISON: Rule = rule(
    "shell/x-comparison",
    &["SC2268"],
    Severity::Negligible,
    [
        "x in front of both sides of a comparison",
        "Quotes do what this was for.",
        "Leave the x away and quote both sides.",
    ],
);
pub(crate) static LINK_WITHOUT_NAME: Rule = rule(
    "shell/link-without-name",
    &["SC2226"],
    Severity::Medium,
    [
        "ln has one name only",
        "The link is made in the directory that one happens to be in.",
        "Name the link, or write . for this directory.",
    ],
);
pub(crate) static REDIRECTION_IN_TEST: Rule = rule(
    "shell/redirection-in-test",
    &["SC2065"],
    Severity::Medium,
    [
        "a redirection stands in a test",
        "> and < lead the output of test into a file: nothing is compared, and a file is made.",
        "Write -gt or -lt for numbers; escape the sign for texts.",
    ],
);
pub(crate) static UNESCAPED_ORDER_IN_TEST: Rule = rule(
    "shell/unescaped-order-in-test",
    &["SC2073"],
    Severity::Medium,
    [
        "< or > in [ ] is a redirection",
        "Nothing is compared, and a file is made or read.",
        "Escape it, or use [[ ]].",
    ],
);
pub(crate) static VARIABLE_NEVER_READ: Rule = rule(
    "shell/variable-never-read",
    &["SC2034"],
    Severity::Low,
    [
        "a variable is set and never read",
        "No program gets it without export: often the name is misspelt, or export is missing.",
        "Export it, put it in front of the command that needs it, or take it away.",
    ],
);
