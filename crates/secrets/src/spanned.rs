//! TOML read leniently: what is of the wrong kind or unknown is told by line, the rest is used.

use crate::rule::Problem;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Collects what is not understood, by line.
pub(crate) struct Notes {
    line_starts: Vec<usize>,
    pub(crate) problems: Vec<Problem>,
}

impl Notes {
    pub(crate) fn new(text: &str) -> Self {
        let mut line_starts = vec![0];
        line_starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        Self { line_starts, problems: Vec::new() }
    }

    pub(crate) fn line(&self, span: &Range<usize>) -> u32 {
        let line = self.line_starts.partition_point(|start| *start <= span.start);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    pub(crate) fn tell(&mut self, span: &Range<usize>, message: impl Into<String>) {
        let line = Some(self.line(span));
        self.problems.push(Problem { line, message: message.into() });
    }
}

/// A table whose keys are found in any case, as viper (the configuration reader of gitleaks) finds them.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    inner: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(inner: &'a DeTable<'a>) -> Self {
        Self { inner }
    }

    /// Tells every key that is none of `known`, which are in lower case.
    pub(crate) fn tell_unknown(self, known: &[&str], owner: &str, notes: &mut Notes) {
        for (key, _) in self.inner {
            if !known.contains(&key.as_ref().to_ascii_lowercase().as_str()) {
                let name: String = key.as_ref().chars().take(80).collect();
                notes.tell(&key.span(), format!("{owner}: unknown key '{name}', ignored"));
            }
        }
    }

    pub(crate) fn get(self, name: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.inner.iter().find(|(key, _)| key.as_ref().eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(self, name: &str, notes: &mut Notes) -> Option<String> {
        let value = self.get(name)?;
        let text = match value.as_ref() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(number) => Some(number.as_str().to_owned()),
            DeValue::Float(number) => Some(number.as_str().to_owned()),
            _ => None,
        };
        if text.is_none() {
            notes.tell(&value.span(), format!("'{name}' is not a text, ignored"));
        }
        text
    }

    pub(crate) fn number(self, name: &str, notes: &mut Notes) -> Option<f64> {
        let value = self.get(name)?;
        let number = match value.as_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number as f64)
            }
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number: &f64| number.is_finite());
        if number.is_none() {
            notes.tell(&value.span(), format!("'{name}' is not a number, ignored"));
        }
        number
    }

    /// A count; nothing when it is negative or too large, which is told.
    pub(crate) fn count(self, name: &str, notes: &mut Notes) -> Option<u64> {
        let number = self.number(name, notes)?;
        if !(0.0..=1e9).contains(&number) {
            notes.tell(&self.get(name)?.span(), format!("'{name}' is not a count, ignored"));
            return None;
        }
        Some(number as u64)
    }

    pub(crate) fn flag(self, name: &str, notes: &mut Notes) -> bool {
        let Some(value) = self.get(name) else { return false };
        match value.as_ref() {
            DeValue::Boolean(flag) => *flag,
            DeValue::String(text) if text == "true" || text == "false" => text == "true",
            _ => {
                notes.tell(&value.span(), format!("'{name}' is neither true nor false, taken as false"));
                false
            }
        }
    }

    /// A list of texts with their places; a single text is split at commas, as viper does.
    pub(crate) fn texts(self, name: &str, notes: &mut Notes) -> Vec<(String, Range<usize>)> {
        let Some(value) = self.get(name) else { return Vec::new() };
        match value.as_ref() {
            DeValue::Array(values) => {
                let mut texts = Vec::new();
                for value in values.iter() {
                    match value.as_ref() {
                        DeValue::String(text) => texts.push((text.to_string(), value.span())),
                        _ => notes.tell(&value.span(), format!("'{name}' holds something that is no text")),
                    }
                }
                texts
            }
            DeValue::String(text) if text.is_empty() => Vec::new(),
            DeValue::String(text) => text.split(',').map(|part| (part.to_owned(), value.span())).collect(),
            _ => {
                notes.tell(&value.span(), format!("'{name}' is not a list of texts, ignored"));
                Vec::new()
            }
        }
    }

    /// The tables of an array of tables; a single table counts as one.
    pub(crate) fn tables(self, name: &str, notes: &mut Notes) -> Vec<(Table<'a>, Range<usize>)> {
        let Some(value) = self.get(name) else { return Vec::new() };
        match value.as_ref() {
            DeValue::Table(table) => vec![(Table::new(table), value.span())],
            DeValue::Array(values) => {
                let mut tables = Vec::new();
                for value in values.iter() {
                    match value.as_ref() {
                        DeValue::Table(table) => tables.push((Table::new(table), value.span())),
                        _ => notes.tell(&value.span(), format!("'{name}' holds something that is no table")),
                    }
                }
                tables
            }
            _ => {
                notes.tell(&value.span(), format!("'{name}' is not a table, ignored"));
                Vec::new()
            }
        }
    }
}
