//! Names of variables, attributes and keys whose values are credentials.

/// What a name says that its value is: `password`, `token`, `secret key` …; nothing for all other names.
///
/// A name is read as words (`dbPassword`, `DB_PASSWORD` and `db-password` alike), and its end decides:
/// `PASSWORD_FILE`, `token_url` and `secretName` hold no secret.
pub(crate) fn secret_word(name: &str) -> Option<&'static str> {
    let words = words(name);
    let last = words.last()?.as_str();
    let before = words.len().checked_sub(2).map_or("", |at| words[at].as_str());
    if words
        .iter()
        .any(|word| matches!(word.as_str(), "public" | "pub" | "csrf" | "sample" | "example" | "hint"))
    {
        return None;
    }
    Some(match last {
        "password" | "passwd" | "pwd" | "pw" | "pass" | "passwort" | "userpassword" | "dbpassword"
        | "dbpass" | "dbpasswd" | "dbpwd" | "mysqlpassword" | "rootpassword" | "pgpassword" | "authpass"
        | "smtppass" => {
            // `PWD` and `OLDPWD` are directories of the shell.
            if name == "PWD" || name == "OLDPWD" || (words.len() == 1 && last == "pw") {
                return None;
            }
            "password"
        }
        "passphrase" => "passphrase",
        "token" | "authtoken" | "accesstoken" | "bottoken" | "apitoken" => "token",
        "secret" | "clientsecret" | "appsecret" => "secret",
        "apikey" | "secretkey" | "privatekey" | "masterkey" | "accountkey" => "key",
        "pat" if words.len() > 1 => "token",
        "key" => match before {
            "secret" | "access" | "api" | "private" | "auth" | "master" | "encryption" | "app"
            | "account" | "signing" | "service" | "storage" | "license" | "deploy" | "admin" | "write"
            | "jwt" | "token" | "hmac" | "shared" | "session" => "key",
            _ => return None,
        },
        "id" => return None,
        // `secret_key_base` of Rails, `AUTH_SALT` of WordPress.
        "base" if before == "key" => "secret key",
        "salt" if matches!(before, "auth" | "in" | "nonce") => "salt",
        "dsn" if words.iter().any(|word| word == "sentry") => return None,
        "credentials" | "credential" if words.len() > 1 => "credentials",
        _ => return None,
    })
}

/// Lower-case words of a name, split at separators and at the humps of camel case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut is_after_lower = false;
    for c in name.chars().take(128) {
        if !c.is_alphanumeric() {
            is_after_lower = false;
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        if c.is_uppercase() && is_after_lower && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        is_after_lower = c.is_lowercase() || c.is_ascii_digit();
        word.extend(c.to_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    // A trailing number tells copies apart: `PASSWORD_2`.
    if words.len() > 1 && words.last().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit())) {
        words.pop();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_decides() {
        for (name, expected) in [
            ("DB_PASSWORD", Some("password")),
            ("dbPassword", Some("password")),
            ("spring.datasource.password", Some("password")),
            ("AWS_SECRET_ACCESS_KEY", Some("key")),
            ("HEROKU_API_KEY", Some("key")),
            ("SLACK_API_TOKEN", Some("token")),
            ("MLAB_PASS", Some("password")),
            ("PASSWORD_2", Some("password")),
            ("DB_PASSWORD_FILE", None),
            ("TOKEN_URL", None),
            ("secretName", None),
            ("AWS_ACCESS_KEY_ID", None),
            ("PWD", None),
            ("OLDPWD", None),
            ("PUBLIC_KEY", None),
            ("PATH", None),
            ("MONKEY", None),
            ("bypass", None),
        ] {
            assert_eq!(secret_word(name), expected, "{name}");
        }
    }
}
