//! All objects of one kind, page by page (kubernetes.io, "Kubernetes API Concepts", retrieving large results sets in
//! chunks).

use crate::{
    Bounds,
    api::{Api, Budget, Failure, Patience},
    kinds::{Form, Kind},
};
use facts::ClusterFacts;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use workload::{Entry, Node, Value};

/// A server that hands out empty pages.
const EMPTY_PAGES_MAX: u32 = 20;
/// Bytes of a token; etcd's are a few hundred.
const TOKEN_BYTES_MAX: usize = 16 << 10;
const JSON: &str = "application/json";
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: Meta,
    items: Option<Vec<Node>>,
}

#[derive(Default, Deserialize)]
struct Meta {
    #[serde(rename = "continue")]
    resume: Option<String>,
}

/// Where objects of a kind are.
pub(crate) struct Source<'a> {
    pub(crate) kind: &'a Kind,
    pub(crate) version: &'a str,
    /// One namespace alone.
    pub(crate) namespace: Option<&'a str>,
}

impl Source<'_> {
    fn path(&self) -> String {
        let Kind { group, resource, .. } = self.kind;
        let start = if group.is_empty() { "/api".to_owned() } else { format!("/apis/{group}") };
        match self.namespace {
            Some(namespace) => {
                let namespace = utf8_percent_encode(namespace, NON_ALPHANUMERIC);
                format!("{start}/{}/namespaces/{namespace}/{resource}", self.version)
            }
            None => format!("{start}/{}/{resource}", self.version),
        }
    }

    fn api_version(&self) -> String {
        if self.kind.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.kind.group, self.version)
        }
    }
}

/// Adds all objects to the facts. When it breaks off, what came so far stays there.
pub(crate) fn list(
    api: &Api,
    source: &Source<'_>,
    bounds: &Bounds,
    budget: &mut Budget,
    facts: &mut ClusterFacts,
) -> Result<u64, Failure> {
    let start = facts.objects().len();
    let mut limit = bounds.page_objects.max(1);
    let mut resume: Option<String> = None;
    let mut empty_pages = 0;
    let mut has_begun_again = false;
    let accept = if source.kind.form == Form::Metadata { METADATA } else { JSON };
    loop {
        let mut path = format!("{}?limit={limit}", source.path());
        if let Some(token) = &resume {
            path.push_str(&format!("&continue={}", utf8_percent_encode(token, NON_ALPHANUMERIC)));
        }
        let bytes = match api.get(&path, accept, Patience::Again, budget) {
            Ok(bytes) => bytes,
            // Config maps may have a megabyte each.
            Err(Failure::AnswerTooLarge(_)) if limit > 1 => {
                limit = (limit / 8).max(1);
                continue;
            }
            // The list was compacted while it was read. It is begun again, once; then its rest is taken as it is.
            Err(Failure::Status { status: 410, resume: rest, message }) if resume.is_some() => {
                if !has_begun_again {
                    has_begun_again = true;
                    facts.forget_behind(start);
                    resume = None;
                } else if rest.is_some() && rest != resume {
                    resume = rest;
                } else {
                    return Err(Failure::Status { status: 410, message, resume: None });
                }
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let page: Page =
            serde_json::from_slice(&bytes).map_err(|error| Failure::Malformed(error.to_string()))?;
        drop(bytes);
        if !page.kind.ends_with("List") {
            return Err(Failure::Malformed("the answer is no list".to_owned()));
        }
        let items = page.items.unwrap_or_default();
        empty_pages = if items.is_empty() { empty_pages + 1 } else { 0 };
        for mut item in items {
            if facts.objects().len() >= bounds.objects_max {
                return Err(Failure::TooMuch);
            }
            if !item.is_map() {
                return Err(Failure::Malformed("an item of the list is no object".to_owned()));
            }
            name(&mut item, source);
            facts.add(item);
        }
        let next = page.metadata.resume.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok((facts.objects().len() - start) as u64);
        }
        let is_endless = next == resume || empty_pages > EMPTY_PAGES_MAX;
        if is_endless || next.as_ref().is_some_and(|token| token.len() > TOKEN_BYTES_MAX) {
            return Err(Failure::Malformed("the list has no end: its pages do not lead on".to_owned()));
        }
        resume = next;
    }
}

/// Items of a list do not say what they are, and metadata alone says something else.
fn name(item: &mut Node, source: &Source<'_>) {
    let Value::Map(entries) = &mut item.value else { return };
    entries.retain(|entry| !matches!(entry.key.as_str(), "kind" | "apiVersion"));
    let entry =
        |key: &str, text: String| Entry { key: key.to_owned(), key_place: None, value: Node::text_of(text) };
    entries.insert(0, entry("kind", source.kind.kind.to_owned()));
    entries.insert(0, entry("apiVersion", source.api_version()));
}
