//! Lists: tags, the catalog, referrers.

use super::{
    exchange::{Exchange, of_upstream},
    reply::{Failure, Reply},
};
use access::{Principal, Right};
use distribution::{Call, Code, Page, Refusal, Repository, Tag, next_page};
use model::Digest;
use serde_json::{Value, json};

/// A list is at most so long.
const LIST_BYTES_MAX: usize = 8 << 20;
/// Names on one page when nothing is said.
const COUNT: u32 = 100;
const COUNT_MAX: u32 = 1_000;
/// Pages of the registry that are looked through for one page of ours.
const PAGES_MAX: usize = 1_000;

impl Exchange<'_> {
    /// `GET` of the tags.
    pub(crate) fn tags(&mut self, repository: &Repository, page: &Page) -> Result<(), Failure> {
        self.need(repository, &[Right::TagList])?;
        let (names, next) = self.list(&Call::Tags(repository.clone(), page.clone()), "tags")?;
        let tags: Vec<&String> = names.iter().filter(|name| name.parse::<Tag>().is_ok()).collect();
        let mut reply = Reply::json(&json!({ "name": repository.as_str(), "tags": tags }));
        if let Some(next) = next {
            let target = Call::Tags(repository.clone(), next).target();
            reply = reply.with("Link", format!("<{target}>; rel=\"next\""));
        }
        self.reply(&reply)
    }

    /// All tags of a repository.
    pub(crate) fn all_tags(&mut self, repository: &Repository) -> Result<Vec<Tag>, Failure> {
        let mut page = Page::default();
        let mut tags = Vec::new();
        for _ in 0..PAGES_MAX {
            let (names, next) = self.list(&Call::Tags(repository.clone(), page), "tags")?;
            tags.extend(names.iter().filter_map(|name| name.parse::<Tag>().ok()));
            match next {
                Some(next) => page = next,
                None => return Ok(tags),
            }
        }
        Err(Failure::denied("too-many-tags", format!("{repository} has too many tags to look at")))
    }

    /// `GET` of the names of repositories: those that the client may see, whatever the registry has besides (G6).
    pub(crate) fn catalog(&mut self, page: &Page) -> Result<(), Failure> {
        let principal = self.identity.principal.clone();
        let token_allows =
            self.identity.token.as_ref().is_none_or(|token| token.allows("registry", "catalog", "*"));
        if !self.access.may_list(&principal) || !token_allows {
            let message = format!("{principal} has no right to the catalog");
            if principal == Principal::Anonymous || self.access.may_list(&principal) {
                return Err(self.unauthorized(Some("registry:catalog:*"), &message));
            }
            return Err(Failure::denied("no-right", message));
        }
        let wanted = page.count.unwrap_or(COUNT).min(COUNT_MAX) as usize;
        let mut found: Vec<Repository> = Vec::new();
        let mut from = Page { count: Some(COUNT_MAX), last: page.last.clone() };
        let mut has_more = false;
        for _ in 0..PAGES_MAX {
            let (names, next) = self.list(&Call::Catalog(from), "repositories")?;
            for name in names.iter().filter_map(|name| name.parse::<Repository>().ok()) {
                if self.access.rights(&principal, name.as_str()).has(Right::Catalog) {
                    has_more |= found.len() == wanted;
                    if found.len() < wanted {
                        found.push(name);
                    }
                }
            }
            match next {
                Some(next) if !has_more => from = next,
                _ => break,
            }
        }
        let names: Vec<&str> = found.iter().map(Repository::as_str).collect();
        let mut reply = Reply::json(&json!({ "repositories": names }));
        if let (true, Some(last)) = (has_more, names.last()) {
            let next = Page { count: Some(wanted as u32), last: Some((*last).to_owned()) };
            reply = reply.with("Link", format!("<{}>; rel=\"next\"", Call::Catalog(next).target()));
        }
        self.reply(&reply)
    }

    /// `GET` of what refers to a manifest.
    pub(crate) fn referrers(
        &mut self,
        repository: &Repository,
        digest: &Digest,
        kind: Option<&str>,
    ) -> Result<(), Failure> {
        self.need(repository, &[Right::Pull])?;
        let call = Call::Referrers(repository.clone(), digest.clone(), kind.map(str::to_owned));
        let mut answer = of_upstream(self.guard.upstream.ask("GET", &call.target(), &[], None))?;
        self.record.upstream_status = Some(answer.head.status);
        if answer.head.status != 200 {
            return Err(self.fail_as(answer));
        }
        let body = of_upstream(answer.read_all(LIST_BYTES_MAX))?;
        let fields = Self::fields_of(&answer);
        answer.finish(&self.guard.upstream);
        let media_type =
            fields.iter().find(|(name, _)| *name == "Content-Type").map_or("", |(_, value)| value);
        distribution::Document::read(&body, media_type).map_err(|error| {
            Refusal::new(502, Code::ManifestInvalid, "manifest-ambiguous", error.to_string())
        })?;
        let mut reply = Reply::new(200).with_body(body);
        reply.fields = fields;
        self.reply(&reply)
    }

    fn list(&mut self, call: &Call, name: &str) -> Result<(Vec<String>, Option<Page>), Failure> {
        let mut answer = of_upstream(self.guard.upstream.ask("GET", &call.target(), &[], None))?;
        self.record.upstream_status = Some(answer.head.status);
        if answer.head.status != 200 {
            return Err(self.fail_as(answer));
        }
        let body = of_upstream(answer.read_all(LIST_BYTES_MAX))?;
        let next = answer.head.field("link").and_then(next_page);
        answer.finish(&self.guard.upstream);
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        let names = match &value[name] {
            Value::Null => Vec::new(),
            Value::Array(names) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => {
                let message = "the registry behind the guard answered with no list";
                return Err(Refusal::new(502, Code::Unavailable, "upstream", message).into());
            }
        };
        Ok((names, next))
    }
}
