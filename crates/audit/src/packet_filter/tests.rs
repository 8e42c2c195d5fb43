//! Packets sent through rules.

use super::*;
use facts::{Fact, FilterRule};

const DOCKER: &str = "-P INPUT DROP\n-P FORWARD DROP\n-N DOCKER\n-N DOCKER-USER\n\
    -A FORWARD -j DOCKER-USER\n-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n\
    -A FORWARD -o docker0 -j DOCKER\n-A FORWARD -i docker0 ! -o docker0 -j ACCEPT\n\
    -A FORWARD -i docker0 -o docker0 -j ACCEPT\n\
    -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT\n";
const NAT: &str = "-P PREROUTING ACCEPT\n-N DOCKER\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n\
    -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\n";

fn filter(more: &str, nftables: Vec<FilterChain>) -> PacketFilter {
    let lines = |text: &str| Fact::Known(text.lines().map(str::to_owned).collect());
    let firewall = Firewall {
        filter: lines(&format!("{DOCKER}{more}")),
        nat: lines(NAT),
        nftables: Fact::Known(nftables),
        ..Firewall::default()
    };
    PacketFilter::new(&firewall, Family::V4).unwrap()
}

fn from_outside(filter: &PacketFilter) -> Fate {
    let (destination, port) = filter.translation("tcp", 8080).unwrap();
    filter.fate(&Packet {
        hook: "forward",
        input: None,
        output: Some("docker0"),
        protocol: "tcp",
        destination,
        port: Some(port),
        original_port: Some(8080),
        is_translated: true,
    })
}

#[track_caller]
fn check(more: &str, expected: &Fate) {
    assert_eq!(&from_outside(&filter(more, Vec::new())), expected, "{more}");
}

fn stopped(chain: &str) -> Fate {
    Fate::Stopped(chain.to_owned())
}

#[test]
fn a_published_port_is_forwarded_unless_the_users_chain_stops_it() {
    check("", &Fate::Passes);
    check("-A DOCKER-USER -j RETURN", &Fate::Passes);
    check("-A DOCKER-USER -i eth0 -j DROP", &stopped("DOCKER-USER"));
    check(
        "-A DOCKER-USER ! -s 192.0.2.0/24 -i eth0 -j REJECT --reject-with icmp-port-unreachable",
        &stopped("DOCKER-USER"),
    );
    check("-A DOCKER-USER -s 192.0.2.0/24 -j DROP", &Fate::Passes);
    check(
        "-A DOCKER-USER -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP",
        &stopped("DOCKER-USER"),
    );
    check("-A DOCKER-USER -p tcp -m tcp --dport 443 -j DROP", &Fate::Passes);
    check("-A DOCKER-USER -p tcp -m multiport --dports 80,443 -j DROP", &stopped("DOCKER-USER"));
    check("-A DOCKER-USER -m recent --name x -j DROP", &Fate::Doubtful);
    check("-A DOCKER-USER -m comment --comment \"no -j DROP here\" -j RETURN", &Fate::Passes);
    check("-A DOCKER-USER -j LOG --log-prefix \"x -j DROP\"", &Fate::Passes);
    check("-A DOCKER-USER -j NOWHERE", &Fate::Doubtful);
    check("-N A\n-A DOCKER-USER -j A\n-A A -j A", &Fate::Doubtful);
}

#[test]
fn chains_of_nftables_count_beside_those_of_iptables() {
    let chain = |rules: Vec<FilterRule>| FilterChain {
        family: "inet".to_owned(),
        table: "filter".to_owned(),
        name: "forward".to_owned(),
        hook: Some("forward".to_owned()),
        policy: FilterVerdict::Drop,
        rules,
        ..FilterChain::default()
    };
    assert_eq!(from_outside(&filter("", vec![chain(Vec::new())])), stopped("forward"));
    let condition = FilterCondition {
        subject: FilterSubject::Translated,
        values: vec!["dnat".to_owned()],
        is_negated: false,
    };
    let accept = FilterRule { conditions: vec![condition], verdict: FilterVerdict::Accept };
    assert_eq!(from_outside(&filter("", vec![chain(vec![accept])])), Fate::Passes);
}

#[test]
fn containers_of_one_bridge_reach_each_other_unless_a_rule_drops_it() {
    let packet = Packet {
        hook: "forward",
        input: Some("docker0"),
        output: Some("docker0"),
        protocol: "tcp",
        destination: None,
        port: None,
        original_port: None,
        is_translated: false,
    };
    assert_eq!(filter("", Vec::new()).fate(&packet), Fate::Passes);
    let dropped = "-A DOCKER-USER -i docker0 -o docker0 -j DROP";
    assert_eq!(filter(dropped, Vec::new()).fate(&packet), stopped("DOCKER-USER"));
}

#[test]
fn the_input_hook_stops_what_is_for_the_host_itself() {
    let packet = |port| Packet {
        hook: "input",
        input: None,
        output: None,
        protocol: "tcp",
        destination: None,
        port: Some(port),
        original_port: Some(port),
        is_translated: false,
    };
    let filter =
        filter("-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 20:22 -j ACCEPT", Vec::new());
    assert_eq!(filter.fate(&packet(22)), Fate::Passes);
    assert_eq!(filter.fate(&packet(23)), stopped("INPUT"));
}

#[test]
fn packets_of_the_other_family_meet_its_own_rules() {
    let lines = |text: &str| Fact::Known(text.lines().map(str::to_owned).collect());
    let fate = |more: &str, nftables: Vec<FilterChain>| {
        let firewall = Firewall {
            filter: lines("-P FORWARD DROP"),
            filter6: lines(&format!(
                "-P INPUT DROP\n-P FORWARD ACCEPT\n-N DOCKER-USER\n-A FORWARD -j DOCKER-USER\n{more}"
            )),
            nat6: lines(
                "-N DOCKER\n-A DOCKER ! -i br0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00::2]:80",
            ),
            nftables: Fact::Known(nftables),
            ..Firewall::default()
        };
        let filter = PacketFilter::new(&firewall, Family::V6).unwrap();
        let (destination, port) = filter.translation("tcp", 8080).unwrap();
        assert_eq!((destination, port), (Some("fd00::2".parse().unwrap()), 80));
        filter.fate(&Packet {
            hook: "forward",
            input: None,
            output: Some("br0"),
            protocol: "tcp",
            destination,
            port: Some(port),
            original_port: Some(8080),
            is_translated: true,
        })
    };
    assert_eq!(fate("", Vec::new()), Fate::Passes);
    assert_eq!(fate("-A DOCKER-USER -d fd00::/64 -j DROP", Vec::new()), stopped("DOCKER-USER"));
    assert_eq!(fate("-A DOCKER-USER -d fd01::/64 -j DROP", Vec::new()), Fate::Passes);
    assert_eq!(fate("-A DOCKER-USER ! -s 2001:db8::/32 -j DROP", Vec::new()), stopped("DOCKER-USER"));
    let chain = |family: &str, of: &str, is_negated| FilterChain {
        family: family.to_owned(),
        name: "f".to_owned(),
        hook: Some("forward".to_owned()),
        policy: FilterVerdict::Accept,
        rules: vec![FilterRule {
            conditions: vec![FilterCondition {
                subject: FilterSubject::Family,
                values: vec![of.to_owned()],
                is_negated,
            }],
            verdict: FilterVerdict::Drop,
        }],
        ..FilterChain::default()
    };
    assert_eq!(fate("", vec![chain("inet", "ipv6", false)]), stopped("f"));
    assert_eq!(fate("", vec![chain("inet", "ipv4", true)]), stopped("f"));
    assert_eq!(fate("", vec![chain("inet", "ipv4", false)]), Fate::Passes);
    assert_eq!(fate("", vec![chain("ip", "ipv6", false)]), Fate::Passes);
}

#[test]
fn ranges_hold_their_own_family_alone() {
    for (range, address, expected) in [
        ("192.0.2.0/24", "192.0.2.7", true),
        ("192.0.2.0/24", "192.0.3.7", false),
        ("0.0.0.0/0", "192.0.2.7", true),
        ("192.0.2.7", "192.0.2.7", true),
        ("192.0.2.7/40", "192.0.2.8", false),
        ("::/0", "192.0.2.7", false),
        ("::/0", "2001:db8::1", true),
        ("2001:db8::/32", "2001:db8:1::1", true),
        ("2001:db8::/32", "2001:db9::1", false),
        ("x/1", "2001:db9::1", false),
    ] {
        assert_eq!(is_in(range, address.parse().unwrap()), expected, "{range} {address}");
    }
}
