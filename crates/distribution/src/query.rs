//! Queries and forms.

use crate::encoding::decode;
use crate::refusal::{Refusal, shown};

/// No query of the specification has more.
const PARAMETERS_MAX: usize = 64;

/// The parameters of a query, by an allow-list; only those in `repeats` may stand more than once.
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn read(text: &str, known: &[&str], repeats: &[&str]) -> Result<Self, Refusal> {
        let pairs = pairs(text)?;
        for (at, (key, _)) in pairs.iter().enumerate() {
            if !known.contains(&key.as_str()) {
                let message = format!("the parameter '{}' is not known here", shown(key));
                return Err(Refusal::malformed("query-unknown", message));
            }
            if !repeats.contains(&key.as_str()) && pairs[..at].iter().any(|(other, _)| other == key) {
                let message = format!("the parameter '{}' stands twice", shown(key));
                return Err(Refusal::malformed("query-repeated", message));
            }
        }
        Ok(Self { pairs })
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

fn pairs(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    if text.contains(';') {
        return Err(Refusal::malformed("query-semicolon", "the query has a ';'"));
    }
    let mut pairs = Vec::new();
    for part in text.split('&').filter(|part| !part.is_empty()) {
        if pairs.len() == PARAMETERS_MAX {
            let message = format!("the query has more than {PARAMETERS_MAX} parameters");
            return Err(Refusal::malformed("query-too-long", message));
        }
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        // A space is written '+' in queries; no value of the specification holds a plus sign but encoded ones.
        pairs.push((decode(key)?, decode(&value.replace('+', " "))?));
    }
    Ok(pairs)
}

/// The fields of a form (`application/x-www-form-urlencoded`), none twice but `scope`.
///
/// # Errors
/// When it is malformed, or a field stands twice.
pub fn form(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    let pairs = pairs(text)?;
    for (at, (key, _)) in pairs.iter().enumerate() {
        if key != "scope" && pairs[..at].iter().any(|(other, _)| other == key) {
            return Err(Refusal::malformed(
                "query-repeated",
                format!("the field '{}' stands twice", shown(key)),
            ));
        }
    }
    Ok(pairs)
}
