//! Tokens of HashiCorp's Vault, Consul and Nomad, and of password managers' command line tools.

use super::{Family, Place, Source};
use crate::naming::shown;
use crate::rules::CLOUD_TOKEN;
use crate::secret_name::secret_word;
use crate::sink::Sink;
use crate::syntax::json;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".vault-token"),
        Place::Name(".consul-token"),
        Place::Name(".nomad-token"),
        Place::Name(".bw_session"),
        Place::Path("consul.d/acl.json"),
        Place::Path("consul/consul.json"),
        Place::Path(".config/op/config"),
        Place::Name("unseal_keys.txt"),
        Place::Name(".github_token"),
        Place::Name(".gitlab_token"),
        Place::Name("github_token"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let text = source.text.trim();
    if text.starts_with('{') {
        let document = json::parse(source.text);
        for entry in &document.entries {
            if let Some(what) = secret_word(&entry.key).or_else(|| (entry.key == "encrypt").then_some("key"))
            {
                sink.secret(&CLOUD_TOKEN, entry.line, format!("{what} {}", shown(&entry.key)), &entry.value);
            }
        }
    } else if text.len() >= 20 && text.len() <= 512 && !text.contains(char::is_whitespace) {
        let name = source.path.rsplit('/').next().unwrap_or("");
        sink.secret(&CLOUD_TOKEN, 1, format!("token in {}", shown(name)), text);
    }
}
