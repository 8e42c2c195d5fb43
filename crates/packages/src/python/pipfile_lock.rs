//! Lock files of Pipenv.

use super::normalise;
use crate::{Context, Format, FormatKind, Sink, json, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};

/// `Pipfile.lock` (pipenv documentation, "Pipfile & Pipfile.lock"): JSON, one object per category, of which
/// `default` and `develop` always exist; all categories count.
pub(crate) static FORMAT: Format =
    Format { id: "pypi/pipfile-lock", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "Pipfile.lock"
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::PyPI, FoundBy::LockFile, sink);
    let Some(content) = manifest.text(bytes) else { return };
    let mut categories = Vec::new();
    let result = json::members(&content, &mut |key, value| {
        if key != "_meta" {
            categories.push(value);
        }
    });
    if let Err(error) = result {
        json::tell_error(&mut manifest, &error);
    }
    for category in categories {
        let result = json::members(category.get(), &mut |name, value| {
            let version =
                json::fields(value.get(), ["version"]).ok().and_then(|[version]| json::string(version));
            let exact = version
                .as_deref()
                .and_then(|text| text.strip_prefix("===").or_else(|| text.strip_prefix("==")));
            match exact {
                Some(version) => manifest.package(&normalise(&name), version),
                None => manifest.without_version(&name),
            }
        });
        if let Err(error) = result {
            json::tell_error(&mut manifest, &error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn every_category_counts() {
        let text = r#"{"_meta": {"hash": {"sha256": "x"}, "requires": {}},
            "default": {"Jinja2": {"hashes": ["sha256:a"], "version": "==3.0.1", "markers": "x"}},
            "develop": {"pytest": {"version": "==7.0"}}, "docs": {"sphinx": {"version": "===5.0"}}}"#;
        check(&FORMAT, "Pipfile.lock", text, &["jinja2@3.0.1", "pytest@7.0", "sphinx@5.0"]);
    }

    #[test]
    fn repositories_have_no_version_and_a_cut_file_is_told() {
        let found = parse(
            &FORMAT,
            "Pipfile.lock",
            r#"{"default": {"a": {"git": "x"}, "b": {"version": "==1"}, "c": 5}}"#,
        );
        assert_eq!(found.names(), ["b@1"]);
        assert!(found.problems[0].detail.starts_with("2 dependencies"));
        let cut = parse(&FORMAT, "Pipfile.lock", r#"{"default": {"b": {"ver"#);
        assert_eq!(cut.problems[0].reason, model::GapReason::Truncated);
    }
}
