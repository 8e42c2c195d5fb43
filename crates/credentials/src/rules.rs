//! The rules of this crate.

use model::{RuleInfo, Severity};

/// Every rule of the crate, sorted by id.
pub static RULES: &[RuleInfo] = &[
    AUTHORIZED_KEY,
    AWS_SECRET_KEY,
    AZURE_TOKEN,
    BROWSER_PASSWORD,
    CHAT_PASSWORD,
    CI_CREDENTIALS,
    CLOUD_INIT_PASSWORD,
    CLOUD_TOKEN,
    DATABASE_PASSWORD,
    DOCKER_REGISTRY_LOGIN,
    SQL_DUMP_HASH,
    EMPTY_PASSWORD,
    ENVIRONMENT_SECRET,
    FILE_TRANSFER_PASSWORD,
    FRAMEWORK_SECRET_KEY,
    GCP_KEY,
    GIT_CREDENTIALS,
    HARDCODED_LOGIN,
    HISTORY_PASSWORD,
    KEYSTORE,
    KEYSTORE_DEFAULT_PASSWORD,
    KUBERNETES_LOGIN,
    MAIL_PASSWORD,
    NETRC_PASSWORD,
    NETWORK_PASSWORD,
    NPM_TOKEN,
    PACKAGE_REGISTRY_LOGIN,
    PASSWORD_HASH,
    PRIVATE_KEY,
    PRIVATE_KEY_ENCRYPTED,
    SERVER_PASSWORD,
    SSH_HOST_KEY,
    STORAGE_KEY,
    TERRAFORM_SECRET,
    TEST_PRIVATE_KEY,
];

/// The rule with this id.
pub(crate) fn find(id: &str) -> Option<&'static RuleInfo> {
    RULES.binary_search_by(|rule| rule.id.cmp(id)).ok().map(|at| &RULES[at])
}

pub(crate) const AUTHORIZED_KEY: RuleInfo = RuleInfo {
    id: "credentials/authorized-key",
    title: "an SSH key may log in to every container of this image",
    severity: Severity::Medium,
    why: "Whoever holds the private half can log in wherever the image runs with an SSH server, and \
          nobody can revoke it short of a new image. Attackers also leave such lines to come back.",
    remedy: "Remove the line from the image; mount authorized_keys at run time, or use docker exec \
             instead of SSH.",
    references: &["https://man.openbsd.org/sshd.8#AUTHORIZED_KEYS_FILE_FORMAT"],
};

pub(crate) const AWS_SECRET_KEY: RuleInfo = RuleInfo {
    id: "credentials/aws-secret-key",
    title: "a secret key of Amazon Web Services",
    severity: Severity::High,
    why: "Everybody who can pull the image can act as this account: read its storage, start machines \
          on its bill.",
    remedy: "Revoke the key in IAM, look through CloudTrail for its use, and give containers a role or \
             mount the file at run time.",
    references: &["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html"],
};

pub(crate) const AZURE_TOKEN: RuleInfo = RuleInfo {
    id: "credentials/azure-token",
    title: "a token or service principal of Azure",
    severity: Severity::High,
    why: "Refresh tokens and client secrets work from anywhere until they are revoked.",
    remedy: "Revoke the sessions or rotate the client secret in Entra ID, remove the file, use a managed \
             identity.",
    references: &[
        "https://learn.microsoft.com/azure/active-directory/develop/msal-net-token-cache-serialization",
    ],
};

pub(crate) const BROWSER_PASSWORD: RuleInfo = RuleInfo {
    id: "credentials/browser-password",
    title: "a password kept by a browser",
    severity: Severity::Medium,
    why: "Firefox keeps logins encrypted with key4.db, which mostly lies beside them and mostly has no \
          main password, so they are as good as clear.",
    remedy: "Remove the profile from the image and change the passwords.",
    references: &["https://support.mozilla.org/kb/profiles-where-firefox-stores-user-data"],
};

pub(crate) const CHAT_PASSWORD: RuleInfo = RuleInfo {
    id: "credentials/chat-password",
    title: "a password of a chat or voice service",
    severity: Severity::Medium,
    why: "Whoever has the image can speak as this account, or administer the server.",
    remedy: "Change the password; mount the file at run time.",
    references: &[],
};

pub(crate) const CI_CREDENTIALS: RuleInfo = RuleInfo {
    id: "credentials/ci-credentials",
    title: "credentials of a build server",
    severity: Severity::High,
    why: "A build server may deploy. Its stored credentials can be decrypted with the master key that \
          mostly lies beside them.",
    remedy: "Rotate every credential of the store, remove JENKINS_HOME from the image and mount it as a \
             volume.",
    references: &["https://www.jenkins.io/doc/developer/security/secrets/"],
};

pub(crate) const CLOUD_INIT_PASSWORD: RuleInfo = RuleInfo {
    id: "credentials/cloud-init-password",
    title: "a password in machine setup data",
    severity: Severity::High,
    why: "Setup files of cloud-init, preseed and kickstart stay readable after the installation and \
          hold the first password of root or a user.",
    remedy: "Change the password and remove the file; set up users with keys.",
    references: &["https://cloudinit.readthedocs.io/en/latest/reference/modules.html#users-and-groups"],
};

pub(crate) const CLOUD_TOKEN: RuleInfo = RuleInfo {
    id: "credentials/cloud-token",
    title: "a token of a cloud or hosting service",
    severity: Severity::High,
    why: "The token acts as the account that made it, from anywhere, until it is revoked.",
    remedy: "Revoke the token with the provider, remove the file, hand a new one over at run time.",
    references: &[],
};

pub(crate) const DATABASE_PASSWORD: RuleInfo = RuleInfo {
    id: "credentials/database-password",
    title: "a password of a database",
    severity: Severity::High,
    why: "Whoever can pull the image and reach the database reads and changes everything in it.",
    remedy: "Change the password, remove it from the image, hand it over at run time as a secret or file.",
    references: &["https://docs.docker.com/engine/swarm/secrets/"],
};

pub(crate) const DOCKER_REGISTRY_LOGIN: RuleInfo = RuleInfo {
    id: "credentials/docker-registry-login",
    title: "a login of a container registry",
    severity: Severity::High,
    why: "The auth field is only base64. Whoever can push to the registry can replace the images that \
          you run.",
    remedy: "Log out, change the password or revoke the token; use BuildKit secrets or a credential \
             helper for builds.",
    references: &["https://docs.docker.com/reference/cli/docker/login/#credential-stores"],
};

pub(crate) const SQL_DUMP_HASH: RuleInfo = RuleInfo {
    id: "credentials/dumped-password-hash",
    title: "password hashes in a dump of a database",
    severity: Severity::Medium,
    why: "A dump holds the accounts of real people. Hashes can be attacked offline without anybody \
          noticing.",
    remedy: "Remove the dump from the image; if the image was published, make its users change their \
             passwords.",
    references: &["https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html"],
};

pub(crate) const EMPTY_PASSWORD: RuleInfo = RuleInfo {
    id: "credentials/empty-password",
    title: "an account has an empty password",
    severity: Severity::High,
    why: "Everybody who reaches a login prompt, su or an SSH server that permits it, logs in without a \
          password (compare CVE-2019-5021).",
    remedy: "Lock the account: passwd -l NAME, or put ! into the second field of /etc/shadow.",
    references: &["https://nvd.nist.gov/vuln/detail/CVE-2019-5021"],
};

pub(crate) const ENVIRONMENT_SECRET: RuleInfo = RuleInfo {
    id: "credentials/environment-secret",
    title: "a secret in a file of environment variables",
    severity: Severity::High,
    why: "Files such as .env slip into images with COPY and stay readable for everybody who can pull.",
    remedy: "Rotate the secret, put the file into .dockerignore, hand variables over at run time.",
    references: &["https://docs.docker.com/build/concepts/context/#dockerignore-files"],
};

pub(crate) const FILE_TRANSFER_PASSWORD: RuleInfo = RuleInfo {
    id: "credentials/file-transfer-password",
    title: "a password of FTP, SFTP or a share",
    severity: Severity::High,
    why: "Editors and clients keep it in clear or encoded reversibly. It mostly opens the very server \
          that the program is deployed to.",
    remedy: "Change the password, keep the file of the editor out of the image, use keys with an agent.",
    references: &[],
};

pub(crate) const FRAMEWORK_SECRET_KEY: RuleInfo = RuleInfo {
    id: "credentials/framework-secret-key",
    title: "the secret key of a web framework",
    severity: Severity::Medium,
    why: "Who knows it can forge sessions and signed values, in some frameworks run code by them.",
    remedy: "Make a new key, hand it over at run time; all sessions end by that.",
    references: &["https://docs.djangoproject.com/en/stable/ref/settings/#secret-key"],
};

pub(crate) const GCP_KEY: RuleInfo = RuleInfo {
    id: "credentials/gcp-key",
    title: "a key or login of Google Cloud",
    severity: Severity::High,
    why: "Keys of service accounts do not expire and work from anywhere.",
    remedy: "Delete the key in IAM, look through its audit log, use workload identity instead of key \
             files.",
    references: &["https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys"],
};

pub(crate) const GIT_CREDENTIALS: RuleInfo = RuleInfo {
    id: "credentials/git-credentials",
    title: "a login of a git server",
    severity: Severity::High,
    why: "Whoever has the image can read and mostly also change the source code.",
    remedy: "Revoke the token, remove it from the address of the remote, clone with a BuildKit secret or \
             an SSH agent.",
    references: &["https://git-scm.com/docs/git-credential-store"],
};

pub(crate) const HARDCODED_LOGIN: RuleInfo = RuleInfo {
    id: "credentials/hardcoded-login",
    title: "a login in program text",
    severity: Severity::High,
    why: "Who can pull the image reads the program and with it the password.",
    remedy: "Change the password and hand it over at run time.",
    references: &["https://cwe.mitre.org/data/definitions/798.html"],
};

pub(crate) const HISTORY_PASSWORD: RuleInfo = RuleInfo {
    id: "credentials/history-password",
    title: "a password in the history of a shell or client",
    severity: Severity::High,
    why: "Commands typed while building or debugging were committed with the image, passwords in \
          arguments included.",
    remedy: "Change the password and remove the history file; do not commit containers.",
    references: &[],
};

pub(crate) const KEYSTORE: RuleInfo = RuleInfo {
    id: "credentials/keystore",
    title: "a key store with private keys",
    severity: Severity::Medium,
    why: "The key is as safe as the password, which can be guessed offline and mostly lies in a \
          configuration file near by.",
    remedy: "Remove the store from the image and mount it at run time; replace the key if the image was \
             published.",
    references: &[],
};

pub(crate) const KEYSTORE_DEFAULT_PASSWORD: RuleInfo = RuleInfo {
    id: "credentials/keystore-default-password",
    title: "a key store with private keys and a default password",
    severity: Severity::High,
    why: "The password is one of the first that everybody tries, so the private keys are as good as \
          clear.",
    remedy: "Replace the keys, protect the new store with a password that is not in the image.",
    references: &[],
};

pub(crate) const KUBERNETES_LOGIN: RuleInfo = RuleInfo {
    id: "credentials/kubernetes-login",
    title: "a login of a Kubernetes cluster",
    severity: Severity::High,
    why: "Client keys of cluster administrators cannot be revoked short of a new certificate \
          authority.",
    remedy: "Remove the file, revoke the token or take the user's roles away, mount short-lived tokens.",
    references: &["https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/"],
};

pub(crate) const MAIL_PASSWORD: RuleInfo = RuleInfo {
    id: "credentials/mail-password",
    title: "a password of a mail account or relay",
    severity: Severity::High,
    why: "Whoever has the image can read the mail, or send in your name.",
    remedy: "Change the password and mount the file at run time.",
    references: &[],
};

pub(crate) const NETRC_PASSWORD: RuleInfo = RuleInfo {
    id: "credentials/netrc-password",
    title: "a login in .netrc",
    severity: Severity::High,
    why: "curl, git, pip and go use it for any program in the container; mostly it is a token for the \
          source code, copied in for one build step.",
    remedy: "Revoke the token; use RUN --mount=type=secret for the step that needs it.",
    references: &["https://docs.docker.com/build/building/secrets/"],
};

pub(crate) const NETWORK_PASSWORD: RuleInfo = RuleInfo {
    id: "credentials/network-password",
    title: "a key or password of a network",
    severity: Severity::High,
    why: "Keys of VPN and wireless networks let everybody who has the image into the network.",
    remedy: "Replace the key with the network's operator; mount it at run time.",
    references: &[],
};

pub(crate) const NPM_TOKEN: RuleInfo = RuleInfo {
    id: "credentials/npm-token",
    title: "a login of the npm registry",
    severity: Severity::High,
    why: "Tokens of npm may publish, so whoever has the image can put malicious versions of your \
          packages out.",
    remedy: "Revoke it (npm token revoke), use RUN --mount=type=secret,id=npmrc, and read-only tokens for \
             builds.",
    references: &["https://docs.npmjs.com/docker-and-private-modules"],
};

pub(crate) const PACKAGE_REGISTRY_LOGIN: RuleInfo = RuleInfo {
    id: "credentials/package-registry-login",
    title: "a login of a package registry",
    severity: Severity::High,
    why: "Whoever has the image can read private packages and mostly also publish.",
    remedy: "Revoke the token; hand it over with RUN --mount=type=secret in the step that needs it.",
    references: &["https://docs.docker.com/build/building/secrets/"],
};

pub(crate) const PASSWORD_HASH: RuleInfo = RuleInfo {
    id: "credentials/password-hash",
    title: "an account has a baked password",
    severity: Severity::Medium,
    why: "Every container of the image has the same password. The hash can be attacked offline by \
          everybody who can pull.",
    remedy: "Lock the account, or set the password at run time.",
    references: &["https://man7.org/linux/man-pages/man5/shadow.5.html"],
};

pub(crate) const PRIVATE_KEY: RuleInfo = RuleInfo {
    id: "credentials/private-key",
    title: "a private key that is not encrypted",
    severity: Severity::High,
    why: "Everybody who can pull the image has the key, also when a later layer deletes it.",
    remedy: "Replace the key everywhere its public half is trusted; mount keys at run time or use an \
             agent.",
    references: &["https://docs.docker.com/build/building/secrets/#ssh-mounts"],
};

pub(crate) const PRIVATE_KEY_ENCRYPTED: RuleInfo = RuleInfo {
    id: "credentials/private-key-encrypted",
    title: "a private key protected by a passphrase",
    severity: Severity::Medium,
    why: "The passphrase can be guessed offline by everybody who can pull the image.",
    remedy: "Keep it out of the image; replace the key if the passphrase is weak or lies in the image \
             too.",
    references: &[],
};

pub(crate) const SERVER_PASSWORD: RuleInfo = RuleInfo {
    id: "credentials/server-password",
    title: "a password in the configuration of a service",
    severity: Severity::High,
    why: "Everybody who can pull the image knows it, and it is the same in every container.",
    remedy: "Change the password and hand it over at run time.",
    references: &[],
};

pub(crate) const SSH_HOST_KEY: RuleInfo = RuleInfo {
    id: "credentials/ssh-host-key",
    title: "an SSH host key is baked into the image",
    severity: Severity::High,
    why: "Every container has the same host key, and everybody who can pull can pretend to be any of \
          them.",
    remedy: "Remove etc/ssh/ssh_host_* in the layer that installs the server; make keys at the first \
             start (ssh-keygen -A).",
    references: &["https://man.openbsd.org/ssh-keygen.1#A"],
};

pub(crate) const STORAGE_KEY: RuleInfo = RuleInfo {
    id: "credentials/storage-key",
    title: "a key of an object store or sync service",
    severity: Severity::High,
    why: "Whoever has the image can read and mostly overwrite the storage and the backups in it.",
    remedy: "Replace the key and mount the file at run time.",
    references: &[],
};

pub(crate) const TERRAFORM_SECRET: RuleInfo = RuleInfo {
    id: "credentials/terraform-secret",
    title: "a secret in Terraform state or variables",
    severity: Severity::High,
    why: "State keeps every attribute in clear, also sensitive ones: database passwords, keys, tokens \
          of the whole infrastructure.",
    remedy: "Rotate what the state holds, keep state in a remote backend with access control, never in an \
             image.",
    references: &["https://developer.hashicorp.com/terraform/language/state/sensitive-data"],
};

pub(crate) const TEST_PRIVATE_KEY: RuleInfo = RuleInfo {
    id: "credentials/test-private-key",
    title: "a private key that everybody has",
    severity: Severity::Low,
    why: "A key from the tests of a distribution's package or a self-signed placeholder certificate. \
          It hurts only where a service uses it.",
    remedy: "Make sure that no service is set up with it.",
    references: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_sorted_and_complete() {
        assert!(RULES.is_sorted_by(|a, b| a.id < b.id));
        for rule in RULES {
            assert!(rule.id.starts_with("credentials/") && !rule.why.is_empty() && !rule.remedy.is_empty());
            assert_eq!(find(rule.id), Some(rule));
        }
    }
}
