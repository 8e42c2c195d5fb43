//! Which image a call is about.

use super::Case;
use crate::client::clean;
use crate::decision::Tagging;
use crate::facts::{ImageFacts, known};
use crate::glob::fits;
use calls::Call;

/// A reference in parts: the name with its registry, the tag, the digest (distribution `reference`, normalised names).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) tag: Option<String>,
    pub(crate) digest: Option<String>,
}

/// Splits a reference and gives it the registry that the engine takes.
pub(crate) fn reference(text: &str) -> Reference {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest.to_owned())),
        None => (text, None),
    };
    let (path, tag) = match rest.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag.to_owned())),
        _ => (rest, None),
    };
    Reference { name: full_path(path), tag, digest }
}

fn full_path(path: &str) -> String {
    match path.split_once('/') {
        // The first part is a registry when it looks like a host (`reference.splitDockerDomain`).
        Some((first, _)) if first.contains(['.', ':', '*']) || first == "localhost" => path
            .strip_prefix("index.docker.io/")
            .map_or_else(|| path.to_owned(), |rest| format!("docker.io/{rest}")),
        Some(_) => format!("docker.io/{path}"),
        None if path.starts_with('*') => path.to_owned(),
        None => format!("docker.io/library/{path}"),
    }
}

/// The reference as patterns of policies see it.
pub(crate) fn full_name(text: &str) -> String {
    if text.is_empty() || text.starts_with("sha256:") {
        return text.to_owned();
    }
    let reference = reference(text);
    let tag = match (&reference.tag, &reference.digest) {
        (None, None) => ":latest".to_owned(),
        (Some(tag), _) => format!(":{tag}"),
        (None, Some(_)) => String::new(),
    };
    let digest = reference.digest.map_or_else(String::new, |digest| format!("@{digest}"));
    format!("{}{tag}{digest}", reference.name)
}

/// Whether a pattern of a policy fits an image: a pattern without tag fits all tags.
pub(crate) fn is_allowed(pattern: &str, image: &str) -> bool {
    if image.starts_with("sha256:") {
        return fits(pattern, image);
    }
    let (pattern, image) = (reference(pattern), reference(image));
    let part = |pattern: Option<&String>, text: Option<&String>, default: &str| {
        pattern.is_none_or(|pattern| fits(pattern, text.map_or(default, String::as_str)))
    };
    let default = if image.digest.is_some() { "" } else { "latest" };
    fits(&pattern.name, &image.name)
        && part(pattern.tag.as_ref(), image.tag.as_ref(), default)
        && part(pattern.digest.as_ref(), image.digest.as_ref(), "")
}

/// What is known of the image of a call, without noting that it is not.
pub(crate) fn facts<'a>(case: &Case<'a>, name: &str) -> Option<&'a ImageFacts> {
    let facts = case.facts;
    if let Ok(Some(found)) = known(&facts.images, name) {
        return Some(found);
    }
    // The name that a rewrite put in its place.
    facts.images.iter().find_map(|(asked, found)| match found {
        crate::facts::Found::Known(image) if pinned(asked, image).as_deref() == Some(name) => Some(image),
        _ => None,
    })
}

/// The reference that means this image and no other.
pub(crate) fn pinned(asked: &str, image: &ImageFacts) -> Option<String> {
    if asked.starts_with("sha256:") {
        return None;
    }
    let parts = reference(asked);
    if parts.digest.is_some() {
        return None;
    }
    let (name, _) = split(asked);
    match &image.digest {
        Some(digest) => Some(format!("{name}@{digest}")),
        None if !image.id.is_empty() => Some(image.id.clone()),
        None => None,
    }
}

/// The name as written, without its tag.
fn split(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (text, None),
    }
}

/// Judges the image of a container that is made.
pub(crate) fn judge(case: &mut Case<'_>) {
    let Some(name) = case.call.body().map(|body| body.text_of("Image").to_owned()) else { return };
    judge_named(case, &name, "Image");
}

pub(crate) fn judge_named(case: &mut Case<'_>, name: &str, field: &str) {
    if name.is_empty() {
        return;
    }
    let facts = case.facts;
    let image = match known(&facts.images, name) {
        Ok(Some(image)) => image,
        Ok(None) => {
            allowed(case, &[name.to_owned()], field);
            if !case
                .hits
                .iter()
                .any(|hit| hit.rule == "guard/image-not-allowed" && hit.mode == crate::Mode::Deny)
            {
                case.not_found = Some((404, format!("No such image: {}", clean(&shown(name)))));
            }
            return;
        }
        Err(reason) => {
            case.unknown(&format!("image {name}"), &reason);
            return;
        }
    };
    // A name that is none of the image's own is the beginning of its id: then its own names count.
    let asked = full_name(name);
    let is_own = image.names.is_empty() || image.names.iter().any(|own| full_name(own) == asked);
    let names = if is_own { vec![name.to_owned()] } else { image.names.clone() };
    allowed(case, &names, field);
    verdicts(case, image, name, field);
}

/// What the scan and the signatures of an image say.
fn verdicts(case: &mut Case<'_>, image: &ImageFacts, name: &str, field: &str) {
    let what = clean(name);
    let why = |reasons: &[String]| match reasons {
        [] => String::new(),
        [first] => format!(": {}", clean(first)),
        [first, more @ ..] => format!(": {} (and {} more)", clean(first), more.len()),
    };
    let scan = why(&image.scan_reasons);
    match image.passed_scan {
        Some(true) => {}
        Some(false) => {
            let message = format!("the image {what} did not pass its scan{scan}");
            case.report("guard/image-failed-scan", message, field, "");
        }
        None => {
            let message = format!("the image {what} was not scanned{scan}");
            case.report("guard/image-not-scanned", message, field, "");
        }
    }
    if image.is_signed != Some(true) {
        let signature = why(&image.signature_reasons);
        let message = format!("the image {what} has no signature that counts{signature}");
        case.report("guard/image-not-signed", message, field, "");
    }
}

/// What a pull asks for; none for an import.
pub(crate) fn pulled(call: &Call) -> Option<String> {
    if call.query("fromSrc").is_some_and(|source| !source.is_empty()) {
        return None;
    }
    let name = call.query("fromImage").filter(|name| !name.is_empty())?;
    Some(match call.query("tag").unwrap_or_default() {
        "" => name.to_owned(),
        tag if tag.contains(':') => format!("{name}@{tag}"),
        tag => format!("{name}:{tag}"),
    })
}

/// An image in its registry; what is not there, or not known, is noted.
fn remote<'a>(case: &mut Case<'a>, name: &str, field: &str) -> Option<&'a ImageFacts> {
    let facts = case.facts;
    let problem = match known(&facts.remotes, name) {
        Ok(Some(image)) => return Some(image),
        Ok(None) => None,
        Err(reason) => Some(reason),
    };
    allowed(case, &[name.to_owned()], field);
    match problem {
        Some(reason) => case.unknown(&format!("image {name}"), &reason),
        None => {
            let message = format!("manifest for {} not found: manifest unknown", clean(name));
            case.not_found = Some((404, message));
        }
    }
    None
}

/// Judges the image of a service, which nodes pull: where verdicts are asked for, what its name means in its registry now, and
/// the service gets that one.
pub(crate) fn judge_of_service(case: &mut Case<'_>, name: &str, field: &str) -> Option<String> {
    if case.policy.images().is_none() {
        judge_named(case, name, field);
        // That it is not here says nothing.
        case.not_found = None;
        return None;
    }
    let image = remote(case, name, field)?;
    let parts = reference(name);
    let pinned = image.digest.as_ref().filter(|_| parts.digest.is_none());
    let pinned = pinned.map(|digest| format!("{name}@{digest}"));
    allowed(case, &[pinned.clone().unwrap_or_else(|| name.to_owned())], field);
    verdicts(case, image, name, field);
    let pinned = pinned.filter(|_| case.policy.mode >= crate::Mode::Rewrite)?;
    case.rewritten("container/image-without-digest", field, pinned.clone());
    Some(pinned)
}

/// Judges what a pull brings: the digest that its name means now. The engine is sent for that one, whatever the name means by then.
pub(crate) fn pull(case: &mut Case<'_>) {
    let Some(name) = pulled(&case.call) else { return };
    case.image = Some(full_name(&name));
    let parts = reference(&name);
    if case.policy.images().is_none() {
        allowed(case, &[name], "fromImage");
        return;
    }
    if parts.tag.is_none() && parts.digest.is_none() {
        allowed(case, std::slice::from_ref(&name), "fromImage");
        case.unknown(&format!("image {name}"), "all of its tags are asked for at once (hint: name one)");
        return;
    }
    let Some(image) = remote(case, &name, "fromImage") else { return };
    let Some(digest) = &image.digest else {
        case.unknown(&format!("image {name}"), "its registry tells no digest");
        return;
    };
    let full = if parts.digest.is_some() { name.clone() } else { format!("{name}@{digest}") };
    allowed(case, &[full], "fromImage");
    verdicts(case, image, &name, "fromImage");
    if case.policy.mode < crate::Mode::Rewrite || parts.digest.is_some() {
        return;
    }
    let (path, _) = split(&name);
    let path = path.to_owned();
    case.call.set_query("fromImage", path.clone());
    case.call.set_query("tag", digest.clone());
    case.rewritten("container/image-without-digest", "tag", digest.clone());
    let tag = parts.tag.unwrap_or_default();
    case.tag_after = Some(Tagging { image: format!("{path}@{digest}"), repository: path, tag });
}

/// As the daemon says it: clients look for this text before they pull.
fn shown(name: &str) -> String {
    let parts = reference(name);
    if parts.tag.is_none() && parts.digest.is_none() { format!("{name}:latest") } else { name.to_owned() }
}

/// The list of images, where there is one.
pub(crate) fn allowed(case: &mut Case<'_>, names: &[String], field: &str) {
    let rule = "guard/image-not-allowed";
    let Some(setting) = case.setting(rule) else { return };
    let patterns = setting.texts("allowed");
    if !names.iter().any(|name| patterns.iter().any(|pattern| is_allowed(pattern, name))) {
        let name = names.first().map(|name| full_name(name)).unwrap_or_default();
        let message = format!("the image {} is not on the list of images", clean(&name));
        case.report(rule, message, field, "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_get_the_registry_that_the_engine_takes() {
        for (text, full) in [
            ("alpine", "docker.io/library/alpine:latest"),
            ("team/web:1", "docker.io/team/web:1"),
            ("localhost/web", "localhost/web:latest"),
            ("example.com:5000/a/b", "example.com:5000/a/b:latest"),
            ("index.docker.io/library/a:1", "docker.io/library/a:1"),
            ("a@sha256:00", "docker.io/library/a@sha256:00"),
        ] {
            assert_eq!(full_name(text), full);
        }
    }

    #[test]
    fn patterns_fit_whole_names() {
        for (pattern, image) in [
            ("example.com/*", "example.com/a/b:1"),
            ("alpine", "alpine:3.19"),
            ("alpine:3.*", "docker.io/library/alpine:3.19"),
            ("*", "anything.example.com/x"),
            ("example.com/web", "example.com/web@sha256:00"),
        ] {
            assert!(is_allowed(pattern, image), "{pattern} {image}");
        }
        for (pattern, image) in [
            ("example.com/*", "example.com.evil.example/a"),
            ("alpine", "evil.example/alpine"),
            ("alpine", "alpine-evil"),
            ("alpine:3.*", "alpine"),
            ("alpine", "sha256:00"),
            ("web*", "web.example/x"),
        ] {
            assert!(!is_allowed(pattern, image), "{pattern} {image}");
        }
    }
}
