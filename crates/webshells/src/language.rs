//! Which languages a file may be read as.

use content::{FileClass, FileView};
use serde::Deserialize;

/// A language with patterns of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    /// PHP, also inside HTML and pictures.
    Php,
    /// JSP, JSPX and CFML.
    Jsp,
    /// Classic ASP and ASP.NET pages and handlers.
    Asp,
    /// Python.
    Python,
    /// Perl.
    Perl,
    /// JavaScript of Node.
    Node,
    /// Shell CGI.
    Shell,
    /// Settings of a directory: `.htaccess`, `.user.ini`, `web.config`.
    Settings,
}

impl Language {
    /// All of them, in the order of their groups.
    pub(crate) const ALL: [Self; 8] =
        [Self::Php, Self::Jsp, Self::Asp, Self::Python, Self::Perl, Self::Node, Self::Shell, Self::Settings];
}

/// Whether the name is that of a directory's settings, whatever its class.
pub(crate) fn is_settings(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == ".htaccess" || name == ".user.ini" || name == "web.config" || name.ends_with(".htaccess")
}

/// The languages of a file, by name, `#!` line and opening tags.
pub(crate) fn languages(file: &FileView<'_>, bytes: &[u8]) -> Vec<Language> {
    let mut found = Vec::new();
    if is_settings(file.name()) {
        found.push(Language::Settings);
    }
    if file.class == FileClass::Image {
        if has_php_tag_in_image(bytes) {
            found.push(Language::Php);
        }
        return found;
    }
    let extension = file.extension();
    match extension.as_str() {
        "js" | "mjs" | "cjs" | "ts" => found.push(Language::Node),
        "py" | "pyw" | "pth" => found.push(Language::Python),
        "pl" | "pm" => found.push(Language::Perl),
        "sh" | "bash" | "zsh" | "ksh" => found.push(Language::Shell),
        "jsp" | "jspx" | "jspf" | "cfm" => found.push(Language::Jsp),
        "asp" | "aspx" | "ashx" | "asmx" | "asa" | "cer" => found.push(Language::Asp),
        _ => {}
    }
    if bytes.starts_with(b"#!") {
        let line =
            &bytes[..bytes.iter().take(200).position(|byte| *byte == b'\n').unwrap_or(bytes.len().min(200))];
        for (word, language) in [
            ("python", Language::Python),
            ("perl", Language::Perl),
            ("node", Language::Node),
            ("sh", Language::Shell),
        ] {
            if find(line, word.as_bytes()) && !found.contains(&language) {
                found.push(language);
            }
        }
    } else if extension == "cgi" {
        found.extend([Language::Perl, Language::Python, Language::Shell]);
    }
    if file.class == FileClass::Web {
        if has_php_tag(bytes) {
            found.push(Language::Php);
        }
        if !found.contains(&Language::Jsp) && !found.contains(&Language::Asp) {
            let head = &bytes[..bytes.len().min(4_096)];
            let tag = find(head, b"<%");
            if find(head, b"<jsp:") || (tag && (find(head, b"java") || find(head, b"import="))) {
                found.push(Language::Jsp);
            } else if tag {
                found.push(Language::Asp);
            }
        }
    }
    found
}

/// Whether PHP would run anything in these bytes: `<?php`, `<?=`, a short tag, or `<script language=php>`
/// (<https://www.php.net/manual/en/language.basic-syntax.phptags.php>).
fn has_php_tag(bytes: &[u8]) -> bool {
    memchr_tag(bytes).any(|rest| {
        let is_long = rest.len() >= 5 && rest[..5].eq_ignore_ascii_case(b"<?php");
        is_long
            || rest.starts_with(b"<?=")
            || rest
                .get(2)
                .is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'$' | b'@' | b'/' | b'#'))
    }) || has_script_tag(bytes)
}

/// In a picture any two bytes may stand by chance; a tag counts when text follows it.
fn has_php_tag_in_image(bytes: &[u8]) -> bool {
    memchr_tag(bytes).any(|rest| {
        let is_tag = rest.len() >= 5 && rest[..5].eq_ignore_ascii_case(b"<?php") || rest.starts_with(b"<?=");
        let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        is_tag && rest.len() >= 12 && rest.iter().take(24).all(is_text)
    })
}

fn memchr_tag(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memmem::find_iter(bytes, b"<?").map(|at| &bytes[at..])
}

fn has_script_tag(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(512)].to_ascii_lowercase();
    find(head, b"<script")
        && (find(head, b"language=\"php\"") || find(head, b"language='php'") || find(head, b"language=php"))
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::LayerPath;

    #[track_caller]
    fn check(path: &str, bytes: &[u8], expected: &[Language]) {
        let layer_path = LayerPath::new(path);
        let class = content::classify(&layer_path, bytes);
        let file = FileView {
            path: &layer_path,
            nested: &[],
            class,
            size: bytes.len() as u64,
            mode: 0o644,
            uid: 0,
            package: None,
            is_verified: false,
        };
        assert_eq!(languages(&file, bytes), expected, "{path}");
    }

    #[test]
    fn language_is_told_by_name_first_line_and_tags() {
        check("a.php", b"<?php echo 1;", &[Language::Php]);
        check("a.php", b"plain text", &[]);
        check("a.gif", b"GIF89a<?php echo 1;", &[Language::Php]);
        check("a.gif", b"GIF89a...", &[]);
        check("x.jsp", b"<%@ page import=\"java.util.*\" %>", &[Language::Jsp]);
        check("x.txt", b"<%@ page import=\"java.util.*\" %>", &[Language::Jsp]);
        check("x.aspx", b"<%@ Page Language=\"C#\" %>", &[Language::Asp]);
        check("cgi-bin/x.cgi", b"#!/usr/bin/perl\n", &[Language::Perl]);
        check("x", b"#!/usr/bin/env python3\n", &[Language::Python]);
        check("www/.htaccess", b"Options -Indexes\n", &[Language::Settings]);
    }
}
