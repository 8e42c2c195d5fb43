//! Lock files of NuGet.

use crate::{Context, Format, FormatKind, Sink, json, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};

/// `packages.lock.json` (NuGet documentation, "Locking dependencies"), also `packages.PROJECT.lock.json`:
/// `dependencies` by target framework, each with type and resolved version; type `Project` is the project's own.
pub(crate) static FORMAT: Format =
    Format { id: "nuget/packages-lock", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name().starts_with("packages.") && path.file_name().ends_with("lock.json")
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Nuget, FoundBy::LockFile, sink);
    let Some(content) = manifest.text(bytes) else { return };
    let frameworks = match json::fields(&content, ["dependencies"]) {
        Ok([Some(frameworks)]) => frameworks,
        Ok([None]) => return,
        Err(error) => return json::tell_error(&mut manifest, &error),
    };
    let mut frameworks_read = Vec::new();
    let mut result = json::members(frameworks.get(), &mut |_, framework| frameworks_read.push(framework));
    for framework in frameworks_read {
        result = result.and(json::members(framework.get(), &mut |name, value| {
            let Ok([kind, resolved]) = json::fields(value.get(), ["type", "resolved"]) else {
                return manifest.malformed(None, &format!("the record of '{name}' is no object"));
            };
            match (json::string(kind), json::string(resolved)) {
                (Some(kind), _) if kind == "Project" => {}
                (_, Some(version)) => manifest.package(&name, &version),
                (_, None) => manifest.without_version(&name),
            }
        }));
    }
    if let Err(error) = result {
        json::tell_error(&mut manifest, &error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn packages_of_all_frameworks_are_read() {
        let text = r#"{"version": 1, "dependencies": {
            "net6.0": {"A": {"type": "Direct", "requested": "[1.0, )", "resolved": "1.0.0"}, "mine": {"type": "Project"}},
            "net6.0/linux-x64": {"B": {"type": "Transitive", "resolved": "2.0.0"}, "A": {"type": "Direct", "resolved": "1.0.0"}}}}"#;
        check(&FORMAT, "packages.lock.json", text, &["A@1.0.0", "B@2.0.0"]);
    }

    #[test]
    fn records_without_version_are_told() {
        let found = parse(
            &FORMAT,
            "packages.lock.json",
            r#"{"dependencies": {"x": {"A": {"type": "Direct"}, "B": 1, "C": {"resolved": "1"}}}}"#,
        );
        assert_eq!((found.names().len(), found.problems.len()), (1, 2));
    }
}
