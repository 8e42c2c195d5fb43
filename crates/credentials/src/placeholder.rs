//! Values that stand where a credential would, but are none.

/// Whether a value is plainly no credential: empty, a reference to a variable, a template, or one of the words that
/// documentation puts where a password goes. Weak passwords (`admin`, `password`) are credentials.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let value = value.trim().trim_matches(|c| matches!(c, '"' | '\'' | '`'));
    if value.is_empty() || value.len() > 65_536 || is_reference(value) || is_filler(value) {
        return true;
    }
    let bare: String =
        value.chars().filter(|c| c.is_alphanumeric()).take(64).collect::<String>().to_ascii_lowercase();
    if WORDS.binary_search(&bare.as_str()).is_ok() {
        return true;
    }
    // Amazon's documentation marks all its keys so, and it is the custom of many others.
    if value.contains("EXAMPLE") {
        return true;
    }
    // `your-password`, `my_secret_here`, `replace-me`: words joined by separators; a random value has none of them.
    STARTS.iter().any(|start| bare.starts_with(start)) && value.chars().all(is_wordy)
        || (bare.ends_with("here") && bare.len() > 6 && value.chars().all(is_wordy))
}

// Sorted: letters and digits alone, lower case.
const WORDS: &[&str] = &[
    "apikey",
    "asecret",
    "authtoken",
    "bar",
    "base64encodedpassword",
    "changeit",
    "changeme",
    "changethis",
    "changethispassword",
    "clientsecret",
    "dbpass",
    "dbpassword",
    "default",
    "disabled",
    "dummy",
    "encrypted",
    "example",
    "examplepassword",
    "false",
    "foo",
    "foobar",
    "hidden",
    "insertpassword",
    "mypass",
    "mypassword",
    "mysecret",
    "mysecretpassword",
    "mytoken",
    "na",
    "nil",
    "no",
    "none",
    "null",
    "off",
    "ok",
    "on",
    "optional",
    "passwordhere",
    "passwordvalue",
    "placeholder",
    "prompt",
    "putpasswordhere",
    "redacted",
    "removed",
    "replaceme",
    "required",
    "sample",
    "secrethere",
    "secretkey",
    "setme",
    "somepassword",
    "somesecret",
    "string",
    "tbd",
    "thepassword",
    "tobechanged",
    "todo",
    "tokenhere",
    "true",
    "undefined",
    "unset",
    "username",
    "userpassword",
    "xxx",
    "yes",
    "yourapikey",
    "yourpassword",
    "yoursecret",
    "yourtoken",
];

const STARTS: &[&str] = &[
    "your",
    "changeme",
    "changethis",
    "pleasechange",
    "putyour",
    "replacewith",
    "replacethis",
    "insertyour",
    "enteryour",
    "notsecret",
    "somesecret",
    "todo",
];

fn is_wordy(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, ' ' | '_' | '-' | '.' | '!' | ',' | '\'' | '/')
}

/// A variable, a template or a call instead of a value, in the languages that configuration is written in.
fn is_reference(value: &str) -> bool {
    let bytes = value.as_bytes();
    if TEMPLATES.iter().any(|(open, close)| has_template(value, open, close)) || value.contains("$(") {
        return true;
    }
    let wrapped = |open: char, close: char| {
        value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).is_some_and(|inner| {
            !inner.is_empty() && inner.chars().all(|c| c.is_alphanumeric() || " _-.:/".contains(c))
        })
    };
    if wrapped('<', '>') || wrapped('[', ']') || wrapped('%', '%') || wrapped('@', '@') || wrapped('{', '}') {
        return true;
    }
    if value.len() > 4 && value.starts_with("__") && value.ends_with("__") {
        return true;
    }
    // `$PASSWORD`; a hash such as `$2y$12$…` has a digit or a further dollar sign there.
    if bytes[0] == b'$'
        && bytes.len() > 1
        && !bytes[1].is_ascii_digit()
        && bytes[1..].iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
    {
        return true;
    }
    const CALLS: &[&str] = &[
        "process.env",
        "os.environ",
        "os.getenv",
        "getenv(",
        "env(",
        "ENV[",
        "env[",
        "ENV.fetch",
        "System.getenv",
        "!vault",
        "!secret",
        "!Ref",
        "!Sub",
        "!GetAtt",
        "ref+",
        "vault:",
        "secret:",
        "ENC[",
        "enc:",
        "arn:aws:",
        "data.",
        "var.",
        "local.",
        "module.",
        "op://",
        "file://",
        "keyring:",
        "sm://",
        "ssm:",
        "base64encode(",
        "config(",
        "config.",
        "settings.",
        "self.",
        "this.",
        "options.",
        "random_",
        "tls_private_key.",
    ];
    CALLS.iter().any(|call| value.starts_with(call))
}

const TEMPLATES: &[(&str, &str)] = &[
    ("${", "}"),
    ("{{", "}}"),
    ("<%", "%>"),
    ("#{", "}"),
    ("{%", "%}"),
    ("@@", "@@"),
    ("<?", "?>"),
    ("%(", ")"),
];

/// Whether a name or call stands between the marks; random characters may hold either mark, hardly both with words
/// between.
fn has_template(value: &str, open: &str, close: &str) -> bool {
    let Some((_, rest)) = value.split_once(open) else { return false };
    let Some((inner, _)) = rest.split_once(close) else { return false };
    inner.chars().all(|c| c.is_alphanumeric() || " _-.:?!'\"|/()[]=,$@{".contains(c))
}

/// Only characters that fill a blank: `xxxxxx`, `****`, `...`, `-`.
fn is_filler(value: &str) -> bool {
    let mut characters = value.chars();
    let first = characters.next().unwrap_or(' ').to_ascii_lowercase();
    let is_same = characters.all(|c| c.to_ascii_lowercase() == first);
    (is_same && matches!(first, 'x' | '*' | '.' | '-' | '?' | '#' | '_' | '=' | '~' | '!' | '•' | '…'))
        || (is_same && first == '0' && value.len() > 8)
        || value
            .to_ascii_lowercase()
            .strip_prefix("xxx")
            .is_some_and(|rest| rest.trim_end_matches(['x', '-']).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_list_is_sorted() {
        assert!(WORDS.is_sorted());
    }

    #[test]
    fn templates_and_blanks_are_placeholders() {
        for value in [
            "",
            "  ",
            "${DB_PASS}",
            "$PASSWORD",
            "{{ .Values.password }}",
            "<password>",
            "<%= ENV['X'] %>",
            "changeme",
            "change_me",
            "CHANGE-ME",
            "xxxxxxxx",
            "XXX-XXX",
            "********",
            "your_password",
            "YOUR-API-KEY",
            "null",
            "%PASSWORD%",
            "__DB_PASS__",
            "process.env.TOKEN",
            "your password here",
            "put your unique phrase here",
            "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
            "password_here",
            "var.db_password",
            "[password]",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn weak_passwords_are_no_placeholders() {
        for value in [
            "admin",
            "password",
            "admin123",
            "dummy-pass",
            "sampleKey",
            "ExamplePas123",
            "pass123",
            "$2y$12$abc",
            "hunter22",
            "secret",
            "yourZ8x!k2",
            "irc_pass",
            "testpass",
            "root",
            "$6$salt$hash",
            "p$ssw0rd",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}
