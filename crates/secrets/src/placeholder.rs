//! What stands where a credential would stand, and is none.

/// Whether a value is taken from elsewhere when it is used: a variable, a template, a reference.
pub(crate) fn is_reference(value: &[u8]) -> bool {
    let value = trim(value);
    let has = |needle: &[u8]| memchr::memmem::find(value, needle).is_some();
    let (Some(first), Some(last)) = (value.first(), value.last()) else { return true };
    match first {
        b'$' | b'<' | b'&' | b'!' => return true,
        b'%' | b'@' | b'[' | b'{' | b'(' => {
            if matches!(
                (first, last),
                (b'%', b'%') | (b'@', b'@') | (b'[', b']') | (b'{', b'}') | (b'(', b')')
            ) {
                return true;
            }
        }
        b'/' if value[1..].contains(&b'/') && !value.contains(&b'=') && !value.contains(&b'+') => {
            return true;
        }
        _ => {}
    }
    [
        "${",
        "$(",
        "{{",
        "<%",
        "%(",
        "#{",
        "%s",
        "%{",
        "ENC(",
        "ENC[",
        "arn:aws:",
        "vault:",
        "process.env",
        "os.environ",
    ]
    .iter()
    .any(|needle| has(needle.as_bytes()))
        || (value.starts_with(b"__") && value.ends_with(b"__"))
}

/// Whether a value says that it is none, or is a row of the same or of successive characters.
pub(crate) fn is_dummy(value: &[u8]) -> bool {
    let value = trim(value).to_ascii_lowercase();
    let has = |needle: &[u8]| memchr::memmem::find(&value, needle).is_some();
    let words: &[&str] = &[
        "example",
        "changeme",
        "change_me",
        "change-me",
        "change_this",
        "changethis",
        "placeholder",
        "redacted",
        "xxxxx",
        "not-a-real",
        "notareal",
        "your_",
        "your-",
        "yourkey",
        "yourpass",
        "yourtoken",
        "yoursecret",
        "insert_",
        "insert-",
        "replace_",
        "replace-",
        "replaceme",
        "dummy",
        "-here",
        "_here",
        "deadbeef",
        "*****",
        ".....",
        "....",
        "foobar",
        "0123456789",
        "1234567890",
        "abcdefghij",
        "qwertyuiop",
        "987654321",
        "abcd1234",
        "mysecret",
        "my_secret",
        "my-secret",
        "mypassword",
        "my_password",
        "secretkey",
        "fakekey",
        "fake_",
        "fake-",
    ];
    // A long random text holds one of the shorter ones by chance.
    words.iter().any(|word| (value.len() <= 64 || word.len() >= 7) && has(word.as_bytes()))
        // The rest was left out.
        || value.ends_with(b"...")
        || is_monotonous(&value)
}

/// Whether more than half of the characters repeat or continue the one before, or there are very few different ones.
fn is_monotonous(value: &[u8]) -> bool {
    if value.len() < 6 {
        return false;
    }
    let same = value.windows(2).filter(|pair| pair[0] == pair[1]).count();
    let next = value.windows(2).filter(|pair| pair[0].wrapping_add(1) == pair[1]).count();
    let mut seen = [false; 256];
    value.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let different = seen.iter().filter(|seen| **seen).count();
    same.max(next) * 2 > value.len() || (value.len() >= 16 && different < 6) || different < 3
}

/// Values that many settings have and that are no credentials.
pub(crate) fn is_ordinary(value: &[u8]) -> bool {
    let value = trim(value);
    if value.len() < 4 || value.iter().all(|byte| byte.is_ascii_digit() && value.len() < 8) {
        return true;
    }
    // Versions, addresses, times.
    let is_number = value.iter().all(|byte| byte.is_ascii_digit() || b".:-~+/".contains(byte));
    if is_number && value.iter().any(|byte| b".:".contains(byte)) {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    let words: &[&str] = &[
        "true",
        "false",
        "null",
        "none",
        "nil",
        "undefined",
        "default",
        "password",
        "passwd",
        "passw0rd",
        "secret",
        "token",
        "pass",
        "changeit",
        "change",
        "required",
        "optional",
        "disabled",
        "enabled",
        "string",
        "prompt",
        "admin",
        "root",
        "user",
        "test",
        "testing",
        "testtest",
        "pass1234",
        "password1",
        "password123",
        "test123",
        "test1234",
        "empty",
        "unset",
        "hidden",
        "prohibit-password",
        "without-password",
        "yes",
        "username",
        "guest",
        "postgres",
        "mysql",
        "redis",
        "rabbitmq",
        "mongo",
        "minio",
        "minioadmin",
        "devpassword",
        "files",
    ];
    words.iter().any(|word| lower == word.as_bytes())
}

/// Without white space and quotes.
pub(crate) fn trim(value: &[u8]) -> &[u8] {
    let is_edge = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`');
    let start = value.iter().position(|byte| !is_edge(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !is_edge(byte)).map_or(start, |at| at + 1);
    &value[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_told_from_values() {
        for value in [
            "${DB_PASSWORD}",
            "$DB_PASSWORD",
            "<password>",
            "{{ .Values.password }}",
            "%PASSWORD%",
            "",
            "''",
            "@DB_PASS@",
            "/run/secrets/db",
            "[password]",
            "$(cat x)",
            "__PASSWORD__",
        ] {
            assert!(is_reference(value.as_bytes()), "{value}");
        }
        for value in ["hunter22", "a$b", "p@ss", "x{y"] {
            assert!(!is_reference(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn dummies_are_told_from_values() {
        for value in [
            "changeme",
            "xxxxxxxxxxxx",
            "your_api_key",
            "AKIAEXAMPLE",
            "aaaaaaaa",
            "12345678",
            "********",
            "eyJ2Ijoi...",
        ] {
            assert!(is_dummy(value.as_bytes()), "{value}");
        }
        for value in ["hunter22", "kJ8dQ2mZ", "correct horse"] {
            assert!(!is_dummy(value.as_bytes()), "{value}");
        }
    }
}
