//! The programs. Patterns were taken from the programs as Debian and upstream build them; each stands with the text
//! that it is for.

use super::{Classifier, names};
use std::sync::OnceLock;

const fn classifier(
    package: &'static str,
    is_named: fn(&str) -> bool,
    patterns: &'static [&'static str],
) -> Classifier {
    Classifier {
        package,
        is_named,
        patterns,
        is_possible: any,
        confirmation: None,
        compiled: OnceLock::new(),
    }
}

/// In the order of their names.
pub(super) static CLASSIFIERS: [Classifier; 18] = [
    // `@(#)Bash version 5.2.15(1) release GNU`
    classifier(
        "bash",
        names::bash,
        &[r"(?-u)@\(#\)Bash version (\d+\.\d+\.\d+)\(\d+\) (?:release|rc|beta|alpha)"],
    ),
    // `BusyBox v1.36.1 (2023-11-07 18:53:09 UTC)`
    classifier("busybox", names::busybox, &[r"(?-u)\x00BusyBox v(\d+\.\d+\.\d+)[ \x00]"]),
    // `curl/8.5.0`, `libcurl/8.5.0`
    classifier("curl", names::curl, &[r"(?-u)\x00(?:lib)?curl/(\d+\.\d+\.\d+(?:-DEV)?)\x00"]),
    // `1.28.0`: linked in from the file VERSION.txt, with nothing around it.
    classifier("envoy", names::envoy, &[r"(?-u)\x00(1\.\d{1,2}\.\d{1,2}(?:-dev)?)\x00"]),
    // ` version 2.6.12-1+deb12u4, released 2026/10/17`, `HA-Proxy version 1.8.30 2021/04/12`
    classifier(
        "haproxy",
        names::haproxy,
        &[
            r"(?-u) version (\d+\.\d+(?:\.\d+|-dev\d+|-rc\d+))[^\x00,]{0,60}, released \d{4}/",
            r"(?-u)HA-Proxy version (\d+\.\d+(?:\.\d+|-dev\d+|-rc\d+))",
        ],
    ),
    // `Apache/2.4.58`
    classifier("httpd", names::httpd, &[r"(?-u)\x00Apache/(2\.\d+\.\d+(?:-dev)?)[ \x00]"]),
    // `10.11.6-MariaDB`, `5.5.5-10.11.6-MariaDB`, `mariadb-11.8.5-linux-systemd-x86_64`
    classifier(
        "mariadb",
        names::mariadb,
        &[r"(?-u)\x00(?:5\.5\.5-)?(\d+\.\d+\.\d+)-MariaDB[-\x00]", r"(?-u)[/\x00]mariadb-(\d+\.\d+\.\d+)-"],
    ),
    // `memcached 1.6.22`
    classifier("memcached", names::memcached, &[r"(?-u)\x00memcached (\d+\.\d+\.\d+)[\x00\n]"]),
    // `/export/home/pb2/build/sb_1-1/mysql-8.0.35/sql/mysqld.cc`
    classifier("mysql", names::mysql, &[r"(?-u)/mysql-(\d+\.\d+\.\d+)/"]),
    // `nginx version: nginx/1.25.3`
    classifier("nginx", names::nginx, &[r"(?-u)\x00nginx version: nginx/(\d+\.\d+\.\d+)"]),
    // `node.js/v20.10.0`; before 12, only `node-v8.17.0.tar.gz`
    classifier(
        "node",
        names::node,
        &[
            r"(?-u)\x00node\.js/v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)\x00",
            r"(?-u)nodejs\.org/download/release/v(\d+\.\d+\.\d+)/node-v",
        ],
    ),
    // `OpenJDK 64-Bit Server VM (17.0.9+9-Debian-1deb12u1) for linux-amd64 JRE (17.0.9+9-Debian-1deb12u1)`
    classifier(
        "openjdk",
        names::openjdk,
        &[r"(?-u)OpenJDK [^\x00]{1,200} JRE \((?:build )?(\d+(?:\.\d+)*(?:_\d+)?)"],
    ),
    // `OpenSSL 3.0.11 19 Sep 2023`; forks of it write no date.
    classifier(
        "openssl",
        names::openssl,
        &[
            r"(?-u)\x00OpenSSL (\d+\.\d+\.\d+(?:[a-z]{1,2})?(?:-(?:alpha|beta|pre|dev)\d*)?)(?:-[a-z]+)? {1,2}\d{1,2} [A-Z][a-z]{2} \d{4}\x00",
        ],
    ),
    // `X-Powered-By: PHP/8.2.13`
    classifier(
        "php",
        names::php,
        &[r"(?-u)\x00X-Powered-By: PHP/(\d+\.\d+\.\d+(?:-dev|(?:alpha|beta|RC)\d+)?)"],
    ),
    // `PostgreSQL 15.5 (Debian 15.5-0+deb12u1) on x86_64-pc-linux-gnu`
    classifier(
        "postgresql",
        names::postgresql,
        &[
            r"(?-u)\x00PostgreSQL (\d+(?:\.\d+)*(?:(?:beta|rc)\d+|devel)?) (?:\([^)\x00]{1,80}\) )?on [a-z0-9_]+-",
        ],
    ),
    // `3.11.2`, with nothing around it.
    Classifier {
        package: "python",
        is_named: names::python,
        patterns: &[r"(?-u)\x00([23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d+)?\+?)\x00"],
        is_possible: is_python,
        confirmation: None,
        compiled: OnceLock::new(),
    },
    // `7.0.15`; confirmed by the build id `7.0.14buildkitsandbox-1702957741000000000`.
    Classifier {
        package: "redis",
        is_named: names::redis,
        patterns: &[r"(?-u)\x00(\d{1,2}\.\d{1,2}\.\d{1,3})\x00"],
        is_possible: any,
        confirmation: Some(r"(?-u)[^0-9.](\d{1,2}\.\d{1,2}\.\d{1,3}[0-9A-Za-z._-]{0,70}\d{7}0{9})\x00"),
        compiled: OnceLock::new(),
    },
    // `ruby 3.1.2p20 (2022-04-12 revision 4491bb740a) [x86_64-linux-gnu]`
    classifier(
        "ruby",
        names::ruby,
        &[r"(?-u)\x00ruby (\d+\.\d+\.\d+(?:preview\d+|rc\d+|dev)?)(?:p\d+)? \(\d{4}-\d\d-\d\d "],
    ),
];

fn any(_: &str, _: &str) -> bool {
    true
}

/// `python3.11` holds 3.11; any Python 3 names 3.2.0, the Unicode database of old, and may hold SQLite 3.40.1.
fn is_python(name: &str, version: &str) -> bool {
    let start = name.find(|c: char| c.is_ascii_digit());
    let of_name = start.map(|start| {
        let digits = &name[start..];
        let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
        digits[..end].trim_end_matches(".so").trim_end_matches('.')
    });
    let is_of_name = match of_name {
        Some(number) if number.contains('.') => {
            version.strip_prefix(number).is_some_and(|rest| rest.starts_with('.'))
        }
        Some(number) => version.starts_with(number),
        None => true,
    };
    is_of_name && version != "3.2.0"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_a_regular_expression_with_one_group() {
        for classifier in &CLASSIFIERS {
            for pattern in classifier.patterns.iter().copied().chain(classifier.confirmation) {
                let regex = regex::bytes::Regex::new(pattern).unwrap();
                assert_eq!(regex.captures_len(), 2, "{}: {pattern}", classifier.package);
            }
        }
    }

    #[test]
    fn programs_are_sorted_by_name() {
        assert!(CLASSIFIERS.is_sorted_by_key(|classifier| classifier.package));
    }

    #[test]
    fn python_of_another_minor_version_is_not_taken() {
        assert!(is_python("python3.11", "3.11.2"));
        assert!(is_python("libpython3.11.so.1.0", "3.11.2"));
        assert!(!is_python("python3.11", "3.1.1"));
        assert!(!is_python("python3.4", "3.40.1"));
        assert!(!is_python("python3", "3.2.0"));
        assert!(!is_python("python3", "2.7.18"));
    }
}
