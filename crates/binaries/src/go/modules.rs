//! The list of modules in a Go program (`runtime/debug.BuildInfo`, in the form of its `String`).

/// Modules and settings of a build.
#[derive(Debug, Default)]
pub(super) struct ModuleInfo {
    pub(super) main: Option<Module>,
    pub(super) dependencies: Vec<Module>,
    settings: Vec<(String, String)>,
    pub(super) unread_lines: usize,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Module {
    pub(super) path: String,
    /// With its `v`; `(devel)` or empty when there is none.
    pub(super) version: String,
    /// What was built in its place.
    pub(super) replacement: Option<Box<Module>>,
}

impl ModuleInfo {
    pub(super) fn parse(text: &str) -> Self {
        let mut info = Self::default();
        let mut is_dependency_last = false;
        for line in text.lines() {
            let mut fields = line.split('\t');
            let kind = fields.next().unwrap_or("");
            let rest: Vec<&str> = fields.collect();
            match (kind, rest.as_slice()) {
                ("path" | "", _) => {}
                ("mod", [path, version, ..]) => {
                    info.main = Some(module(path, version));
                    is_dependency_last = false;
                }
                ("dep", [path, version, ..]) => {
                    info.dependencies.push(module(path, version));
                    is_dependency_last = true;
                }
                ("=>", [path, version, ..]) => {
                    let replaced =
                        if is_dependency_last { info.dependencies.last_mut() } else { info.main.as_mut() };
                    if let Some(replaced) = replaced {
                        replaced.replacement = Some(Box::new(module(path, version)));
                    }
                }
                ("build", [setting, ..]) => match setting.split_once('=') {
                    Some((key, value)) => info.settings.push((unquoted(key), unquoted(value))),
                    None => info.unread_lines += 1,
                },
                _ => info.unread_lines += 1,
            }
        }
        info
    }

    pub(super) fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// Without the leading `v`.
pub(super) fn plain_version(version: &str) -> &str {
    version.strip_prefix('v').unwrap_or(version)
}

fn module(path: &str, version: &str) -> Module {
    Module { path: path.to_owned(), version: version.to_owned(), replacement: None }
}

/// Undoes `strconv.Quote` as far as it matters: `\"` and `\\`; or a text between backquotes.
fn unquoted(text: &str) -> String {
    if let Some(inner) = text.strip_prefix('`').and_then(|text| text.strip_suffix('`')) {
        return inner.to_owned();
    }
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        plain.push(if c == '\\' { characters.next().unwrap_or('\\') } else { c });
    }
    plain
}
