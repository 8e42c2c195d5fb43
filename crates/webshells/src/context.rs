//! What the place of a file says about it.

use content::{FileClass, FileView};
use model::Severity;

/// What the place of a file says about it. It moves a severity, and never makes a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Context {
    /// The folder is for uploads, caches or temporary files.
    pub(crate) is_in_data_folder: bool,
    /// The name or the bytes say picture, but there is code inside.
    pub(crate) is_image: bool,
    /// A package of the operating system owns the path.
    pub(crate) is_packaged: bool,
    /// The bytes equal the package's own record.
    pub(crate) is_verified: bool,
    /// The folder is for tests, examples or documentation.
    pub(crate) is_in_test_folder: bool,
}

/// Components of a path where nobody ships code, but servers write.
const DATA_FOLDERS: &[&str] = &[
    "upload",
    "uploads",
    "uploaded",
    "files",
    "cache",
    "tmp",
    "temp",
    "images",
    "img",
    "avatars",
    "attachments",
    "media",
    "backup",
    "backups",
    "logs",
    "shm",
    "sessions",
];
const TEST_FOLDERS: &[&str] =
    &["test", "tests", "testing", "testdata", "fixtures", "examples", "doc", "docs"];
const IMAGE_EXTENSIONS: &[&str] = &[
    "jpg", "jpeg", "png", "gif", "bmp", "ico", "webp", "svg", "tif", "tiff", "ttf", "woff", "woff2", "mp3",
    "pdf",
];

impl Context {
    pub(crate) fn of(file: &FileView<'_>) -> Self {
        let path = file.inner_path().to_ascii_lowercase();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let outer = file.path.as_str().to_ascii_lowercase();
        let has =
            |names: &[&str]| folder.split('/').chain(outer.split('/')).any(|part| names.contains(&part));
        Self {
            is_in_data_folder: has(DATA_FOLDERS),
            is_image: file.class == FileClass::Image || IMAGE_EXTENSIONS.contains(&file.extension().as_str()),
            is_packaged: file.package.is_some(),
            is_verified: file.is_verified,
            is_in_test_folder: has(TEST_FOLDERS),
        }
    }

    /// The severity in this place. Code where only data belongs is worse; the bytes of a verified package are
    /// what its maintainers ship, so that they are at most a weakness.
    pub(crate) fn adjust(self, severity: Severity) -> Severity {
        if self.is_verified {
            return severity.min(Severity::Low);
        }
        let raised =
            self.is_image || (self.is_in_data_folder && !self.is_packaged && !self.is_in_test_folder);
        match severity {
            Severity::Medium if raised => Severity::High,
            Severity::High if raised => Severity::Critical,
            other => other,
        }
    }

    /// The facts in words, for the evidence.
    pub(crate) fn facts(self) -> Vec<String> {
        let mut facts = Vec::new();
        if self.is_in_data_folder && !self.is_packaged {
            facts.push("place: a folder for uploads, caches or other data".to_owned());
        }
        if self.is_image {
            facts.push("place: a name or format of a picture or other medium".to_owned());
        }
        if self.is_packaged {
            facts.push("place: a path that a package of the operating system owns".to_owned());
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::LayerPath;

    #[track_caller]
    fn check(path: &str, package: Option<&str>, is_verified: bool, expected: Severity) {
        let path = LayerPath::new(path);
        let file = FileView {
            path: &path,
            nested: &[],
            class: FileClass::Web,
            size: 1,
            mode: 0o644,
            uid: 0,
            package,
            is_verified,
        };
        assert_eq!(Context::of(&file).adjust(Severity::High), expected, "{}", path.as_str());
    }

    #[test]
    fn severity_depends_on_the_place() {
        check("srv/www/index.php", None, false, Severity::High);
        check("srv/www/wp-content/uploads/2024/x.php", None, false, Severity::Critical);
        check("srv/www/logo.png", None, false, Severity::Critical);
        check("srv/www/tests/uploads/x.php", None, false, Severity::High);
        check("usr/share/x/cache/x.php", Some("x"), false, Severity::High);
        check("usr/share/x/cache/x.php", Some("x"), true, Severity::Low);
    }
}
