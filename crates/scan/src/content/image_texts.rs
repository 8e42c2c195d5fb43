//! The texts of an image's configuration and history, shown to detectors.

use super::engine::ContentOptions;
use super::findings::in_clear;
use crate::layer_facts::LayerFacts;
use crate::lines::{Lines, history};
use content::Hit;
use dockerfile::{HistoryEntry, Keyword, Step};
use model::{Finding, Fingerprint, Layer, Location};
use oci::Image;
use std::collections::BTreeMap;
use std::sync::Arc;

type Layers = [(Arc<Layer>, Arc<LayerFacts>)];

/// Texts of one image that are looked at; a configuration is bounded to a few megabytes before.
const TEXTS_MAX: usize = 100_000;

/// What detectors see in the texts of the configuration and history. The same credential in several places is one
/// finding that names them.
pub(crate) fn findings(
    image: &Image,
    layers: &Layers,
    lines: &Lines,
    options: &ContentOptions,
) -> Vec<Finding> {
    let detectors = &options.text_detectors;
    if detectors.is_empty() {
        return Vec::new();
    }
    let history = history(image);
    let mut seen: BTreeMap<(String, String), Seen> = BTreeMap::new();
    for text in texts(image, &history).into_iter().take(TEXTS_MAX) {
        let hits =
            detectors.iter().flat_map(|detector| detector.examine_text(text.place, &text.name, &text.value));
        for hit in hits {
            let words = text.words();
            let key = (hit.rule.clone(), hit.identity.clone());
            let seen =
                seen.entry(key).or_insert_with(|| Seen { hit, places: Vec::new(), line: None, layer: None });
            if !seen.places.contains(&words) {
                seen.places.push(words);
            }
            seen.line = seen.line.or_else(|| lines.of_entry(text.entry?));
            let layer = text.layer.and_then(|layer| layers.get(layer)).map(|(layer, _)| layer.clone());
            seen.layer = seen.layer.take().or(layer);
        }
    }
    let mut findings = Vec::new();
    for seen in seen.into_values() {
        let clear: Vec<String> =
            if options.shows_secrets { in_clear(&seen.hit).collect() } else { Vec::new() };
        let mut finding = seen.into_finding();
        finding.evidence.extend(clear);
        findings.push(finding);
    }
    findings
}

/// Credentials in clear that detectors see in the history: they must not stand in the instructions of layers either.
pub(crate) fn secrets_of_history(image: &Image, options: &ContentOptions) -> Vec<String> {
    if options.shows_secrets {
        return Vec::new();
    }
    let texts = texts(image, &history(image));
    let of_history = texts.iter().filter(|text| text.entry.is_some()).take(TEXTS_MAX);
    let hits = of_history.flat_map(|text| {
        options
            .text_detectors
            .iter()
            .flat_map(|detector| detector.examine_text(text.place, &text.name, &text.value))
    });
    let mut secrets: Vec<String> =
        hits.flat_map(|hit| hit.clear).filter(|secret| !secret.is_empty()).collect();
    // The longest first: one may be a part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.dedup();
    secrets
}

struct Seen {
    hit: Hit,
    places: Vec<String>,
    line: Option<u32>,
    layer: Option<Arc<Layer>>,
}

impl Seen {
    fn into_finding(self) -> Finding {
        let Self { hit, places, line, layer } = self;
        let mut evidence = hit.evidence;
        evidence.extend(places.iter().take(10).map(|place| format!("in the {place}")));
        Finding {
            fingerprint: Fingerprint::of(&[&hit.rule, "configuration", &hit.identity]),
            rule: hit.rule,
            title: hit.title,
            severity: hit.severity,
            location: Location { dockerfile_line: line, layer, ..Location::default() },
            evidence,
            remedy: hit.remedy,
            references: hit.references,
            aliases: Vec::new(),
            fix: None,
            vulnerability: None,
        }
    }
}

struct Text {
    place: &'static str,
    name: String,
    value: String,
    /// The history entry it comes from.
    entry: Option<usize>,
    /// The layer that the entry made.
    layer: Option<usize>,
}

impl Text {
    fn new(place: &'static str, name: &str, value: &str) -> Self {
        Self { place, name: name.to_owned(), value: value.to_owned(), entry: None, layer: None }
    }

    fn of_step(place: &'static str, name: &str, value: &str, step: &Step) -> Self {
        Self { entry: Some(step.index), layer: step.layer, ..Self::new(place, name, value) }
    }

    fn words(&self) -> String {
        match (self.entry, self.name.as_str()) {
            (Some(entry), "") => format!("{} (entry {entry})", self.place),
            (Some(entry), name) => format!("{} {name} (history entry {entry})", self.place),
            (None, "") => self.place.to_owned(),
            (None, name) => format!("{} {name}", self.place),
        }
    }
}

fn texts(image: &Image, history: &[HistoryEntry]) -> Vec<Text> {
    let mut texts = Vec::new();
    for step in dockerfile::parse_history(history) {
        for (name, value) in &step.build_args {
            texts.push(Text::of_step("build argument", name, value, &step));
        }
        match step.keyword {
            Keyword::Env if !step.pairs().is_empty() => {
                for (name, value) in step.pairs() {
                    texts.push(Text::of_step("history", name, value, &step));
                }
            }
            Keyword::Env | Keyword::Arg => {
                // The old form, `ENV name value`, and an argument with or without a value.
                let (name, value) = step.text.split_once(['=', ' ']).unwrap_or((&step.text, ""));
                texts.push(Text::of_step("history", name, value.trim_matches('"'), &step));
            }
            _ => texts.push(Text::of_step("history", "", &step.text, &step)),
        }
    }
    for (index, entry) in history.iter().enumerate().filter(|(_, entry)| !entry.comment.is_empty()) {
        texts.push(Text { entry: Some(index), ..Text::new("comment of the history", "", &entry.comment) });
    }
    let config = &image.config.config;
    for variable in &config.env {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        texts.push(Text::new("environment variable", name, value));
    }
    for (name, value) in &config.labels {
        texts.push(Text::new("label", name, value));
    }
    let healthcheck = config.healthcheck.as_ref().map(|check| check.test.join(" "));
    let on_build = config.on_build.join("\n");
    let commands = [
        ("entry point", config.entrypoint.join(" ")),
        ("command", config.cmd.join(" ")),
        ("health check", healthcheck.unwrap_or_default()),
        ("ONBUILD instruction", on_build),
    ];
    for (place, text) in commands.iter().filter(|(_, text)| !text.is_empty()) {
        texts.push(Text::new(place, "", text));
    }
    texts
}
