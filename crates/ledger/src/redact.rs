//! Secrets stay out of the log: what could be one is replaced by a keyed digest, so that two equal ones still look equal.

use ring::hmac;
use serde_json::{Map, Value};

/// Replaces what could be a secret by `hmac:` and sixteen digits.
pub struct Redactor {
    key: hmac::Key,
}

/// Objects are looked into this deep; what lies deeper is hidden whole.
const DEPTH_MAX: usize = 32;

/// Parts of names whose value is a secret, in lower case without separators.
const SECRET_WORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
    "accesskey",
    "privatekey",
    "unlockkey",
    "signingcakey",
    "registryauth",
    "authorization",
];
/// Members whose texts are `NAME=VALUE`, of which the value is hidden.
const ASSIGNMENTS: &[&str] = &["env", "buildargs"];

impl Redactor {
    /// One with a key: equal values of one node look equal, and nobody without the key can try guesses.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// The digest that stands for a value.
    #[must_use]
    pub fn hidden(&self, text: &str) -> String {
        let tag = hmac::sign(&self.key, text.as_bytes());
        let digits: String = tag.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("hmac:{digits}")
    }

    /// A body without its secrets: values of environments, members that are named for secrets, options like
    /// `--password=…` of commands, credentials in addresses, data of swarm secrets and configs.
    #[must_use]
    pub fn body(&self, body: &Value) -> Value {
        self.value("", body, 0)
    }

    /// A request target without its secrets.
    #[must_use]
    pub fn target(&self, target: &str) -> String {
        let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
        let pairs: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) if is_secret(name) || is_assignment(name) => {
                    format!("{name}={}", self.hidden(value))
                }
                // Credentials of an address are percent-encoded along with it.
                Some((name, value)) if value.contains("%40") || value.contains('@') => {
                    format!("{name}={}", self.hidden(value))
                }
                _ => pair.to_owned(),
            })
            .collect();
        format!("{path}?{}", pairs.join("&"))
    }

    fn value(&self, name: &str, value: &Value, depth: usize) -> Value {
        if depth > DEPTH_MAX {
            return "hidden: too deep".into();
        }
        match value {
            Value::String(text) => self.text(name, text).into(),
            Value::Array(items) => {
                // `--password hunter2` as two words.
                let mut is_after_option = false;
                let hide = |item: &Value| {
                    let shown = match item {
                        Value::String(text) if is_after_option => self.hidden(text).into(),
                        _ => self.value(name, item, depth + 1),
                    };
                    let option = item.as_str().filter(|text| text.starts_with('-') && !text.contains('='));
                    is_after_option = option.is_some_and(is_secret);
                    shown
                };
                items.iter().map(hide).collect()
            }
            Value::Object(members) if is_assignment(name) => {
                let hide =
                    |(key, value): (&String, &Value)| (key.clone(), self.hidden(&value.to_string()).into());
                Value::Object(members.iter().map(hide).collect())
            }
            Value::Object(members) => {
                // `Data` is the content of a secret or a config (POST /secrets/create); nothing else of the API has that name.
                let hide = |(key, value): (&String, &Value)| {
                    let is_content = key.eq_ignore_ascii_case("data") && value.is_string();
                    let value = match value {
                        Value::String(text) if is_content => self.hidden(text).into(),
                        _ => self.value(key, value, depth + 1),
                    };
                    (key.clone(), value)
                };
                Value::Object(members.iter().map(hide).collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    fn text(&self, name: &str, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        if is_secret(name) {
            return self.hidden(text);
        }
        if is_assignment(name) {
            return match text.split_once('=') {
                Some((variable, value)) => format!("{variable}={}", self.hidden(value)),
                None => text.to_owned(),
            };
        }
        if let Some((option, value)) = text.split_once('=')
            && is_secret(option)
            && !option.contains(char::is_whitespace)
        {
            return format!("{option}={}", self.hidden(value));
        }
        self.address(text)
    }

    // `scheme://user:password@host`: what stands between is hidden, wherever in the text it is.
    fn address(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("://") {
            let (before, after) = rest.split_at(at + 3);
            out.push_str(before);
            let end = after.find(|c: char| "/?# \"'".contains(c)).unwrap_or(after.len());
            match after[..end].rfind('@') {
                Some(sign) => {
                    out.push_str(&self.hidden(&after[..sign]));
                    rest = &after[sign..];
                }
                None => rest = after,
            }
        }
        out.push_str(rest);
        out
    }
}

fn is_secret(name: &str) -> bool {
    let plain: Vec<u8> =
        name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).collect();
    // Names are short: looking at each place is faster than a search that prepares itself.
    SECRET_WORDS.iter().any(|word| plain.windows(word.len()).any(|part| part == word.as_bytes()))
}

fn is_assignment(name: &str) -> bool {
    ASSIGNMENTS.iter().any(|member| name.eq_ignore_ascii_case(member))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_of_a_body_are_hidden_and_the_rest_stays() {
        let redactor = Redactor::new(b"key");
        let body = json!({
            "Image": "web:1",
            "Env": ["PATH=/bin", "DB_URL=postgres://u:hunter2@db/x"],
            "Cmd": ["serve", "--password=hunter2", "https://bob:hunter2@example.com/x", "--token", "hunter2"],
            "Labels": {"api.token": "hunter2", "tier": "web"},
            "BuildArgs": {"X": "hunter2"},
            "Data": "hunter2",
            "HostConfig": {"Binds": ["/a:/b"], "Memory": 5}
        });
        let shown = redactor.body(&body);
        assert!(!shown.to_string().contains("hunter2"), "{shown}");
        assert_eq!(shown["Image"], "web:1");
        assert_eq!(shown["HostConfig"], body["HostConfig"]);
        assert_eq!(shown["Labels"]["tier"], "web");
        assert!(shown["Cmd"][2].as_str().unwrap().ends_with("@example.com/x"));
        assert_eq!(shown["Env"][0], format!("PATH={}", redactor.hidden("/bin")), "equal values look equal");
    }

    #[test]
    fn secrets_of_a_target_are_hidden() {
        let redactor = Redactor::new(b"key");
        let shown = redactor.target(
            "/build?t=x&buildargs=%7B%22A%22%3A%22hunter2%22%7D&remote=https%3A%2F%2Fu%3Ahunter2%40h",
        );
        assert!(!shown.contains("hunter2") && shown.starts_with("/build?t=x&buildargs=hmac:"), "{shown}");
        assert_eq!(redactor.target("/containers/json?all=1"), "/containers/json?all=1");
    }
}
