//! What becomes of a packet: the rules of iptables and nftables, gone through for one packet.
//!
//! Only IPv4. A condition that is not understood holds perhaps; when both ways end alike, that is the answer, else it is in doubt.

mod iptables;

use facts::{FilterChain, FilterCondition, FilterSubject, FilterVerdict, Firewall, Missing};
use std::{collections::HashMap, net::Ipv4Addr};

/// What becomes of a packet at a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Every chain lets it through.
    Passes,
    /// A chain drops it.
    Stopped(String),
    /// It depends on what is not understood.
    Doubtful,
}

/// The first packet of a connection.
pub(crate) struct Packet<'p> {
    /// `input` or `forward`.
    pub(crate) hook: &'static str,
    /// The container's interface that it comes from; none for a stranger from outside.
    pub(crate) input: Option<&'p str>,
    /// The interface that it leaves by; none when it is for this machine.
    pub(crate) output: Option<&'p str>,
    /// `tcp` or `udp`.
    pub(crate) protocol: &'p str,
    /// Whom it is for, when that is known.
    pub(crate) destination: Option<Ipv4Addr>,
    /// The port that it is for; none for any.
    pub(crate) port: Option<u16>,
    /// The port that it was sent to.
    pub(crate) original_port: Option<u16>,
    /// Whether its destination was translated.
    pub(crate) is_translated: bool,
}

/// The chains of a host.
pub(crate) struct PacketFilter {
    chains: Vec<FilterChain>,
}

impl PacketFilter {
    /// Of iptables, and of nftables where they were read.
    pub(crate) fn new(firewall: &Firewall) -> Result<Self, &Missing> {
        let filter = firewall.filter.get()?;
        let mut chains = iptables::read("filter", filter);
        chains.extend(iptables::read("nat", firewall.nat.known().map_or(&[][..], Vec::as_slice)));
        chains.extend(firewall.nftables.known().into_iter().flatten().cloned());
        chains.retain(|chain| chain.family == "ip" || chain.family == "inet");
        Ok(Self { chains })
    }

    /// Where a port of the host is sent, when a rule translates it.
    pub(crate) fn translation(&self, protocol: &str, port: u16) -> Option<(Option<Ipv4Addr>, u16)> {
        let is_for = |conditions: &[FilterCondition]| {
            let of = |wanted| conditions.iter().find(|condition| condition.subject == wanted);
            of(FilterSubject::DestinationPort).is_some_and(|c| !c.is_negated && holds_port(&c.values, port))
                && of(FilterSubject::Protocol).is_none_or(|c| c.values.iter().any(|value| value == protocol))
        };
        self.chains.iter().flat_map(|chain| &chain.rules).find_map(|rule| match &rule.verdict {
            FilterVerdict::Translate(target) if is_for(&rule.conditions) => {
                let (address, inside) = target.rsplit_once(':').unwrap_or((target, ""));
                Some((address.parse().ok(), inside.parse().unwrap_or(port)))
            }
            _ => None,
        })
    }

    /// What becomes of a packet: every chain at its hook must let it through.
    pub(crate) fn fate(&self, packet: &Packet<'_>) -> Fate {
        let mut at_hook: Vec<&FilterChain> =
            self.chains.iter().filter(|chain| chain.hook.as_deref() == Some(packet.hook)).collect();
        at_hook.sort_by_key(|chain| chain.priority);
        let mut fate = Fate::Passes;
        for chain in at_hook {
            let mut walk = Walk { chains: &self.chains, packet, known: HashMap::new() };
            let end = match walk.chain(chain) {
                Step::Next => policy(chain),
                end => end,
            };
            match end {
                Step::Stopped(name) => return Fate::Stopped(name),
                Step::Doubtful => fate = Fate::Doubtful,
                Step::Accepted | Step::Next => {}
            }
        }
        fate
    }
}

fn policy(chain: &FilterChain) -> Step {
    if chain.policy == FilterVerdict::Drop { Step::Stopped(chain.name.clone()) } else { Step::Accepted }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Accepted,
    Stopped(String),
    Next,
    Doubtful,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    Perhaps,
}

struct Walk<'w> {
    chains: &'w [FilterChain],
    packet: &'w Packet<'w>,
    /// What each chain does with the packet; a chain that is being gone through stands as doubtful, so that a circle ends.
    known: HashMap<(&'w str, &'w str, &'w str), Step>,
}

impl<'w> Walk<'w> {
    // From the last rule to the first, so that what follows a rule is known when it is asked for.
    fn chain(&mut self, chain: &'w FilterChain) -> Step {
        let key = (chain.family.as_str(), chain.table.as_str(), chain.name.as_str());
        if let Some(step) = self.known.get(&key) {
            return step.clone();
        }
        self.known.insert(key, Step::Doubtful);
        let mut after = Step::Next;
        for rule in chain.rules.iter().rev() {
            let holds = rule.conditions.iter().fold(Holds::Yes, |all, condition| {
                match (all, self.holds(condition)) {
                    (Holds::No, _) | (_, Holds::No) => Holds::No,
                    (Holds::Perhaps, _) | (_, Holds::Perhaps) => Holds::Perhaps,
                    _ => Holds::Yes,
                }
            });
            if holds == Holds::No {
                continue;
            }
            let then = self.verdict(chain, &rule.verdict, &after);
            after = match holds {
                Holds::Perhaps if !is_alike(&then, &after, chain) => Step::Doubtful,
                _ => then,
            };
        }
        self.known.insert(key, after.clone());
        after
    }

    fn verdict(&mut self, chain: &FilterChain, verdict: &FilterVerdict, after: &Step) -> Step {
        let mut through = |name: &str| {
            let chains = self.chains;
            let target =
                chains.iter().find(|c| c.name == name && c.table == chain.table && c.family == chain.family);
            target.map_or(Step::Doubtful, |target| self.chain(target))
        };
        match verdict {
            FilterVerdict::Accept | FilterVerdict::Translate(_) => Step::Accepted,
            FilterVerdict::Drop => Step::Stopped(chain.name.clone()),
            FilterVerdict::Return => Step::Next,
            FilterVerdict::Continue => after.clone(),
            FilterVerdict::Unknown => Step::Doubtful,
            FilterVerdict::Goto(name) => through(name),
            FilterVerdict::Jump(name) => match through(name) {
                Step::Next => after.clone(),
                end => end,
            },
        }
    }

    fn holds(&self, condition: &FilterCondition) -> Holds {
        let packet = self.packet;
        let any = |holds: &dyn Fn(&str) -> bool| {
            if condition.values.iter().any(|value| holds(value)) { Holds::Yes } else { Holds::No }
        };
        let holds = match condition.subject {
            FilterSubject::InputInterface => match packet.input {
                Some(name) => any(&|value| is_interface(value, name)),
                None => any(&is_outer_interface),
            },
            FilterSubject::OutputInterface => match packet.output {
                Some(name) => any(&|value| is_interface(value, name)),
                None => Holds::No,
            },
            FilterSubject::Protocol => any(&|value| value == packet.protocol || value == "all"),
            // A stranger is in no range that a rule names.
            FilterSubject::SourceAddress if packet.input.is_none() => any(&|value| value.ends_with("/0")),
            FilterSubject::SourceAddress => Holds::Perhaps,
            FilterSubject::DestinationAddress => match packet.destination {
                Some(address) => any(&|value| is_in(value, address)),
                None => Holds::Perhaps,
            },
            FilterSubject::DestinationPort => match packet.port {
                Some(port) if holds_port(&condition.values, port) => Holds::Yes,
                Some(_) => Holds::No,
                None => Holds::Perhaps,
            },
            FilterSubject::OriginalPort => match packet.original_port {
                Some(port) if holds_port(&condition.values, port) => Holds::Yes,
                Some(_) => Holds::No,
                None => Holds::Perhaps,
            },
            FilterSubject::State => any(&|value| value == "new"),
            FilterSubject::Translated if packet.is_translated => Holds::Yes,
            FilterSubject::Translated => Holds::No,
            FilterSubject::LocalDestination if packet.hook == "input" => Holds::Yes,
            FilterSubject::LocalDestination => Holds::No,
            FilterSubject::Other => Holds::Perhaps,
        };
        match (holds, condition.is_negated) {
            (Holds::Yes, true) => Holds::No,
            (Holds::No, true) => Holds::Yes,
            (holds, _) => holds,
        }
    }
}

// Whatever a rule may do, the end of a base chain is its policy.
fn is_alike(then: &Step, after: &Step, chain: &FilterChain) -> bool {
    let end = |step: &Step| match step {
        Step::Next if chain.hook.is_some() => policy(chain),
        step => step.clone(),
    };
    match (end(then), end(after)) {
        (Step::Stopped(_), Step::Stopped(_)) => true,
        (a, b) => a == b,
    }
}

fn is_interface(value: &str, name: &str) -> bool {
    match value.strip_suffix(['+', '*']) {
        Some(start) => name.starts_with(start),
        None => value == name,
    }
}

/// Whether strangers may be behind an interface: not loopback, nor one of containers, nor a tunnel.
fn is_outer_interface(value: &str) -> bool {
    let inner = ["lo", "docker", "br-", "veth", "virbr", "cni", "wg", "tun", "tap", "tailscale"];
    value == "+" || value == "*" || !inner.iter().any(|start| value.starts_with(start))
}

fn holds_port(values: &[String], port: u16) -> bool {
    values.iter().any(|value| match value.split_once(['-', ':']) {
        Some((first, last)) => {
            let last = if last.is_empty() { Ok(u16::MAX) } else { last.parse() };
            matches!((first.parse::<u16>(), last), (Ok(first), Ok(last)) if (first..=last).contains(&port))
        }
        None => value.parse() == Ok(port),
    })
}

fn is_in(range: &str, address: Ipv4Addr) -> bool {
    let (base, length) = range.split_once('/').unwrap_or((range, "32"));
    let (Ok(base), Ok(length)) = (base.parse::<Ipv4Addr>(), length.parse::<u32>()) else { return false };
    let mask = u32::MAX.checked_shl(32_u32.saturating_sub(length)).unwrap_or(0);
    u32::from(base) & mask == u32::from(address) & mask
}

#[cfg(test)]
mod tests {
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
        PacketFilter::new(&firewall).unwrap()
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
}
