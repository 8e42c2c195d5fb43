//! Files that nobody meant to ship.

use super::Trait;

const ENDS: [&str; 11] = [
    ".bak",
    ".swp",
    ".swo",
    ".orig",
    ".save",
    ".rej",
    ".dpkg-old",
    ".dpkg-dist",
    ".rpmsave",
    ".old",
    ".backup",
];
const CREDENTIAL_ENDS: [&str; 7] = [".ppk", ".p12", ".pfx", ".kdbx", ".ovpn", ".tfstate", ".mobileprovision"];

/// A quick no for almost every file, before its path is looked at.
pub(super) fn may_be(folder: &str, name: &str) -> bool {
    let front = name.as_bytes()[0];
    front == b'.'
        || front == b'D'
        || folder.starts_with('.')
        || name.ends_with('~')
        || matches!(
            name,
            "Containerfile" | "Vagrantfile" | "Jenkinsfile" | "Thumbs.db" | "desktop.ini" | "master.key"
        )
        || name.contains("compose.y")
        || name.contains("credential")
        || name.contains("password")
        || name.contains("secret")
        || name
            .rfind('.')
            .is_some_and(|dot| ENDS.contains(&&name[dot..]) || CREDENTIAL_ENDS.contains(&&name[dot..]))
}

/// What a file is, when nobody meant to ship it.
pub(super) fn of(path: &str, folder: &str, name: &str) -> Option<Trait> {
    if holds_credentials(folder, name) {
        return Some(Trait::CredentialFile);
    }
    let is_build_file = matches!(
        name,
        "Dockerfile"
            | "Containerfile"
            | "docker-compose.yml"
            | "docker-compose.yaml"
            | "compose.yaml"
            | "compose.yml"
            | ".dockerignore"
            | ".gitlab-ci.yml"
            | "Vagrantfile"
            | "Jenkinsfile"
    );
    if is_build_file {
        return Some(Trait::BuildFile);
    }
    is_leftover(path, folder, name).then_some(Trait::Leftover)
}

fn holds_credentials(folder: &str, name: &str) -> bool {
    let by_name = matches!(
        name,
        "credentials.json"
            | "credential.json"
            | "password.txt"
            | "passwords.txt"
            | "secret_token.rb"
            | "client_secrets.json"
            | "client_secret.json"
            | ".netrc"
            | ".pgpass"
            | ".git-credentials"
            | ".htpasswd"
            | "master.key"
            | ".env"
            | ".env.production"
            | ".dockercfg"
    );
    let by_folder = matches!(
        (folder, name),
        (".ssh", "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519")
            | (".aws", "credentials")
            | (".docker", "config.json")
            | (".kube", "config")
            | (".azure", "accessTokens.json" | "msal_token_cache.json")
    );
    by_name || by_folder || CREDENTIAL_ENDS.iter().any(|end| name.ends_with(end) && name.len() > end.len())
}

fn is_leftover(path: &str, folder: &str, name: &str) -> bool {
    // Package managers and account tools keep the last edition of their own files.
    const KEPT: [&str; 4] = ["var/lib/", "var/cache/", "var/backups/", "etc/apk/"];
    if KEPT.iter().any(|front| path.starts_with(front)) {
        return false;
    }
    matches!(folder, ".idea" | ".vscode")
        || matches!(name, ".DS_Store" | "Thumbs.db" | ".viminfo" | "desktop.ini")
        || ENDS.iter().any(|end| name.ends_with(end) && name.len() > end.len())
        || (name.ends_with('~') && name.len() > 1)
}
