//! How findings name what belongs to whom.

/// At most this much of a name from a file is shown.
const NAME_CHARACTERS_MAX: usize = 80;

/// A name from a file, fit for one line: control characters dropped, cut when long.
pub(crate) fn shown(name: &str) -> String {
    let mut text: String =
        name.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARACTERS_MAX + 1).collect();
    if text.chars().count() > NAME_CHARACTERS_MAX {
        text = text.chars().take(NAME_CHARACTERS_MAX).collect();
        text.push('…');
    }
    text
}

/// `password of user deploy for db.example.com`, with what is known of it. An address loses its own login.
pub(crate) fn owned(what: &str, user: Option<&str>, place: Option<&str>) -> String {
    let mut title = what.to_owned();
    if let Some(user) = user.map(shown).filter(|user| !user.is_empty()) {
        title.push_str(&format!(" of user {user}"));
    }
    let place = place.filter(|place| Some(*place) != user);
    if let Some(place) = place.map(|place| shown(&without_login(place))).filter(|place| !place.is_empty()) {
        title.push_str(&format!(" for {place}"));
    }
    title
}

/// A whole title, fit for one line.
pub(crate) fn shown_title(title: &str) -> String {
    title.chars().filter(|c| !c.is_control()).take(300).collect()
}

fn without_login(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else { return place.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_never_repeat_a_login() {
        let title = owned("token", None, Some("https://u:p@h.example.com/x"));
        assert_eq!(title, "token for https://h.example.com/x");
        assert_eq!(owned("password", Some("a\nb"), Some("")), "password of user ab");
    }
}
