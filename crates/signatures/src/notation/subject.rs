//! Subjects of certificates as trust policies name them (RFC 4514; trust-store-trust-policy.md, "Trusted Identities
//! Constraints").

/// Attributes by short name.
pub(crate) type Attributes = Vec<(String, String)>;

const ATTRIBUTES_MAX: usize = 32;

/// Reads `C=US, ST=WA, O=acme`; commas and quotes may be escaped by a backslash, values quoted.
pub(crate) fn parse(text: &str) -> Option<Attributes> {
    let mut attributes = Attributes::new();
    for part in split(text)? {
        let (name, value) = part.split_once('=')?;
        let (name, value) = (name.trim().to_ascii_uppercase(), unescaped(value.trim())?);
        let name = if name == "S" { "ST".to_owned() } else { name };
        let is_new = !attributes.iter().any(|(known, _)| *known == name);
        if name.is_empty() || value.is_empty() || !is_new || attributes.len() == ATTRIBUTES_MAX {
            return None;
        }
        attributes.push((name, value));
    }
    (!attributes.is_empty()).then_some(attributes)
}

fn split(text: &str) -> Option<Vec<String>> {
    let (mut parts, mut part, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                part.push(character);
                part.push(characters.next()?);
            }
            '"' => {
                is_quoted = !is_quoted;
                part.push(character);
            }
            ',' if !is_quoted => parts.push(std::mem::take(&mut part)),
            // Several attributes in one name are not compared.
            '+' if !is_quoted => return None,
            _ => part.push(character),
        }
    }
    parts.push(part);
    (!is_quoted).then_some(parts)
}

fn unescaped(text: &str) -> Option<String> {
    let quoted = text.strip_prefix('"').map(|rest| rest.strip_suffix('"'));
    let text = match quoted {
        Some(inner) => inner?,
        None => text,
    };
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => value.push(characters.next().filter(|next| !next.is_ascii_hexdigit())?),
            _ => value.push(character),
        }
    }
    Some(value)
}

/// Whether a subject has all attributes that are named.
pub(crate) fn has_all(subject: &[(String, String)], named: &[(String, String)]) -> bool {
    named.iter().all(|(name, value)| {
        let mut found = subject.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().is_some_and(|(_, known)| known == value) && found.next().is_none()
    })
}

/// A subject in one line.
pub(crate) fn shown_subject(subject: &[(String, String)]) -> String {
    let parts: Vec<String> = subject.iter().map(|(name, value)| format!("{name}={value}")).collect();
    crate::encoding::shown(&parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_what_is_escaped() {
        let of = |text: &str| {
            parse(text)
                .map(|list| list.iter().map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>())
        };
        assert_eq!(of("C=US, ST=WA, O=acme").unwrap(), ["C:US", "ST:WA", "O:acme"]);
        assert_eq!(of("S=WA,O=a\\, b,CN=\"c, d\"").unwrap(), ["ST:WA", "O:a, b", "CN:c, d"]);
        for bad in ["", "C", "C=", "C=US,C=DE", "C=US+ST=WA", "O=\"a", "O=a\\", "O=\\41"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_subject_has_all_that_is_named_and_each_once() {
        let list = |text: &str| parse(text).unwrap();
        let subject = list("C=US,ST=WA,O=acme,CN=builder");
        assert!(has_all(&subject, &list("O=acme,C=US")));
        assert!(!has_all(&subject, &list("O=acme,L=Seattle")));
        assert!(!has_all(&subject, &list("O=acm")));
        let twice = [subject, list("O=other")].concat();
        assert!(!has_all(&twice, &list("O=acme")));
    }
}
