//! The rules, a family a file.

mod apk;
mod apt;
mod commands;
mod comments;
mod copy;
mod expose;
mod form;
mod images;
mod labels;
mod language_packages;
mod packages;
mod rpm;
mod security;
mod stages;
mod user;
pub(crate) mod variables;
mod verification;

use crate::rule::{Words, rule};
pub(crate) use crate::{file::File, hits::Hits, rule::Rule};

/// Every rule, sorted by id.
pub(crate) const ALL: &[&Rule] = &[
    &copy::ADD,
    &apk::CACHE,
    &verification::APK,
    &apt::ASKS,
    &apt::LISTS_LEFT,
    &apt::RECOMMENDS,
    &apt::APT,
    &verification::APT,
    &commands::ARCHIVE,
    &images::NO_DIGEST,
    &commands::CD,
    &commands::CONSECUTIVE,
    &images::PLATFORM,
    &stages::OWN,
    &stages::UNKNOWN,
    &copy::SLASH,
    &copy::RELATIVE,
    &verification::CURL,
    &apt::DIST_UPGRADE,
    &rpm::DNF_ASKS,
    &rpm::DNF_CACHE,
    &security::PIPED,
    &stages::DUPLICATE,
    &form::EMPTY,
    &copy::INSECURE_ADD,
    &stages::AS_CASING,
    &verification::GIT,
    &comments::MISSPELT_PRAGMA,
    &copy::IGNORED,
    &images::REGISTRY,
    &form::CASING,
    &comments::PRAGMA,
    &stages::FIRST,
    &images::INVALID_DEFAULT,
    &comments::DESCRIPTION,
    &labels::KEY,
    &expose::PORT,
    &labels::EMPTY,
    &labels::MISSING,
    &labels::HASH,
    &labels::EMAIL,
    &labels::SPDX,
    &labels::TIME,
    &labels::URL,
    &labels::SEMVER,
    &labels::SUPERFLUOUS,
    &images::LATEST,
    &form::LEGACY,
    &apt::LONE_UPDATE,
    &form::MAINTAINER,
    &form::NO_HEALTHCHECK,
    &user::NO_USER,
    &verification::NODE,
    &form::PARSE,
    &form::ONBUILD,
    &user::EMPTY_PASSWORD,
    &user::PASSWORD,
    &language_packages::PIP_CACHE,
    &verification::PIP,
    &commands::PIPEFAIL,
    &commands::POINTLESS,
    &expose::PROTOCOL,
    &expose::PORT_FORMAT,
    &verification::PYTHON,
    &images::REDUNDANT_PLATFORM,
    &copy::WORKDIR,
    &copy::REMOTE_ADD,
    &stages::RESERVED,
    &verification::RPM,
    &user::ROOT,
    &user::ROOT_USER,
    &copy::SECRET_FILE,
    &variables::SECRET,
    &security::SECRET_IN_RUN,
    &security::SECRET_REMOVED,
    &copy::UNSAFE_IGNORE,
    &security::SETUID_LEFT,
    &security::SETUID,
    &form::CMDS,
    &form::ENTRYPOINTS,
    &form::HEALTHCHECKS,
    &commands::SHELL_FORM,
    &commands::LN_SH,
    &user::SSH_KEYS,
    &expose::SSH_PORT,
    &stages::CASING,
    &commands::SUDO,
    &user::SUDOERS,
    &copy::SYSTEM_WORKDIR,
    &images::UNDEFINED_IN_FROM,
    &variables::UNDEFINED,
    &form::FLAG,
    &apk::UNPINNED,
    &apt::UNPINNED,
    &rpm::DNF_UNPINNED,
    &language_packages::GEM_UNPINNED,
    &language_packages::GO_UNPINNED,
    &language_packages::NPM_UNPINNED,
    &language_packages::PIP_UNPINNED,
    &rpm::YUM_UNPINNED,
    &rpm::ZYPPER_UNPINNED,
    &images::UNTAGGED,
    &user::NAME,
    &commands::USERADD,
    &form::ENV_SELF,
    &verification::OTHERS,
    &commands::BOTH,
    &commands::WGET,
    &verification::WGET,
    &stages::WHOLE,
    &security::WORLD_WRITABLE,
    &language_packages::YARN_CACHE,
    &rpm::YUM_ASKS,
    &rpm::YUM_CACHE,
    &rpm::ZYPPER_ASKS,
    &rpm::ZYPPER_CACHE,
];

/// Whether BuildKit runs the rule only when a directive asks for it.
pub(crate) fn is_experimental(id: &str) -> bool {
    id == "dockerfile/invalid-definition-description"
}

/// A text of the file, fit for a message: one line, not too long.
pub(crate) fn cut(text: &str) -> String {
    let mut shown: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(80).collect();
    if text.chars().count() > 80 {
        shown.push('…');
    }
    shown
}

/// The first names of a list.
fn shown(names: &[&str]) -> String {
    let mut text = names.iter().take(5).map(|name| cut(name)).collect::<Vec<_>>().join(", ");
    if names.len() > 5 {
        text.push_str(&format!(" and {} more", names.len() - 5));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_sorted_and_unique_and_texts_are_there() {
        for pair in ALL.windows(2) {
            assert!(pair[0].info.id < pair[1].info.id, "{} {}", pair[0].info.id, pair[1].info.id);
        }
        for rule in ALL {
            assert!(rule.info.id.starts_with("dockerfile/"));
            assert!(rule.info.why.ends_with('.') && rule.info.remedy.ends_with('.'), "{}", rule.info.id);
            assert!(rule.aliases.is_sorted(), "{}", rule.info.id);
        }
    }
}
