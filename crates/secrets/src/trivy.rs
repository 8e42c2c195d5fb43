//! Trivy's `trivy-secret.yaml` (`pkg/fanal/secret/scanner.go`, "Secret scanning: configuration" of its guide).

use crate::allow::{AllowList, PathLists, Target};
use crate::pattern::Pattern;
use crate::rule::{Problem, RULE_FILE_BYTES_MAX, Rule, RuleFileError, RuleSet, SecretPart};
use model::Severity;
use serde_yaml_ng::{Mapping, Value};
use sha2::{Digest as _, Sha256};

impl RuleSet {
    /// Reads a secret configuration of Trivy: custom rules, allow rules, excluded blocks, skipped paths and disabled
    /// rules. Trivy's built-in rules are not Seawall's: what names them is told and has no effect, except that
    /// `disable-rules` also turns off Seawall's rules of those ids.
    ///
    /// # Errors
    /// When it is no YAML, or no mapping; single rules that are not understood are problems, and the rest is used.
    pub fn parse_trivy(namespace: &str, text: &str) -> Result<(Self, Vec<Problem>), RuleFileError> {
        if text.len() > RULE_FILE_BYTES_MAX {
            return Err(RuleFileError::TooLarge { limit_bytes: RULE_FILE_BYTES_MAX });
        }
        let value: Value = serde_yaml_ng::from_str(text).map_err(|error| RuleFileError::Format {
            line: error.location().map_or(1, |at| u32::try_from(at.line()).unwrap_or(u32::MAX)),
            message: error.to_string().lines().next().unwrap_or_default().to_owned(),
        })?;
        let map = match value {
            Value::Mapping(map) => map,
            Value::Null => Mapping::new(),
            _ => {
                return Err(RuleFileError::Format {
                    line: 1,
                    message: "not a mapping of settings".to_owned(),
                });
            }
        };
        let mut reader = Reader { text, problems: Vec::new() };
        let mut set = reader.set(&map);
        set.namespace = Some(namespace.to_owned());
        set.digest = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        reader.problems.sort();
        Ok((set, reader.problems))
    }
}

struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn set(&mut self, map: &Mapping) -> RuleSet {
        let mut set = RuleSet {
            namespace: None,
            title: "Trivy secret rules".to_owned(),
            rules: Vec::new(),
            allow: Vec::new(),
            excluded: Vec::new(),
            skipped: PathLists::default(),
            disabled: Vec::new(),
            digest: String::new(),
        };
        let mut disabled_allow = Vec::new();
        for (key, value) in map {
            match key.as_str().unwrap_or_default() {
                "disable-rules" => set.disabled = self.texts(value, "disable-rules"),
                "disable-allow-rules" => disabled_allow = self.texts(value, "disable-allow-rules"),
                "enable-builtin-rules" => {
                    let count = self.texts(value, "enable-builtin-rules").len();
                    self.tell("enable-builtin-rules", format!(
                        "enable-builtin-rules: {count} ids of Trivy's own rules have no effect, Seawall's own rules are used"
                    ));
                }
                "rules" | "allow-rules" | "exclude-block" | "skip-patterns" => {}
                other => self.tell(other, format!("unknown key '{}', ignored", cut(other))),
            }
        }
        for rule in self.list(map.get("rules"), "rules") {
            let rule = self.rule(&rule).filter(|rule| !set.disabled.contains(&rule.id));
            set.rules.extend(rule);
        }
        let (allow, skipped) = self.allow_rules(map.get("allow-rules"), &disabled_allow);
        set.allow = allow;
        set.skipped = skipped;
        set.excluded = self.blocks(map.get("exclude-block"));
        for glob in
            map.get("skip-patterns").map(|value| self.texts(value, "skip-patterns")).unwrap_or_default()
        {
            if let Err(error) = set.skipped.add_glob(&glob) {
                self.tell(&glob, format!("skip-patterns: '{}': {error}", cut(&glob)));
            }
        }
        set
    }

    fn rule(&mut self, value: &Value) -> Option<Rule> {
        let Value::Mapping(map) = value else {
            self.tell("rules", "rules: an entry that is no mapping".to_owned());
            return None;
        };
        let id = map.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let place = format!("id: {id}");
        for key in map.keys().filter_map(Value::as_str) {
            if ![
                "id",
                "category",
                "title",
                "severity",
                "regex",
                "keywords",
                "path",
                "allow-rules",
                "exclude-block",
                "secret-group-name",
                "description",
                "examples",
            ]
            .contains(&key)
            {
                self.tell(&place, format!("rule '{}': unknown key '{}', ignored", cut(&id), cut(key)));
            }
        }
        if id.is_empty() {
            self.tell("rules", "rules: a rule without id".to_owned());
            return None;
        }
        let mut rule = Rule::named(&id);
        rule.secret = SecretPart::Whole;
        map.get("title").and_then(Value::as_str).unwrap_or_default().clone_into(&mut rule.title);
        // Trivy rates what it does not understand as unknown.
        let severity = map.get("severity").and_then(Value::as_str).unwrap_or_default();
        rule.severity = match severity.to_ascii_lowercase().as_str() {
            "low" => Severity::Low,
            "medium" => Severity::Medium,
            "high" => Severity::High,
            "critical" => Severity::Critical,
            "unknown" => Severity::Unknown,
            other => {
                self.tell(
                    &place,
                    format!("rule '{}': severity '{}' is taken as unknown", cut(&id), cut(other)),
                );
                Severity::Unknown
            }
        };
        let Some(regex) = map.get("regex").and_then(Value::as_str) else {
            self.tell(&place, format!("rule '{}': no regex, it can find nothing", cut(&id)));
            return None;
        };
        let regex = self.pattern(regex, &place, &format!("rule '{}': regex", cut(&id)))?;
        if let Some(keywords) = map.get("keywords") {
            rule.keywords = self.texts(keywords, &place).iter().map(|word| word.to_lowercase()).collect();
            rule.keywords.sort();
            rule.keywords.dedup();
        }
        if let Some(name) =
            map.get("secret-group-name").and_then(Value::as_str).filter(|name| !name.is_empty())
        {
            let groups = regex.groups_named(name);
            if groups.is_empty() {
                self.tell(
                    &place,
                    format!("rule '{}': no group is named '{}', it finds nothing", cut(&id), cut(name)),
                );
            }
            rule.secret = SecretPart::Groups(groups);
        }
        rule.window = regex.window(&rule.keywords);
        rule.regex = Some(regex);
        if let Some(path) = map.get("path").and_then(Value::as_str) {
            rule.path = Some(self.pattern(path, &place, &format!("rule '{}': path", cut(&id)))?);
        }
        let (mut allow, _) = self.allow_rules(map.get("allow-rules"), &[]);
        rule.allow.append(&mut allow);
        if let Some(Value::Sequence(lists)) = map.get("allow-rules") {
            let paths = lists.iter().filter_map(|list| list.get("path").and_then(Value::as_str));
            for path in paths {
                let paths = self.pattern(path, &place, "allow-rules: path");
                rule.allow.push(AllowList { paths, expressions: 1, ..AllowList::default() });
            }
        }
        rule.excluded = self.blocks(map.get("exclude-block"));
        Some(rule)
    }

    /// Expressions that matches are held against, and paths.
    fn allow_rules(&mut self, value: Option<&Value>, disabled: &[String]) -> (Vec<AllowList>, PathLists) {
        let mut lists = Vec::new();
        let mut paths = PathLists::default();
        for entry in self.list(value, "allow-rules") {
            let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
            let id = text("id").unwrap_or_default();
            if disabled.contains(&id) {
                continue;
            }
            let what = format!("allow rule '{}'", cut(&id));
            if let Some(regexes) = text("regex").and_then(|regex| self.pattern(&regex, "allow-rules", &what))
            {
                let regexes = Some(regexes);
                lists.push(AllowList {
                    regexes,
                    target: Target::Match,
                    expressions: 1,
                    ..AllowList::default()
                });
            }
            if let Some(path) = text("path").and_then(|path| self.pattern(&path, "allow-rules", &what)) {
                paths.add(path);
            }
        }
        (lists, paths)
    }

    fn blocks(&mut self, value: Option<&Value>) -> Vec<Pattern> {
        let Some(regexes) = value.and_then(|value| value.get("regexes")) else { return Vec::new() };
        let texts = self.texts(regexes, "exclude-block");
        texts.iter().filter_map(|text| self.pattern(text, "exclude-block", "exclude-block")).collect()
    }

    fn pattern(&mut self, text: &str, place: &str, what: &str) -> Option<Pattern> {
        match Pattern::parse(text).and_then(Pattern::compile) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                self.tell(place, format!("{what}: {error}"));
                None
            }
        }
    }

    fn texts(&mut self, value: &Value, place: &str) -> Vec<String> {
        match value {
            Value::Null => Vec::new(),
            Value::Sequence(values) => {
                let texts: Vec<String> = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                if texts.len() < values.len() {
                    self.tell(place, format!("{}: something that is no text, ignored", cut(place)));
                }
                texts
            }
            _ => {
                self.tell(place, format!("{}: not a list, ignored", cut(place)));
                Vec::new()
            }
        }
    }

    fn list(&mut self, value: Option<&Value>, name: &str) -> Vec<Value> {
        match value {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Sequence(values)) => values.clone(),
            Some(_) => {
                self.tell(name, format!("{name}: not a list, ignored"));
                Vec::new()
            }
        }
    }

    /// YAML values carry no lines: the first line that holds the words is told.
    fn tell(&mut self, words: &str, message: String) {
        let line = self.text.lines().position(|line| line.contains(words));
        let line = line.and_then(|line| u32::try_from(line + 1).ok());
        self.problems.push(Problem { line, message });
    }
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_lists_and_blocks_are_read() {
        let (set, problems) = RuleSet::parse_trivy("trivy", concat!(
            "rules:\n  - id: rule1\n    title: Generic\n    severity: HIGH\n",
            "    regex: (?i)(?P<key>(secret))(=|:).{0,5}['\"](?P<secret>[0-9a-z]{8,64})['\"]\n",
            "    secret-group-name: secret\n    keywords: [SECRET]\n    path: .*\\.py$\n",
            "  - id: off\n    severity: low\n    regex: x\n",
            "disable-rules: [off, aws-access-key-id]\nenable-builtin-rules: [a, b]\n",
            "allow-rules:\n  - id: md\n    path: .*\\.md$\n  - id: word\n    regex: foo\n  - id: gone\n    regex: x\n",
            "disable-allow-rules: [gone]\nexclude-block:\n  regexes: ['--- start ---(.|\\s)*--- stop ---']\n",
            "skip-patterns: ['**/vendor/**']\ncolour: 1\n",
        ))
        .unwrap();
        assert_eq!((set.rules.len(), set.allow.len(), set.excluded.len()), (1, 1, 1));
        assert_eq!(set.rules[0].secret, SecretPart::Groups(vec![4]));
        assert_eq!(
            (set.rules[0].severity, &set.rules[0].keywords[0]),
            (Severity::High, &"secret".to_owned())
        );
        assert!(set.skipped.matches("a/b.md") && set.skipped.matches("vendor/x"));
        assert_eq!(set.disabled, ["off", "aws-access-key-id"]);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("line 13: enable-builtin-rules: 2 ids"), "{problems:?}");
        assert!(problems[1].contains("colour"));
    }

    #[test]
    fn what_is_not_understood_is_told() {
        let text =
            "rules:\n  - id: a\n    regex: (b\n  - title: c\n  - id: d\n    severity: so-so\n    regex: d\n";
        let (set, problems) = RuleSet::parse_trivy("trivy", text).unwrap();
        assert_eq!((set.rules.len(), problems.len()), (1, 4), "{problems:?}");
        assert!(RuleSet::parse_trivy("trivy", "- a\n").is_err());
        assert!(RuleSet::parse_trivy("trivy", "a: [\n").is_err());
        assert!(RuleSet::parse_trivy("trivy", "").unwrap().0.is_empty());
    }
}
