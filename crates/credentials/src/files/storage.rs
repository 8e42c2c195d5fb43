//! Keys of object stores: s3cmd, rclone, boto, s3fs, restic, MinIO's client.

use super::{Family, Place, Recipe, Source};
use crate::naming::owned;
use crate::rules::STORAGE_KEY;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, json, numbered};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".s3cfg"),
        Place::Name("s3cfg"),
        Place::Name(".s3cmd"),
        Place::Name("rclone.conf"),
        Place::Name(".rclone.conf"),
        Place::Name(".boto"),
        Place::Name("boto.cfg"),
        Place::Name(".passwd-s3fs"),
        Place::Name("passwd-s3fs"),
        Place::Path(".mc/config.json"),
        Place::Path(".s3ql/authinfo2"),
        Place::Name("authinfo2"),
        Place::Name(".b2_account_info"),
        Place::Path(".dropbox_uploader"),
        Place::Name(".dropbox_uploader"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &STORAGE_KEY,
    secrets: &[
        ("secret_key", "secret key"),
        ("secretkey", "secret key"),
        ("secret_access_key", "secret key"),
        ("aws_secret_access_key", "secret key"),
        ("gs_secret_access_key", "secret key"),
        ("gs_oauth2_refresh_token", "refresh token"),
        ("pass", "password"),
        ("password", "password"),
        ("password2", "password"),
        ("token", "token"),
        ("key", "key"),
        ("client_secret", "client secret"),
        ("service_account_credentials", "key of a service account"),
        ("access_token", "access token"),
        ("gpg_passphrase", "passphrase"),
        ("backend-password", "password"),
        ("fs-passphrase", "passphrase"),
        ("oauth_access_token", "token"),
    ],
    users: &[
        "access_key_id",
        "aws_access_key_id",
        "gs_access_key_id",
        "user",
        "account",
        "accessKey",
        "backend-login",
    ],
    places: &["host_base", "endpoint", "host", "url", "storage-url", "type"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    if source.path.contains("passwd-s3fs") {
        // `[bucket:]key:secret`.
        for (number, line) in numbered(source.text) {
            if let Some((user, secret)) = line.trim().rsplit_once(':').filter(|_| !line.starts_with('#')) {
                sink.secret(&STORAGE_KEY, number, owned("secret key", Some(user), Some("s3fs")), secret);
            }
        }
        return;
    }
    let document = if source.path.ends_with(".json") {
        json::parse(source.text)
    } else {
        ini::parse(source.text, Separator::EqualsOrColon)
    };
    RECIPE.apply(&document, sink);
}
