//! Text that nothing runs as it is: sources of compiled languages, documents, the rules of scanners.

use content::Hit;
use model::{LayerPath, Severity};

/// Ends of names of texts that no interpreter, shell or web server runs: they are compiled, read by people, or tell
/// programs what to look for.
const INERT: &[&str] = &[
    "adoc", "c", "cc", "cpp", "cs", "cxx", "go", "h", "hh", "hpp", "java", "kt", "md", "mdx", "mli", "ml",
    "nim", "po", "pot", "rmeta", "rs", "rst", "scala", "sigma", "swift", "tex", "toml", "yar", "yara", "zig",
];

/// Engines that look for commands and scripts by their text. What a digest or a user's rule names counts wherever it
/// lies, and so does a credential.
const BY_TEXT: &[&str] = &["malware/", "webshell/", "yara/seawall/"];

/// Rules of those engines that go by more than text.
const ALWAYS: &[&str] = &[
    "malware/command-and-control-address",
    "malware/eicar-test-file",
    "malware/known-hash",
    "malware/listed-file-name",
];

/// How bad a hit is in the file where it was seen, and why that is less than elsewhere.
///
/// An exploit in a source file, a write-up or another scanner's rules is a quotation. It is told, for it may be
/// compiled or copied into place, but it is no compromise of the image.
pub(crate) fn severity(hit: &Hit, path: &LayerPath, nested: &[String]) -> (Severity, Option<String>) {
    let name = nested.last().map_or(path.as_str(), String::as_str);
    let Some((_, end)) = name.rsplit_once('.') else { return (hit.severity, None) };
    let is_by_text = BY_TEXT.iter().any(|engine| hit.rule.starts_with(engine));
    if hit.severity <= Severity::Low
        || !is_by_text
        || ALWAYS.contains(&hit.rule.as_str())
        || !INERT.contains(&end.to_ascii_lowercase().as_str())
    {
        return (hit.severity, None);
    }
    let words = format!("{} elsewhere; nothing runs a .{end} file as it is", hit.severity);
    (Severity::Low, Some(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: &str, path: &str, nested: &[&str], expected: Severity) {
        let mut hit = Hit::of(&model::RULES[0], "seen");
        hit.rule = rule.to_owned();
        hit.severity = Severity::Critical;
        let nested: Vec<String> = nested.iter().map(|name| (*name).to_owned()).collect();
        let (severity, words) = severity(&hit, &LayerPath::new(path), &nested);
        assert_eq!(
            (severity, words.is_some()),
            (expected, expected != Severity::Critical),
            "{rule} in {path}"
        );
    }

    #[test]
    fn a_quotation_in_a_source_file_is_low() {
        check("yara/seawall/reverse_shell_dev_tcp", "src/shells.rs", &[], Severity::Low);
        check("webshell/code-from-request", "a.zip", &["docs/shells.md"], Severity::Low);
        check("malware/reverse-shell", "rules/shells.YAR", &[], Severity::Low);
    }

    #[test]
    fn what_may_run_and_what_is_no_quotation_keeps_its_severity() {
        check("webshell/code-from-request", "var/www/a.php", &[], Severity::Critical);
        check("malware/reverse-shell", "usr/local/bin/start", &[], Severity::Critical);
        check("webshell/code-from-request", "a.rs", &["b.php"], Severity::Critical);
        check("malware/known-hash", "src/shells.rs", &[], Severity::Critical);
        check("yara/mine/shell", "src/shells.rs", &[], Severity::Critical);
        check("secrets/aws-access-key-id", "src/shells.rs", &[], Severity::Critical);
    }
}
