//! gitleaks' rule files, as `config/config.go`, `config/rule.go` and `config/allowlist.go` of version 8 read them.

mod build;
mod extend;
mod read;

use crate::rule::{Problem, RULE_FILE_BYTES_MAX, RuleFileError, RuleSet};
use crate::spanned::Notes;
use toml::de::DeTable;

/// A rule file that another one asks for in its `[extend]` table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extended<'a> {
    /// gitleaks' own rules (`useDefault`).
    Default,
    /// The file at this path, relative to where the command runs.
    Path(&'a str),
}

impl RuleSet {
    /// Reads a gitleaks rule file. What it extends comes from `loader`; nothing when that cannot be had, which is
    /// told as a problem. The namespace stands in front of the rule ids: `secrets/<namespace>/<id>`.
    ///
    /// Beyond gitleaks' own keys a rule may have `severity`, `why`, `remedy`, `references`, `validate`, `places` and
    /// `weak`, which Seawall's own rules use.
    ///
    /// # Errors
    /// When it is no TOML at all; single rules that are not understood are problems, and the rest is used.
    pub fn parse_gitleaks(
        namespace: &str,
        text: &str,
        loader: &dyn Fn(Extended<'_>) -> Option<String>,
    ) -> Result<(Self, Vec<Problem>), RuleFileError> {
        let (file, mut notes) = read_file(text)?;
        let file = extend::extended(file, loader, &mut notes);
        let (mut set, problems) = build::rule_set(file, notes, build::Compile::Now);
        set.namespace = Some(namespace.to_owned());
        Ok((set, problems))
    }
}

/// Seawall's own rules; a test proves that all of them compile.
pub(crate) fn own_rules(text: &str) -> Result<(RuleSet, Vec<Problem>), RuleFileError> {
    let (file, notes) = read_file(text)?;
    Ok(build::rule_set(file, notes, build::Compile::WhenNeeded))
}

fn read_file(text: &str) -> Result<(read::File, Notes), RuleFileError> {
    if text.len() > RULE_FILE_BYTES_MAX {
        return Err(RuleFileError::TooLarge { limit_bytes: RULE_FILE_BYTES_MAX });
    }
    let mut notes = Notes::new(text);
    let table = DeTable::parse(text).map_err(|error| RuleFileError::Format {
        line: notes.line(&error.span().unwrap_or(0..0)),
        message: error.message().lines().next().unwrap_or_default().to_owned(),
    })?;
    let file = read::file(table.get_ref(), text, &mut notes);
    Ok((file, notes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (RuleSet, Vec<String>) {
        let (set, problems) = RuleSet::parse_gitleaks("t", text, &|_| None).unwrap();
        (set, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_not_understood_is_told_by_line() {
        let (set, problems) = parse(concat!(
            "title = 'x'\ncolour = 1\n[[rules]]\nid = 'a'\nregex = '(a'\n[[rules]]\nid = 'b'\nregex = 'b'\n",
            "secretGroup = 2\n[[rules]]\nid = 'c'\n[[rules]]\nid = 'd'\nregex = 'd'\nshade = 2\n",
            "[[rules.required]]\nid = 'nobody'\n",
        ));
        assert_eq!(set.len(), 0, "{set:?}");
        assert_eq!(
            problems,
            [
                "line 2: rule file: unknown key 'colour', ignored",
                "line 3: rule 'a': regex: unclosed group",
                "line 6: rule 'b': secretGroup 2, but the expression has 0 groups",
                "line 10: rule 'c': neither regex nor path, it can find nothing",
                "line 12: rule 'd': requires rule 'nobody', which does not exist",
                "line 15: rule 'd': unknown key 'shade', ignored",
            ]
        );
    }

    #[test]
    fn no_toml_is_an_error_with_its_line() {
        let error = RuleSet::parse_gitleaks("t", "a = 1\nb = [\n", &|_| None).unwrap_err();
        assert!(matches!(error, RuleFileError::Format { line: 2 | 3, .. }), "{error}");
    }

    #[test]
    fn both_generations_of_allow_lists_are_read_but_not_together() {
        let (set, problems) = parse("[[rules]]\nid='a'\nregex='a'\n[rules.allowlist]\nstopwords=['x']\n");
        assert_eq!((set.rules[0].allow.len(), problems.len()), (1, 0));
        let (set, problems) = parse("[[rules]]\nid='a'\nregex='a'\n[[rules.allowlists]]\nregexes=['x']\n");
        assert_eq!((set.rules[0].allow.len(), problems.len()), (1, 0));
        let both = "[[rules]]\nid='a'\nregex='a'\n[rules.allowlist]\nregexes=['x']\n[[rules.allowlists]]\nregexes=['x']\n";
        let (set, problems) = parse(both);
        assert_eq!((set.rules[0].allow.len(), problems.len()), (2, 1), "{problems:?}");
        let (set, _) = parse("[allowlist]\npaths=['x']\n[[rules]]\nid='a'\nregex='a'\n");
        assert_eq!(set.allow.len(), 1);
    }

    #[test]
    fn a_targeted_list_belongs_to_its_rules() {
        let (set, problems) = parse(concat!(
            "[[rules]]\nid='a'\nregex='a'\n[[rules]]\nid='b'\nregex='b'\n",
            "[[allowlists]]\ntargetRules=['b','c']\nregexes=['x']\n"
        ));
        assert_eq!([set.allow.len(), set.rules[0].allow.len(), set.rules[1].allow.len()], [0, 0, 1]);
        assert_eq!(problems, ["line 7: allow list: rule 'c' does not exist"]);
    }

    #[test]
    fn an_extension_adds_rules_and_fills_in_those_of_the_same_name() {
        let base = "[[rules]]\nid='a'\ndescription='base'\nregex='a(b)(c)'\nentropy=3\nkeywords=['k']\n\
                    [[rules]]\nid='z'\nregex='z'\n[[rules]]\nid='off'\nregex='o'\n";
        let text = "[extend]\npath='base.toml'\ndisabledRules=['off']\n[[rules]]\nid='a'\nsecretGroup=2\n\
                    keywords=['L']\n";
        let loader = |what: Extended<'_>| (what == Extended::Path("base.toml")).then(|| base.to_owned());
        let (set, problems) = RuleSet::parse_gitleaks("t", text, &loader).unwrap();
        assert_eq!(problems, []);
        let ids: Vec<&str> = set.rules.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["a", "z"]);
        let rule = &set.rules[0];
        assert_eq!((rule.title.as_str(), rule.entropy, rule.keywords.len()), ("base", 3.0, 2));
        assert_eq!(rule.secret, crate::rule::SecretPart::Group(2));
    }

    #[test]
    fn an_extension_that_cannot_be_had_is_told() {
        let (_, problems) = parse("[extend]\nuseDefault=true\n[[rules]]\nid='a'\nregex='a'\n");
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("gitleaks' own rules"), "{problems:?}");
    }

    #[test]
    fn keys_are_found_in_any_case() {
        let (set, problems) = parse("[[Rules]]\nID='a'\nRegex='a(b)'\nSECRETGROUP=1\n");
        assert_eq!((set.len(), problems.len()), (1, 0), "{problems:?}");
    }
}
