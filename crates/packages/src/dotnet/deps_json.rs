//! Published .NET applications and shared frameworks.

use crate::{Context, Format, FormatKind, Sink, json, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};
use serde_json::value::RawValue;
use std::collections::HashSet;

/// `NAME.deps.json` (dotnet/sdk, `documentation/specs/runtime-configuration-file.md`): `libraries` of type
/// `package`, and of type `runtimepack`, which is the runtime inside a self-contained application. Libraries
/// whose only assets in the runtime target are for compiling are not deployed and do not count.
pub(crate) static FORMAT: Format =
    Format { id: "nuget/deps-json", kind: FormatKind::Installed, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name().ends_with(".deps.json")
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Nuget, FoundBy::Installed, sink);
    let Some(content) = manifest.text(bytes) else { return };
    let [target, targets, libraries] = match json::fields(&content, ["runtimeTarget", "targets", "libraries"])
    {
        Ok(fields) => fields,
        Err(error) => return json::tell_error(&mut manifest, &error),
    };
    let Some(libraries) = libraries else { return };
    let not_deployed = not_deployed(target, targets);
    let result = json::members(libraries.get(), &mut |key, value| {
        let kind = json::fields(value.get(), ["type"]).ok().and_then(|[kind]| json::string(kind));
        let Some((name, version)) = key.split_once('/') else {
            return manifest.malformed(None, &format!("library '{key}' is not name/version"));
        };
        match kind.as_deref() {
            Some("package") if !not_deployed.contains(&key) => manifest.package(name, version),
            Some("runtimepack") => {
                manifest.package(name.strip_prefix("runtimepack.").unwrap_or(name), version);
            }
            Some(_) => {}
            None => manifest.malformed(None, &format!("library '{key}' has no type")),
        }
    });
    if let Err(error) = result {
        json::tell_error(&mut manifest, &error);
    }
}

/// The libraries that the runtime target lists with `compile` assets alone.
fn not_deployed(target: Option<&RawValue>, targets: Option<&RawValue>) -> HashSet<String> {
    let mut names = HashSet::new();
    // The target is a name, or an object with one.
    let name = json::string(target).or_else(|| {
        let [name] = json::fields(target?.get(), ["name"]).ok()?;
        json::string(name)
    });
    let (Some(name), Some(targets)) = (name, targets) else { return names };
    let Ok([Some(target)]) = json::fields(targets.get(), [name.as_str()]) else { return names };
    // Members that cannot be read name nothing: then every library counts.
    json::members(target.get(), &mut |key, value| {
        let assets =
            json::fields(value.get(), ["compile", "runtime", "runtimeTargets", "native", "resources"]);
        if let Ok([Some(_), None, None, None, None]) = assets {
            names.insert(key);
        }
    })
    .unwrap_or_default();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn deployed_packages_and_the_runtime_count() {
        let text = r#"{"runtimeTarget": {"name": ".NETCoreApp,Version=v6.0/linux-x64", "signature": ""},
            "targets": {".NETCoreApp,Version=v6.0": {}, ".NETCoreApp,Version=v6.0/linux-x64": {
                "App/1.0.0": {"dependencies": {}, "runtime": {"App.dll": {}}},
                "Newtonsoft.Json/12.0.1": {"runtime": {"lib/x.dll": {}}, "compile": {"lib/x.dll": {}}},
                "Meta/1.0.0": {"dependencies": {"x": "1"}},
                "OnlyCompile/1.0.0": {"compile": {"ref/x.dll": {}}}}},
            "libraries": {"App/1.0.0": {"type": "project"}, "Newtonsoft.Json/12.0.1": {"type": "package", "serviceable": true},
                "Meta/1.0.0": {"type": "package"}, "OnlyCompile/1.0.0": {"type": "package"},
                "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/6.0.1": {"type": "runtimepack"}}}"#;
        check(
            &FORMAT,
            "app/App.deps.json",
            text,
            &["Meta@1.0.0", "Microsoft.NETCore.App.Runtime.linux-x64@6.0.1", "Newtonsoft.Json@12.0.1"],
        );
    }

    #[test]
    fn libraries_without_targets_count() {
        check(
            &FORMAT,
            "a.deps.json",
            r#"{"runtimeTarget": "x", "libraries": {"A/1.0": {"type": "package"}}}"#,
            &["A@1.0"],
        );
    }

    #[test]
    fn malformed_libraries_are_told() {
        let found = parse(
            &FORMAT,
            "a.deps.json",
            r#"{"libraries": {"A": {"type": "package"}, "B/1": {}, "C/1": {"type": "package"}}}"#,
        );
        assert_eq!((found.names(), found.problems.len()), (vec!["C@1".to_owned()], 2));
    }
}
