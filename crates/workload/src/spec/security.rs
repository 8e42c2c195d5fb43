//! What confines a container besides its namespaces.

use super::Stated;
use serde::{Deserialize, Serialize};

/// What confines a container besides its namespaces: the options of `--security-opt`, and their like in Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Security {
    /// Whether `execve` cannot give more privileges (`no-new-privileges`; `allowPrivilegeEscalation` turned round).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub no_new_privileges: Stated<bool>,
    /// The seccomp filter.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub seccomp: Stated<Profile>,
    /// The AppArmor profile.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub apparmor: Stated<Profile>,
    /// Options of the SELinux label.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub selinux: Stated<SelinuxLabel>,
    /// Whether paths of `/proc` and `/sys` are left unmasked and writable (`systempaths=unconfined`, `procMount:
    /// Unmasked`).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub system_paths_unconfined: Stated<bool>,
    /// Whether cgroups are writable (`writable-cgroups=true`).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub writable_cgroups: Stated<bool>,
    /// Options that are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other: Vec<String>,
}

/// A seccomp filter or AppArmor profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// The one of the engine (`builtin`, `docker-default`, `RuntimeDefault`).
    Default,
    /// None.
    Unconfined,
    /// A file or a loaded profile of that name; for seccomp of the Engine API `inline` when the text itself is there.
    Named(String),
}

impl Profile {
    fn read(text: &str, defaults: &[&str]) -> Self {
        let text = text.trim();
        if text.eq_ignore_ascii_case("unconfined") {
            Self::Unconfined
        } else if defaults.contains(&text) {
            Self::Default
        } else if text.starts_with('{') {
            Self::Named("inline".to_owned())
        } else {
            Self::Named(text.to_owned())
        }
    }
}

/// Options of an SELinux label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SelinuxLabel {
    /// Separation is off (`label=disable`).
    pub is_disabled: bool,
    /// The user.
    pub user: Option<String>,
    /// The role.
    pub role: Option<String>,
    /// The type (`container_t`, `spc_t`).
    pub kind: Option<String>,
    /// The level (`s0:c1,c2`).
    pub level: Option<String>,
}

impl Security {
    /// Takes in one option of `--security-opt` as the engine reads it (moby `daemon/daemon_unix.go`, `parseSecurityOpt`):
    /// `name=value` or the older `name:value`, and the bare `no-new-privileges`.
    pub fn take_option(&mut self, option: &str) {
        let option = option.trim();
        if option == "no-new-privileges" {
            self.no_new_privileges = Stated::Given(true);
            return;
        }
        // The engine splits at `=` when there is one, else at `:`.
        let split = option.split_once('=').or_else(|| option.split_once(':'));
        let Some((name, value)) = split else {
            // `disable` alone was SELinux's in old files.
            self.other.push(option.to_owned());
            return;
        };
        match name {
            "no-new-privileges" => self.no_new_privileges = boolean(value),
            "writable-cgroups" => self.writable_cgroups = boolean(value),
            "seccomp" => self.seccomp = Stated::Given(Profile::read(value, &["builtin", ""])),
            "apparmor" => self.apparmor = Stated::Given(Profile::read(value, &["docker-default", ""])),
            "systempaths" => self.system_paths_unconfined = Stated::Given(value == "unconfined"),
            "label" => {
                let mut label = self.selinux.given().cloned().unwrap_or_default();
                label.take(value);
                self.selinux = Stated::Given(label);
            }
            _ => self.other.push(option.to_owned()),
        }
    }
}

impl SelinuxLabel {
    fn take(&mut self, text: &str) {
        if text == "disable" {
            self.is_disabled = true;
        }
        if let Some((name, value)) = text.split_once(':') {
            let value = Some(value.to_owned());
            match name {
                "user" => self.user = value,
                "role" => self.role = value,
                "type" => self.kind = value,
                "level" => self.level = value,
                _ => {}
            }
        }
    }
}

/// Go's `strconv.ParseBool`.
fn boolean(text: &str) -> Stated<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Stated::Given(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Stated::Given(false),
        other => Stated::Unknown(format!("'{other}' is neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &[&str]) -> Security {
        let mut security = Security::default();
        for option in options {
            security.take_option(option);
        }
        security
    }

    #[test]
    fn no_new_privileges_is_read_in_all_its_forms() {
        for on in
            ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true", "no-new-privileges=1"]
        {
            assert!(read(&[on]).no_new_privileges.is_true(), "{on}");
        }
        for off in ["no-new-privileges:false", "no-new-privileges=false"] {
            assert_eq!(read(&[off]).no_new_privileges, Stated::Given(false), "{off}");
        }
        assert!(read(&["no-new-privileges=maybe"]).no_new_privileges.unknown().is_some());
    }

    #[test]
    fn profiles_and_labels_are_told_apart() {
        let security =
            read(&["seccomp:unconfined", "apparmor=web", "label=type:spc_t", "label:level:s0:c1,c2"]);
        assert_eq!(security.seccomp, Stated::Given(Profile::Unconfined));
        assert_eq!(security.apparmor, Stated::Given(Profile::Named("web".into())));
        let label = security.selinux.given().unwrap();
        assert_eq!((label.kind.as_deref(), label.level.as_deref()), (Some("spc_t"), Some("s0:c1,c2")));
        assert!(read(&["label:disable"]).selinux.given().unwrap().is_disabled);
        assert_eq!(read(&["systempaths=unconfined"]).system_paths_unconfined, Stated::Given(true));
    }
}
