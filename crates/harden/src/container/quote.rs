//! Words of strangers in four languages.

/// One line without control characters, for comments.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}

/// A word of the POSIX shell.
pub(super) fn shell(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    let text = text.replace('\0', "");
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        // Written as escapes for printf, since a script is also looked at in terminals.
        let mut escaped = String::new();
        for c in text.chars() {
            match c {
                '\\' => escaped.push_str("\\\\"),
                '\'' => escaped.push_str("\\0047"),
                c if c.is_control() => {
                    let mut bytes = [0; 4];
                    c.encode_utf8(&mut bytes)
                        .bytes()
                        .for_each(|byte| escaped.push_str(&format!("\\0{byte:03o}")));
                }
                c => escaped.push(c),
            }
        }
        return format!("\"$(printf '%b' '{escaped}')\"");
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A scalar of YAML: JSON's quotation is YAML's (YAML 1.2, section 5.7 and 7.3.1).
pub(crate) fn yaml(text: &str) -> String {
    let json = serde_json::to_string(text).expect("a text can be written");
    let mut scalar = String::new();
    for c in json.chars() {
        // JSON lets these stand, YAML does not (section 5.1), or takes them for ends of lines.
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                scalar.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => scalar.push(c),
        }
    }
    scalar
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
            '\0' => {}
            c if c.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if !quoted.is_empty() && quoted.chars().all(is_plain) { quoted } else { format!("\"{quoted}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escapes_in_every_language() {
        let hostile = "a\u{1b}[2J\u{85}\"$";
        assert_eq!(unit(hostile), r#""a\x1b[2J\u0085\"$$""#);
        assert_eq!(compose(hostile), r#""a\u001b[2J\u0085\"$$""#);
        assert_eq!(shell("a\u{1b}"), r#""$(printf '%b' 'a\0033')""#);
        for written in [unit(hostile), compose(hostile), shell(hostile), line(hostile)] {
            assert!(!written.chars().any(char::is_control), "{written}");
        }
    }
}
