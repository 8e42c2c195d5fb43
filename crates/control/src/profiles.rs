//! Policies and client profiles that are built in (`rules/guard`).

macro_rules! built_in {
    ($directory:literal, $($name:literal),*) => {
        [$(($name, include_str!(concat!("../../../rules/guard/", $directory, "/", $name, ".yaml")))),*]
    };
}

/// Policies, the laxest first.
pub(crate) static PROFILES: [(&str, &str); 4] = built_in!("profiles", "observe", "warn", "guarded", "strict");

/// What known clients need.
pub(crate) static CLIENTS: [(&str, &str); 9] = built_in!(
    "clients",
    "act",
    "compose",
    "github-runner",
    "gitlab-runner",
    "monitoring",
    "portainer",
    "testcontainers",
    "traefik",
    "watchtower"
);

/// The text of a policy.
pub(crate) fn profile(name: &str) -> Option<&'static str> {
    PROFILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The text of a client profile.
pub(crate) fn client(name: &str) -> Option<&'static str> {
    CLIENTS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The names and texts of built-in policies, for those who show or change them.
#[must_use]
pub fn profiles() -> &'static [(&'static str, &'static str)] {
    &PROFILES
}

/// The names and texts of client profiles.
#[must_use]
pub fn client_profiles() -> &'static [(&'static str, &'static str)] {
    &CLIENTS
}
