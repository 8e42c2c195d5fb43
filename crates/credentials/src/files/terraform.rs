//! State, variables and logins of Terraform and OpenTofu (Terraform documentation, "State", "CLI Configuration").

use super::{Family, Place, Source, noted};
use crate::naming::shown;
use crate::rules::{CLOUD_TOKEN, TERRAFORM_SECRET};
use crate::secret_name::secret_word;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, json};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Extension("tfstate"),
        Place::Name("terraform.tfstate.backup"),
        Place::Extension("tfvars"),
        Place::Start("terraform.tfvars"),
        Place::Name("terraform.tfvars.json"),
        Place::Name(".terraformrc"),
        Place::Name("terraform.rc"),
        Place::Name("credentials.tfrc.json"),
        Place::Name(".tofurc"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let name = source.path.rsplit('/').next().unwrap_or("");
    if name.contains("tfstate") {
        return state(source.text, sink);
    }
    let is_json = source.text.trim_start().starts_with('{');
    let document =
        if is_json { json::parse(source.text) } else { ini::parse(source.text, Separator::Equals) };
    noted(&document, sink);
    let is_login = name.ends_with("rc") || name.ends_with(".rc") || name.ends_with("tfrc.json");
    for entry in &document.entries {
        if is_login && entry.key == "token" {
            let host = entry.section();
            sink.secret(
                &CLOUD_TOKEN,
                entry.line,
                crate::naming::owned("token of Terraform", None, Some(host)),
                &entry.value,
            );
        } else if !is_login
            && !entry.value.starts_with(['{', '[', '<'])
            && let Some(what) = secret_word(&entry.key)
        {
            sink.secret(
                &TERRAFORM_SECRET,
                entry.line,
                format!("{what} in variable {}", shown(&entry.key)),
                &entry.value,
            );
        }
    }
}

fn state(text: &str, sink: &mut Sink<'_>) {
    let document = json::parse(text);
    noted(&document, sink);
    for entry in &document.entries {
        // Outputs: `"outputs": {"name": {"value": "x", "sensitive": true}}`.
        let is_output = entry.key == "value"
            && entry.is_below("outputs")
            && document.beside(entry, &["sensitive"]) == Some("true");
        if is_output {
            let title = format!("sensitive output {} in Terraform state", shown(entry.section()));
            sink.secret(&TERRAFORM_SECRET, entry.line, title, &entry.value);
            continue;
        }
        if !entry.is_below("attributes") && !entry.is_below("attributes_flat") {
            continue;
        }
        let what = match entry.key.as_str() {
            // Providers' names for what they generate.
            "result" | "bcrypt_hash" => "generated password",
            "private_key_pem" | "private_key_openssh" | "private_key_pem_pkcs8" => continue,
            name => match secret_word(name) {
                Some(what) => what,
                None => continue,
            },
        };
        if what == "generated password" && !is_random_password(&document, &entry.parent)
            || is_bare(&entry.value)
        {
            continue;
        }
        let title = format!("{what} {} in Terraform state", shown(&entry.key));
        sink.secret(&TERRAFORM_SECRET, entry.line, title, &entry.value);
    }
}

/// `resources[].type` two levels above `attributes`.
fn is_random_password(document: &crate::document::Document, parent: &str) -> bool {
    let above = parent.split("\ninstances\n").next().unwrap_or(parent);
    document.find(|e| e.key == "type" && &*e.parent == above && e.value == "random_password").is_some()
}

/// Words and numbers of JSON, which no password attribute has.
fn is_bare(value: &str) -> bool {
    matches!(value, "null" | "true" | "false") || value.bytes().all(|b| b.is_ascii_digit()) && value.len() < 4
}
