//! Rules as `iptables -S` prints them (iptables(8), iptables-extensions(8)).

use facts::{FilterChain, FilterCondition, FilterRule, FilterSubject, FilterVerdict};
use std::collections::HashMap;

/// Targets that go on with the next rule.
const GOES_ON: [&str; 12] =
    ["LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "SET", "TRACE", "TCPMSS", "CT", "DSCP", "TOS", "AUDIT"];

/// Chains of one table; `family` is `ip` or `ip6`.
pub(super) fn read(family: &str, table: &str, lines: &[String]) -> Vec<FilterChain> {
    let mut chains = read_ip(table, lines);
    for chain in &mut chains {
        family.clone_into(&mut chain.family);
    }
    chains
}

fn read_ip(table: &str, lines: &[String]) -> Vec<FilterChain> {
    let mut chains: Vec<FilterChain> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for line in lines {
        let words = words(line);
        let (Some(command), Some(name)) = (words.first(), words.get(1)) else { continue };
        match command.as_str() {
            "-P" | "-N" => {
                places.insert(name.clone(), chains.len());
                chains.push(if command == "-P" {
                    base(table, name, words.get(2).map(String::as_str))
                } else {
                    chain(table, name)
                });
            }
            "-A" => {
                let place = *places.entry(name.clone()).or_insert(chains.len());
                if place == chains.len() {
                    chains.push(chain(table, name));
                }
                let rule = rule(&words[2..], &places);
                chains[place].rules.push(rule);
            }
            _ => {}
        }
    }
    chains
}

fn chain(table: &str, name: &str) -> FilterChain {
    FilterChain {
        family: "ip".to_owned(),
        table: format!("iptables {table}"),
        name: name.to_owned(),
        policy: FilterVerdict::Accept,
        ..FilterChain::default()
    }
}

fn base(table: &str, name: &str, policy: Option<&str>) -> FilterChain {
    FilterChain {
        hook: Some(name.to_ascii_lowercase()),
        policy: if policy == Some("DROP") { FilterVerdict::Drop } else { FilterVerdict::Accept },
        ..chain(table, name)
    }
}

fn rule(words: &[String], chains: &HashMap<String, usize>) -> FilterRule {
    let mut rule = FilterRule::default();
    let mut is_negated = false;
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let subject = match word {
            "!" => {
                is_negated = true;
                continue;
            }
            // The name of a match says nothing without its options, but for those that have none.
            "-m" => {
                let _ = words.next();
                continue;
            }
            // Ports before translation are those of the original direction anyway.
            "--comment" | "--ctdir" => {
                let _ = words.next();
                continue;
            }
            "-j" | "-g" => {
                rule.verdict = target(word, words.next().unwrap_or_default(), &mut words, chains);
                return rule;
            }
            "-i" => FilterSubject::InputInterface,
            "-o" => FilterSubject::OutputInterface,
            "-p" => FilterSubject::Protocol,
            "-s" => FilterSubject::SourceAddress,
            "-d" => FilterSubject::DestinationAddress,
            "--dport" | "--dports" => FilterSubject::DestinationPort,
            "--ctorigdstport" => FilterSubject::OriginalPort,
            "--ctstate" | "--state" => FilterSubject::State,
            "--ctstatus" => FilterSubject::Translated,
            "--dst-type" => FilterSubject::LocalDestination,
            word if word.starts_with('-') => FilterSubject::Other,
            // A value of an option that is not understood.
            _ => continue,
        };
        let values = match subject {
            FilterSubject::Other => Vec::new(),
            _ => words.next().unwrap_or_default().split(',').map(str::to_ascii_lowercase).collect(),
        };
        rule.conditions.push(condition(subject, values, is_negated));
        is_negated = false;
    }
    rule
}

fn condition(subject: FilterSubject, mut values: Vec<String>, is_negated: bool) -> FilterCondition {
    let subject = match subject {
        FilterSubject::Translated if values != ["dnat"] => FilterSubject::Other,
        FilterSubject::LocalDestination if values != ["local"] => FilterSubject::Other,
        // A state of conntrack that stands for a translation.
        FilterSubject::State if values == ["dnat"] => FilterSubject::Translated,
        subject => subject,
    };
    if subject == FilterSubject::Other {
        values.clear();
    }
    FilterCondition { subject, values, is_negated }
}

fn target<'w>(
    option: &str,
    name: &str,
    rest: &mut impl Iterator<Item = &'w str>,
    chains: &HashMap<String, usize>,
) -> FilterVerdict {
    match name {
        "ACCEPT" => FilterVerdict::Accept,
        "DROP" | "REJECT" => FilterVerdict::Drop,
        "RETURN" => FilterVerdict::Return,
        "MASQUERADE" | "SNAT" => FilterVerdict::Accept,
        "DNAT" | "REDIRECT" => {
            let mut place = String::new();
            while let Some(word) = rest.next() {
                if word == "--to-destination" {
                    rest.next().unwrap_or_default().clone_into(&mut place);
                } else if word == "--to-ports" {
                    place = format!(":{}", rest.next().unwrap_or_default());
                }
            }
            FilterVerdict::Translate(place)
        }
        name if GOES_ON.contains(&name) => FilterVerdict::Continue,
        // Chains are named before their rules.
        name if chains.contains_key(name) && option == "-g" => FilterVerdict::Goto(name.to_owned()),
        name if chains.contains_key(name) => FilterVerdict::Jump(name.to_owned()),
        _ => FilterVerdict::Unknown,
    }
}

// Words are quoted when they hold a space.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut is_quoted, mut is_begun) = (false, false);
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                is_quoted = !is_quoted;
                is_begun = true;
            }
            '\\' if is_quoted => word.extend(characters.next()),
            ' ' if !is_quoted => {
                if is_begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                is_begun = false;
            }
            character => word.push(character),
        }
    }
    if is_begun || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_rules_never_panic() {
        let line = "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -m comment --comment \"a \\\" b\" -j DNAT --to-destination 172.17.0.2:80";
        assert_eq!(words(line).len(), 19);
        for step in 0..4_000 {
            let mut broken = line.as_bytes().to_vec();
            let at = (step * 7919) % broken.len();
            if step % 3 == 0 {
                broken.truncate(at);
            } else {
                broken[at] ^= 1 << (step % 7);
            }
            let _ = read("ip", "nat", &[String::from_utf8_lossy(&broken).into_owned()]);
        }
    }
}
