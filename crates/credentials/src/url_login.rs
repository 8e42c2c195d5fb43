//! Logins inside addresses: `https://user:password@host/`.

/// The login of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UrlLogin {
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) host: String,
}

/// Finds the first login of a text (RFC 3986, section 3.2.1). People put passwords there without escaping them, so
/// the last `@` before the path counts, not the first.
pub(crate) fn url_login(text: &str) -> Option<UrlLogin> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find("://") {
        let start = from + at + 3;
        if let Some(login) = login_of(&text[start..]) {
            return Some(login);
        }
        from = start;
    }
    None
}

fn login_of(rest: &str) -> Option<UrlLogin> {
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\' | '|'))
        .unwrap_or(rest.len());
    let rest = &rest[..end.min(rest.len())];
    // Up to the path. A `/` in a password must be escaped, since no reader could tell it from a path.
    let authority = &rest[..rest.find('/').unwrap_or(rest.len())];
    let at = authority.rfind('@')?;
    let (login, host) = (&authority[..at], &authority[at + 1..]);
    // A `?` before the host: the `@` belongs to a query.
    if login.len() > 1_024 || login.contains('?') || host.is_empty() {
        return None;
    }
    let host: String =
        host.chars().take_while(|c| c.is_alphanumeric() || ".-_:[]".contains(*c)).take(253).collect();
    let (user, password) = login.split_once(':')?;
    if password.is_empty() || host.is_empty() {
        return None;
    }
    let clear = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    Some(UrlLogin { user: clear(user), password: clear(password), host })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str, &str)>) {
        let found = url_login(text).map(|login| (login.user, login.password, login.host));
        assert_eq!(found, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())), "{text}");
    }

    #[test]
    fn logins_of_addresses_are_found() {
        check("postgres://app:s%40fe@db.example.com:5432/x", Some(("app", "s@fe", "db.example.com:5432")));
        check("url = https://u:p@git.example.com/x", Some(("u", "p", "git.example.com")));
        check("redis://:hidden@cache", Some(("", "hidden", "cache")));
        check("https://example.com/a:b@c", None);
        check("https://git@example.com/x", None);
        check("https://example.com?mail=a:b@c.d", None);
        check("nothing", None);
        check("https://a https://user:pa#ss@h", Some(("user", "pa#ss", "h")));
    }
}
