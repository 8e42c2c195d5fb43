//! What `FROM` names.

use super::{File, Hits, Rule, Words, rule};
use crate::file::Step;
use dockerfile::{Arguments, Keyword, Stage, expand};
use model::Severity;
use std::ops::Range;

/// `FROM` instructions with their stages.
pub(super) fn stages<'f, 'a>(file: &'f File<'a>) -> impl Iterator<Item = (&'f Stage, &'f Step<'a>)> {
    file.all(Keyword::From).filter_map(|step| Some((file.parsed.stages.get(step.stage?)?, step)))
}

/// Where the name of the image stands.
fn name_bytes(file: &File<'_>, step: &Step<'_>) -> Range<usize> {
    let places = step.instruction.word_places(file.parsed.escape);
    places.into_iter().next().map_or_else(|| file.first_line(step), |(_, bytes)| bytes)
}

/// The image that a stage begins with, when it is one: not `scratch`, not an earlier stage, without quotes.
fn image(stage: &Stage) -> Option<&str> {
    let name = stage.base.trim_matches(['"', '\'']);
    (stage.parent.is_none() && !name.eq_ignore_ascii_case("scratch") && !name.is_empty()).then_some(name)
}

/// The part behind the last slash, where a tag stands.
fn last_part(image: &str) -> &str {
    image.rsplit('/').next().unwrap_or(image)
}

fn digest_edits(file: &File<'_>, stage: &Stage, step: &Step<'_>) -> Vec<(Range<usize>, String)> {
    let bytes = name_bytes(file, step);
    let digest = file.around.digests.get(&stage.base).filter(|_| !stage.base.contains('@'));
    digest.map(|digest| (bytes.end..bytes.end, format!("@{digest}"))).into_iter().collect()
}

pub(super) const UNTAGGED: Rule = rule(
    "dockerfile/untagged-base-image",
    Severity::Medium,
    &["CIS-Docker-4.2", "CKV_DOCKER_7", "DL3006", "DS-0001"],
    &Words(
        "the base image has neither tag nor digest",
        "Without a tag the newest image is meant, whatever that is on the day of the build: the same Dockerfile gives \
         another image, and may stop to build.",
        "Name a tag, better a digest: FROM image:tag@sha256:….",
    ),
    |file, hits| {
        for (stage, step) in stages(file) {
            let Some(name) = image(stage) else { continue };
            if name.contains('$') || name.contains('@') || last_part(name).contains(':') {
                continue;
            }
            let edits = digest_edits(file, stage, step);
            hits.add(name_bytes(file, step), format!("base image {} without a tag", super::cut(name)))
                .fix("pin the digest", edits);
        }
    },
);

pub(super) const LATEST: Rule = rule(
    "dockerfile/latest-base-image",
    Severity::Medium,
    &["CIS-DI-0006", "CKV_DOCKER_7", "DL3007", "DS-0001"],
    &Words(
        "the base image is whatever is latest",
        "The tag latest moves: the same Dockerfile gives another image tomorrow, and may stop to build.",
        "Name the release that you tested, better a digest: FROM image:tag@sha256:….",
    ),
    |file, hits| {
        for (stage, step) in stages(file) {
            let Some(name) = image(stage) else { continue };
            if !name.contains('@') && name.ends_with(":latest") {
                let edits = digest_edits(file, stage, step);
                hits.add(name_bytes(file, step), format!("base image {}", super::cut(name)))
                    .fix("pin the digest", edits);
            }
        }
    },
);

pub(super) const NO_DIGEST: Rule = rule(
    "dockerfile/base-image-without-digest",
    Severity::Low,
    &["CIS-Docker-4.2"],
    &Words(
        "the base image is named by a tag that can move",
        "Whoever can push to the repository can put another image under the tag; a digest is the image itself.",
        "Write FROM image:tag@sha256:…, and let a bot raise it.",
    ),
    |file, hits| {
        for (stage, step) in stages(file) {
            let Some(name) = image(stage) else { continue };
            let is_tagged = last_part(name).contains(':') && !name.ends_with(":latest");
            if is_tagged && !name.contains('@') && !name.contains('$') {
                let edits = digest_edits(file, stage, step);
                hits.add(name_bytes(file, step), format!("base image {} without a digest", super::cut(name)))
                    .fix("pin the digest", edits);
            }
        }
    },
)
.optional()
.references(&["https://docs.docker.com/build/building/best-practices/#pin-base-image-versions"]);

pub(super) const REGISTRY: Rule = rule(
    "dockerfile/image-from-other-registry",
    Severity::High,
    &["CIS-Docker-4.2", "DL3026"],
    &Words(
        "an image comes from a registry that is not allowed",
        "Only images of the configured registries were looked at by somebody; another one can hold anything.",
        "Take the image from an allowed registry, or mirror it there.",
    ),
    registry,
);

fn registry(file: &File<'_>, hits: &mut Hits) {
    let allowed = &file.config.allowed_registries;
    if allowed.is_empty() {
        return;
    }
    let mut check = |name: &str, bytes: Range<usize>| {
        let name = name.trim_matches(['"', '\'']);
        let registry = registry_of(name);
        let is_allowed = allowed.iter().any(|pattern| is_registry(pattern, &registry));
        if !is_allowed && !name.starts_with('$') {
            hits.add(bytes, format!("image of {registry}, which is no allowed registry"));
        }
    };
    for (stage, step) in stages(file) {
        if let Some(name) = image(stage) {
            check(name, name_bytes(file, step));
        }
    }
    for step in &file.steps {
        let mut sources: Vec<(String, Range<usize>)> = Vec::new();
        for flag in &step.instruction.flags {
            match (step.instruction.keyword, flag.name.as_str()) {
                (Keyword::Copy, "from") => {
                    sources.extend(flag.value.clone().map(|value| (value, flag.bytes.clone())));
                }
                (Keyword::Run, "mount") => {
                    let from = flag.fields().find(|(name, _)| *name == "from").and_then(|(_, value)| value);
                    sources.extend(from.map(|value| (value.to_owned(), flag.bytes.clone())));
                }
                _ => {}
            }
        }
        for (name, bytes) in sources {
            let is_stage = file
                .parsed
                .stages
                .iter()
                .any(|stage| stage.name.as_deref() == Some(&name.to_ascii_lowercase()));
            let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
            if !is_stage && !is_number && !name.is_empty() && name != "scratch" {
                check(&name, bytes);
            }
        }
    }
}

fn registry_of(name: &str) -> String {
    match name.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host.to_owned(),
        _ => "docker.io".to_owned(),
    }
}

fn is_registry(pattern: &str, registry: &str) -> bool {
    let is_hub = |name: &str| matches!(name, "docker.io" | "hub.docker.com" | "index.docker.io");
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        _ if pattern == "*" => true,
        (Some(end), _) => registry.ends_with(end),
        (_, Some(start)) => registry.starts_with(start),
        _ => pattern == registry || (is_hub(pattern) && is_hub(registry)),
    }
}

pub(super) const PLATFORM: Rule = rule(
    "dockerfile/constant-platform",
    Severity::Medium,
    &["DL3029", "FromPlatformFlagConstDisallowed"],
    &Words(
        "the platform of a stage is fixed",
        "The image can only be built for that platform; on any other machine it is emulated or fails.",
        "Leave --platform out, or use $BUILDPLATFORM for stages that compile.",
    ),
    |file, hits| {
        for (stage, step) in stages(file) {
            let Some(platform) = stage.platform.as_deref() else { continue };
            let is_variable = ["BUILDPLATFORM", "TARGETPLATFORM"].iter().any(|name| platform.contains(name));
            if is_variable {
                continue;
            }
            let bytes = step.instruction.flags.first().map_or(0..0, |flag| flag.bytes.clone());
            let hit = hits.add(bytes, format!("FROM with the constant platform {}", super::cut(platform)));
            let named = stage.name.as_deref().unwrap_or_default();
            let tells = platform.split('/').any(|part| !part.is_empty() && named.contains(part));
            if tells || platform.contains('$') {
                hit.only(&["DL3029"]);
            }
        }
    },
);

pub(super) const REDUNDANT_PLATFORM: Rule = rule(
    "dockerfile/redundant-target-platform",
    Severity::Medium,
    &["DL3065", "RedundantTargetPlatform"],
    &Words(
        "the platform that is the default anyway",
        "A stage is built for the target platform unless told otherwise; naming it says nothing.",
        "Leave --platform=$TARGETPLATFORM out.",
    ),
    |file, hits| {
        for (_, step) in stages(file) {
            let flag = step.instruction.flags.iter().find(|flag| flag.name == "platform");
            let is_target = |value: &str| matches!(value, "$TARGETPLATFORM" | "${TARGETPLATFORM}");
            if let Some(flag) = flag.filter(|flag| flag.value.as_deref().is_some_and(is_target)) {
                let end = file.text[flag.bytes.end..].find(|c: char| c != ' ').unwrap_or(0);
                hits.add(flag.bytes.clone(), "--platform=$TARGETPLATFORM is the default")
                    .fix("leave it out", vec![(flag.bytes.start..flag.bytes.end + end, String::new())]);
            }
        }
    },
);

/// Arguments in front of the first stage.
fn global_arguments(file: &File<'_>) -> Vec<(String, Option<String>)> {
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    for step in file.all(Keyword::Arg).filter(|step| step.stage.is_none()) {
        if let Arguments::Words(words) = &step.instruction.arguments {
            for word in words {
                match word.split_once('=') {
                    Some((name, value)) => {
                        let value = expand(value, &|name| value_of(&found, name));
                        found.push((name.to_owned(), Some(value)));
                    }
                    None => found.push((word.clone(), None)),
                }
            }
        }
    }
    found
}

fn value_of(arguments: &[(String, Option<String>)], name: &str) -> Option<String> {
    if let Some((_, value)) = arguments.iter().rev().find(|(known, _)| known == name) {
        return value.clone();
    }
    super::variables::PLATFORM_ARGUMENTS.contains(&name).then(|| match name {
        "TARGETVARIANT" | "BUILDVARIANT" => String::new(),
        "TARGETOS" | "BUILDOS" => "linux".to_owned(),
        "TARGETARCH" | "BUILDARCH" => "amd64".to_owned(),
        "TARGETSTAGE" => "default".to_owned(),
        _ => "linux/amd64".to_owned(),
    })
}

pub(super) const UNDEFINED_IN_FROM: Rule = rule(
    "dockerfile/undefined-argument-in-from",
    Severity::Medium,
    &["UndefinedArgInFrom"],
    &Words(
        "FROM uses an argument that nobody declares",
        "FROM sees only the ARGs in front of the first stage and the platform arguments; anything else is empty.",
        "Declare it by ARG before the first FROM, or correct its name.",
    ),
    |file, hits| {
        let arguments = global_arguments(file);
        let mut known: Vec<&str> = arguments.iter().map(|(name, _)| name.as_str()).collect();
        known.extend(super::variables::PLATFORM_ARGUMENTS);
        for (stage, step) in stages(file) {
            let platform = stage.platform.as_deref().unwrap_or_default();
            let mut seen: Vec<String> = Vec::new();
            for text in [platform, stage.base.as_str()] {
                for used in super::variables::used(text, file.parsed.escape) {
                    if known.contains(&used.name.as_str()) || used.has_default || seen.contains(&used.name) {
                        continue;
                    }
                    let hint = super::variables::did_you_mean(&used.name, &known, false);
                    let hint = hint.map_or(String::new(), |name| format!(" (did you mean {name}?)"));
                    hits.add(
                        file.first_line(step),
                        format!("FROM uses ${}, which is not declared{hint}", used.name),
                    );
                    seen.push(used.name);
                }
            }
        }
    },
);

pub(super) const INVALID_DEFAULT: Rule = rule(
    "dockerfile/invalid-default-base-image",
    Severity::Medium,
    &["InvalidDefaultArgInFrom"],
    &Words(
        "without build arguments the base image has no valid name",
        "Whoever builds without --build-arg gets an error, and tools that read the Dockerfile cannot tell its base.",
        "Give the ARG a default that makes a valid name.",
    ),
    |file, hits| {
        let arguments = global_arguments(file);
        for (stage, step) in stages(file) {
            if !stage.base.contains('$') {
                continue;
            }
            let name = expand(&stage.base, &|name| value_of(&arguments, name));
            let is_declared = super::variables::used(&stage.base, file.parsed.escape)
                .iter()
                .any(|used| arguments.iter().any(|(name, _)| *name == used.name));
            if is_declared && !is_reference(&name) {
                hits.add(
                    name_bytes(file, step),
                    format!("the default of {} makes no valid image name", super::cut(&stage.base)),
                );
            }
        }
    },
);

/// Whether a text may name an image (distribution's reference grammar, near enough to tell broken ones).
fn is_reference(name: &str) -> bool {
    let name = name.split('@').next().unwrap_or(name);
    let (path, tag) = match name.rfind(':').filter(|at| !name[*at..].contains('/')) {
        Some(at) => (&name[..at], Some(&name[at + 1..])),
        None => (name, None),
    };
    let is_tag = |tag: &str| {
        !tag.is_empty()
            && !tag.starts_with(['.', '-'])
            && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
    };
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b':'))
            && part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    !path.is_empty() && path.split('/').all(is_part) && tag.is_none_or(is_tag)
}
