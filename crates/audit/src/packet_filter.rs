//! What becomes of a packet: the rules of iptables and nftables, gone through for one packet.
//!
//! A condition that is not understood holds perhaps; when both ways end alike, that is the answer, else it is in doubt.

mod iptables;

use facts::{FilterChain, FilterCondition, FilterSubject, FilterVerdict, Firewall, Missing};
use std::{collections::HashMap, net::IpAddr};

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
    pub(crate) destination: Option<IpAddr>,
    /// The port that it is for; none for any.
    pub(crate) port: Option<u16>,
    /// The port that it was sent to.
    pub(crate) original_port: Option<u16>,
    /// Whether its destination was translated.
    pub(crate) is_translated: bool,
}

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
}

impl Family {
    /// The name of its own tables, and that by which rules of both families tell it.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::V4 => ("ip", "ipv4"),
            Self::V6 => ("ip6", "ipv6"),
        }
    }
}

/// The chains of a host for one family.
pub(crate) struct PacketFilter {
    family: Family,
    chains: Vec<FilterChain>,
}

impl PacketFilter {
    /// Of iptables, and of nftables where they were read.
    pub(crate) fn new(firewall: &Firewall, family: Family) -> Result<Self, &Missing> {
        let (filter, nat) = match family {
            Family::V4 => (firewall.filter.get()?, &firewall.nat),
            Family::V6 => (firewall.filter6.get()?, &firewall.nat6),
        };
        let own = family.names().0;
        let mut chains = iptables::read(own, "filter", filter);
        chains.extend(iptables::read(own, "nat", nat.known().map_or(&[][..], Vec::as_slice)));
        chains.extend(firewall.nftables.known().into_iter().flatten().cloned());
        chains.retain(|chain| chain.family == own || chain.family == "inet");
        Ok(Self { family, chains })
    }

    /// Where a port of the host is sent, when a rule translates it.
    pub(crate) fn translation(&self, protocol: &str, port: u16) -> Option<(Option<IpAddr>, u16)> {
        let is_for = |conditions: &[FilterCondition]| {
            let of = |wanted| conditions.iter().find(|condition| condition.subject == wanted);
            of(FilterSubject::DestinationPort).is_some_and(|c| !c.is_negated && holds_port(&c.values, port))
                && of(FilterSubject::Protocol).is_none_or(|c| c.values.iter().any(|value| value == protocol))
                && of(FilterSubject::Family).is_none_or(|c| self.is_of(c))
        };
        self.chains.iter().flat_map(|chain| &chain.rules).find_map(|rule| match &rule.verdict {
            FilterVerdict::Translate(target) if is_for(&rule.conditions) => {
                let (address, inside) = address_and_port(target);
                Some((address, inside.unwrap_or(port)))
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
            let mut walk = Walk { filter: self, packet, known: HashMap::new() };
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

    // Whether a condition about the family holds.
    fn is_of(&self, condition: &FilterCondition) -> bool {
        condition.values.iter().any(|value| value == self.family.names().1) != condition.is_negated
    }
}

/// `172.17.0.2:80`, `[fd00::2]:80`, or an address alone.
fn address_and_port(target: &str) -> (Option<IpAddr>, Option<u16>) {
    let (address, port) = match target.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (address, port.strip_prefix(':').unwrap_or_default()),
        None if target.matches(':').count() > 1 => (target, ""),
        None => target.rsplit_once(':').unwrap_or((target, "")),
    };
    (address.parse().ok(), port.parse().ok())
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
    filter: &'w PacketFilter,
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
            let chains = &self.filter.chains;
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
            FilterSubject::Family if condition.is_negated != self.filter.is_of(condition) => Holds::Yes,
            FilterSubject::Family => Holds::No,
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

fn is_in(range: &str, address: IpAddr) -> bool {
    let (base, length) = match range.split_once('/') {
        Some((base, length)) => (base, length.parse().ok()),
        None => (range, Some(128)),
    };
    let (Ok(base), Some(length)) = (base.parse::<IpAddr>(), length) else { return false };
    let same = |base: u128, address: u128, width: u32| {
        let beyond = width.saturating_sub(length);
        // A shift by the whole width leaves nothing to differ.
        (base ^ address).checked_shr(beyond).unwrap_or(0) == 0
    };
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            same(u128::from(u32::from(base)), u128::from(u32::from(address)), 32)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => same(base.into(), address.into(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
