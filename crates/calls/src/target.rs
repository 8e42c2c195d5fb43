//! The path of a target: matched against the templates, its parameters taken out.

use crate::limits::Limits;
use crate::query::percent_decode;
use crate::refusal::{Refusal, shown};
use crate::route::{Method, Route};
use crate::routes::ROUTES;

/// Parameters of a path by name.
type Parameters = Vec<(&'static str, String)>;

/// What a path says.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) version: Option<u8>,
    pub(crate) route: &'static Route,
    pub(crate) parameters: Parameters,
}

/// Reads a path: nothing that the daemon would clean, decode twice or read as another one.
pub(crate) fn read(method: Method, path: &str, limits: &Limits) -> Result<Path, Refusal> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err(Refusal::malformed("target-form", "the target is no path"));
    };
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) || path.contains(['#', '\\', '?']) {
        return Err(Refusal::malformed(
            "path-character",
            "the path has a character that belongs encoded, or nowhere",
        ));
    }
    let mut segments = Vec::new();
    for segment in rest.split('/') {
        segments.push(decoded(segment)?);
    }
    let mut segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let version = version(segments[0], limits)?;
    if version.is_some() {
        segments.remove(0);
    }
    // Separators that came encoded are written as they are: what is counted is what the daemon is sent.
    if segments.iter().map(|segment| segment.split('/').count()).sum::<usize>() > 32 {
        return Err(Refusal::malformed("path-too-long", "the path has more than 32 parts"));
    }
    let found = ROUTES.iter().copied().flatten().filter(|route| route.method == method);
    let mut best: Option<(usize, &'static Route, Parameters)> = None;
    for route in found {
        let Some(parameters) = matched(route.template, &segments) else { continue };
        // More written out is nearer, as `/containers/json` before `/containers/{id}`.
        let written = route.template.split('/').filter(|part| !part.starts_with('{')).count();
        if best.as_ref().is_none_or(|(count, ..)| written > *count) {
            best = Some((written, route, parameters));
        }
    }
    let Some((_, route, parameters)) = best else {
        let message = format!("{method} {} is no call that is known", shown(path));
        return Err(Refusal::new(404, "route-unknown", message));
    };
    if version.is_some_and(|version| version < route.since) {
        let message = format!("{} needs version 1.{} of the API", route.id, route.since);
        return Err(Refusal::malformed("version-too-old", message));
    }
    Ok(Path { version, route, parameters })
}

/// Decodes one part once. What need not be encoded must not be, but for the separators of names.
fn decoded(segment: &str) -> Result<String, Refusal> {
    let text = percent_decode(segment)?;
    if text.is_empty() || text == "." || text == ".." {
        return Err(Refusal::malformed("path-not-clean", "the path has an empty part, '.' or '..'"));
    }
    if text.chars().any(char::is_control) {
        return Err(Refusal::malformed("control-character", "the path has a control character"));
    }
    if text.contains('%') {
        return Err(Refusal::malformed("path-encoded-twice", "the path is encoded twice"));
    }
    if text != segment {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        let encoded = segment.as_bytes().windows(3).filter(|window| window[0] == b'%');
        for window in encoded {
            let digits = std::str::from_utf8(&window[1..]).unwrap_or_default();
            if u8::from_str_radix(digits, 16).is_ok_and(plain) {
                let message = "the path encodes a character that needs no encoding";
                return Err(Refusal::malformed("path-encoded", message));
            }
        }
    }
    Ok(text)
}

/// `v1.43`; none for a first part that is no version, an error for what the daemon might take for one.
fn version(segment: &str, limits: &Limits) -> Result<Option<u8>, Refusal> {
    let Some(rest) = segment.strip_prefix(['v', 'V']) else { return Ok(None) };
    if !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Ok(None);
    }
    let minor = rest.strip_prefix("1.").filter(|minor| {
        segment.starts_with('v')
            && (1..=2).contains(&minor.len())
            && minor.bytes().all(|byte| byte.is_ascii_digit())
            && (minor.len() == 1 || !minor.starts_with('0'))
    });
    let Some(minor) = minor.and_then(|minor| minor.parse::<u8>().ok()) else {
        let message = format!("'{}' is no version of the API", shown(segment));
        return Err(Refusal::malformed("version-malformed", message));
    };
    if minor < limits.version_min {
        let message =
            format!("version 1.{minor} of the API is too old, 1.{} is the least", limits.version_min);
        return Err(Refusal::malformed("version-too-old", message));
    }
    if minor > limits.version_max {
        let message =
            format!("version 1.{minor} of the API is too new, 1.{} is the greatest", limits.version_max);
        return Err(Refusal::malformed("version-too-new", message));
    }
    Ok(Some(minor))
}

fn matched(template: &'static str, segments: &[&str]) -> Option<Parameters> {
    // Most templates begin with another word: that is seen before anything is counted.
    let first = template.as_bytes().get(1..2);
    if first != Some(b"{") && segments.first().map(|segment| &segment.as_bytes()[..1]) != first {
        return None;
    }
    let parts = template[1..].split('/');
    let mut parameters = Vec::new();
    // At most one part of a template takes several segments.
    let extra = segments.len().checked_sub(parts.clone().count())?;
    let mut at = 0;
    for part in parts {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            if segments.get(at) != Some(&part) {
                return None;
            }
            at += 1;
            continue;
        };
        let count = if is_long(name) { 1 + extra } else { 1 };
        let value = segments.get(at..at + count)?.join("/");
        if !is_allowed(name, &value) {
            return None;
        }
        parameters.push((name, value));
        at += count;
    }
    (at == segments.len()).then_some(parameters)
}

/// Names of images and plugins have slashes.
fn is_long(name: &str) -> bool {
    matches!(name, "name" | "anything")
}

fn is_allowed(name: &str, value: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'+');
    let has_clean_parts = || value.split('/').all(|part| !matches!(part, "" | "." | ".."));
    match name {
        "name" => {
            value.bytes().all(|byte| is_plain(byte) || matches!(byte, b'/' | b':' | b'@'))
                && has_clean_parts()
        }
        "anything" => has_clean_parts() && value.bytes().all(|byte| byte.is_ascii_graphic()),
        _ => value.bytes().all(|byte| is_plain(byte) || matches!(byte, b':' | b'@')),
    }
}

/// Writes a path in the one way.
pub(crate) fn written(version: Option<u8>, route: &Route, parameters: &[(&'static str, String)]) -> String {
    let mut out = version.map_or_else(String::new, |minor| format!("/v1.{minor}"));
    for part in route.template[1..].split('/') {
        out.push('/');
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => {
                let value = parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
                out.push_str(value.unwrap_or_default());
            }
            None => out.push_str(part),
        }
    }
    out
}
