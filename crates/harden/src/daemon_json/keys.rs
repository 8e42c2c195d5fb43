//! The keys that releases of the engine know, and when a changed key takes effect.

use super::EngineVersion;

/// When a changed key takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The daemon takes it on SIGHUP.
    Reload,
    /// The daemon has to be restarted.
    Restart,
}

/// Name, first release that knows it, first that refuses it, a line each.
static KEYS: &str = include_str!("../../data/daemon_keys.txt");

/// What SIGHUP changes: moby, daemon/reload.go (August 2026), and `authorization-plugins` in
/// daemon/command/daemon.go, reloadConfig.
const RELOADED: &[&str] = &[
    "authorization-plugins",
    "debug",
    "default-stop-timeout",
    "features",
    "insecure-registries",
    "labels",
    "live-restore",
    "max-concurrent-downloads",
    "max-concurrent-uploads",
    "max-download-attempts",
    "network-diagnostic-port",
    "nri-opts",
    "registry-mirrors",
    "runtimes",
    "shutdown-timeout",
];

/// Whether a release of the engine knows a key of `daemon.json`.
#[must_use]
pub fn is_known(key: &str, version: &EngineVersion) -> bool {
    KEYS.lines().filter(|line| !line.starts_with('#')).any(|line| {
        let mut words = line.split(' ');
        if words.next() != Some(key) {
            return false;
        }
        let bound = |word: Option<&str>| word.and_then(|word| word.parse::<EngineVersion>().ok());
        let (since, until) = (bound(words.next()), bound(words.next()));
        since.is_none_or(|since| *version >= since) && until.is_none_or(|until| *version < until)
    })
}

/// When a changed key takes effect.
#[must_use]
pub fn effect(key: &str) -> Effect {
    if RELOADED.contains(&key) { Effect::Reload } else { Effect::Restart }
}

/// The argument of the daemon that is the same as a key: `hosts` is `--host`.
#[must_use]
pub fn flag_name(key: &str) -> &str {
    match key {
        "hosts" => "host",
        "runtimes" => "add-runtime",
        "insecure-registries" => "insecure-registry",
        "registry-mirrors" => "registry-mirror",
        "dns-opts" => "dns-opt",
        "labels"
        | "exec-opts"
        | "storage-opts"
        | "log-opts"
        | "authorization-plugins"
        | "default-ulimits"
        | "default-address-pools"
        | "default-network-opts"
        | "cdi-spec-dirs"
        | "node-generic-resources" => key.trim_end_matches('s'),
        _ => key,
    }
}

/// The argument on a command line that is the same as a key.
pub(super) fn argument_of<'a>(key: &str, command_line: &'a [String]) -> Option<&'a str> {
    let flag = flag_name(key);
    let short = match flag {
        "host" => Some("-H"),
        "debug" => Some("-D"),
        "log-level" => Some("-l"),
        _ => None,
    };
    command_line.iter().map(String::as_str).find(|argument| {
        let name = argument.strip_prefix("--").map(|name| name.split('=').next().unwrap_or(name));
        name == Some(flag) || short.is_some_and(|short| argument.starts_with(short))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_from_their_first_release_to_their_last() {
        for (key, version, known) in [
            ("icc", "17.05", true),
            ("default-network-opts", "23.0.6", false),
            ("default-network-opts", "24.0.0", true),
            ("min-api-version", "28.5.2", false),
            ("min-api-version", "29.0.0", true),
            ("allow-direct-routing", "28.1.1", false),
            ("allow-direct-routing", "28.2.0", true),
            ("graph", "23.0.0", true),
            ("graph", "24.0.0", false),
            ("iccc", "28.0.0", false),
        ] {
            assert_eq!(is_known(key, &version.parse().unwrap()), known, "{key} {version}");
        }
    }

    #[test]
    fn arguments_are_found_under_the_names_of_keys() {
        let line: Vec<String> = ["/usr/bin/dockerd", "-H", "fd://", "--icc=true", "--log-opt", "max-size=1m"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(argument_of("icc", &line), Some("--icc=true"));
        assert_eq!(argument_of("log-opts", &line), Some("--log-opt"));
        assert_eq!(argument_of("hosts", &line), Some("-H"));
        assert_eq!(argument_of("live-restore", &line), None);
    }
}
