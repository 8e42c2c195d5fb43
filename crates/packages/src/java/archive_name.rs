//! File names of Java archives.

/// Splits `artifact-version` (Maven repository layout), without the extension; no version gives an empty one.
///
/// The version starts at the last part that holds a dotted number, so that `log4j-1.2-api-2.17.1` is the
/// artifact `log4j-1.2-api`, or else at the first part that is a number. Classifiers of platforms and of
/// bundled archives are cut off.
pub(super) fn split(stem: &str) -> (&str, &str) {
    let stem = without_classifier(stem);
    let (mut dotted, mut plain, mut at) = (None, None, 0);
    for part in stem.split('-') {
        if at > 0 && part.starts_with(|character: char| character.is_ascii_digit()) {
            if part.contains('.') && !is_timestamp(part) {
                dotted = Some(at);
            } else if plain.is_none() && part.bytes().all(|byte| byte.is_ascii_digit()) {
                plain = Some(at);
            }
        }
        at += part.len() + 1;
    }
    match dotted.or(plain) {
        Some(start) => (&stem[..start - 1], &stem[start..]),
        None => (stem, ""),
    }
}

/// The time in the version of a snapshot: `1.0-20230102.030405-1`.
fn is_timestamp(part: &str) -> bool {
    part.len() == 15 && part.as_bytes()[8] == b'.' && part.bytes().filter(u8::is_ascii_digit).count() == 14
}

fn without_classifier(stem: &str) -> &str {
    const CLASSIFIERS: [&str; 14] = [
        "-sources",
        "-javadoc",
        "-tests",
        "-test",
        "-all",
        "-shaded",
        "-jar-with-dependencies",
        "-with-dependencies",
        "-exec",
        "-uber",
        "-fat",
        "-runner",
        "-standalone",
        "-bundle",
    ];
    for platform in ["-linux-", "-osx-", "-windows-"] {
        // Only behind a version: `conscrypt-linux-1.0` is no classifier.
        if let Some(at) = stem.find(platform)
            && stem[..at].contains(|character: char| character.is_ascii_digit())
            && !stem[at..].contains('.')
        {
            return &stem[..at];
        }
    }
    CLASSIFIERS.iter().find_map(|classifier| stem.strip_suffix(classifier)).unwrap_or(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifact_and_version_are_told_apart() {
        for (stem, artifact, version) in [
            ("spring-core-5.3.18", "spring-core", "5.3.18"),
            ("log4j-1.2-api-2.17.1", "log4j-1.2-api", "2.17.1"),
            ("guava-31.1-jre", "guava", "31.1-jre"),
            ("kafka_2.13-3.4.0", "kafka_2.13", "3.4.0"),
            ("spring-core-4.3.0.RELEASE", "spring-core", "4.3.0.RELEASE"),
            ("bcprov-jdk15on-1.70", "bcprov-jdk15on", "1.70"),
            ("foo-1.0-2", "foo", "1.0-2"),
            ("foo-1.0-20230102.030405-1", "foo", "1.0-20230102.030405-1"),
            ("foo-1.0-SNAPSHOT", "foo", "1.0-SNAPSHOT"),
            ("foo-5", "foo", "5"),
            ("netty-epoll-4.1.86.Final-linux-x86_64", "netty-epoll", "4.1.86.Final"),
            ("app-1.0-jar-with-dependencies", "app", "1.0"),
            ("catalina", "catalina", ""),
            ("httpclient5-5.1", "httpclient5", "5.1"),
            ("", "", ""),
            ("-1.0", "", "1.0"),
        ] {
            assert_eq!(split(stem), (artifact, version), "{stem}");
        }
    }
}
