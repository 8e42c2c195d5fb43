//! The text of a policy.

use super::access::{Access, mode};
use super::clients::{ClientEntry, Matcher, rate};
use super::settings::{AllowedPath, Selector, Setting, Value, Waiver};
use super::{Policy, PolicyError, Warning};
use crate::Date;
use crate::decision::Mode;
use crate::document::{Map, bytes, error, hint, line, parse, shown, text_map, texts};
use crate::glob::fits;
use crate::profiles;
use crate::words::{Kind, Word, ids, word};
use calls::{Limits, ROUTES, UnknownKeys};
use expressions::Expression;
use std::collections::BTreeMap;
use workload::{Node, Surroundings};

const TOP: &[&str] = &[
    "version",
    "description",
    "profile",
    "mode",
    "unknown_keys",
    "api_version_min",
    "clients",
    "rules",
    "engine",
    "images",
];
const CLIENT: &[&str] = &["name", "description", "match", "profile", "allow", "deny", "rules", "rate"];
const READY: &[&str] = &["version", "description", "allow", "deny", "rules"];
const SELECTOR: &[&str] = &["client", "call", "labels", "image"];

pub(super) fn policy(yaml: &str) -> Result<(Policy, Vec<Warning>), PolicyError> {
    let mut warnings = Vec::new();
    let policy = whole(yaml, &mut warnings, 0)?;
    Ok((policy, warnings))
}

fn whole(yaml: &str, warnings: &mut Vec<Warning>, depth: u8) -> Result<Policy, PolicyError> {
    let root = parse(yaml)?;
    let map = Map::read(&root, "a policy", TOP)?;
    version(&map)?;
    let mut policy = match map.get("profile") {
        Some(node) => {
            let name = node.text().unwrap_or_default();
            let known = profiles::PROFILES.map(|(name, _)| name);
            let text = profiles::profile(name).filter(|_| depth < 3).ok_or_else(|| {
                let list = known.join(", ");
                error(node, format!("no profile is named '{}': {list}{}", shown(name), hint(name, &known)))
            })?;
            whole(text, &mut Vec::new(), depth + 1)?
        }
        None => Policy {
            mode: Mode::Deny,
            limits: Limits::default(),
            surroundings: Surroundings::default(),
            clients: Vec::new(),
            is_open: false,
            images: None,
            settings: vec![own_files()],
            by_rule: BTreeMap::new(),
            of_containers: Vec::new(),
        },
    };
    if let Some(node) = map.get("mode") {
        policy.mode = mode(node)?;
        if matches!(policy.mode, Mode::Rewrite | Mode::Off) {
            return Err(error(node, "the mode of a policy is audit, warn or deny"));
        }
    }
    if let Some(node) = map.get("unknown_keys") {
        policy.limits.unknown_keys = match node.text() {
            Some("warn") => UnknownKeys::Warn,
            Some("refuse") => UnknownKeys::Refuse,
            _ => return Err(error(node, "'unknown_keys' is warn or refuse")),
        };
    }
    if let Some(node) = map.get("api_version_min") {
        let minor = node.text().and_then(|text| text.strip_prefix("1.")).and_then(|text| text.parse().ok());
        policy.limits.version_min = minor
            .filter(|minor| (24..=policy.limits.version_max).contains(minor))
            .ok_or_else(|| error(node, "'api_version_min' is a version from 1.24 on"))?;
    }
    if let Some(node) = map.get("engine") {
        engine(node, &mut policy.surroundings)?;
    }
    if let Some(node) = map.get("images") {
        policy.images = Some(super::images::read(node)?);
    }
    settings(&map, None, &mut policy.settings, warnings)?;
    if map.get("clients").is_some() {
        // Settings inside the clients of the profile go with them.
        policy.settings.retain(|setting| setting.client.is_none());
        policy.clients.clear();
        for node in map.items("clients")? {
            client(node, &mut policy, warnings)?;
        }
        if let Some(at) = policy.clients.iter().position(|entry| entry.matcher.is_any()) {
            for entry in &policy.clients[at + 1..] {
                let message = format!(
                    "client '{}' is never reached: '{}' fits everyone",
                    entry.name, policy.clients[at].name
                );
                warnings.push(Warning { line: 0, message });
            }
        }
    } else if policy.clients.is_empty() {
        policy.is_open = depth == 0;
        policy.clients.push(ClientEntry {
            name: "everyone".to_owned(),
            matcher: Matcher::everyone(),
            allow: vec![Access::default()],
            deny: Vec::new(),
            rate: None,
        });
    }
    policy.by_rule.clear();
    for (at, setting) in policy.settings.iter().enumerate() {
        policy.by_rule.entry(setting.rule.clone()).or_default().push(at);
    }
    let places = |rule: &workload::Rule| policy.by_rule.get(rule.info.id).cloned().unwrap_or_default();
    policy.of_containers = workload::rules().iter().map(places).collect();
    Ok(policy)
}

fn version(map: &Map<'_>) -> Result<(), PolicyError> {
    match map.text("version")? {
        Some("1") => Ok(()),
        Some(other) => Err(error(map.node, format!("version '{}' is not known, this is 1", shown(other)))),
        None => Err(error(map.node, "a policy begins with 'version: 1'")),
    }
}

/// The rule that no policy switches off.
fn own_files() -> Setting {
    Setting {
        rule: OWN_FILES.to_owned(),
        mode: Mode::Deny,
        selector: Selector::default(),
        client: None,
        severity_min: None,
        values: BTreeMap::new(),
        message: None,
        waiver: None,
        when: None,
        line: 0,
    }
}

const OWN_FILES: &str = "guard/own-files-mounted";

/// What is known of the engine before which the guard stands.
fn engine(node: &Node, surroundings: &mut Surroundings) -> Result<(), PolicyError> {
    let keys = ["no_new_privileges", "users_remapped", "file_limit", "logs_bounded", "selinux", "log_driver"];
    let map = Map::read(node, "'engine'", &keys)?;
    let set = |key: &str, field: &mut bool| -> Result<(), PolicyError> {
        if let Some(value) = map.boolean(key)? {
            *field = value;
        }
        Ok(())
    };
    set("no_new_privileges", &mut surroundings.no_new_privileges)?;
    set("users_remapped", &mut surroundings.is_user_remapped)?;
    set("file_limit", &mut surroundings.has_file_limit)?;
    set("logs_bounded", &mut surroundings.are_logs_bounded)?;
    if let Some(has) = map.boolean("selinux")? {
        surroundings.has_no_selinux = !has;
    }
    if let Some(driver) = map.text("log_driver")? {
        driver.clone_into(&mut surroundings.log_driver);
    }
    Ok(())
}

fn client(node: &Node, policy: &mut Policy, warnings: &mut Vec<Warning>) -> Result<(), PolicyError> {
    let map = Map::read(node, "a client", CLIENT)?;
    let name = map.needed("name")?.to_owned();
    if policy.clients.iter().any(|entry| entry.name == name) {
        return Err(error(node, format!("two clients are named '{name}'")));
    }
    let matcher = map.get("match").ok_or_else(|| error(node, format!("client '{name}' needs 'match'")))?;
    let matcher = Matcher::read(matcher)?;
    let at = policy.clients.len();
    let mut entry = ClientEntry { name, matcher, allow: Vec::new(), deny: Vec::new(), rate: None };
    if let Some(node) = map.get("profile") {
        let name = node.text().unwrap_or_default();
        let known: Vec<&str> = profiles::CLIENTS.iter().map(|(name, _)| *name).collect();
        let text = profiles::client(name).ok_or_else(|| {
            let list = known.join(", ");
            error(node, format!("no client profile is named '{}': {list}{}", shown(name), hint(name, &known)))
        })?;
        let root = parse(text)?;
        let ready = Map::read(&root, "a client profile", READY)?;
        access(&ready, &mut entry)?;
        settings(&ready, Some(at), &mut policy.settings, &mut Vec::new())?;
    }
    access(&map, &mut entry)?;
    if entry.allow.is_empty() {
        let message = format!("client '{}' may call nothing (hint: allow: [R1])", entry.name);
        warnings.push(Warning { line: line(node), message });
    }
    if let Some(node) = map.get("rate") {
        entry.rate = Some(rate(node)?);
    }
    settings(&map, Some(at), &mut policy.settings, warnings)?;
    policy.clients.push(entry);
    Ok(())
}

fn access(map: &Map<'_>, entry: &mut ClientEntry) -> Result<(), PolicyError> {
    for node in map.items("allow")? {
        entry.allow.push(Access::read(node)?);
    }
    for node in map.items("deny")? {
        entry.deny.push(Access::read(node)?);
    }
    Ok(())
}

fn settings(
    map: &Map<'_>,
    client: Option<usize>,
    into: &mut Vec<Setting>,
    warnings: &mut Vec<Warning>,
) -> Result<(), PolicyError> {
    for node in map.items("rules")? {
        into.push(setting(node, client, warnings)?);
    }
    Ok(())
}

fn setting(node: &Node, client: Option<usize>, warnings: &mut Vec<Warning>) -> Result<Setting, PolicyError> {
    let id = node.get("id").and_then(Node::text).ok_or_else(|| error(node, "a rule needs 'id'"))?.to_owned();
    let is_custom = id.starts_with("custom/") && id.len() > "custom/".len();
    let known = if is_custom {
        Some(Word { id: "guard/expression", parameters: &[], can_rewrite: false })
    } else {
        word(&id)
    };
    let Some(word) = known else {
        let all: Vec<&str> = ids().collect();
        let hint = match node.get("when") {
            Some(_) => " (hint: a rule with an expression is named custom/NAME)".to_owned(),
            None => hint(&id, &all),
        };
        return Err(error(node, format!("no rule is named '{}'{hint}", shown(&id))));
    };
    let mut keys = vec!["id", "mode", "match", "message", "waiver", "severity_min"];
    keys.extend(word.parameters.iter().map(|(name, _)| *name));
    if is_custom {
        keys.push("when");
    }
    let map = Map::read(node, "this rule", &keys)?;
    let mode = mode(map.get("mode").ok_or_else(|| error(node, "a rule needs 'mode'"))?)?;
    if mode == Mode::Rewrite && !word.can_rewrite {
        return Err(error(node, format!("'{id}' cannot rewrite calls (hint: mode: deny)")));
    }
    if id == OWN_FILES || id == "guard/access-denied" {
        return Err(error(node, format!("'{id}' cannot be changed")));
    }
    let mut values = BTreeMap::new();
    for (name, kind) in word.parameters {
        if let Some(node) = map.get(name) {
            values.insert(*name, value(node, name, *kind)?);
        }
    }
    for (rule, needed) in NEEDED {
        if *rule == id && matches!(mode, Mode::Rewrite | Mode::Deny) && !values.contains_key(needed) {
            // Denial without a list is meant for rules that have one only where calls are changed.
            if mode == Mode::Rewrite || rule.starts_with("guard/") {
                return Err(error(node, format!("'{id}' needs '{needed}'")));
            }
        }
    }
    let when = map.text("when")?.map(Expression::compile).transpose().map_err(|text| error(node, text))?;
    if is_custom && when.is_none() {
        return Err(error(node, format!("'{id}' needs 'when'")));
    }
    let severity_min = match map.get("severity_min") {
        Some(node) => {
            let severity = node
                .text()
                .unwrap_or_default()
                .parse::<model::Severity>()
                .map_err(|wrong| error(node, format!("{wrong}")))?;
            Some(severity)
        }
        None => None,
    };
    let waiver = map.get("waiver").map(waiver).transpose()?;
    let selector = map.get("match").map(|node| selector(node, warnings)).transpose()?.unwrap_or_default();
    Ok(Setting {
        rule: id,
        mode,
        selector,
        client,
        severity_min,
        values,
        message: map.text("message")?.map(str::to_owned),
        waiver,
        when,
        line: line(node),
    })
}

/// Parameters without which a rule means nothing.
const NEEDED: &[(&str, &str)] = &[
    ("container/no-cpu-limit", "cpus"),
    ("container/no-memory-limit", "memory"),
    ("container/runs-as-root", "user"),
    ("guard/image-not-allowed", "allowed"),
    ("guard/label-missing", "required"),
    ("guard/not-owner", "label"),
];

fn value(node: &Node, name: &str, kind: Kind) -> Result<Value, PolicyError> {
    let wrong = |what: &str| error(node, format!("'{name}' is no {what}"));
    Ok(match kind {
        Kind::Text => Value::Text(node.text().ok_or_else(|| wrong("text"))?.to_owned()),
        Kind::Texts => Value::Texts(texts(node, name)?),
        Kind::Bytes => Value::Number(node.text().and_then(bytes).ok_or_else(|| wrong("size (hint: 512m)"))?),
        Kind::Number if name.starts_with("cpus") => {
            let cpus: Option<f64> = node.text().and_then(|text| text.parse().ok());
            let cpus = cpus
                .filter(|cpus| *cpus > 0.0 && *cpus <= 4096.0)
                .ok_or_else(|| wrong("number of processors"))?;
            #[expect(clippy::cast_possible_truncation, reason = "between 0 and 4096 times 10^9")]
            Value::Number((cpus * 1e9) as i64)
        }
        Kind::Number => {
            Value::Number(node.integer().filter(|number| *number > 0).ok_or_else(|| wrong("number above 0"))?)
        }
        Kind::Paths => {
            let mut paths = Vec::new();
            for text in texts(node, name)? {
                let (path, read_only) =
                    text.strip_suffix(":ro").map_or((text.as_str(), false), |path| (path, true));
                let is_clean = path.starts_with('/')
                    && (path == "/" || path[1..].split('/').all(|part| !matches!(part, "" | "." | "..")));
                if !is_clean {
                    return Err(error(node, format!("'{}' is no clean absolute path", shown(&text))));
                }
                paths.push(AllowedPath { path: path.to_owned(), read_only });
            }
            Value::Paths(paths)
        }
        Kind::Map => Value::Map(text_map(node, name)?),
    })
}

fn waiver(node: &Node) -> Result<Waiver, PolicyError> {
    let map = Map::read(node, "'waiver'", &["reason", "until"])?;
    let reason = map.needed("reason")?.to_owned();
    let until: Date = map.needed("until")?.parse().map_err(|wrong| error(node, format!("{wrong}")))?;
    Ok(Waiver { reason, until })
}

fn selector(node: &Node, warnings: &mut Vec<Warning>) -> Result<Selector, PolicyError> {
    let map = Map::read(node, "'match' of a rule", SELECTOR)?;
    let selector = Selector {
        clients: map.texts("client")?,
        routes: map.texts("call")?,
        labels: map.text_map("labels")?,
        images: map.texts("image")?,
    };
    let ids: Vec<&str> = ROUTES.iter().copied().flatten().map(|route| route.id).collect();
    for pattern in &selector.routes {
        if !ids.iter().any(|id| fits(pattern, id)) {
            return Err(error(node, format!("no call is named '{}'{}", shown(pattern), hint(pattern, &ids))));
        }
    }
    if selector.clients.is_empty()
        && selector.routes.is_empty()
        && selector.labels.is_empty()
        && selector.images.is_empty()
    {
        warnings.push(Warning { line: line(node), message: "'match' says nothing".to_owned() });
    }
    Ok(selector)
}
