//! Installed packages of Composer.

use super::package::read_array;
use crate::{Context, Format, FormatKind, Sink, json, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};

/// `vendor/composer/installed.json` (composer/composer, `FilesystemRepository.php`): an array of packages
/// (Composer 1), or an object with the array `packages` (Composer 2).
pub(crate) static FORMAT: Format =
    Format { id: "composer/installed-json", kind: FormatKind::Installed, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "installed.json"
        && path.parent().is_some_and(|parent| parent.rsplit('/').next() == Some("composer"))
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Composer, FoundBy::Installed, sink);
    let Some(content) = manifest.text(bytes) else { return };
    if content.trim_start().starts_with('[') {
        match serde_json::from_str(&content) {
            Ok(array) => read_array(&mut manifest, array),
            Err(error) => json::tell_error(&mut manifest, &error),
        }
        return;
    }
    match json::fields(&content, ["packages"]) {
        Ok([Some(array)]) => read_array(&mut manifest, array),
        Ok([None]) => manifest.malformed(None, "no list of packages"),
        Err(error) => json::tell_error(&mut manifest, &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    const PACKAGE: &str = r#"{"name": "Symfony/http-kernel", "version": "v5.4.19", "version_normalized": "5.4.19.0", "license": ["MIT"]}"#;

    #[test]
    fn both_versions_are_read() {
        for text in [format!("[{PACKAGE}]"), format!("{{\"packages\": [{PACKAGE}], \"dev\": true}}")] {
            check(&FORMAT, "app/vendor/composer/installed.json", &text, &["symfony/http-kernel@5.4.19"]);
            assert_eq!(parse(&FORMAT, "vendor/composer/installed.json", &text).packages[0].licenses, ["MIT"]);
        }
    }

    #[test]
    fn a_broken_record_loses_itself_alone() {
        let found = parse(
            &FORMAT,
            "vendor/composer/installed.json",
            format!("[5, {{\"name\": \"a/b\"}}, {PACKAGE}]"),
        );
        assert_eq!((found.packages.len(), found.problems.len()), (1, 2));
    }
}
