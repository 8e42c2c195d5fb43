//! Rules for iptables-restore(8).

use super::{IpVersion, Policy};

pub(super) fn write(policy: &Policy, version: IpVersion) -> String {
    let program = match version {
        IpVersion::V4 => "iptables",
        IpVersion::V6 => "ip6tables",
    };
    let is_ours = |network: &&super::Network| network.is_ipv4() == (version == IpVersion::V4);
    let mut text = format!(
        "# Written by seawall harden firewall. Try with: {program}-restore --noflush --test FILE; load without --test.\n\
         *filter\n\
         # Naming a chain empties it, and it alone: Docker keeps what is in DOCKER-USER.\n\
         :DOCKER-USER - [0:0]\n\
         -A DOCKER-USER -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN\n"
    );
    for egress in &policy.egress {
        let bridge = &egress.bridge;
        text.push_str(&format!("-A DOCKER-USER -i {bridge} -o {bridge} -j RETURN\n"));
        for network in egress.allowed.iter().filter(is_ours) {
            text.push_str(&format!("-A DOCKER-USER -i {bridge} -d {network} -j RETURN\n"));
        }
        text.push_str(&format!("-A DOCKER-USER -i {bridge} -j DROP\n"));
    }
    let outside = &policy.external_interface;
    for port in &policy.published {
        let target = format!(
            "-p {} -m conntrack --ctstate DNAT --ctorigdstport {} --ctdir ORIGINAL -j RETURN",
            port.protocol.as_str(),
            port.port
        );
        if port.sources.is_empty() {
            text.push_str(&format!("-A DOCKER-USER -i {outside} {target}\n"));
        }
        for network in port.sources.iter().filter(is_ours) {
            text.push_str(&format!("-A DOCKER-USER -i {outside} -s {network} {target}\n"));
        }
    }
    // The state DNAT tells published ports from a host that also routes for others.
    text.push_str(&format!("-A DOCKER-USER -i {outside} -m conntrack --ctstate DNAT -j DROP\n"));
    text.push_str("-A DOCKER-USER -j RETURN\nCOMMIT\n");
    text
}
