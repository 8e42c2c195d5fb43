//! Comments that ignore rules: hadolint's `# hadolint ignore=…`, `stage ignore`, `global ignore` and `shell`; the same
//! words behind `# seawall`; BuildKit's `# check=skip=… // reason` (docs/guide of both).

use crate::rule::is_called;
use dockerfile::Instruction;

/// A comment that ignores rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ignore {
    pub(crate) scope: Scope,
    pub(crate) names: Names,
    /// What was written as reason.
    pub(crate) reason: String,
}

/// What the comment counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The instruction below.
    Instruction,
    /// The stage that the `FROM` below begins.
    Stage,
    /// The file.
    File,
}

/// Which rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// These.
    Listed(Vec<String>),
    /// All that BuildKit has.
    AllOfBuildKit,
}

impl Ignore {
    /// Whether it counts for a finding of that rule.
    pub(crate) fn covers(&self, id: &str, aliases: &[impl AsRef<str>]) -> bool {
        match &self.names {
            Names::Listed(names) => names.iter().any(|name| is_called(id, aliases, name)),
            Names::AllOfBuildKit => aliases.iter().any(|alias| is_buildkit_name(alias.as_ref())),
        }
    }
}

/// BuildKit's rules have names of words, all others codes.
fn is_buildkit_name(alias: &str) -> bool {
    alias.bytes().all(|byte| byte.is_ascii_alphabetic())
        && alias.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// What a comment means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Nothing here.
    None,
    /// It ignores rules.
    Ignore(Ignore),
    /// It wants to, but is not written as it has to be.
    Misspelt,
}

/// Reads a comment without its `#`.
pub(crate) fn read(comment: &str) -> Meaning {
    if let Some(value) = keyed(comment, "check") {
        let value = value.split(' ').next().unwrap_or_default();
        let names = check_option(value, "skip");
        let reason = comment.split_once("//").map_or("", |(_, reason)| reason.trim()).to_owned();
        return match names {
            Some(names) => {
                Meaning::Ignore(Ignore { scope: Scope::Instruction, names: buildkit_names(names), reason })
            }
            None => Meaning::None,
        };
    }
    let Some(rest) = word(comment, "hadolint").or_else(|| word(comment, "seawall")) else {
        return Meaning::None;
    };
    let (scope, rest) = match (word(rest, "global"), word(rest, "stage")) {
        (Some(rest), _) => (Scope::File, rest),
        (_, Some(rest)) => (Scope::Stage, rest),
        _ => (Scope::Instruction, rest),
    };
    let Some(value) = keyed(rest, "ignore") else { return Meaning::None };
    let cut = [value.find('#'), value.find("//")].into_iter().flatten().min();
    let (list, reason) =
        cut.map_or((value, ""), |at| (&value[..at], value[at..].trim_start_matches(['#', '/'])));
    let names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().any(|name| !is_rule_name(name)) {
        return Meaning::Misspelt;
    }
    let names = Names::Listed(names);
    Meaning::Ignore(Ignore { scope, names, reason: reason.trim().to_owned() })
}

/// The shell that a comment `hadolint shell=…` names.
pub(crate) fn shell_of(comment: &str) -> Option<&str> {
    let rest = word(comment, "hadolint").or_else(|| word(comment, "seawall"))?;
    let value = keyed(rest, "shell")?;
    value.split(|c: char| c.is_whitespace() || c == '#').find(|word| !word.is_empty())
}

/// An option of BuildKit's `check` directive: `skip=A,B;error=true`.
pub(crate) fn check_option<'v>(value: &'v str, name: &str) -> Option<&'v str> {
    value.split(';').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        (key.trim() == name).then_some(value.trim())
    })
}

pub(crate) fn buildkit_names(value: &str) -> Names {
    if value == "all" {
        return Names::AllOfBuildKit;
    }
    Names::Listed(value.split(',').map(|name| name.trim().to_owned()).collect())
}

/// The comments that ignore rules above an instruction.
pub(crate) fn above(instruction: &Instruction) -> impl Iterator<Item = Ignore> {
    instruction.comments.iter().filter_map(|comment| match read(comment) {
        Meaning::Ignore(ignore) => Some(ignore),
        Meaning::None | Meaning::Misspelt => None,
    })
}

/// A code such as `DL3008` or `CKV2_DOCKER_1`, an id such as `dockerfile/sudo-used`, or a name of BuildKit's.
fn is_rule_name(name: &str) -> bool {
    let is_code = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.ends_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    is_code
        || name.contains('/')
        || crate::rules::ALL.iter().any(|rule| is_called(rule.info.id, rule.aliases, name))
}

fn word<'t>(text: &'t str, wanted: &str) -> Option<&'t str> {
    let rest = text.trim_start().strip_prefix(wanted)?;
    rest.starts_with(char::is_whitespace).then(|| rest.trim_start())
}

fn keyed<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let rest = text.trim_start().strip_prefix(key)?;
    Some(rest.trim_start().strip_prefix('=')?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(comment: &str, scope: Scope, names: &[&str], reason: &str) {
        let names = Names::Listed(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(read(comment), Meaning::Ignore(Ignore { scope, names, reason: reason.to_owned() }));
    }

    #[test]
    fn every_form_is_read_with_its_reason() {
        reads("hadolint ignore=DL3008,SC2086", Scope::Instruction, &["DL3008", "SC2086"], "");
        reads("hadolint global ignore = DL3008 , DL3009 # why", Scope::File, &["DL3008", "DL3009"], "why");
        reads("hadolint stage ignore=DL3008", Scope::Stage, &["DL3008"], "");
        reads(
            "seawall ignore=dockerfile/sudo-used // why",
            Scope::Instruction,
            &["dockerfile/sudo-used"],
            "why",
        );
        reads("check=skip=JSONArgsRecommended // why", Scope::Instruction, &["JSONArgsRecommended"], "why");
        assert_eq!(read("hadolint ignore=crazy,DL3002"), Meaning::Misspelt);
        assert_eq!(read("hadolint shell=bash"), Meaning::None);
        assert_eq!(read("checking=skip=x"), Meaning::None);
        assert_eq!(shell_of("hadolint shell=powershell # x"), Some("powershell"));
    }
}
