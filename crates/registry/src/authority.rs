//! `HOST[:PORT]`.

use std::net::IpAddr;

/// The host of `HOST[:PORT]` or `[ADDRESS][:PORT]`.
pub(crate) fn host_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(address, _)| address);
    }
    authority.split_once(':').map_or(authority, |(host, _)| host)
}

/// Whether it is this machine, which Docker trusts without TLS (dockerd, "Insecure registries").
pub(crate) fn is_loopback(authority: &str) -> bool {
    let host = host_of(authority);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a name that a user wrote, `HOST` or `HOST:PORT`, means this authority.
pub(crate) fn is_meant(written: &str, authority: &str) -> bool {
    written.eq_ignore_ascii_case(authority) || written.eq_ignore_ascii_case(host_of(authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_by_name_and_address() {
        for yes in ["localhost", "LOCALHOST:5000", "127.0.0.1:1", "127.9.9.9", "[::1]:5000"] {
            assert!(is_loopback(yes), "{yes}");
        }
        for no in ["localhost.example", "127.0.0.1.example:1", "10.0.0.1", "[2001:db8::1]:5000"] {
            assert!(!is_loopback(no), "{no}");
        }
    }

    #[test]
    fn a_name_without_port_means_all_its_ports() {
        assert!(is_meant("reg.example", "reg.example:5000"));
        assert!(is_meant("reg.example:5000", "REG.example:5000"));
        assert!(!is_meant("reg.example:5001", "reg.example:5000"));
    }
}
