//! Tokens of hosting and platform services in the files of their command line tools.

use super::{Family, Place, Recipe, Source};
use crate::rules::CLOUD_TOKEN;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, json, yaml};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("heroku.json"),
        Place::Name(".tugboat"),
        Place::Path("doctl/config.yaml"),
        Place::Path("hcloud/cli.toml"),
        Place::Name("linode-cli"),
        Place::Path(".fly/config.yml"),
        Place::Path("netlify/config.json"),
        Place::Path(".netlify/config.json"),
        Place::Path("configstore/firebase-tools.json"),
        Place::Path(".circleci/cli.yml"),
        Place::Path(".travis/config.yml"),
        Place::Path("com.vercel.cli/auth.json"),
        Place::Path(".now/auth.json"),
        Place::Path("scw/config.yaml"),
        Place::Path("railway/config.json"),
        Place::Path(".railway/config.json"),
        Place::Path("wrangler/config/default.toml"),
        Place::Path(".wrangler/config/default.toml"),
        Place::Path(".databrickscfg"),
        Place::Name(".databrickscfg"),
        Place::Path(".kaggle/kaggle.json"),
        Place::Name("kaggle.json"),
        Place::Path("ngrok/ngrok.yml"),
        Place::Path(".ngrok2/ngrok.yml"),
        Place::Name(".sentryclirc"),
        Place::Name(".oci_config"),
        Place::Path("openstack/clouds.yaml"),
        Place::Name("clouds.yaml"),
        Place::Path(".bluemix/config.json"),
        Place::Name(".ovh.conf"),
        Place::Path(".pulumi/credentials.json"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &CLOUD_TOKEN,
    secrets: &[
        ("heroku_api_key", "API key of Heroku"),
        ("api_key", "API key"),
        ("apikey", "API key"),
        ("access-token", "access token"),
        ("access_token", "access token"),
        ("accesstoken", "access token"),
        ("refresh_token", "refresh token"),
        ("oauth_token", "token"),
        ("api_token", "token"),
        ("secret_key", "secret key"),
        ("secret-key", "secret key"),
        ("application_secret", "application secret"),
        ("consumer_key", "consumer key"),
        ("authtoken", "token"),
        ("token", "token"),
        ("key", "API key"),
        ("password", "password"),
        ("iamtoken", "token"),
        ("application_credential_secret", "application secret"),
    ],
    users: &["HEROKU_EMAIL", "username", "email", "user", "application_credential_id"],
    places: &["host", "endpoint", "auth_url", "url"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let text = source.text.trim_start();
    let name = source.path.rsplit('/').next().unwrap_or("");
    let document = if text.starts_with('{') {
        json::parse(source.text)
    } else if name.ends_with(".yml") || name.ends_with(".yaml") || name == ".tugboat" {
        yaml::parse(source.text)
    } else {
        ini::parse(source.text, Separator::Equals)
    };
    RECIPE.apply(&document, sink);
}
