//! Inventories, variables and vault passwords of Ansible (Ansible documentation, "Connection variables").

use super::{Family, Place, Source, noted};
use crate::naming::owned;
use crate::rules::SERVER_PASSWORD;
use crate::sink::Sink;
use crate::syntax::yaml;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".vault_pass"),
        Place::Name(".vault_pass.txt"),
        Place::Name("vault_pass.txt"),
        Place::Name(".vault_password"),
        Place::Path("ansible/hosts"),
        Place::Name("inventory.ini"),
        Place::Name("inventory.yml"),
        Place::Name("inventory.yaml"),
        Place::Below("group_vars/"),
        Place::Below("host_vars/"),
    ],
    read,
};

const NAMES: &[&str] = &[
    "ansible_password",
    "ansible_ssh_pass",
    "ansible_become_pass",
    "ansible_become_password",
    "ansible_sudo_pass",
];

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    if source.path.rsplit('/').next().is_some_and(|name| name.contains("vault_pass")) {
        let value = source.text.trim();
        if !value.starts_with("#!") && !value.contains('\n') {
            sink.secret(&SERVER_PASSWORD, 1, "password of an Ansible vault".to_owned(), value);
        }
        return;
    }
    // Inventories in INI: `host ansible_user=u ansible_password=p`.
    for (number, line) in crate::syntax::numbered(source.text) {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let value_of = |name: &str| {
            words
                .iter()
                .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
                .map(crate::syntax::unquoted)
        };
        for name in NAMES {
            if let Some(value) = value_of(name) {
                let host = words.first().copied().filter(|word| !word.contains('='));
                sink.secret(
                    &SERVER_PASSWORD,
                    number,
                    owned("password", value_of("ansible_user"), host),
                    value,
                );
            }
        }
    }
    let document = yaml::parse(source.text);
    noted(&document, sink);
    for entry in document.named(NAMES) {
        if !entry.value.starts_with("$ANSIBLE_VAULT") {
            let user = document.beside(entry, &["ansible_user"]);
            sink.secret(
                &SERVER_PASSWORD,
                entry.line,
                owned("password", user, Some(entry.section())),
                &entry.value,
            );
        }
    }
}
