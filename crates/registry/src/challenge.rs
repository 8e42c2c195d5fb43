//! `WWW-Authenticate` (RFC 9110, section 11.6.1; distribution, docs/spec/auth/token.md).

/// One way in which a server would let the client in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme, lower case: `basic`, `bearer`.
    pub scheme: String,
    /// Parameters, names in lower case.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The first parameter of that (lower-case) name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

// More than any honest server sends; the rest of a longer header is not looked at.
const HEADER_BYTES_MAX: usize = 8 << 10;
const PARAMETERS_MAX: usize = 64;

/// Reads the value of one `WWW-Authenticate` header, which may hold several challenges. What is malformed ends
/// the reading; what came before it counts.
#[must_use]
pub fn parse_challenges(header: &str) -> Vec<Challenge> {
    let mut end = header.len().min(HEADER_BYTES_MAX);
    while !header.is_char_boundary(end) {
        end -= 1;
    }
    let mut rest = &header[..end];
    let mut challenges: Vec<Challenge> = Vec::new();
    let mut parameters = 0;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((word, after)) = take_token(rest) else { return challenges };
        let after_space = after.trim_start_matches([' ', '\t']);
        // `name = value` continues the challenge; a bare word begins the next one. The word after a scheme may
        // also be a token68, which no scheme that is spoken here uses.
        let value =
            after_space.strip_prefix('=').and_then(|value| take_value(value.trim_start_matches([' ', '\t'])));
        match (value, challenges.last_mut()) {
            (Some((value, after)), Some(challenge)) => {
                parameters += 1;
                if parameters > PARAMETERS_MAX {
                    return challenges;
                }
                challenge.parameters.push((word.to_ascii_lowercase(), value));
                rest = after;
            }
            (None, _) if !after_space.starts_with('=') => {
                challenges.push(Challenge { scheme: word.to_ascii_lowercase(), parameters: Vec::new() });
                if challenges.len() > PARAMETERS_MAX {
                    return challenges;
                }
                rest = after;
            }
            _ => return challenges,
        }
    }
}

fn take_token(text: &str) -> Option<(&str, &str)> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let end = text.find(|c| !is_token(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn take_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        return take_token(text).map(|(token, after)| (token.to_owned(), after));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearer_challenge_of_a_registry_is_read() {
        let header = r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push""#;
        let challenges = parse_challenges(header);
        assert_eq!(challenges.len(), 1);
        assert_eq!(challenges[0].scheme, "bearer");
        assert_eq!(challenges[0].parameter("realm"), Some("https://auth.example/token"));
        assert_eq!(challenges[0].parameter("scope"), Some("repository:a/b:pull,push"));
    }

    #[test]
    fn several_challenges_and_escapes_are_read() {
        let challenges =
            parse_challenges(r#"Basic realm="a \"b\"", BEARER Realm = x , Service="", negotiate"#);
        let schemes: Vec<&str> = challenges.iter().map(|challenge| challenge.scheme.as_str()).collect();
        assert_eq!(schemes, ["basic", "bearer", "negotiate"]);
        assert_eq!(challenges[0].parameter("realm"), Some("a \"b\""));
        assert_eq!(challenges[1].parameter("realm"), Some("x"));
        assert_eq!(challenges[1].parameter("service"), Some(""));
    }

    #[test]
    fn damaged_headers_never_panic_and_stay_bounded() {
        let whole = r#"Bearer realm="https://a.example/t",service="s\"é",scope="x", Basic realm=b"#;
        for end in 0..=whole.len() {
            if whole.is_char_boundary(end) {
                let _ = parse_challenges(&whole[..end]);
            }
        }
        assert!(parse_challenges(&"a, ".repeat(100_000)).len() <= PARAMETERS_MAX + 1);
        assert!(parse_challenges(&format!("{}é", "x".repeat(HEADER_BYTES_MAX - 1))).len() <= 1);
        assert_eq!(parse_challenges("= , =="), []);
    }
}
