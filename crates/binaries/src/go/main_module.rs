//! The version of a Go program itself.

use super::modules::{Module, ModuleInfo, plain_version};

/// Programs that are known by a name of their own, beside their module.
pub(super) fn program(module_path: &str) -> Option<&'static str> {
    let without_major = match module_path.rsplit_once("/v") {
        Some((path, major)) if major.bytes().all(|byte| byte.is_ascii_digit()) => path,
        _ => module_path,
    };
    match without_major {
        "github.com/traefik/traefik" | "github.com/containous/traefik" => Some("traefik"),
        "github.com/hashicorp/vault" => Some("vault"),
        _ => None,
    }
}

/// The version that the module was fetched or stamped with; else the one that the linker was told by
/// `-ldflags "-X main.version=1.2.3"`. Nothing when there is no version: 0.0.0 would be judged as older than
/// every fix.
pub(super) fn version(main: &Module, info: &ModuleInfo) -> Option<String> {
    let stamped = plain_version(&main.version);
    // `v0.0.0-20240102030405-0123456789ab` tells the revision, but nothing of releases.
    if !stamped.is_empty() && stamped != "(devel)" && !stamped.starts_with("0.0.0-") {
        let release = stamped.strip_suffix("+dirty").unwrap_or(stamped);
        return Some(release.to_owned());
    }
    from_linker_flags(info.setting("-ldflags")?, &main.path)
}

/// The best variable wins; when two equally good ones disagree, none does.
fn from_linker_flags(flags: &str, module_path: &str) -> Option<String> {
    let mut best: Option<(u8, &str)> = None;
    let mut is_ambiguous = false;
    let words = split_words(flags);
    let mut previous_is_x = false;
    for word in &words {
        let definition = match word.strip_prefix("-X").or_else(|| word.strip_prefix("--X")) {
            Some("") => {
                previous_is_x = true;
                continue;
            }
            Some(rest) => Some(rest.strip_prefix('=').unwrap_or(rest)),
            None => previous_is_x.then_some(word.as_str()),
        };
        previous_is_x = false;
        let Some((variable, value)) = definition.and_then(|text| text.split_once('=')) else { continue };
        let (Some(rank), Some(version)) = (rank(variable, module_path), version_of(value)) else { continue };
        match best {
            Some((best_rank, _)) if rank > best_rank => {}
            Some((best_rank, best_version)) if rank == best_rank => is_ambiguous |= best_version != version,
            _ => {
                best = Some((rank, version));
                is_ambiguous = false;
            }
        }
    }
    best.filter(|_| !is_ambiguous).map(|(_, version)| version.to_owned())
}

/// 0 is best: `main.version`, then `version` variables of the module itself, then names that end so. Variables of
/// other modules tell other versions.
fn rank(variable: &str, module_path: &str) -> Option<u8> {
    let (package, name) = variable.rsplit_once('.')?;
    let name = name.to_ascii_lowercase();
    let is_own = package.starts_with(module_path) || package == "main";
    match name.as_str() {
        "version" if package == "main" => Some(0),
        "version" if is_own => Some(1),
        "buildversion" | "appversion" | "gitversion" | "releaseversion" | "programversion" if is_own => {
            Some(2)
        }
        _ => None,
    }
}

/// `v1.2.3-rc1+meta` without its `v`; nothing for what is no release.
fn version_of(value: &str) -> Option<&str> {
    let version = plain_version(value.trim());
    let numbers = version.split(['-', '+']).next().unwrap_or("");
    let is_release = numbers.contains('.')
        && numbers.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        && numbers != "0.0.0"
        && version.len() <= 80
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+_~".contains(&byte));
    is_release.then_some(version)
}

/// Splits at blanks outside quotes, as the go command does (`cmd/internal/quoted`).
fn split_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, c) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (_, c) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(flags: &str, expected: Option<&str>) {
        assert_eq!(from_linker_flags(flags, "github.com/traefik/traefik/v3").as_deref(), expected, "{flags}");
    }

    #[test]
    fn linker_flags_tell_the_version_of_the_module_itself() {
        check(
            "-s -w -X github.com/traefik/traefik/v3/pkg/version.Version=v3.0.4 -X github.com/traefik/traefik/v3/pkg/version.Codename=x",
            Some("3.0.4"),
        );
        check("-X 'main.version=1.2.3-rc.1' -X main.commit=abc", Some("1.2.3-rc.1"));
        check("-X=main.Version=2.0.1", Some("2.0.1"));
        check("-X main.version=1.0.0 -X github.com/traefik/traefik/v3/version.Version=2.0.0", Some("1.0.0"));
    }

    #[test]
    fn other_variables_tell_nothing() {
        check("-X github.com/other/module.version=9.9.9", None);
        check("-X main.version=dev -X main.date=2024-01-01", None);
        check("-X main.version=abcdef0", None);
        check("-X main.buildVersion=1.0.0 -X main.appVersion=2.0.0", None);
        check("-extldflags '-static'", None);
    }

    #[test]
    fn programs_with_names_of_their_own_are_known() {
        assert_eq!(program("github.com/traefik/traefik/v2"), Some("traefik"));
        assert_eq!(program("github.com/hashicorp/vault"), Some("vault"));
        assert_eq!(program("github.com/hashicorp/vault-k8s"), None);
    }
}
