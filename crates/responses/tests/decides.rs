//! Promise: a file of responses is read strictly, and leads to the actions that it names, on those that it may touch.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use responses::{Action, Decision, Fired, Refusal, Responses, Subject};
use std::collections::BTreeSet;
use std::time::Duration;

const CONTAINER: Subject<'_> =
    Subject { container: Some("ab"), image: "web:1", labels: Some(&[]), process: 77, is_own: false };

/// Decisions about an alert of rule `Shell`, tag `T1059`, priority warning, as text.
#[track_caller]
fn check(entry: &str, subject: Subject<'_>, expected: &str) {
    let mut responses = Responses::parse(&format!("version: 1\nresponses:\n- {entry}\n")).unwrap();
    assert_eq!(shown(&responses.decide(&fired(subject), Duration::ZERO)), expected, "{entry}");
}

fn fired(subject: Subject<'_>) -> Fired<'_> {
    static TAGS: std::sync::LazyLock<BTreeSet<String>> =
        std::sync::LazyLock::new(|| BTreeSet::from(["T1059".to_owned()]));
    Fired { rule: "Shell", tags: &TAGS, subject, ..Fired::default() }
}

fn shown(decisions: &[Decision]) -> String {
    let one = |decision: &Decision| match decision {
        Decision::Take { action } => action.name().to_owned(),
        Decision::Try { action } => format!("dry {}", action.name()),
        Decision::Refuse { action, reason } => format!("not {}: {reason:?}", action.name()),
    };
    decisions.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn rules_tags_and_priority_say_which_alerts() {
    check("{rules: [Shell], do: [freeze]}", CONTAINER, "freeze");
    check("{rules: ['Sh*'], do: [freeze]}", CONTAINER, "freeze");
    check("{rules: [Other], do: [freeze]}", CONTAINER, "");
    check("{tags: [T1059, T1], do: [freeze, evidence]}", CONTAINER, "freeze, evidence");
    check("{tags: [T1], do: [freeze]}", CONTAINER, "");
    check("{priority: warning, do: [freeze]}", CONTAINER, "freeze");
    check("{priority: error, do: [freeze]}", CONTAINER, "");
    check("{rules: [Shell], tags: [T1], do: [freeze]}", CONTAINER, "");
    // The first that fits says, also that nothing is done.
    check("{rules: [Shell], do: []}\n- {rules: [Shell], do: [freeze]}", CONTAINER, "");
}

#[test]
fn the_host_and_seawall_are_left_alone() {
    let host = Subject { process: 77, ..Subject::default() };
    check("{rules: [Shell], do: [kill-process]}", host, "not kill-process: Host");
    check("{rules: [Shell], host: true, do: [kill-process]}", host, "kill-process");
    check("{rules: [Shell], host: true, do: [freeze]}", host, "not freeze: NoContainer");
    let first = Subject { process: 1, ..host };
    check("{rules: [Shell], host: true, do: [kill-process]}", first, "not kill-process: First");
    let own = Subject { is_own: true, ..CONTAINER };
    check("{rules: [Shell], host: true, do: [kill-container]}", own, "not kill-container: Own");
    check("{rules: [Shell], do: [evidence]}", own, "evidence");
    let nobody = Subject { process: 0, ..CONTAINER };
    check("{rules: [Shell], do: [kill-process, freeze]}", nobody, "not kill-process: NoProcess, freeze");
}

#[test]
fn excepted_images_and_labels_are_left_alone() {
    let labels = [("tier".to_owned(), "ci".to_owned())];
    let labelled = Subject { labels: Some(&labels), ..CONTAINER };
    let unknown = Subject { labels: None, image: "", ..CONTAINER };
    for (except, subject, expected) in [
        ("images: ['web:*']", CONTAINER, "not freeze: Excepted"),
        ("images: ['db:*']", CONTAINER, "freeze"),
        ("labels: [tier]", labelled, "not freeze: Excepted"),
        ("labels: ['tier=ci']", labelled, "not freeze: Excepted"),
        ("labels: ['tier=prod']", labelled, "freeze"),
        ("labels: [tier]", CONTAINER, "freeze"),
        ("labels: [tier]", unknown, "not freeze: Unknown"),
    ] {
        check(&format!("{{rules: [Shell], except: {{{except}}}, do: [freeze]}}"), subject, expected);
    }
}

#[test]
fn dry_runs_and_limits_are_told() {
    check("{rules: [Shell], dry-run: true, do: [kill-container]}", CONTAINER, "dry kill-container");
    let text = "version: 1\nresponses:\n- {rules: [Shell], at-most: 1/minute, do: [freeze]}\n";
    let mut responses = Responses::parse(text).unwrap();
    let mut at = |seconds, subject| shown(&responses.decide(&fired(subject), Duration::from_secs(seconds)));
    assert_eq!(at(0, CONTAINER), "freeze");
    assert_eq!(at(1, CONTAINER), "not freeze: Limit");
    assert_eq!(at(1, Subject { container: Some("cd"), ..CONTAINER }), "freeze");
    assert_eq!(at(61, CONTAINER), "freeze");
    let refused = Decision::Refuse { action: Action::Freeze, reason: Refusal::Limit };
    assert_eq!(responses.decide(&fired(CONTAINER), Duration::from_secs(62)), [refused]);
}

#[test]
fn mistakes_are_told_with_line_and_hint() {
    for (text, line, message, hint) in [
        ("version: 2\nresponses: []\n", 1, "version 2 is not known", "version: 1"),
        (
            "version: 1\nresponses:\n- rules: [a]\n  do: [kill-proces]\n",
            4,
            "unknown variant `kill-proces`",
            "kill-process",
        ),
        ("version: 1\nresponses:\n- rules: [a]\n  doo: [freeze]\n", 4, "unknown field `doo`", "rules, tags"),
        (
            "version: 1\nresponses:\n- rules: [a]\n  do: []\n- do: [freeze]\n",
            5,
            "for no rule",
            "rules: ['*']",
        ),
        (
            "version: 1\nresponses:\n- rules: [a]\n  do: [freeze, freeze]\n",
            3,
            "'freeze' stands twice",
            "once",
        ),
        ("version: 1\nresponses:\n- rules: [a]\n  do: [kill-container, freeze]\n", 3, "nothing left", "last"),
        (
            "version: 1\nresponses:\n- rules: [a]\n  at-most: '3'\n  do: [freeze]\n",
            4,
            "'3' is no rate",
            "3/minute",
        ),
        (
            "version: 1\nresponses:\n- priority: loud\n  do: [freeze]\n",
            3,
            "'loud' is no priority",
            "emergency",
        ),
    ] {
        let error = Responses::parse(text).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.message.contains(message), "{error}");
        assert!(error.hint.as_ref().is_some_and(|told| told.contains(hint)), "{error}");
    }
}

#[test]
fn a_response_for_no_rule_is_a_mistake() {
    let responses = Responses::parse(
        "version: 1\nresponses:\n- rules: ['Shell*']\n  do: [freeze]\n- rules: [Shel]\n  do: []\n",
    )
    .unwrap();
    let error = responses.check_names(&BTreeSet::from(["Shell by cron"])).unwrap_err();
    assert_eq!((error.line, error.message.as_str()), (5, "no rule is called 'Shel'"));
    assert!(responses.check_names(&BTreeSet::from(["Shell", "Shel"])).is_ok());
}

#[test]
fn a_file_made_to_hurt_is_refused() {
    let bomb =
        (0..40).map(|level| format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1)).collect::<String>();
    assert!(Responses::parse(&bomb).is_err());
    assert!(Responses::parse(&"[".repeat(100_000)).is_err());
    assert!(Responses::parse(&" ".repeat(2 << 20)).is_err());
}
