//! Texts of an image configuration: environment, labels, history, build arguments, health check, entry point.

use crate::engine::Mode;
use crate::search::Subject;
use crate::secrets::{Secrets, identity};
use crate::validate::password_setting;
use content::{Budget, Hit};
use std::time::Duration;

/// The time for one text; they have some kilobytes.
const DURATION: Duration = Duration::from_secs(2);

impl Secrets {
    /// Judges a text of the image configuration. `label` says where it stands and is shown (`environment`, `label`,
    /// `history`, `build argument`, `health check`, `entry point`); `key` is the name of a setting or nothing;
    /// `value` is its value, or a command line.
    ///
    /// `DB_PASSWORD=…` and the like are findings of `secrets/password-setting` also when the value is what a person
    /// chooses; placeholders and references never are.
    #[must_use]
    pub fn examine_texts(&self, label: &str, key: &str, value: &str) -> Vec<Hit> {
        let text = if key.is_empty() { value.to_owned() } else { format!("{key}={value}") };
        let mut hits = Vec::new();
        let budget = Budget::new(DURATION);
        let subject = Subject { path: "", mode: Mode::Config };
        let end = self.examine_text(subject, text.as_bytes(), &budget, &mut hits);
        for (name, value) in settings(key, value) {
            let is_found = hits.iter().any(|hit| {
                hit.clear.iter().any(|clear| value.contains(clear.as_str()) || clear.contains(value.as_str()))
            });
            if !is_found && password_setting(&name, &value) {
                hits.extend(self.setting_hit(&name, &value));
            }
        }
        for hit in &mut hits {
            hit.line = None;
            hit.evidence.insert(
                0,
                if key.is_empty() { format!("in {label}") } else { format!("in {label} {}", shown(key)) },
            );
            if let Err(halt) = &end {
                hit.evidence.push(format!("not looked at to the end: {}", halt.detail));
            }
        }
        hits.retain(|hit| !self.known().covers("", hit));
        hits
    }

    fn setting_hit(&self, name: &str, value: &str) -> Option<Hit> {
        let rule = self.engine.own_rule("password-setting")?;
        Some(Hit {
            rule: "secrets/password-setting".to_owned(),
            title: rule.title.clone(),
            severity: rule.severity,
            line: None,
            evidence: vec![format!("{} is set to {}", shown(name), content::redact(value))],
            remedy: Some(rule.remedy.clone()),
            references: rule.references.clone(),
            identity: identity("secrets/password-setting", &format!("{name}={value}")),
            clear: vec![value.to_owned()],
        })
    }
}

/// The setting itself, or those within a command line: `export A=b`, `--build-arg A=b`, `A=b command`, `|1 A=b`.
fn settings(key: &str, value: &str) -> Vec<(String, String)> {
    if !key.is_empty() {
        return vec![(key.to_owned(), value.to_owned())];
    }
    let mut all = Vec::new();
    for word in words(value) {
        if let Some((name, value)) = word.split_once('=') {
            let name = name.trim_start_matches('-');
            let is_name =
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
            if is_name {
                all.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    all
}

/// Words of a command line; quotes hold white space together and are dropped.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for character in text.chars() {
        match (character, quote) {
            ('"' | '\'', None) => quote = Some(character),
            (c, Some(q)) if c == q => quote = None,
            (c, None) if c.is_whitespace() || matches!(c, ';' | '&' | '|') => words.push(String::new()),
            (c, _) => words.last_mut().expect("there is always a word").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use crate::{Options, RuleSet, Secrets};

    #[track_caller]
    fn check(key: &str, value: &str, expected: &[&str]) {
        let secrets = Secrets::new(vec![RuleSet::default_rules()], Options::default());
        let hits = secrets.examine_texts("environment", key, value);
        let rules: Vec<&str> = hits.iter().map(|hit| hit.rule.as_str()).collect();
        assert_eq!(rules, expected, "{key}={value}");
        for hit in hits {
            assert!(
                hit.line.is_none() && hit.evidence[0].starts_with("in environment"),
                "{:?}",
                hit.evidence
            );
            for clear in &hit.clear {
                assert!(
                    !hit.evidence.concat().contains(clear.as_str()) && !hit.title.contains(clear.as_str())
                );
            }
        }
    }

    #[test]
    fn passwords_in_settings_are_found_and_placeholders_are_not() {
        check("DB_PASSWORD", "hunter22", &["secrets/password-setting"]);
        check("MYSQL_ROOT_PASSWORD", "tr0ub4dor", &["secrets/password-setting"]);
        for (key, value) in [
            ("DB_PASSWORD", "changeme"),
            ("DB_PASSWORD", "${DB_PASSWORD}"),
            ("DB_PASSWORD", "<password>"),
            ("DB_PASSWORD", ""),
            ("DB_PASSWORD_FILE", "/run/secrets/db"),
            ("PATH", "/usr/local/sbin:/usr/local/bin"),
            ("GPG_KEY", "A035C8C19219BA821ECEA86B64E628F8D684696D"),
            ("PYTHON_SHA256", "a7b4e1d5c0d4f1d5e3b8b36f5ad8ea95b3a6e6a1a5a6d3e6d8f3a9c5b3d1e2f4"),
            ("LANG", "C.UTF-8"),
        ] {
            check(key, value, &[]);
        }
    }

    #[test]
    fn command_lines_are_taken_apart() {
        check("", "|1 DB_PASSWORD=hunter22 /bin/sh -c make", &["secrets/password-setting"]);
        check("", "/bin/sh -c export API_TOKEN='tr0ub4dor 9' && make", &["secrets/password-setting"]);
        check("", "RUN /bin/sh -c apt-get install -y passwd=1:4.8.1-1 # buildkit", &[]);
    }
}
