//! What a registry holds: repositories and tags, page by page (distribution-spec, "Content Discovery").

use crate::{
    Client, RegistryError,
    authorization::Scope,
    client::Request,
    endpoint::{Endpoint, endpoints},
    http::Ask,
    link::next_page,
    url::{authority, resolve},
};
use oci::Reference;
use serde::Deserialize;

/// Names that a registry lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The names, in the registry's order.
    pub names: Vec<String>,
    /// False when a limit ended the listing early.
    pub is_complete: bool,
}

const NAMES_PER_PAGE: u32 = 1_000;
const PAGE_BYTES_MAX: u64 = 16 << 20;
const NAME_LENGTH_MAX: usize = 512;

#[derive(Deserialize)]
struct Page {
    // A registry writes `null` for an empty list of tags.
    repositories: Option<Vec<String>>,
    tags: Option<Vec<String>>,
}

impl Client {
    /// All repositories of a registry, `HOST[:PORT]`. Many public registries refuse this.
    ///
    /// # Errors
    /// When the registry refuses or its answer is malformed.
    pub fn catalog(&self, host: &str) -> Result<Listing, RegistryError> {
        let host = if host == "docker.io" { "registry-1.docker.io" } else { host };
        let endpoint = self.origin(host)?;
        self.pages(&endpoint, "/v2/_catalog", &Scope::Catalog, "list of repositories", |page| {
            page.repositories
        })
    }

    /// All tags of a repository; tag and digest of the reference do not matter.
    ///
    /// # Errors
    /// When the repository does not exist, the registry refuses, or its answer is malformed.
    pub fn tags(&self, reference: &Reference) -> Result<Listing, RegistryError> {
        let endpoint = self.origin(reference.registry_host())?;
        let path = format!("/v2/{}/tags/list", reference.path());
        let scope = Scope::Pull(reference.path().to_owned());
        self.pages(&endpoint, &path, &scope, "list of tags", |page| page.tags)
    }

    // Mirrors hold a part of what there is, so listings ask the registry itself.
    pub(crate) fn origin(&self, host: &str) -> Result<Endpoint, RegistryError> {
        Ok(endpoints(host, host, self.options())?.pop().expect("the registry itself is always among them"))
    }

    fn pages(
        &self,
        endpoint: &Endpoint,
        path: &str,
        scope: &Scope,
        what: &'static str,
        names_of: impl Fn(Page) -> Option<Vec<String>>,
    ) -> Result<Listing, RegistryError> {
        let names_max = self.options().listing_names_max;
        let mut listing = Listing { names: Vec::new(), is_complete: true };
        let mut next = format!("{path}?n={NAMES_PER_PAGE}");
        loop {
            let request = Request {
                ask: Ask {
                    accept: Some("application/json".to_owned()),
                    timeout: Some(self.options().document_timeout),
                    ..Ask::default()
                },
                path: next.clone(),
                scope: scope.clone(),
                what: format!("{what} ({path})"),
            };
            let document = self.document(endpoint, &request, what, PAGE_BYTES_MAX)?;
            let malformed =
                |reason: String| RegistryError::Malformed { host: endpoint.authority.clone(), what, reason };
            let page: Page =
                serde_json::from_slice(&document.bytes).map_err(|error| malformed(error.to_string()))?;
            let before = listing.names.len();
            listing.names.extend(
                names_of(page).unwrap_or_default().into_iter().filter(|name| name.len() <= NAME_LENGTH_MAX),
            );
            if listing.names.len() > names_max {
                listing.names.truncate(names_max);
                listing.is_complete = false;
                return Ok(listing);
            }
            let Some(link) = document.link.as_deref().and_then(next_page) else { return Ok(listing) };
            let target = resolve(&document.url, link);
            // Its credentials go along, so the next page must be the same registry's; a page that adds nothing
            // or leads to itself would never end.
            if authority(&target) != authority(&document.url) {
                return Err(malformed("its next page is at another host".to_owned()));
            }
            if listing.names.len() == before || target == next {
                return Ok(listing);
            }
            next = target;
        }
    }
}
