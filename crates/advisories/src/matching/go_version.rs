//! Go versions that tell nothing.

/// Whether a Go version cannot be compared with tagged ones: `(devel)`, or the version that the Go command gives
/// a main module that was built from a changed tree without tags (`v0.0.0-20240101000000-0123456789ab+dirty`;
/// go.dev/ref/mod, "Pseudo-versions"). Pseudo-versions of dependencies are ordered as Go orders them, as
/// govulncheck does.
pub(super) fn tells_nothing(version: &str) -> bool {
    let version = version.strip_prefix('v').unwrap_or(version);
    matches!(version, "" | "(devel)" | "devel" | "UNKNOWN" | "unknown" | "latest" | "0.0.0")
        || (version.starts_with("0.0.0-") && version.ends_with("+dirty"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_of_untagged_main_modules_tell_nothing() {
        assert!(tells_nothing("(devel)"));
        assert!(tells_nothing("v0.0.0-20240101000000-0123456789ab+dirty"));
        assert!(!tells_nothing("v0.0.0-20240101000000-0123456789ab"));
        assert!(!tells_nothing("1.2.3"));
    }
}
