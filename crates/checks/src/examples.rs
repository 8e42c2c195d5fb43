//! The examples of the rules, run.

use crate::{
    CheckOptions, Healthcheck, ImageFacts, RULES, Seen, SeenKind, Trait, TreeEntry, TreeFacts, check,
    interesting, rules,
};
use dockerfile::HistoryEntry;
use model::LayerPath;

/// Facts from lines such as `user root`, `history RUN …`, `file 4755 usr/bin/su package=util-linux`.
pub(crate) fn facts(lines: &str) -> (ImageFacts, CheckOptions) {
    let mut facts = ImageFacts::default();
    let mut options = CheckOptions::default();
    for line in lines.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let words = || rest.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let config = &mut facts.config;
        match word {
            "name" => facts.names.push(rest.to_owned()),
            "trusted" => options.trusted_registries.push(rest.to_owned()),
            "age" => options.age_days = rest.parse().ok(),
            "base-age" => options.base_age_days = rest.parse().ok(),
            "user" => config.user = rest.to_owned(),
            "env" => config.env.push(rest.to_owned()),
            "label" => drop(
                rest.split_once('=')
                    .map(|(name, value)| config.labels.insert(name.to_owned(), value.to_owned())),
            ),
            "port" => config.exposed_ports.push(rest.to_owned()),
            "volume" => config.volumes.push(rest.to_owned()),
            "entrypoint" => config.entrypoint = words(),
            "cmd" => config.cmd = words(),
            "health" => config.healthcheck = Healthcheck::Command(words()),
            "onbuild" => config.on_build.push(rest.to_owned()),
            "signal" => config.stop_signal = Some(rest.to_owned()),
            "history" => facts.history.push(HistoryEntry::new(rest)),
            "setting" => facts.history.push(HistoryEntry::empty(rest)),
            "file" | "directory" | "device" | "content" => {
                let tree = facts.tree.get_or_insert_with(TreeFacts::default);
                tree.knows_packages = true;
                if let Some(entry) = entry(word, rest) {
                    tree.push(entry);
                }
            }
            other => panic!("an example says '{other}'"),
        }
    }
    (facts, options)
}

fn entry(word: &str, rest: &str) -> Option<TreeEntry> {
    let (first, rest) = rest.split_once(' ').expect("two words");
    let mut entry = TreeEntry { mode: 0o644, size_bytes: 100, ..TreeEntry::default() };
    if word == "content" {
        entry.path = LayerPath::new(first);
        entry.content = Some(rest.replace("\\n", "\n").into_bytes());
    } else {
        let mut words = rest.split(' ');
        entry.path = LayerPath::new(words.next().expect("a path"));
        entry.kind = match (word, first) {
            ("file", _) => SeenKind::File,
            ("directory", _) => SeenKind::Directory,
            (_, "block") => SeenKind::BlockDevice,
            _ => SeenKind::CharacterDevice,
        };
        entry.mode = u32::from_str_radix(first, 8).unwrap_or(0o644);
        for word in words {
            match word.split_once('=').expect("a name and a value") {
                ("package", name) => entry.package = Some(name.to_owned()),
                ("uid", uid) => entry.uid = uid.parse().expect("a number"),
                ("caps", hex) => {
                    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
                    entry.capability = (0..hex.len()).step_by(2).map(byte).collect();
                }
                (other, _) => panic!("an example says '{other}'"),
            }
        }
    }
    let seen = Seen {
        path: entry.path.as_str(),
        kind: entry.kind,
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        size_bytes: entry.size_bytes,
        has_capability: !entry.capability.is_empty(),
    };
    entry.traits = interesting(&seen)?.traits;
    Some(entry)
}

#[test]
fn every_rule_tells_its_bad_example_and_is_silent_on_its_good_one() {
    for rule in rules() {
        for (lines, is_bad) in [(rule.bad, true), (rule.good, false)] {
            let (facts, options) = facts(lines);
            let hits = check(&facts, &options).hits;
            let found: Vec<_> = hits.iter().filter(|hit| hit.rule.id == rule.info.id).collect();
            assert_eq!(!found.is_empty(), is_bad, "{}: {lines}\n{found:#?}", rule.info.id);
        }
    }
}

#[test]
fn rules_are_sorted_and_complete() {
    assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert_eq!(RULES.len(), rules().len());
    for rule in RULES {
        assert!(
            rule.id.starts_with("image/") && !rule.references.is_empty() && rule.why.len() > 40,
            "{}",
            rule.id
        );
    }
}

#[test]
fn credentials_never_stand_in_what_is_told() {
    let secret = "Tr0ub4dor-and-3";
    let lines = format!(
        "env DB_PASSWORD={secret}\nlabel x.token={secret}\nhistory RUN |1 A_TOKEN={secret} /bin/sh -c curl -k -H \"Authorization: Bearer {secret}\" https://u:{secret}@example.com --password {secret} | sh # buildkit\nhistory RUN /bin/sh -c echo root:{secret} | sudo chpasswd && useradd -p {secret} x && A_TOKEN={secret} sudo make # buildkit"
    );
    let (facts, options) = facts(&lines);
    let hits = check(&facts, &options).hits;
    assert!(hits.len() >= 8, "{hits:#?}");
    assert!(!format!("{hits:?}").contains(secret), "{hits:#?}");
}

#[test]
fn damaged_facts_never_panic() {
    let all: String = rules().iter().map(|rule| format!("{}\n{}\n", rule.bad, rule.good)).collect();
    let (good, options) = facts(&all);
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |limit: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap_or(0) % limit.max(1)
    };
    for _ in 0..60 {
        let mut damaged = good.clone();
        let config = &mut damaged.config;
        let texts = config
            .env
            .iter_mut()
            .chain(&mut config.volumes)
            .chain(&mut config.exposed_ports)
            .chain(&mut config.cmd);
        let history = damaged.history.iter_mut().map(|entry| &mut entry.created_by);
        for text in texts.chain(history).chain([&mut config.user]).chain(&mut damaged.names) {
            let mut bytes = text.clone().into_bytes();
            bytes.truncate(next(bytes.len() + 1));
            if let Some(byte) = (!bytes.is_empty()).then(|| next(bytes.len())) {
                bytes[byte] ^= 1 << next(8);
            }
            *text = String::from_utf8_lossy(&bytes).into_owned();
        }
        let mut tree = TreeFacts::default();
        for one in [
            Trait::AccountFile,
            Trait::Sudoers,
            Trait::ClientConfiguration,
            Trait::NameResolution,
            Trait::AuthorizedKeys,
            Trait::Certificate,
            Trait::FileCapability,
        ] {
            let bytes: Vec<u8> = (0..next(200)).map(|_| b":[]=# \n0rootNOPASSWD\xff"[next(21)]).collect();
            let mut entry = TreeEntry {
                path: LayerPath::new(["etc/passwd", "etc/shadow", "etc/hosts", "etc/apt/x"][next(4)]),
                capability: bytes.clone(),
                content: Some(bytes),
                ..TreeEntry::default()
            };
            entry.traits.insert(one);
            tree.push(entry);
        }
        damaged.tree = Some(tree);
        let _ = check(&damaged, &options);
    }
}
