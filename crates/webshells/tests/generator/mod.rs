//! Webshells made of parts: source × decoder × sink × wrapping. Nothing here is run; parts are joined only at run
//! time (`%%` is removed), so that no file of the repository is a webshell.

pub(crate) mod held_out;
pub(crate) mod tuned;

/// Parts of which samples are made. In a decoder and a sink `{}` stands for the value; in a wrapping `{s}` for the
/// source with its decoder, and `{k:…}` is written by the sink.
pub(crate) struct Parts {
    /// Expressions that read the request.
    pub(crate) sources: &'static [&'static str],
    /// Expressions that decode `{}`.
    pub(crate) decoders: &'static [&'static str],
    /// Statements that run `{}`.
    pub(crate) sinks: &'static [&'static str],
    /// Whole files; `SOURCE` is the decoded source, and `SINK(…)` a sink of what stands in the parentheses.
    pub(crate) wrappings: &'static [&'static str],
}

/// Every `step`-th combination, as a name and a text.
pub(crate) fn samples(parts: &Parts, step: usize) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut number = 0;
    for (w, wrapping) in parts.wrappings.iter().enumerate() {
        for (k, sink) in parts.sinks.iter().enumerate() {
            for (d, decoder) in parts.decoders.iter().enumerate() {
                for (s, source) in parts.sources.iter().enumerate() {
                    number += 1;
                    if number % step != 0 {
                        continue;
                    }
                    let value = decoder.replace("{}", source);
                    let text = expand(wrapping, &value, sink).replace("%%", "");
                    all.push((format!("wrapping {w}, sink {k}, decoder {d}, source {s}"), text));
                }
            }
        }
    }
    all
}

fn expand(wrapping: &str, value: &str, sink: &str) -> String {
    let mut text = wrapping.to_owned();
    while let Some(start) = text.find("SINK(") {
        let end = start + text[start..].find(')').expect("a sink ends");
        let argument = text[start + 5..end].to_owned();
        text.replace_range(start..=end, &sink.replace("{}", &argument));
    }
    let text = text.replace("SOURCE", value);
    // A wrapping may pack what it holds.
    match text.split_once("PACK[") {
        None => text,
        Some((before, rest)) => {
            use base64::Engine;
            let (code, after) = rest.rsplit_once("]PACK").expect("a pack ends");
            let packed = base64::engine::general_purpose::STANDARD.encode(code.replace("%%", ""));
            format!("{before}{packed}{after}")
        }
    }
}
