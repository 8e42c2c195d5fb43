//! Which release stream Alpine's packages come from (apk-repositories(5)).

/// The stream when it is another one than that of the version: `edge`, or `3.19` on 3.18.
///
/// Repositories with a tag (`@testing …`) are used for single packages and say nothing of the others; neither do
/// `community` and `testing` when there is a `main`.
pub(super) fn channel(version: &str, repositories: Option<&str>) -> Option<String> {
    let own = version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    // Versions of edge are those of the coming release, `3.21.0_alpha20240807`.
    let is_development = version.contains("_alpha");
    let mut streams: Vec<_> = repositories.unwrap_or_default().lines().filter_map(repository).collect();
    if streams.iter().any(|(_, name)| *name == "main") {
        streams.retain(|(_, name)| *name == "main");
    }
    let newest = streams.into_iter().map(|(stream, _)| stream).max_by_key(|stream| order(stream));
    match newest {
        Some("edge") => Some("edge".to_owned()),
        None if is_development => Some("edge".to_owned()),
        Some(stream) => Some(stream.to_owned()).filter(|stream| *stream != own),
        None => None,
    }
}

/// Stream and name of a repository: `edge` and `main` of `https://mirror/alpine/edge/main`.
fn repository(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with(['#', '@']) {
        return None;
    }
    let mut parts = line.trim_end_matches('/').rsplit('/');
    let (name, stream) = (parts.next()?, parts.next()?);
    let stream = stream.strip_prefix('v').filter(|stream| order(stream).is_some()).unwrap_or(stream);
    (stream == "edge" || order(stream).is_some()).then_some((stream, name))
}

/// Sorts `3.9` before `3.10` before `edge`.
fn order(stream: &str) -> Option<(u32, u32)> {
    if stream == "edge" {
        return Some((u32::MAX, u32::MAX));
    }
    let (major, minor) = stream.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(version: &str, repositories: &str, expected: Option<&str>) {
        assert_eq!(channel(version, Some(repositories)).as_deref(), expected);
    }

    #[test]
    fn same_release_is_no_channel() {
        check("3.18.9", "http://mirror/alpine/v3.18/main\nhttp://mirror/alpine/v3.18/community\n", None);
        check("3.18.9", "", None);
        check("3.18.9", "/local/packages\nhttp://mirror/alpine/latest-stable/main\n", None);
    }

    #[test]
    fn tagged_and_commented_repositories_say_nothing() {
        check(
            "3.18.9",
            "http://m/alpine/v3.18/main\n@edge http://m/alpine/edge/main\n#http://m/edge/main\n",
            None,
        );
    }

    #[test]
    fn main_decides_before_the_others() {
        check("3.18.9", "http://m/alpine/v3.18/main\nhttp://m/alpine/edge/testing\n", None);
        check("3.18.9", "http://m/alpine/edge/testing/\n", Some("edge"));
    }

    #[test]
    fn newest_repository_decides() {
        check("3.9.1", "http://m/alpine/v3.9/main\nhttp://m/alpine/v3.10/main\n", Some("3.10"));
        check("3.22.0_alpha20250108", "http://m/alpine/edge/main\n", Some("edge"));
        assert_eq!(channel("3.22.0_alpha20250108", None).as_deref(), Some("edge"));
    }
}
