//! Lock files of Composer.

use super::package::read_array;
use crate::{Context, Format, FormatKind, Sink, json, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};

/// `composer.lock` (composer/composer, `Package/Locker.php`): arrays `packages` and `packages-dev`.
pub(crate) static FORMAT: Format =
    Format { id: "composer/composer-lock", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "composer.lock"
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Composer, FoundBy::LockFile, sink);
    let Some(content) = manifest.text(bytes) else { return };
    match json::fields(&content, ["packages", "packages-dev"]) {
        Ok(arrays) => {
            for array in arrays.into_iter().flatten().filter(|array| array.get() != "null") {
                read_array(&mut manifest, array);
            }
        }
        Err(error) => json::tell_error(&mut manifest, &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn packages_of_both_lists_are_read() {
        let text = r#"{"content-hash": "x", "packages": [{"name": "a/b", "version": "1.0.0", "license": ["MIT"]}],
            "packages-dev": [{"name": "c/d", "version": "dev-main"}], "aliases": []}"#;
        check(&FORMAT, "composer.lock", text, &["a/b@1.0.0", "c/d@dev-main"]);
    }
}
