//! Addresses of engines, as `DOCKER_HOST` writes them.

use crate::DockerError;
use std::{fmt, path::PathBuf};

/// Where an engine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// `HOST:PORT`, plain.
    Tcp(String),
    /// `HOST:PORT` with TLS.
    Tls(String),
}

/// Whether an address without a word on it means TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DefaultSecurity {
    Plain,
    Tls,
}

impl Address {
    /// Reads `unix:///PATH`, `tcp://HOST[:PORT]`, `http://…` or `https://…`. Ports default to 2375, with TLS to 2376.
    pub(crate) fn parse(text: &str, security: DefaultSecurity) -> Result<Self, DockerError> {
        let refused = |reason: &str| DockerError::Address {
            address: text.chars().filter(|c| !c.is_control()).take(200).collect(),
            reason: reason.to_owned(),
        };
        let (scheme, rest) =
            text.split_once("://").ok_or_else(|| refused("it is not unix://PATH or tcp://HOST:PORT"))?;
        let is_tls = match scheme {
            "unix" if rest.is_empty() => return Err(refused("it names no socket")),
            "unix" => return Ok(Self::Unix(PathBuf::from(rest))),
            "tcp" => security == DefaultSecurity::Tls,
            "http" => false,
            "https" => true,
            "ssh" => {
                return Err(refused(
                    "ssh is not supported\nhint: forward the socket and use it: \
                     ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST, then DOCKER_HOST=unix:///tmp/docker.sock",
                ));
            }
            "npipe" | "fd" => return Err(refused("this kind of address is not supported here")),
            _ => return Err(refused("it is not unix://PATH or tcp://HOST:PORT")),
        };
        let authority = rest.trim_end_matches('/');
        if authority.is_empty() {
            return Err(refused("it names no host"));
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:[]".contains(c);
        if !authority.chars().all(is_plain) {
            return Err(refused("a host, or a host and a port, must follow the scheme"));
        }
        let has_port = authority.rsplit_once(':').is_some_and(|(host, port)| {
            port.bytes().all(|b| b.is_ascii_digit())
                && !port.is_empty()
                && (!host.starts_with('[') || host.ends_with(']'))
        });
        let authority = match (has_port, is_tls) {
            (true, _) => authority.to_owned(),
            (false, true) => format!("{authority}:2376"),
            (false, false) => format!("{authority}:2375"),
        };
        Ok(if is_tls { Self::Tls(authority) } else { Self::Tcp(authority) })
    }

    /// Whether it is a port of this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let (Self::Tcp(authority) | Self::Tls(authority)) = self else { return false };
        let host = authority.rsplit_once(':').map_or(authority.as_str(), |(host, _)| host);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether the engine is on this machine, so that its data root may be at hand.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        matches!(self, Self::Unix(_))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(authority) => write!(f, "tcp://{authority}"),
            Self::Tls(authority) => write!(f, "https://{authority}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_docker_reads_them() {
        let plain = |text| Address::parse(text, DefaultSecurity::Plain).unwrap().to_string();
        assert_eq!(plain("unix:///run/docker.sock"), "unix:///run/docker.sock");
        assert_eq!(plain("tcp://h"), "tcp://h:2375");
        assert_eq!(plain("tcp://[::1]:99/"), "tcp://[::1]:99");
        assert_eq!(plain("tcp://[::1]"), "tcp://[::1]:2375");
        assert_eq!(plain("https://h"), "https://h:2376");
        let tls = Address::parse("tcp://h:1", DefaultSecurity::Tls).unwrap();
        assert_eq!(tls, Address::Tls("h:1".to_owned()));
    }

    #[test]
    fn ssh_is_refused_with_a_way_out() {
        let error = Address::parse("ssh://user@host", DefaultSecurity::Plain).unwrap_err().to_string();
        assert!(error.contains("hint: forward the socket"), "{error}");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in
            ["", "/run/docker.sock", "unix://", "tcp://", "tcp://a b", "tcp://u:p@h", "ftp://h", "fd://"]
        {
            assert!(Address::parse(bad, DefaultSecurity::Plain).is_err(), "{bad}");
        }
    }
}
