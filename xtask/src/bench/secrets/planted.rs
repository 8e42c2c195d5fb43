//! A labelled corpus made by code: credentials in the files where people leave them, and lines that look like some.
//!
//! The formats of tokens are those that their makers document; the values come from a generator, so nothing here is
//! anybody's. Texts are written in a small language: `{class:count}` becomes that many characters, a line that begins
//! with `»` holds a credential, all others hold none.

use anyhow::{Context, Result};
use std::path::Path;
use std::process::Command;

/// Files made of each template, each with other values.
const COPIES: usize = 4;

/// Lines of one file that hold one credential, first and last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// Relative to the corpus.
    pub(crate) file: String,
    pub(crate) lines: (u32, u32),
}

/// Writes the corpus into an empty directory.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write(directory: &Path) -> Result<Vec<Label>> {
    let mut labels = Vec::new();
    let mut values = Values(0x5eed_5eed_5eed_5eed);
    for copy in 0..COPIES {
        for (path, template) in super::templates::CREDENTIALS.iter().chain(super::templates::DECOYS) {
            let file = format!("app{copy}/{path}");
            let mut text = String::new();
            for (number, line) in (1_u32..).zip(template.lines()) {
                if line.starts_with('»') {
                    labels.push(Label { file: file.clone(), lines: (number, number) });
                }
                text.push_str(&values.fill(line.trim_start_matches('»')));
                text.push('\n');
            }
            put(&directory.join(&file), text.as_bytes())?;
        }
        for (path, arguments) in super::templates::KEYS {
            let made = Command::new("openssl").args(*arguments).output();
            let Some(key) = made.ok().filter(|made| made.status.success()) else { continue };
            let text = String::from_utf8_lossy(&key.stdout).into_owned();
            let file = format!("app{copy}/{path}");
            let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
            labels.push(Label { file: file.clone(), lines: (1, lines) });
            put(&directory.join(file), text.as_bytes())?;
        }
    }
    Ok(labels)
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let parent = path.parent().context("a file lies in a directory")?;
    std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// The generator of Marsaglia, "Xorshift RNGs", 2003: the same corpus every time.
struct Values(u64);

impl Values {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % bound as u64).unwrap_or(0)
    }

    fn fill(&mut self, line: &str) -> String {
        let mut text = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            match after.split_once('}').and_then(|(name, after)| Some((self.value(name)?, after))) {
                Some((value, after)) => {
                    text.push_str(&value);
                    rest = after;
                }
                None => {
                    text.push('{');
                    rest = after;
                }
            }
        }
        text + rest
    }

    fn value(&mut self, name: &str) -> Option<String> {
        const DIGITS: &str = "0123456789";
        const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
        const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        if name == "github" {
            let body = self.of(&format!("{DIGITS}{UPPER}{LOWER}"), 30);
            return Some(format!("{body}{}", base62(crc32(body.as_bytes()))));
        }
        let (class, count) = name.split_once(':')?;
        let count: usize = count.parse().ok()?;
        let alphabet = match class {
            "alnum" => format!("{DIGITS}{UPPER}{LOWER}"),
            "lower" => format!("{DIGITS}{LOWER}"),
            "upper" => format!("{DIGITS}{UPPER}"),
            "base32" => format!("{UPPER}234567"),
            "base64" => format!("{DIGITS}{UPPER}{LOWER}+/"),
            "url" => format!("{DIGITS}{UPPER}{LOWER}-_"),
            "hex" => format!("{DIGITS}abcdef"),
            "digit" => DIGITS.to_owned(),
            "letter" => format!("{UPPER}{LOWER}"),
            "password" => return Some(self.password(count)),
            _ => return None,
        };
        Some(self.of(&alphabet, count))
    }

    /// What a person or a password manager makes: letters of both cases, digits, two other characters.
    fn password(&mut self, count: usize) -> String {
        let letters = "abcdefghkmnpqrstuvwxyzABCDEFGHKLMNPQRSTUVWXYZ23456789";
        let mut text = self.of(letters, count.saturating_sub(3));
        text.push_str(&self.of("!*.-_", 1));
        text.push_str(&self.of("23456789", 1));
        text.push_str(&self.of("!*.-_", 1));
        text
    }

    fn of(&mut self, alphabet: &str, count: usize) -> String {
        let characters: Vec<char> = alphabet.chars().collect();
        (0..count).map(|_| characters[self.below(characters.len())]).collect()
    }
}

/// GitHub's checksum: CRC-32 in six digits of base 62 ("Behind GitHub's new authentication token formats", 2021).
fn base62(mut number: u32) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = [b'0'; 6];
    for place in text.iter_mut().rev() {
        *place = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    text.iter().map(|&byte| char::from(byte)).collect()
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_lines_are_labelled_and_the_corpus_is_the_same_every_time() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let labels = write(first.path()).unwrap();
        assert_eq!(labels.len(), write(second.path()).unwrap().len());
        let text = |root: &Path| std::fs::read_to_string(root.join("app0/backend/.env")).unwrap();
        assert_eq!(text(first.path()), text(second.path()));
        assert!(!text(first.path()).contains(['»', '{']));
        assert!(labels.iter().any(|label| label.file == "app0/backend/.env"));
    }

    #[test]
    fn checksum_has_six_digits() {
        assert_eq!(base62(0), "000000");
        assert_eq!(base62(61), "00000z");
    }
}
