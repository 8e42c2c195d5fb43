//! Logins of Amazon Web Services (AWS CLI user guide, "Configuration and credential file settings").

use super::{Family, Place, Recipe, Source};
use crate::rules::AWS_SECRET_KEY;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, json};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("credentials"),
        Place::Name(".credentials"),
        Place::Name(".aws-credentials"),
        Place::Name("aws_credentials"),
        Place::Path(".aws/config"),
        Place::Below(".aws/cli/cache/"),
        Place::Below(".aws/sso/cache/"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &AWS_SECRET_KEY,
    secrets: &[
        ("aws_secret_access_key", "secret key of AWS"),
        ("aws_session_token", "session token of AWS"),
        ("secretaccesskey", "temporary secret key of AWS"),
        ("accesstoken", "single sign-on token of AWS"),
        ("refreshtoken", "refresh token of AWS"),
        ("clientsecret", "client secret of AWS single sign-on"),
    ],
    users: &["aws_access_key_id", "AccessKeyId"],
    places: &["startUrl"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let document = if source.text.trim_start().starts_with('{') {
        json::parse(source.text)
    } else {
        ini::parse(source.text, Separator::Equals)
    };
    RECIPE.apply(&document, sink);
}
