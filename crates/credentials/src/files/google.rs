//! Logins of Google Cloud (Google Cloud documentation, "How Application Default Credentials works").

use super::{Family, Place, Recipe, Source};
use crate::rules::GCP_KEY;
use crate::sink::{self, Sink};
use crate::syntax::json;
use content::Hit;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("application_default_credentials.json"),
        Place::Name("adc.json"),
        Place::Path("gcloud/credentials.db"),
        Place::Path("gcloud/access_tokens.db"),
        Place::Path("gcloud/credentials"),
        Place::Name("credentials.json"),
        Place::Name("client_secret.json"),
        Place::Name("client_secrets.json"),
        Place::Name("token.json"),
        Place::Name(".gcs_credentials"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &GCP_KEY,
    secrets: &[
        ("refresh_token", "refresh token of Google Cloud"),
        ("client_secret", "client secret of Google Cloud"),
    ],
    users: &["account", "client_email", "client_id"],
    places: &["quota_project_id", "project_id"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    if source.bytes.starts_with(b"SQLite format 3\0") {
        let mut hit = Hit::of(&GCP_KEY, "tokens of Google Cloud kept by gcloud");
        hit.identity = sink::identity(source.bytes);
        return sink.push(hit);
    }
    let document = json::parse(source.text);
    let is_google = document.entries.iter().any(|e| {
        e.value.contains("googleapis.com")
            || e.value.contains("googleusercontent.com")
            || e.value == "authorized_user"
    });
    if is_google {
        RECIPE.apply(&document, sink);
    }
}
