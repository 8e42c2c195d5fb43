//! Rules of nftables, as `nft -j list ruleset` prints them (libnftables-json(5)).

use facts::{FilterChain, FilterCondition, FilterRule, FilterSubject, FilterVerdict};
use serde_json::Value;

/// Chains and rules of one ruleset.
const CHAINS_MAX: usize = 5_000;
const RULES_MAX: usize = 50_000;
/// Values of one condition.
const VALUES_MAX: usize = 1_000;
/// Tables that iptables keeps in nftables; `iptables -S` tells what they hold, also the matches that nft does not print.
const TABLES_OF_IPTABLES: [&str; 5] = ["filter", "nat", "mangle", "raw", "security"];

/// Why a ruleset cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NftablesError {
    /// Not the JSON of nft.
    #[error("it is not the JSON of nft")]
    Malformed,
    /// Too large.
    #[error("there are more than {RULES_MAX} rules or {CHAINS_MAX} chains")]
    TooMany,
}

/// Reads a ruleset. What is not understood in a rule is a condition or verdict that is not known.
///
/// # Errors
/// When the text is no ruleset, or too large a one.
pub fn read_nftables(text: &str) -> Result<Vec<FilterChain>, NftablesError> {
    let document: Value = serde_json::from_str(text).map_err(|_| NftablesError::Malformed)?;
    let entries = document.get("nftables").and_then(Value::as_array).ok_or(NftablesError::Malformed)?;
    let mut chains: Vec<FilterChain> = Vec::new();
    let mut rules = 0;
    for entry in entries {
        if let Some(chain) = entry.get("chain") {
            if chains.len() == CHAINS_MAX {
                return Err(NftablesError::TooMany);
            }
            chains.push(read_chain(chain));
        } else if let Some(rule) = entry.get("rule") {
            rules += 1;
            if rules > RULES_MAX {
                return Err(NftablesError::TooMany);
            }
            let (family, table, name) =
                (text_of(rule, "family"), text_of(rule, "table"), text_of(rule, "chain"));
            // Rules follow their chains, mostly the last one.
            let chain = chains
                .iter_mut()
                .rev()
                .find(|chain| chain.name == name && chain.table == table && chain.family == family);
            if let Some(chain) = chain {
                chain.rules.extend(read_rule(rule));
            }
        }
    }
    let of_iptables: Vec<(String, String)> = chains
        .iter()
        .filter(|chain| is_of_iptables(chain))
        .map(|chain| (chain.family.clone(), chain.table.clone()))
        .collect();
    chains.retain(|chain| {
        !of_iptables.iter().any(|(family, table)| *family == chain.family && *table == chain.table)
    });
    Ok(chains)
}

// Its built-in chains are in capitals, which nobody else writes.
fn is_of_iptables(chain: &FilterChain) -> bool {
    chain.hook.is_some()
        && TABLES_OF_IPTABLES.contains(&chain.table.as_str())
        && chain.name.chars().all(|c| c.is_ascii_uppercase())
}

fn read_chain(chain: &Value) -> FilterChain {
    FilterChain {
        family: text_of(chain, "family"),
        table: text_of(chain, "table"),
        name: text_of(chain, "name"),
        hook: chain.get("hook").and_then(Value::as_str).map(str::to_owned),
        priority: chain.get("prio").and_then(Value::as_i64).unwrap_or(0),
        policy: match chain.get("policy").and_then(Value::as_str) {
            Some("drop") => FilterVerdict::Drop,
            _ => FilterVerdict::Accept,
        },
        rules: Vec::new(),
    }
}

// One rule may end in a verdict map, which is a rule for each of its entries.
fn read_rule(rule: &Value) -> Vec<FilterRule> {
    let mut conditions = Vec::new();
    let statements = rule.get("expr").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for statement in statements {
        let Some((kind, value)) = statement.as_object().and_then(|object| object.iter().next()) else {
            continue;
        };
        let verdict = match kind.as_str() {
            "match" => {
                conditions.extend(family(value));
                conditions.push(condition(value));
                continue;
            }
            "counter" | "log" | "limit" | "mangle" | "ct helper" | "notrack" | "meter" | "set"
            | "comment" => {
                // A limit lets through only so much, so that whether it holds is not known.
                if kind == "limit" {
                    conditions.push(other());
                }
                continue;
            }
            "accept" => FilterVerdict::Accept,
            "drop" | "reject" => FilterVerdict::Drop,
            "return" => FilterVerdict::Return,
            "continue" => FilterVerdict::Continue,
            "jump" => FilterVerdict::Jump(text_of(value, "target")),
            "goto" => FilterVerdict::Goto(text_of(value, "target")),
            "dnat" | "redirect" => {
                let port = value.get("port").map_or(String::new(), |port| format!(":{port}"));
                let address = text_of(value, "addr");
                // As ip6tables writes it.
                let address = if address.contains(':') { format!("[{address}]") } else { address };
                FilterVerdict::Translate(format!("{address}{port}"))
            }
            "snat" | "masquerade" => FilterVerdict::Accept,
            "vmap" => return verdict_map(&conditions, value),
            "xt" if text_of(value, "type") == "match" => {
                conditions.push(other());
                continue;
            }
            _ => FilterVerdict::Unknown,
        };
        return vec![FilterRule { conditions, verdict }];
    }
    vec![FilterRule { conditions, verdict: FilterVerdict::Continue }]
}

fn verdict_map(conditions: &[FilterCondition], map: &Value) -> Vec<FilterRule> {
    let subject = map.get("key").map_or(FilterSubject::Other, subject);
    let entries = map.pointer("/data/set").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if entries.is_empty() {
        // A map by its name.
        let conditions = conditions.to_vec();
        return vec![FilterRule { conditions, verdict: FilterVerdict::Unknown }];
    }
    let mut rules = Vec::new();
    for entry in entries.iter().take(VALUES_MAX) {
        let (Some(key), Some(verdict)) = (entry.get(0), entry.get(1)) else { continue };
        let verdict = Value::Object(serde_json::Map::from_iter([(
            "expr".to_owned(),
            Value::Array(vec![verdict.clone()]),
        )]));
        for mut rule in read_rule_plain(&verdict) {
            let own = FilterCondition { subject, values: values(key), is_negated: false };
            rule.conditions = conditions.iter().cloned().chain([own]).collect();
            rules.push(rule);
        }
    }
    rules
}

// Verdicts in maps are no maps themselves.
fn read_rule_plain(rule: &Value) -> Vec<FilterRule> {
    if rule.pointer("/expr/0/vmap").is_some() { Vec::new() } else { read_rule(rule) }
}

fn condition(matched: &Value) -> FilterCondition {
    let subject = matched.get("left").map_or(FilterSubject::Other, subject);
    let operator = text_of(matched, "op");
    let values = matched.get("right").map(values).unwrap_or_default();
    // Other comparisons (`<`, bits), and sets that are named, are not followed.
    let is_known = ["==", "!=", "in"].contains(&operator.as_str())
        && !values.is_empty()
        && !values.iter().any(|value| value.starts_with('@'));
    match subject {
        FilterSubject::Other => other(),
        _ if !is_known => other(),
        // `ct status dnat` has one value of interest; of the others nothing is said.
        FilterSubject::Translated if values != ["dnat"] => other(),
        FilterSubject::LocalDestination if values != ["local"] => other(),
        subject => FilterCondition { subject, values, is_negated: operator == "!=" },
    }
}

/// A match of a header asks for its family first, also where it says `!=` (nft(8), "Payload expressions").
fn family(matched: &Value) -> Option<FilterCondition> {
    let family = match matched.pointer("/left/payload/protocol").and_then(Value::as_str) {
        Some("ip" | "icmp") => "ipv4",
        Some("ip6" | "icmpv6") => "ipv6",
        _ => return None,
    };
    let values = vec![family.to_owned()];
    Some(FilterCondition { subject: FilterSubject::Family, values, is_negated: false })
}

fn other() -> FilterCondition {
    FilterCondition { subject: FilterSubject::Other, values: Vec::new(), is_negated: false }
}

fn subject(left: &Value) -> FilterSubject {
    if let Some(meta) = left.get("meta") {
        return match text_of(meta, "key").as_str() {
            "iifname" | "iif" => FilterSubject::InputInterface,
            "oifname" | "oif" => FilterSubject::OutputInterface,
            "l4proto" => FilterSubject::Protocol,
            "nfproto" => FilterSubject::Family,
            _ => FilterSubject::Other,
        };
    }
    if let Some(payload) = left.get("payload") {
        return match (text_of(payload, "protocol").as_str(), text_of(payload, "field").as_str()) {
            ("ip" | "ip6", "saddr") => FilterSubject::SourceAddress,
            ("ip" | "ip6", "daddr") => FilterSubject::DestinationAddress,
            ("ip", "protocol") | ("ip6", "nexthdr") => FilterSubject::Protocol,
            ("tcp" | "udp" | "th", "dport") => FilterSubject::DestinationPort,
            _ => FilterSubject::Other,
        };
    }
    if let Some(ct) = left.get("ct") {
        return match (text_of(ct, "key").as_str(), text_of(ct, "dir").as_str()) {
            ("state", _) => FilterSubject::State,
            ("status", _) => FilterSubject::Translated,
            ("proto-dst", "original") => FilterSubject::OriginalPort,
            _ => FilterSubject::Other,
        };
    }
    let is_type_of_destination = left.pointer("/fib/result").and_then(Value::as_str) == Some("type")
        && left.pointer("/fib/flags/0").and_then(Value::as_str) == Some("daddr");
    if is_type_of_destination { FilterSubject::LocalDestination } else { FilterSubject::Other }
}

// A value, a list or set of them, a range or a prefix.
fn values(right: &Value) -> Vec<String> {
    let list = right.as_array().or_else(|| right.get("set").and_then(Value::as_array));
    match list {
        Some(list) => list.iter().take(VALUES_MAX).filter_map(value).collect(),
        None => value(right).into_iter().collect(),
    }
}

fn value(value: &Value) -> Option<String> {
    let plain = |value: &Value| match value {
        Value::String(text) => Some(text.chars().take(200).collect()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if let Some(range) = value.get("range") {
        return Some(format!("{}-{}", plain(range.get(0)?)?, plain(range.get(1)?)?));
    }
    if let Some(prefix) = value.get("prefix") {
        return Some(format!("{}/{}", plain(prefix.get("addr")?)?, plain(prefix.get("len")?)?));
    }
    match value.get("elem") {
        Some(element) => plain(element.get("val")?),
        None => plain(value),
    }
}

fn text_of(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As nft 1.0.6 prints it.
    const RULESET: &str = r#"{"nftables": [{"metainfo": {"version": "1.0.6"}},
      {"chain": {"family": "inet", "table": "filter", "name": "forward", "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}},
      {"rule": {"family": "inet", "table": "filter", "chain": "forward", "expr": [{"match": {"op": "in", "left": {"ct": {"key": "status"}}, "right": "dnat"}}, {"accept": null}]}},
      {"rule": {"family": "inet", "table": "filter", "chain": "forward", "expr": [{"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [["invalid", {"drop": null}], ["established", {"accept": null}]]}}}]}},
      {"rule": {"family": "inet", "table": "filter", "chain": "forward", "expr": [{"match": {"op": "!=", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"set": [{"prefix": {"addr": "192.0.2.0", "len": 24}}, "198.51.100.7"]}}}, {"counter": {"packets": 0, "bytes": 0}}, {"drop": null}]}},
      {"rule": {"family": "inet", "table": "filter", "chain": "forward", "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": "@allowed"}}, {"accept": null}]}},
      {"rule": {"family": "inet", "table": "filter", "chain": "forward", "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": {"set": [22, {"range": [80, 90]}]}}}, {"dnat": {"addr": "172.17.0.2", "port": 80}}]}},
      {"chain": {"family": "ip", "table": "filter", "name": "FORWARD", "type": "filter", "hook": "forward", "prio": 0, "policy": "accept"}},
      {"rule": {"family": "ip", "table": "filter", "chain": "FORWARD", "expr": [{"xt": {"type": "match", "name": "conntrack"}}, {"drop": null}]}}]}"#;

    #[test]
    fn chains_and_rules_are_read_and_those_of_iptables_left_out() {
        let chains = read_nftables(RULESET).unwrap();
        assert_eq!(chains.len(), 1);
        let chain = &chains[0];
        assert_eq!((chain.hook.as_deref(), &chain.policy), (Some("forward"), &FilterVerdict::Drop));
        let shown: Vec<String> = chain
            .rules
            .iter()
            .map(|rule| {
                let conditions = rule.conditions.iter().map(|condition| {
                    let not = if condition.is_negated { "not " } else { "" };
                    format!("{not}{:?} {}", condition.subject, condition.values.join(" "))
                });
                format!("{} => {:?}", conditions.collect::<Vec<_>>().join(", "), rule.verdict)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "Translated dnat => Accept",
                "State invalid => Drop",
                "State established => Accept",
                "Family ipv4, not SourceAddress 192.0.2.0/24 198.51.100.7 => Drop",
                "Other  => Accept",
                "DestinationPort 22 80-90 => Translate(\"172.17.0.2:80\")",
            ]
        );
    }

    #[test]
    fn damaged_rulesets_never_panic() {
        for step in 0..3_000 {
            let mut broken = RULESET.as_bytes().to_vec();
            let at = (step * 7919) % broken.len();
            if step % 3 == 0 {
                broken.truncate(at);
            } else {
                broken[at] ^= 1 << (step % 7);
            }
            let _ = read_nftables(&String::from_utf8_lossy(&broken));
        }
    }
}
