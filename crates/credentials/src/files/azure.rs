//! Token caches and service principals of Azure (MSAL, "Token cache serialization"; Azure CLI, `~/.azure`).

use super::{Family, Place, Recipe, Source};
use crate::rules::AZURE_TOKEN;
use crate::sink::Sink;
use crate::syntax::json;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("accesstokens.json"),
        Place::Name("msal_token_cache.json"),
        Place::Name("msal_token_cache.bin"),
        Place::Name("msal_http_cache.bin"),
        Place::Name("msal.cache"),
        Place::Name("service_principal_entries.json"),
        Place::Name("azureauth.json"),
        Place::Name("azurecredentials.json"),
        Place::Name("tokencache.dat"),
        Place::Path(".azure/credentials"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &AZURE_TOKEN,
    secrets: &[
        ("accesstoken", "access token of Azure"),
        ("refreshtoken", "refresh token of Azure"),
        ("secret", "token of Azure"),
        ("client_secret", "client secret of Azure"),
        ("clientsecret", "client secret of Azure"),
        ("serviceprincipalkey", "key of a service principal of Azure"),
    ],
    users: &["userId", "username", "servicePrincipalId", "clientId", "client_id", "home_account_id"],
    places: &["resource", "target", "environment", "tenantId", "servicePrincipalTenant", "tenant"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    RECIPE.apply(&json::parse(source.text), sink);
}
