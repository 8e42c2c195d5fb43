//! YAML of policies, read strictly: every key is known, none repeats, and errors say the line.

use crate::policy::PolicyError;
use workload::{DocumentLimits, Node, Value, parse_documents};

const LIMITS: DocumentLimits =
    DocumentLimits { bytes_max: 1 << 20, nodes_max: 100_000, depth_max: 16, documents_max: 1 };

/// The root of a text that is one YAML document.
pub(crate) fn parse(text: &str) -> Result<Node, PolicyError> {
    let mut documents = parse_documents(text, &LIMITS);
    let error = |line, message: &str| PolicyError { line, message: message.to_owned() };
    if documents.len() > 1 {
        return Err(error(documents[1].line, "a policy is one document"));
    }
    let Some(document) = documents.pop() else { return Err(error(0, "the policy is empty")) };
    if let Some(problem) = document.problems.first() {
        // The reader of YAML tells the line within its text.
        let told = problem.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
        let told = told.and_then(|(line, rest)| Some((line.parse::<u32>().ok()?, rest)));
        let (line, problem) = told.unwrap_or((document.line, problem));
        return Err(error(line, problem));
    }
    document.root.ok_or_else(|| error(0, "the policy is empty"))
}

/// The 1-based line of a node; 0 when it has none.
pub(crate) fn line(node: &Node) -> u32 {
    node.place.map_or(0, |place| place.line)
}

pub(crate) fn error(node: &Node, message: impl Into<String>) -> PolicyError {
    PolicyError { line: line(node), message: message.into() }
}

/// A mapping whose keys are all known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Map<'a> {
    pub(crate) node: &'a Node,
    what: &'static str,
}

impl<'a> Map<'a> {
    /// Checks that the node is a mapping with none but these keys, each once.
    pub(crate) fn read(node: &'a Node, what: &'static str, known: &[&str]) -> Result<Self, PolicyError> {
        if !node.is_map() {
            return Err(error(node, format!("{what} is no mapping")));
        }
        let entries = node.entries();
        for (at, entry) in entries.iter().enumerate() {
            let line = entry.key_place.map_or_else(|| line(node), |place| place.line);
            if !known.contains(&entry.key.as_str()) {
                let message = format!("{what} has no '{}'{}", shown(&entry.key), hint(&entry.key, known));
                return Err(PolicyError { line, message });
            }
            if entries[..at].iter().any(|other| other.key == entry.key) {
                return Err(PolicyError { line, message: format!("'{}' is there twice", entry.key) });
            }
            if entry.value.is_null() {
                return Err(PolicyError { line, message: format!("'{}' is empty", entry.key) });
            }
        }
        Ok(Self { node, what })
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        self.node.get(key)
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<&'a str>, PolicyError> {
        let Some(node) = self.get(key) else { return Ok(None) };
        node.text().map(Some).ok_or_else(|| error(node, format!("'{key}' is no text")))
    }

    pub(crate) fn needed(&self, key: &str) -> Result<&'a str, PolicyError> {
        let missing = || error(self.node, format!("{} needs '{key}'", self.what));
        self.text(key)?.filter(|text| !text.trim().is_empty()).ok_or_else(missing)
    }

    pub(crate) fn boolean(&self, key: &str) -> Result<Option<bool>, PolicyError> {
        let Some(node) = self.get(key) else { return Ok(None) };
        match node.text() {
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            _ => Err(error(node, format!("'{key}' is neither true nor false"))),
        }
    }

    pub(crate) fn texts(&self, key: &str) -> Result<Vec<String>, PolicyError> {
        self.get(key).map_or_else(|| Ok(Vec::new()), |node| texts(node, key))
    }

    pub(crate) fn items(&self, key: &str) -> Result<&'a [Node], PolicyError> {
        let Some(node) = self.get(key) else { return Ok(&[]) };
        if node.is_list() { Ok(node.items()) } else { Err(error(node, format!("'{key}' is no list"))) }
    }

    pub(crate) fn numbers(&self, key: &str) -> Result<Vec<u32>, PolicyError> {
        let Some(node) = self.get(key) else { return Ok(Vec::new()) };
        let number = |node: &Node| {
            let number = node.integer().and_then(|number| u32::try_from(number).ok());
            number.ok_or_else(|| error(node, format!("'{key}' is no number")))
        };
        if node.is_list() { node.items().iter().map(number).collect() } else { Ok(vec![number(node)?]) }
    }

    pub(crate) fn text_map(&self, key: &str) -> Result<Vec<(String, String)>, PolicyError> {
        self.get(key).map_or_else(|| Ok(Vec::new()), |node| text_map(node, key))
    }
}

/// A list of texts, or one text alone.
pub(crate) fn texts(node: &Node, key: &str) -> Result<Vec<String>, PolicyError> {
    let wrong = |node: &Node| error(node, format!("'{key}' is no list of texts"));
    match &node.value {
        Value::List(items) => {
            items.iter().map(|item| item.text().map(str::to_owned).ok_or_else(|| wrong(item))).collect()
        }
        _ => node.text().map(|text| vec![text.to_owned()]).ok_or_else(|| wrong(node)),
    }
}

pub(crate) fn text_map(node: &Node, key: &str) -> Result<Vec<(String, String)>, PolicyError> {
    if !node.is_map() {
        return Err(error(node, format!("'{key}' is no mapping")));
    }
    let entries = node.entries().iter();
    entries
        .map(|entry| {
            let value = entry
                .value
                .text()
                .ok_or_else(|| error(&entry.value, format!("'{}' is no text", entry.key)))?;
            Ok((entry.key.clone(), value.to_owned()))
        })
        .collect()
}

/// Bytes: a number, or one with `k`, `m`, `g`, `t` (powers of 1024), with or without `b` or `iB` behind.
pub(crate) fn bytes(text: &str) -> Option<i64> {
    let lower = text.trim().to_ascii_lowercase();
    let lower = lower.strip_suffix("ib").or_else(|| lower.strip_suffix('b')).unwrap_or(&lower);
    let (digits, shift) = match lower.chars().last()? {
        'k' => (&lower[..lower.len() - 1], 10),
        'm' => (&lower[..lower.len() - 1], 20),
        'g' => (&lower[..lower.len() - 1], 30),
        't' => (&lower[..lower.len() - 1], 40),
        _ => (lower, 0),
    };
    let number: i64 = digits.trim().parse().ok().filter(|number| *number > 0)?;
    number.checked_mul(1 << shift)
}

/// ", did you mean …" when a known word is near.
pub(crate) fn hint(word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|other| (distance(word, other), *other)).min();
    match near {
        Some((steps, other)) if steps <= 1 + other.len() / 4 => format!(", did you mean '{other}'?"),
        _ => String::new(),
    }
}

/// The edit distance of two words (Levenshtein), of their first 64 characters.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (number, x) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = number + 1;
        for (at, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

pub(crate) fn shown(text: &str) -> String {
    text.chars().take(60).map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_units() {
        assert_eq!(
            (bytes("512m"), bytes("2GiB"), bytes("4096")),
            (Some(512 << 20), Some(2 << 30), Some(4096))
        );
        for wrong in ["", "m", "-1", "0", "9999999999g", "1.5g", "lots"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
