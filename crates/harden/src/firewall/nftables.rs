//! Rules for nft(8).

use super::{Network, Policy};

pub(super) fn write(policy: &Policy) -> String {
    let mut text = "\
# Written by seawall harden firewall. Load with: nft -f FILE; take away with: nft delete table inet seawall
# The table is made and deleted first, so that loading the file replaces it in one step.
table inet seawall {
}
delete table inet seawall
table inet seawall {
\tchain forward {
\t\t# Before Docker's chains (priority filter, 0). A packet that ends here still has to pass those.
\t\ttype filter hook forward priority filter - 10; policy accept;
\t\t# Answers to what was let through.
\t\tct state established,related accept
"
    .to_owned();
    for egress in &policy.egress {
        let bridge = &egress.bridge;
        text.push_str(&format!(
            "\n\t\t# Containers on {bridge} may go to these networks and to each other, and nowhere else.\n"
        ));
        text.push_str(&format!("\t\tiifname \"{bridge}\" oifname \"{bridge}\" accept\n"));
        for (family, networks) in families(&egress.allowed) {
            text.push_str(&format!("\t\tiifname \"{bridge}\" {family} daddr {{ {networks} }} accept\n"));
        }
        text.push_str(&format!("\t\tiifname \"{bridge}\" counter drop\n"));
    }
    let outside = &policy.external_interface;
    text.push_str(&format!(
        "\n\t\t# What comes in by {outside} reaches a container through these published ports alone.\n"
    ));
    for port in &policy.published {
        let target = format!("meta l4proto {} ct original proto-dst {}", port.protocol.as_str(), port.port);
        if port.sources.is_empty() {
            text.push_str(&format!("\t\tiifname \"{outside}\" ct status dnat {target} accept\n"));
        }
        for (family, networks) in families(&port.sources) {
            text.push_str(&format!(
                "\t\tiifname \"{outside}\" {family} saddr {{ {networks} }} ct status dnat {target} accept\n"
            ));
        }
    }
    // `dnat` tells published ports from a host that also routes for others.
    text.push_str(&format!("\t\tiifname \"{outside}\" ct status dnat counter drop\n"));
    text.push_str("\t}\n}\n");
    text
}

fn families(networks: &[Network]) -> Vec<(&'static str, String)> {
    let join = |is_v4: bool| {
        // Networks that contain each other are refused in a set without auto-merge.
        let mut chosen: Vec<&Network> =
            networks.iter().filter(|network| network.is_ipv4() == is_v4).collect();
        chosen.sort();
        chosen.dedup();
        let outer: Vec<String> = chosen
            .iter()
            .filter(|network| !chosen.iter().any(|other| other != *network && other.contains(network)))
            .map(|network| network.to_string())
            .collect();
        outer.join(", ")
    };
    [("ip", join(true)), ("ip6", join(false))].into_iter().filter(|(_, list)| !list.is_empty()).collect()
}
