//! `ports`: `[[address:]host:]container[/protocol]`, ranges, and the long form.

use crate::node::Node;
use crate::spec::Port;

/// The ports of one entry; none when it is not understood. A range of several container ports is one entry.
pub(super) fn read(node: &Node) -> Option<Port> {
    match node.text() {
        Some(text) => short(text),
        None => long(node),
    }
}

fn short(text: &str) -> Option<Port> {
    let (address_and_ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (rest, container) = match address_and_ports.rsplit_once(':') {
        Some((rest, container)) => (Some(rest), container),
        None => (None, address_and_ports),
    };
    let (container_first, _) = range(container)?;
    let (mut host_address, mut host) = (String::new(), None);
    if let Some(rest) = rest {
        // An IPv6 address has brackets, or not: the port of the host is behind the last colon.
        let (address, port) = match rest.strip_prefix('[') {
            Some(inner) => {
                let (address, port) = inner.split_once(']')?;
                (address, port.strip_prefix(':').unwrap_or(port))
            }
            None => rest.rsplit_once(':').unwrap_or(("", rest)),
        };
        address.clone_into(&mut host_address);
        if !port.is_empty() {
            host = Some(range(port)?);
        }
    }
    Some(Port {
        host_address,
        host_port: host.map(|(first, _)| first).filter(|port| *port != 0),
        host_port_end: host.and_then(|(_, last)| last),
        container_port: container_first,
        protocol: protocol.to_owned(),
    })
}

fn long(node: &Node) -> Option<Port> {
    let container = node.get("target").and_then(Node::text).and_then(range)?.0;
    let host = match node.get("published").and_then(Node::text) {
        None => None,
        Some(text) => Some(range(text)?),
    };
    Some(Port {
        host_address: node.get("host_ip").and_then(Node::text).unwrap_or_default().to_owned(),
        host_port: host.map(|(first, _)| first).filter(|port| *port != 0),
        host_port_end: host.and_then(|(_, last)| last),
        container_port: container,
        protocol: node.get("protocol").and_then(Node::text).unwrap_or("tcp").to_owned(),
    })
}

fn range(text: &str) -> Option<(u16, Option<u16>)> {
    match text.split_once('-') {
        Some((first, last)) => Some((first.parse().ok()?, Some(last.parse().ok()?))),
        None => Some((text.parse().ok()?, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_port_is_read() {
        let check = |text: &str, address: &str, host: Option<u16>, container: u16, protocol: &str| {
            let port = read(&Node::text_of(text)).unwrap_or_else(|| panic!("{text}"));
            let seen =
                (port.host_address.as_str(), port.host_port, port.container_port, port.protocol.as_str());
            assert_eq!(seen, (address, host, container, protocol), "{text}");
        };
        check("80", "", None, 80, "tcp");
        check("8080:80", "", Some(8080), 80, "tcp");
        check("127.0.0.1:22:22/udp", "127.0.0.1", Some(22), 22, "udp");
        check("127.0.0.1::80", "127.0.0.1", None, 80, "tcp");
        check("[::1]:81:80", "::1", Some(81), 80, "tcp");
        check("::1:81:80", "::1", Some(81), 80, "tcp");
        check("9090-9091:8080-8081", "", Some(9090), 8080, "tcp");
        assert!(read(&Node::text_of("${PORT}:80")).is_none());
    }
}
