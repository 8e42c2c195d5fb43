//! File names of the programs.

/// `python3.11`, `python2.7`, `libpython3.11.so.1.0`, and without a number.
pub(super) fn python(name: &str) -> bool {
    name.strip_prefix("python").is_some_and(is_version) || library(name, "libpython")
}

pub(super) fn node(name: &str) -> bool {
    matches!(name, "node" | "nodejs") || library(name, "libnode")
}

pub(super) fn nginx(name: &str) -> bool {
    matches!(name, "nginx" | "nginx-debug")
}

/// The server; the tools beside it are hard links to it or hold the same version.
pub(super) fn redis(name: &str) -> bool {
    matches!(name, "redis-server" | "redis-check-rdb")
}

pub(super) fn httpd(name: &str) -> bool {
    matches!(name, "httpd" | "apache2")
}

pub(super) fn postgresql(name: &str) -> bool {
    name == "postgres"
}

pub(super) fn mysql(name: &str) -> bool {
    name == "mysqld"
}

pub(super) fn mariadb(name: &str) -> bool {
    matches!(name, "mariadbd" | "mysqld")
}

/// `php`, `php8.2`, `php-fpm8.2`, `php-cgi`, `libphp.so`.
pub(super) fn php(name: &str) -> bool {
    let program = name.strip_prefix("php").map(|rest| {
        let rest = rest
            .strip_prefix("-fpm")
            .or_else(|| rest.strip_prefix("-cgi"))
            .or_else(|| rest.strip_prefix("dbg"))
            .unwrap_or(rest);
        is_version(rest)
    });
    program == Some(true) || library(name, "libphp")
}

pub(super) fn ruby(name: &str) -> bool {
    name.strip_prefix("ruby").is_some_and(is_version) || library(name, "libruby")
}

pub(super) fn openssl(name: &str) -> bool {
    name == "openssl" || library(name, "libcrypto")
}

pub(super) fn busybox(name: &str) -> bool {
    matches!(name, "busybox" | "busybox.static" | "busybox-static") || library(name, "libbusybox")
}

pub(super) fn bash(name: &str) -> bool {
    matches!(name, "bash" | "bash-static")
}

pub(super) fn curl(name: &str) -> bool {
    name == "curl" || library(name, "libcurl")
}

pub(super) fn haproxy(name: &str) -> bool {
    name == "haproxy"
}

pub(super) fn envoy(name: &str) -> bool {
    matches!(name, "envoy" | "envoy-contrib")
}

pub(super) fn memcached(name: &str) -> bool {
    matches!(name, "memcached" | "memcached-debug")
}

pub(super) fn openjdk(name: &str) -> bool {
    name == "libjvm.so"
}

/// Nothing, or digits and dots.
fn is_version(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// `libruby.so`, `libruby-3.1.so.3.1.2`, `libcurl-gnutls.so.4`.
fn library(name: &str, prefix: &str) -> bool {
    let Some((stem, version)) = name.strip_prefix(prefix).and_then(|rest| rest.split_once(".so")) else {
        return false;
    };
    is_version(version) && (is_version(stem) || stem.starts_with('-'))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_programs_and_libraries_are_told_from_others() {
        for name in [
            "python3.11",
            "libpython3.11.so.1.0",
            "node",
            "php-fpm8.2",
            "libruby-3.1.so.3.1.2",
            "libcrypto.so.1.1",
            "libcurl-gnutls.so.4.8.0",
            "mysqld",
        ] {
            assert!(crate::classifiers::is_named(name), "{name}");
        }
        for name in [
            "python3-config",
            "nodejs-doc",
            "phpize",
            "ruby-build",
            "libcryptopp.so.8",
            "libcurlpp.so",
            "libz.so.1",
            "valkey-server",
            "mysqldump",
            "",
        ] {
            assert!(!crate::classifiers::is_named(name), "{name}");
        }
    }
}
