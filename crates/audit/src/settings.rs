//! What a site expects, besides the rules.

use serde::Deserialize;

/// What a site expects. Read from TOML; what it does not say keeps its default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Users who may be in the engine's group.
    pub trusted_users: Vec<String>,
    /// Registries (hosts, or hosts with the beginning of a repository) that images may come from; any when empty.
    pub trusted_registries: Vec<String>,
    /// Ports that the host may offer to others, besides those that containers publish.
    pub allowed_ports: Vec<u16>,
    /// Programs (`/proc/PID/comm`) that may listen for others.
    pub allowed_services: Vec<String>,
    /// Containers on one host.
    pub containers_max: u64,
    /// Images on one host that no container uses.
    pub unused_images_max: u64,
    /// Days that a container may lie ended.
    pub stopped_days_max: i64,
    /// Bytes that a clean-up would free.
    pub reclaimable_bytes_max: u64,
    /// Days since the last scan of an image.
    pub scan_days_max: i64,
    /// Days since an image in use was built.
    pub image_days_max: i64,
    /// Days since the last audit.
    pub audit_days_max: i64,
    /// Hours that certificates of swarm nodes last.
    pub swarm_certificate_hours_max: u64,
    /// Whether our proxy stands before the engine, which then needs no authorization plugin.
    pub has_authorizing_proxy: bool,
    /// Programs that watch the host, besides the known ones.
    pub monitoring_programs: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trusted_users: Vec::new(),
            trusted_registries: Vec::new(),
            allowed_ports: vec![22],
            allowed_services: [
                "sshd",
                "systemd-resolve",
                "chronyd",
                "ntpd",
                "systemd-timesyn",
                "dhclient",
                "systemd-network",
            ]
            .map(str::to_owned)
            .to_vec(),
            containers_max: 100,
            unused_images_max: 20,
            stopped_days_max: 30,
            reclaimable_bytes_max: 20 << 30,
            scan_days_max: 30,
            image_days_max: 180,
            audit_days_max: 30,
            swarm_certificate_hours_max: 48 + 24 * 28,
            has_authorizing_proxy: false,
            monitoring_programs: Vec::new(),
        }
    }
}

/// A text that is no settings.
#[derive(Debug, thiserror::Error)]
#[error("the settings cannot be used (hint: the guide lists every name)")]
pub struct SettingsError(#[source] toml::de::Error);

impl Settings {
    /// Reads TOML.
    ///
    /// # Errors
    /// When it is none, or has a name that does not exist.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        toml::from_str(text).map_err(SettingsError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_refused() {
        assert_eq!(Settings::parse("containers_max = 7").unwrap().containers_max, 7);
        assert!(Settings::parse("container_max = 7").is_err());
    }
}
