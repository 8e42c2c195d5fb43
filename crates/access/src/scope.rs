//! Scopes of tokens (distribution docs/content/spec/auth/scope.md).

use std::collections::BTreeSet;

/// What a token is asked for, or allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `repository` or `registry`.
    pub kind: String,
    /// The repository, perhaps behind a host with a port.
    pub name: String,
    /// `pull`, `push`, `delete`, `*`.
    pub actions: BTreeSet<String>,
}

/// Scopes of one request.
const SCOPES_MAX: usize = 64;
const NAME_BYTES_MAX: usize = 512;
const ACTIONS_MAX: usize = 16;

/// Reads scopes: each text may hold several, with spaces between. What is no scope is left out, as the token service answers with
/// what it grants and never with an error.
pub fn scopes<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Scope> {
    let words = texts.into_iter().flat_map(|text| text.split(' ')).filter(|word| !word.is_empty());
    let mut found: Vec<Scope> = Vec::new();
    for scope in words.take(SCOPES_MAX).filter_map(Scope::parse) {
        match found.iter_mut().find(|other| other.kind == scope.kind && other.name == scope.name) {
            Some(other) => other.actions.extend(scope.actions),
            None => found.push(scope),
        }
    }
    found
}

impl Scope {
    /// Reads `type(class):name:action,action`; the name may hold colons, the class says nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        let (name, actions) = rest.rsplit_once(':')?;
        let kind = match kind.split_once('(') {
            None => kind,
            Some((kind, class)) => {
                let class = class.strip_suffix(')')?;
                class
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                    .then_some(kind)?
            }
        };
        let is_kind = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_name = !name.is_empty()
            && name.len() <= NAME_BYTES_MAX
            && name.bytes().all(|byte| byte.is_ascii_graphic());
        let is_action = |action: &&str| {
            *action == "*"
                || (!action.is_empty()
                    && action.len() <= 32
                    && action.bytes().all(|byte| byte.is_ascii_lowercase()))
        };
        let actions: BTreeSet<String> =
            actions.split(',').filter(is_action).take(ACTIONS_MAX).map(str::to_owned).collect();
        (is_kind && is_name).then(|| Self { kind: kind.to_owned(), name: name.to_owned(), actions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str, &[&str])>) {
        let read = Scope::parse(text);
        let read = read.as_ref().map(|scope| {
            (
                scope.kind.as_str(),
                scope.name.as_str(),
                scope.actions.iter().map(String::as_str).collect::<Vec<_>>(),
            )
        });
        assert_eq!(read, expected.map(|(kind, name, actions)| (kind, name, actions.to_vec())), "{text}");
    }

    #[test]
    fn names_with_ports_are_read_whole() {
        check("repository:team/app:pull,push", Some(("repository", "team/app", &["pull", "push"])));
        check("repository:localhost:5000/app:pull", Some(("repository", "localhost:5000/app", &["pull"])));
        check("repository(plugin):app:pull", Some(("repository", "app", &["pull"])));
        check("registry:catalog:*", Some(("registry", "catalog", &["*"])));
        check("repository:app:", Some(("repository", "app", &[])));
        for bad in
            ["", "repository", "repository:app", ":app:pull", "repository(x:app:pull", "Repository:a:pull"]
        {
            check(bad, None);
        }
    }

    #[test]
    fn several_scopes_in_one_text_and_twice_the_same_name() {
        let found = scopes(["repository:a:pull repository:b:pull", "repository:a:push", "nonsense"]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].actions.len(), 2);
    }
}
