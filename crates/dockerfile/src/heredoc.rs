//! Here-documents (moby/buildkit, frontend/dockerfile/parser/parser.go, `heredocsFromLine`).

use crate::Heredoc;

/// The here-documents that a line announces, without their content. A word counts only when it begins with `<<`, as
/// the builder's own regular expression `^(\d*)<<(-?)\s*([^<]*)$` wants it.
pub(crate) fn announced(line: &str) -> Vec<Heredoc> {
    if !line.contains("<<") {
        return Vec::new();
    }
    shell_words(line).unwrap_or_default().iter().filter_map(|word| of_word(word)).collect()
}

fn of_word(word: &str) -> Option<Heredoc> {
    let descriptor = &word[..word.find(|c: char| !c.is_ascii_digit())?];
    let rest = word[descriptor.len()..].strip_prefix("<<")?;
    let (is_chomped, name) = rest.strip_prefix('-').map_or((false, rest), |name| (true, name));
    let name = name.trim_start();
    if name.is_empty() || name.contains('<') {
        return None;
    }
    let (plain, quotes) = unquote(name);
    let file_descriptor = descriptor.parse().unwrap_or(0);
    let is_expanded = quotes == 0;
    Some(Heredoc {
        name: plain,
        is_expanded,
        is_chomped,
        file_descriptor,
        content: String::new(),
        first_line: 0,
        bytes: 0..0,
    })
}

fn unquote(text: &str) -> (String, usize) {
    let mut plain = String::new();
    let mut quotes = 0;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match quote {
            Some(open) if open == character => quote = None,
            None if matches!(character, '\'' | '"') => {
                quote = Some(character);
                quotes += 1;
            }
            Some('\'') => plain.push(character),
            _ if character == '\\' => plain.extend(characters.next()),
            _ => plain.push(character),
        }
    }
    (plain, quotes)
}

/// Words with their quotes and escapes; `None` when a quote is not closed.
fn shell_words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match quote {
            None if character.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            None if matches!(character, '\'' | '"') => quote = Some(character),
            Some(open) if open == character => quote = None,
            _ => {}
        }
        word.push(character);
        if character == '\\' && quote != Some('\'') {
            word.extend(characters.next());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn names(line: &str, expected: &[(&str, bool, bool)]) {
        let found = announced(line);
        let found: Vec<_> =
            found.iter().map(|doc| (doc.name.as_str(), doc.is_expanded, doc.is_chomped)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_words_that_begin_with_the_operator_announce_a_document() {
        names("RUN cat <<EOF > /x", &[("EOF", true, false)]);
        names("RUN <<-'A B' 3<<\"B\"", &[("A B", false, true), ("B", false, false)]);
        names("RUN echo a<<EOF", &[]);
        names("RUN cat <<< word", &[]);
        names("RUN echo '<<EOF'", &[]);
        names("RUN echo $((1 << 2))", &[]);
        names("RUN echo 'open <<EOF", &[]);
    }
}
