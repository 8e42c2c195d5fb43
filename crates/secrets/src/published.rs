//! Credentials that were published with a library.

use crate::engine::Engine;
use crate::validate::Validator;
use content::{FileView, Hit, LibraryPlace, library_place};
use model::Severity;

/// Rates lower what stands in installed libraries: whoever can install the library has it too. Where the form of a
/// token proves it, it stays what it is outside of tests and examples, since a library may be the user's own.
pub(crate) fn rate(engine: &Engine, file: &FileView<'_>, hits: &mut [Hit]) {
    let Some(place) = place(file) else { return };
    for hit in hits {
        let rule = hit.rule.strip_prefix("secrets/").and_then(|id| engine.own_rule(id));
        let Some(rule) = rule else { continue };
        let is_proven = !rule.validator.is_some_and(is_by_surroundings);
        let (severity, words) = match place {
            LibraryPlace::Test => (Severity::Low, "among the tests, examples or guides of"),
            LibraryPlace::Code if is_proven => continue,
            LibraryPlace::Code => (one_lower(hit.severity), "in"),
        };
        if severity < hit.severity {
            hit.severity = severity;
            hit.evidence.push(format!("stands {words} an installed library: whoever can install it has it"));
        }
    }
}

/// Members of archives lie where the archive lies.
fn place(file: &FileView<'_>) -> Option<LibraryPlace> {
    let places = [library_place(file.path.as_str()), library_place(file.inner_path())];
    if places.contains(&Some(LibraryPlace::Test)) {
        return Some(LibraryPlace::Test);
    }
    places[0].or(places[1])
}

/// Whether a check looks at what stands round the value rather than at the value itself.
const fn is_by_surroundings(validator: Validator) -> bool {
    matches!(
        validator,
        Validator::Assignment
            | Validator::Password
            | Validator::Url
            | Validator::Shell
            | Validator::Basic
            | Validator::Rare
    )
}

const fn one_lower(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        _ => Severity::Low,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Options, RuleSet, Secrets};
    use content::{Budget, Detector, FileClass, FileView};
    use model::{LayerPath, Severity};
    use std::time::Duration;

    #[track_caller]
    fn check(path: &str, text: &str, expected: Severity) {
        let secrets = Secrets::new(vec![RuleSet::default_rules()], Options::default());
        let path = LayerPath::new(path);
        let class = FileClass::Script;
        let size = text.len() as u64;
        let file = FileView {
            path: &path,
            nested: &[],
            class,
            size,
            mode: 0o644,
            uid: 0,
            package: None,
            is_verified: false,
        };
        let mut hits = Vec::new();
        secrets.examine(&file, text.as_bytes(), &Budget::new(Duration::from_secs(9)), &mut hits).unwrap();
        let found: Vec<Severity> = hits.iter().map(|hit| hit.severity).collect();
        assert_eq!(found, [expected], "{path:?}: {hits:?}");
    }

    #[test]
    fn what_came_with_a_library_is_rated_lower_than_what_the_application_holds() {
        let address = concat!("url = 'postgres://app:tr0ub4", "dor@db.corp.internal/shop'\n");
        check("srv/app/settings.py", address, Severity::High);
        check("usr/lib/python3/dist-packages/acme/settings.py", address, Severity::Medium);
        check("usr/lib/python3/dist-packages/acme/tests/settings.py", address, Severity::Low);
    }

    #[test]
    fn tokens_that_prove_themselves_stay_what_they_are_in_a_library() {
        let token = crate::validate::with_checksum(concat!("ghp", "_q8Zk3VxWm2LtY7RbN5cJd4Hs6Fg9Pa000000"));
        let line = format!("token = '{token}'\n");
        let found_in = |path: &str, severity| check(path, &line, severity);
        found_in("app/node_modules/acme/index.js", Severity::Critical);
        found_in("app/node_modules/acme/test/index.js", Severity::Low);
    }
}
