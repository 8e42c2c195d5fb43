//! Words of strangers in four languages.

/// One line without control characters, for comments.
pub(super) fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}

/// A word of the POSIX shell.
pub(super) fn shell(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\0', "").replace('\'', r"'\''"))
}

/// A scalar of YAML: JSON's quotation is YAML's (YAML 1.2, section 5.7 and 7.3.1).
pub(super) fn yaml(text: &str) -> String {
    serde_json::to_string(text).expect("a text can be written")
}

/// A scalar of a compose file, where `$` begins a variable.
pub(super) fn compose(text: &str) -> String {
    yaml(&text.replace('$', "$$"))
}

/// A word of a systemd unit: C escapes in quotes, `%` and `$` doubled (systemd.syntax(7), systemd.service(5)).
pub(super) fn unit(text: &str) -> String {
    let mut quoted = String::new();
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '%' => quoted.push_str("%%"),
            '$' => quoted.push_str("$$"),
            c if c.is_control() => {}
            c => quoted.push(c),
        }
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if !quoted.is_empty() && quoted.chars().all(is_plain) { quoted } else { format!("\"{quoted}\"") }
}
