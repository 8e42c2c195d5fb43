//! Every hit lies in the text that was judged, on whole characters.

use shell::{Dialect, Options, check};

#[test]
fn a_parenthesis_inside_a_pattern_is_no_pattern_of_its_own() {
    let text = "ls ?(a(\u{fffd}(b)))\n";
    let hits = check(text, Dialect::Sh, &Options::default());
    let spans: Vec<Option<&str>> = hits.iter().map(|hit| text.get(hit.span.clone())).collect();
    assert!(spans.iter().all(Option::is_some), "{spans:?}");
    let of_patterns = hits.iter().filter(|hit| hit.rule.id == "shell/extended-glob-in-sh").count();
    assert_eq!(of_patterns, 1, "{spans:?}");
}
