//! Lists put into conditions, as text: where a list's name stands between delimiters, its items are written.

use crate::condition::escape;
use crate::infos::{ListInfo, Named};
use std::collections::{BTreeSet, HashMap};

/// A list with the lists that it names put in.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) name: String,
    pub(crate) items: Vec<String>,
    pub(crate) is_used: bool,
}

/// All lists, ready to be put into conditions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    all: Vec<List>,
    by_name: HashMap<String, usize>,
    /// Names that are no single word.
    odd: Vec<usize>,
}

/// Expansion would exceed a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl Lists {
    /// Puts lists into lists, one level deep and only those that were defined before the other's last change, as Falco
    /// does.
    pub(crate) fn resolve(infos: &Named<ListInfo>, bytes_max: usize) -> Result<Self, TooLarge> {
        let mut lists = Self::default();
        let mut used = BTreeSet::new();
        let mut bytes = 0;
        for (index, info) in infos.all().iter().enumerate() {
            let mut items = Vec::new();
            for item in &info.items {
                match infos.position(item).map(|position| (position, &infos.all()[position])) {
                    Some((position, other)) if other.order.index < info.order.visibility => {
                        used.insert(position);
                        bytes += other.items.iter().map(|item| item.len() + 8).sum::<usize>();
                        if bytes > bytes_max {
                            return Err(TooLarge);
                        }
                        items.extend(other.items.iter().cloned());
                    }
                    _ => items.push(item.clone()),
                }
            }
            if info.name.contains(is_delimiter) {
                lists.odd.push(index);
            }
            lists.by_name.insert(info.name.clone(), index);
            lists.all.push(List { name: info.name.clone(), items, is_used: false });
        }
        for position in used {
            lists.all[position].is_used = true;
        }
        Ok(lists)
    }

    pub(crate) fn all(&self) -> &[List] {
        &self.all
    }

    /// The condition with lists put in, in the order of their definition: what a list brings is looked at again only
    /// for lists defined after it.
    pub(crate) fn expand(&mut self, condition: &str, bytes_max: usize) -> Result<Expanded, TooLarge> {
        let mut expanded = Expanded { text: condition.to_owned(), origins: Vec::new() };
        let mut pending: BTreeSet<usize> = self.odd.iter().copied().collect();
        pending.extend(condition.split(is_delimiter).filter_map(|word| self.by_name.get(word)));
        while let Some(index) = pending.pop_first() {
            let list = &mut self.all[index];
            if expanded.put(list, bytes_max)? {
                list.is_used = true;
                let words = list.items.iter().flat_map(|item| item.split(is_delimiter));
                pending
                    .extend(words.filter_map(|word| self.by_name.get(word)).filter(|other| **other > index));
            }
        }
        Ok(expanded)
    }
}

/// A condition with lists put in.
#[derive(Clone, Debug)]
pub(crate) struct Expanded {
    pub(crate) text: String,
    /// Where the text was changed: from this byte on, this many bytes stand for so many of the original.
    origins: Vec<Change>,
}

#[derive(Clone, Copy, Debug)]
struct Change {
    at: usize,
    new_bytes: usize,
    old_bytes: usize,
}

impl Expanded {
    /// The byte of the original condition that a byte of the text comes from.
    pub(crate) fn origin(&self, mut offset: usize) -> usize {
        for change in self.origins.iter().rev() {
            if offset >= change.at + change.new_bytes {
                offset = offset + change.old_bytes - change.new_bytes;
            } else if offset > change.at {
                offset = change.at;
            }
        }
        offset
    }

    fn put(&mut self, list: &List, bytes_max: usize) -> Result<bool, TooLarge> {
        let items: Vec<String> = list.items.iter().map(|item| quote(item)).collect();
        let items = items.join(", ");
        let mut is_used = false;
        let mut from = 0;
        while let Some(found) = self.text[from..].find(&list.name).map(|index| index + from) {
            let end = found + list.name.len();
            let before = self.text[..found].chars().next_back();
            let after = self.text[end..].chars().next();
            if before.is_some_and(|before| !is_delimiter(before))
                || after.is_some_and(|after| !is_delimiter(after))
            {
                from = found + self.text[found..].chars().next().map_or(1, char::len_utf8);
                continue;
            }
            let mut start = self.text[..found].trim_end_matches(BLANKS).len();
            let mut end = self.text.len() - self.text[end..].trim_start_matches(BLANKS).len();
            // An empty list takes a comma with it.
            if items.is_empty() {
                if self.text[..start].ends_with(',') {
                    start -= 1;
                } else if self.text[end..].starts_with(',') {
                    end += 1;
                }
            }
            let new = if start > 0 { format!(" {items} ") } else { format!("{items} ") };
            if self.text.len() + new.len() > bytes_max || self.origins.len() > 100_000 {
                return Err(TooLarge);
            }
            self.origins.push(Change { at: start, new_bytes: new.len(), old_bytes: end - start });
            self.text.replace_range(start..end, &new);
            is_used = true;
            from = start + new.len();
        }
        Ok(is_used)
    }
}

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

fn is_delimiter(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '(' | ')' | ',' | '=')
}

/// Text with a blank goes into quotes, unless it begins with one.
pub(crate) fn quote(text: &str) -> String {
    if text.contains(' ') && !text.starts_with(['"', '\'']) {
        if text.contains('"') || text.contains('\\') { text_in_quotes(text) } else { format!("\"{text}\"") }
    } else {
        text.to_owned()
    }
}

/// Quotes inside quotes would end them: they are escaped, which Falco does not do.
fn text_in_quotes(text: &str) -> String {
    let plain = format!("\"{text}\"");
    match crate::condition::parse_condition(&format!("a.b = {plain}"), 20) {
        Ok(_) => plain,
        Err(_) => escape(text.as_bytes()),
    }
}
