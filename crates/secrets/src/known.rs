//! What is known already: reports and baselines of other tools as lists of what not to report again.

use content::Hit;
use serde_json::Value;
use sha1::{Digest as _, Sha1};
use std::collections::HashMap;

/// Bytes of one baseline.
const BASELINE_BYTES_MAX: usize = 64 << 20;

/// Credentials that are known already and not to be reported again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownSecrets {
    /// By SHA-1 of the secret: the files it is known in.
    secrets: HashMap<String, Vec<String>>,
    /// By `rule:line`: the files; for lists that do not hold the secret.
    places: HashMap<String, Vec<String>>,
    entries: usize,
}

/// A baseline that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KnownError {
    /// It is larger than a baseline can be.
    #[error("the baseline has more than {limit_bytes} bytes")]
    TooLarge {
        /// The bound.
        limit_bytes: usize,
    },
    /// It is no JSON.
    #[error("the baseline is no JSON")]
    Json(#[source] serde_json::Error),
    /// It is JSON of another form.
    #[error("the baseline is no {expected} (hint: {hint})")]
    Form {
        /// What was expected.
        expected: &'static str,
        /// How to make one.
        hint: &'static str,
    },
}

impl KnownSecrets {
    /// Adds a JSON report of gitleaks, as its `--baseline-path` takes them (`report/finding.go`). Returns how many
    /// entries were not understood.
    ///
    /// # Errors
    /// When it is no list of findings.
    pub fn add_gitleaks_report(&mut self, text: &str) -> Result<usize, KnownError> {
        let Value::Array(findings) = json(text)? else {
            return Err(KnownError::Form {
                expected: "list of gitleaks findings",
                hint: "write one with gitleaks --report-format json",
            });
        };
        let mut strange = 0;
        for finding in findings {
            let text = |name: &str| finding.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            let (Some(file), Some(rule)) = (text("File"), text("RuleID")) else {
                strange += 1;
                continue;
            };
            self.entries += 1;
            match text("Secret").filter(|secret| !is_redacted(secret)) {
                Some(secret) => self.add_secret(file, sha1(secret.as_bytes())),
                None => match finding.get("StartLine").and_then(Value::as_u64) {
                    Some(line) => self.add_place(file, rule, line),
                    None => strange += 1,
                },
            }
        }
        Ok(strange)
    }

    /// Adds a `.gitleaksignore`: fingerprints `file:rule:line`, or with a commit before them, which is not looked at
    /// (`AddGitleaksIgnore` in `detect/detect.go`). Returns the 1-based lines that are none.
    #[must_use = "lines that are no fingerprints are to be told"]
    pub fn add_gitleaks_ignore(&mut self, text: &str) -> Vec<u32> {
        let mut strange = Vec::new();
        for (number, line) in (1_u32..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let parts: Vec<&str> = line.split(':').collect();
            let parts = match &parts[..] {
                [file, rule, line] | [_, file, rule, line] => {
                    Some((file.replace('\\', "/"), *rule, line.parse()))
                }
                _ => None,
            };
            match parts {
                Some((file, rule, Ok(line))) => {
                    self.entries += 1;
                    self.add_place(&file, rule, line);
                }
                _ => strange.push(number),
            }
        }
        strange
    }

    /// Adds a baseline of detect-secrets (`.secrets.baseline`): SHA-1 of secrets by file. Entries that were audited
    /// and found to be real stay known as well. Returns how many entries were not understood.
    ///
    /// # Errors
    /// When it has no `results` by file.
    pub fn add_detect_secrets(&mut self, text: &str) -> Result<usize, KnownError> {
        let value = json(text)?;
        let Some(results) = value.get("results").and_then(Value::as_object) else {
            return Err(KnownError::Form {
                expected: "baseline of detect-secrets",
                hint: "write one with detect-secrets scan",
            });
        };
        let mut strange = 0;
        for (file, entries) in results {
            for entry in entries.as_array().into_iter().flatten() {
                let hash = entry.get("hashed_secret").and_then(Value::as_str).unwrap_or_default();
                if hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    self.entries += 1;
                    self.add_secret(file, hash.to_ascii_lowercase());
                } else {
                    strange += 1;
                }
            }
        }
        Ok(strange)
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Whether a hit in a file is known. It needs the credential in clear ([`Hit::clear`]), so it is asked before
    /// hits are kept. A path of a list also stands for the same path beneath any folder of the image.
    #[must_use]
    pub fn covers(&self, path: &str, hit: &Hit) -> bool {
        if self.is_empty() {
            return false;
        }
        let rule = hit.rule.rsplit('/').next().unwrap_or_default();
        let place = hit.line.and_then(|line| self.places.get(&format!("{rule}:{line}")));
        let mut lists: Vec<&Vec<String>> = place.into_iter().collect();
        for secret in &hit.clear {
            lists.extend(self.secrets.get(&sha1(secret.as_bytes())));
        }
        lists.into_iter().flatten().any(|known| is_same_file(path, known))
    }

    /// Changes with what is known.
    pub(crate) fn digest(&self) -> u64 {
        let mut keys: Vec<String> =
            self.secrets.iter().chain(&self.places).map(|(k, v)| format!("{k}{v:?}")).collect();
        keys.sort();
        model::path_hash(&keys.concat())
    }

    fn add_secret(&mut self, file: &str, hash: String) {
        self.secrets.entry(hash).or_default().push(file.to_owned());
    }

    fn add_place(&mut self, file: &str, rule: &str, line: u64) {
        self.places.entry(format!("{rule}:{line}")).or_default().push(file.to_owned());
    }
}

fn json(text: &str) -> Result<Value, KnownError> {
    if text.len() > BASELINE_BYTES_MAX {
        return Err(KnownError::TooLarge { limit_bytes: BASELINE_BYTES_MAX });
    }
    serde_json::from_str(text).map_err(KnownError::Json)
}

/// gitleaks writes `REDACTED`, or cuts a part off and writes dots (`report/finding.go`).
fn is_redacted(secret: &str) -> bool {
    secret == "REDACTED" || secret.ends_with("...")
}

fn is_same_file(path: &str, known: &str) -> bool {
    let path = path.trim_start_matches('/');
    let known = known.trim_start_matches("./").trim_start_matches('/');
    !known.is_empty()
        && path.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

fn sha1(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(rule: &str, line: u32, secret: &str) -> Hit {
        Hit {
            rule: rule.to_owned(),
            title: String::new(),
            severity: model::Severity::High,
            line: Some(line),
            evidence: Vec::new(),
            remedy: None,
            references: Vec::new(),
            identity: String::new(),
            clear: vec![secret.to_owned()],
        }
    }

    #[test]
    fn a_gitleaks_report_knows_secrets_and_redacted_places() {
        let mut known = KnownSecrets::default();
        let report = r#"[{"RuleID":"a","File":"src/x.py","StartLine":3,"Secret":"hunter22"},
            {"RuleID":"b","File":"y","StartLine":4,"Secret":"REDACTED"},{"RuleID":"c"}]"#;
        assert_eq!(known.add_gitleaks_report(report).unwrap(), 1);
        assert_eq!(known.len(), 2);
        assert!(known.covers("/app/src/x.py", &hit("secrets/other", 9, "hunter22")), "the line may change");
        assert!(!known.covers("/app/mysrc/x.py.bak", &hit("secrets/other", 3, "hunter22")));
        assert!(!known.covers("/app/src/x.py", &hit("secrets/a", 3, "another")));
        assert!(known.covers("y", &hit("secrets/gitleaks/b", 4, "?")));
        assert!(!known.covers("y", &hit("secrets/gitleaks/b", 5, "?")));
    }

    #[test]
    fn an_ignore_file_knows_fingerprints() {
        let mut known = KnownSecrets::default();
        let strange = known.add_gitleaks_ignore("# x\n\na/b:rule:7\ndeadbeef:c\\d:rule:8\nnonsense\na:b:c\n");
        assert_eq!(strange, [5, 6]);
        assert!(
            known.covers("srv/a/b", &hit("secrets/rule", 7, ""))
                && known.covers("c/d", &hit("x/rule", 8, ""))
        );
    }

    #[test]
    fn a_detect_secrets_baseline_knows_hashes() {
        let mut known = KnownSecrets::default();
        let baseline = format!(
            r#"{{"version":"1.5.0","results":{{"a.env":[{{"type":"x","hashed_secret":"{}","line_number":1}},{{}}]}}}}"#,
            sha1(b"hunter22")
        );
        assert_eq!(known.add_detect_secrets(&baseline).unwrap(), 1);
        assert!(known.covers("srv/a.env", &hit("secrets/r", 5, "hunter22")));
        assert!(!known.covers("srv/b.env", &hit("secrets/r", 5, "hunter22")));
    }

    #[test]
    fn other_json_is_refused_with_a_hint() {
        let mut known = KnownSecrets::default();
        assert!(known.add_gitleaks_report("{}").unwrap_err().to_string().contains("hint"));
        assert!(known.add_detect_secrets("[]").unwrap_err().to_string().contains("hint"));
        assert!(matches!(known.add_detect_secrets("{").unwrap_err(), KnownError::Json(_)));
    }
}
