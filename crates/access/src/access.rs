//! The file, understood.

use crate::error::AccessError;
use crate::file::{File, Rule};
use crate::glob::Glob;
use crate::ldap::Directory;
use crate::oidc::Provider;
use crate::principal::Principal;
use crate::right::{Right, Rights};
use crate::settings::{Admission, Mode, Quota, Rate};
use std::collections::BTreeSet;

/// Who may do what.
#[derive(Debug)]
pub struct Access {
    file: File,
    pub(crate) providers: Vec<Provider>,
    pub(crate) directories: Vec<Directory>,
}

/// A file is at most so long.
const FILE_BYTES_MAX: usize = 4 << 20;
/// A first pull waits so long when nothing is said.
const WAIT_SECS: u32 = 30;

impl Access {
    /// Reads a file; returns what is odd about it as well.
    ///
    /// # Errors
    /// With the line, when something in it is not understood.
    pub fn parse(text: &str) -> Result<(Self, Vec<String>), AccessError> {
        let wrong = |needle: &str, nth, message: String| AccessError::at(text, needle, nth, message);
        let error = |needle: &str, nth, message: String| Err(wrong(needle, nth, message));
        if text.len() > FILE_BYTES_MAX {
            return error("", 0, format!("the file is longer than {FILE_BYTES_MAX} bytes"));
        }
        let mut file: File = serde_yaml_ng::from_str(text).map_err(|error| AccessError::of_yaml(&error))?;
        if file.version != 1 {
            return error("version", 0, format!("version {} is not known, 1 is", file.version));
        }
        let is_name = |name: &str| {
            !name.is_empty()
                && name.len() <= 128
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@".contains(&b))
        };
        if !file.service.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:_".contains(&byte))
            || file.service.is_empty()
        {
            return error("service", 0, "'service' is a host name, perhaps with a port".to_owned());
        }
        if !(60..=86_400).contains(&file.token_seconds) {
            return error("token_seconds", 0, "'token_seconds' is between 60 and 86400".to_owned());
        }
        let mut names = BTreeSet::new();
        // Users and robots log in by name alone: each stands for one.
        let people = file.users.iter().map(|user| (&user.name, &user.secret));
        let robots = file.robots.iter().map(|robot| (&robot.name, &robot.secret));
        for (name, secret) in people.chain(robots) {
            if !is_name(name) {
                return error(name, 0, format!("'{name}' is no name: letters, digits and -_.@"));
            }
            if !names.insert(name) {
                return error(&format!("name: {name}"), 1, format!("the name '{name}' stands twice"));
            }
            if let Err(message) = crate::secret::check_hash(secret) {
                return error(name, 0, format!("the secret of '{name}' {message}"));
            }
        }
        for robot in &file.robots {
            if let Some(date) = &robot.expires
                && !is_date(date)
            {
                return error(date, 0, format!("'{date}' is no date: YYYY-MM-DD"));
            }
        }
        let mut warnings = Vec::new();
        for (at, rule) in file.rules.iter().enumerate() {
            if rule.allow.is_empty() && rule.deny.is_empty() {
                warnings.push(format!("rule {} allows and denies nothing", at + 1));
            }
            for principal in &rule.principals {
                check_principal(&file, principal).map_err(|message| wrong(principal.as_str(), 0, message))?;
            }
        }
        for member in file.groups.values().flatten() {
            if !member.as_str().contains(':') || member.as_str().starts_with("group:") {
                let message = format!("'{}' is no member of a group: user:, robot:, …", member.as_str());
                return error(member.as_str(), 0, message);
            }
            check_principal(&file, member).map_err(|message| wrong(member.as_str(), 0, message))?;
        }
        for principal in file.rates.iter().flat_map(|rate| &rate.principals) {
            check_principal(&file, principal).map_err(|message| wrong(principal.as_str(), 0, message))?;
        }
        let named =
            file.certificates.iter().map(|one| &one.name).chain(file.oidc.iter().map(|one| &one.name));
        for name in named.chain(file.ldap.iter().map(|one| &one.name)) {
            if !is_name(name) {
                return error(name, 0, format!("'{name}' is no name: letters, digits and -_.@"));
            }
        }
        let providers = file.oidc.iter().map(Provider::new).collect();
        let mut directories = Vec::new();
        for ldap in &file.ldap {
            match Directory::new(ldap) {
                Ok(directory) => directories.push(directory),
                Err(message) => return error(&ldap.address, 0, message),
            }
        }
        fold_people(&mut file);
        Ok((Self { file, providers, directories }, warnings))
    }

    /// The name that tokens are for.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.file.service
    }

    /// How long a token is good.
    #[must_use]
    pub fn token_secs(&self) -> u64 {
        self.file.token_seconds.into()
    }

    /// OIDC providers, for those who fetch their keys.
    #[must_use]
    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// LDAP directories.
    #[must_use]
    pub fn directories(&self) -> &[Directory] {
        &self.directories
    }

    /// What somebody may do in a repository. What one rule denies no other gives back.
    #[must_use]
    pub fn rights(&self, principal: &Principal, repository: &str) -> Rights {
        let (mut allowed, mut denied) = (Rights::NONE, Rights::NONE);
        let name = principal.to_string();
        let matches = |rule: &&Rule| {
            rule.repositories.iter().any(|glob| glob.matches(repository))
                && rule.principals.iter().any(|glob| self.is(principal, &name, glob))
        };
        for rule in self.file.rules.iter().filter(matches) {
            allowed = allowed.union(Rights::of(&rule.allow).spread());
            denied = denied.union(Rights::of(&rule.deny).spread());
        }
        allowed.without(denied)
    }

    /// Whether somebody may see any repository in the catalog.
    #[must_use]
    pub fn may_list(&self, principal: &Principal) -> bool {
        let name = principal.to_string();
        self.file.rules.iter().any(|rule| {
            Rights::of(&rule.allow).spread().has(Right::Catalog)
                && rule.principals.iter().any(|glob| self.is(principal, &name, glob))
        })
    }

    /// Whether any rule gives something to those who do not say who they are.
    #[must_use]
    pub fn knows_anonymous(&self) -> bool {
        let is_given = |rule: &Rule| !rule.allow.is_empty();
        let rules = self.file.rules.iter().filter(|rule| is_given(rule));
        rules.flat_map(|rule| &rule.principals).any(|glob| self.is(&Principal::Anonymous, "anonymous", glob))
    }

    /// Whether a tag, once given, stays.
    #[must_use]
    pub fn is_immutable(&self, repository: &str, tag: &str) -> bool {
        self.file.immutable.iter().any(|rule| {
            rule.repositories.iter().any(|glob| glob.matches(repository))
                && rule.tags.iter().any(|glob| glob.matches(tag))
        })
    }

    /// Whether any tag of a repository stays.
    #[must_use]
    pub fn has_immutable(&self, repository: &str) -> bool {
        self.file.immutable.iter().any(|rule| rule.repositories.iter().any(|glob| glob.matches(repository)))
    }

    /// How much may be brought in: the least of what the file says.
    #[must_use]
    pub fn quota(&self, repository: &str) -> Quota {
        let mut least = Quota::default();
        let smaller = |one: Option<u64>, other: Option<u64>| one.into_iter().chain(other).min();
        for quota in &self.file.quotas {
            if quota.repositories.iter().any(|glob| glob.matches(repository)) {
                least.blob_bytes_max = smaller(least.blob_bytes_max, quota.blob_bytes_max);
                least.repository_bytes_max = smaller(least.repository_bytes_max, quota.repository_bytes_max);
            }
        }
        least
    }

    /// How often somebody may ask: the least of what the file says.
    #[must_use]
    pub fn rate(&self, principal: &Principal) -> Option<Rate> {
        let name = principal.to_string();
        let applies = |glob: &Glob| self.is(principal, &name, glob);
        let rates = self.file.rates.iter().filter(|rate| rate.principals.iter().any(applies));
        let rates = rates.map(|rate| Rate {
            requests_per_minute: rate.requests_per_minute,
            burst: rate.burst.unwrap_or(rate.requests_per_minute).max(1),
        });
        rates.min_by_key(|rate| (rate.requests_per_minute, rate.burst))
    }

    /// How images of a repository are judged: the strictest of what the file says; where it says nothing they are.
    #[must_use]
    pub fn admission(&self, repository: &str) -> Admission {
        let mut found: Option<Admission> = None;
        for rule in &self.file.admission {
            if !rule.repositories.iter().any(|glob| glob.matches(repository)) {
                continue;
            }
            let next = Admission {
                mode: rule.mode,
                wait_secs: rule.wait_seconds.unwrap_or(WAIT_SECS).min(600),
                artifacts: rule.artifacts.clone(),
            };
            found = Some(match found {
                None => next,
                Some(mut before) => {
                    // An artifact must be allowed by each.
                    before.artifacts.retain(|kind| next.artifacts.contains(kind));
                    Admission {
                        mode: before.mode.max(next.mode),
                        wait_secs: before.wait_secs.min(next.wait_secs),
                        artifacts: before.artifacts,
                    }
                }
            });
        }
        found.unwrap_or(Admission { mode: Mode::Enforce, wait_secs: WAIT_SECS, artifacts: Vec::new() })
    }

    /// The principal of a client certificate with these names (DNS names, addresses of mail, URIs).
    #[must_use]
    pub fn certificate(&self, names: &[String]) -> Option<Principal> {
        let found = self.file.certificates.iter().find(|one| names.iter().any(|name| one.san.matches(name)));
        found.map(|one| Principal::Certificate(one.name.clone()))
    }

    /// The secret of somebody of the file; an expired robot has none.
    pub(crate) fn secret(&self, name: &str, today: &str) -> Option<(Principal, &str)> {
        if let Some(user) = self.file.users.iter().find(|user| user.name == name) {
            return Some((Principal::User(user.name.clone()), &user.secret));
        }
        let robot = self.file.robots.iter().find(|robot| robot.name == name)?;
        let is_expired = robot.expires.as_deref().is_some_and(|date| date < today);
        (!is_expired).then(|| (Principal::Robot(robot.name.clone()), robot.secret.as_str()))
    }

    /// Whether a principal that was vouched for before is still known: who was taken out of the file, or has expired, is not.
    #[must_use]
    pub fn still_knows(&self, principal: &Principal, today: &str) -> bool {
        match principal {
            Principal::Anonymous => true,
            Principal::User(name) | Principal::Robot(name) => {
                self.secret(name, today).is_some_and(|(found, _)| found == *principal)
            }
            Principal::Certificate(name) => self.file.certificates.iter().any(|one| one.name == *name),
            Principal::Oidc(provider, ..) => self.file.oidc.iter().any(|one| one.name == *provider),
            Principal::Ldap(directory, ..) => self.file.ldap.iter().any(|one| one.name == *directory),
        }
    }

    fn is(&self, principal: &Principal, name: &str, glob: &Glob) -> bool {
        match glob.as_str() {
            "anyone" => true,
            "authenticated" => *principal != Principal::Anonymous,
            "anonymous" => *principal == Principal::Anonymous,
            text => {
                match text.strip_prefix("group:") {
                    Some(group) => self.file.groups.get(group).is_some_and(|members| {
                        members.iter().any(|member| is_named(principal, name, member))
                    }),
                    None => is_named(principal, name, glob),
                }
            }
        }
    }

    /// Of somebody's groups those that the file speaks of: the others change nothing, and tokens stay short.
    pub(crate) fn in_known_groups(&self, principal: Principal) -> Principal {
        let of_rules = self.file.rules.iter().flat_map(|rule| &rule.principals);
        let of_rates = self.file.rates.iter().flat_map(|rate| &rate.principals);
        let globs: Vec<&Glob> = of_rules.chain(of_rates).chain(self.file.groups.values().flatten()).collect();
        let Some(groups) = principal.groups() else { return principal };
        let is_known = |group: &&String| {
            let one = principal.clone().with_groups([(*group).clone()].into());
            one.group_names().iter().any(|name| globs.iter().any(|glob| glob.matches(name)))
        };
        let known = groups.iter().filter(is_known).cloned().collect();
        principal.with_groups(known)
    }
}

fn is_named(principal: &Principal, name: &str, glob: &Glob) -> bool {
    glob.matches(name) || principal.group_names().iter().any(|group| glob.matches(group))
}

fn check_principal(file: &File, glob: &Glob) -> Result<(), String> {
    let text = glob.as_str();
    if matches!(text, "anyone" | "authenticated" | "anonymous") {
        return Ok(());
    }
    let known = "anyone, authenticated, anonymous, user:, robot:, group:, certificate:, oidc:PROVIDER/, ldap:DIRECTORY/, oidc-group:PROVIDER/, ldap-group:DIRECTORY/";
    match text.split_once(':') {
        Some(("group", name)) if file.groups.contains_key(name) => Ok(()),
        Some(("group", name)) => Err(format!("there is no group '{name}'")),
        Some(("user" | "robot" | "certificate" | "oidc" | "ldap" | "oidc-group" | "ldap-group", _)) => Ok(()),
        _ => Err(format!("'{text}' is no principal; known are {known}")),
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;

/// Writes the people of directories as those who log in are called: in lower case.
fn fold_people(file: &mut File) {
    let of_rules = file.rules.iter_mut().flat_map(|rule| &mut rule.principals);
    let of_rates = file.rates.iter_mut().flat_map(|rate| &mut rate.principals);
    for glob in of_rules.chain(of_rates).chain(file.groups.values_mut().flatten()) {
        let Some((directory, person)) =
            glob.as_str().strip_prefix("ldap:").and_then(|name| name.split_once('/'))
        else {
            continue;
        };
        let folded = format!("ldap:{directory}/{}", person.to_ascii_lowercase());
        *glob = Glob::parse(&folded).expect("lower case is as good a pattern");
    }
}
