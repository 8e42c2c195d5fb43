//! Lines as events.

use std::io::Read;

use events::snapshot::Snapshot;
use events::{Event, EventBuilder, Extension, FdKind, Kind, Layer, OwnedEvent, ParameterInfo, ParameterType};
use serde_json::{Map, Value};

use crate::Limits;
use crate::input::Input;
use crate::json::unhex;
use crate::problem::{CaptureError, ProblemKind, Problems};

/// Reads a recording, plain or in gzip.
pub struct LinesReader<R: Read> {
    input: Input<R>,
    limits: Limits,
    problems: Problems,
    snapshot: Snapshot,
    event: Option<OwnedEvent>,
    number: u64,
    ended: bool,
}

impl<R: Read> LinesReader<R> {
    pub(crate) fn new(input: Input<R>, limits: Limits) -> Self {
        let problems = Problems::new(limits.problems_max);
        Self { input, limits, problems, snapshot: Snapshot::default(), event: None, number: 0, ended: false }
    }

    /// Opens a recording.
    pub fn open(input: R, limits: Limits) -> Result<Self, CaptureError> {
        Ok(Self::new(Input::open(input, limits.bytes_max).map_err(CaptureError::Read)?, limits))
    }

    /// Empty: what was there comes as events.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// What was wrong so far.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// The next event; lines that are none are problems.
    pub fn next_event(&mut self) -> Option<Event<'_>> {
        let (event, cpu) = loop {
            if self.ended {
                return None;
            }
            let offset = self.input.offset();
            let line = match self.input.line(self.limits.event_bytes_max) {
                Ok(Some(line)) => line,
                Ok(None) => {
                    self.ended = true;
                    if self.input.was_cut() {
                        self.problems
                            .add(ProblemKind::Limit, offset, || "more bytes than are read".to_owned());
                    } else if !self.input.is_empty() {
                        let longest = self.limits.event_bytes_max;
                        self.problems.add(ProblemKind::Limit, offset, || {
                            format!("a line of more than {longest} bytes")
                        });
                    }
                    return None;
                }
                Err(error) => {
                    self.ended = true;
                    self.problems.add(ProblemKind::Truncated, offset, || error.to_string());
                    return None;
                }
            };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match parse(line) {
                Ok(parsed) => break parsed,
                Err(why) => self.problems.add(ProblemKind::BadEvent, offset, || why),
            }
        };
        self.number += 1;
        let mut event = self.event.insert(event).event();
        (event.number, event.cpu) = (self.number, cpu);
        Some(event)
    }
}

/// An event and its processor, or why there is none.
fn parse(line: &[u8]) -> Result<(OwnedEvent, u16), String> {
    let document: Map<String, Value> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let number = |name: &str| document.get(name).and_then(Value::as_u64);
    let kind = number("kind").and_then(|kind| u16::try_from(kind).ok()).map(Kind).ok_or("no kind")?;
    let info = kind.info().ok_or_else(|| format!("kind {} is not known", kind.0))?;
    let thread = document.get("thread").and_then(Value::as_i64).unwrap_or(-1);
    let mut builder = EventBuilder::new(kind).at(number("time").unwrap_or(0), thread);
    let given = document.get("parameters").and_then(Value::as_object);
    for (name, value) in given.into_iter().flatten() {
        let position = info.position(name).ok_or_else(|| format!("{} has no parameter {name}", info.name))?;
        let parameter = &info.parameters[position];
        builder = set(builder, parameter, value)
            .ok_or_else(|| format!("{name} of {} is no value of its type", info.name))?;
    }
    let cpu = number("cpu").and_then(|cpu| u16::try_from(cpu).ok()).unwrap_or(0);
    let Some(extension) = document.get("extension").and_then(Value::as_object) else {
        return Ok((builder.build(), cpu));
    };
    let container = match extension.get("container") {
        Some(Value::String(text)) => text.as_bytes().to_vec(),
        Some(other) => bytes(other).ok_or("container is no text")?,
        None => Vec::new(),
    };
    Ok((builder.extension(extended(extension, &container)).build(), cpu))
}

fn set<'b>(builder: EventBuilder<'b>, parameter: &ParameterInfo, value: &Value) -> Option<EventBuilder<'b>> {
    let is_text =
        matches!(parameter.r#type, ParameterType::Text | ParameterType::Path | ParameterType::PathAt(_));
    Some(match value {
        Value::Number(number) => {
            let number = number.as_i64().or_else(|| number.as_u64().map(u64::cast_signed))?;
            builder.number(parameter.name, number)
        }
        Value::String(text) if is_text => builder.text(parameter.name, text),
        Value::String(text) => builder.bytes(parameter.name, text.as_bytes()),
        Value::Array(texts) => {
            let texts: Option<Vec<&str>> = texts.iter().map(Value::as_str).collect();
            builder.texts(parameter.name, texts?)
        }
        Value::Object(_) => builder.bytes(parameter.name, &bytes(value)?),
        Value::Null | Value::Bool(_) => return None,
    })
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    unhex(value.get("hex")?.as_str()?)
}

fn extended<'c>(given: &Map<String, Value>, container: &'c [u8]) -> Extension<'c> {
    let word = |name: &str| given.get(name).and_then(Value::as_u64).unwrap_or(0);
    let half = |name: &str| u32::try_from(word(name)).unwrap_or(0);
    let kind = |name: &str| u8::try_from(word(name)).map_or(FdKind::Unknown, FdKind::of_number);
    Extension {
        cgroup: word("cgroup"),
        process: half("process"),
        parent: half("parent"),
        pid_namespace: half("pid_namespace"),
        mount_namespace: half("mount_namespace"),
        start_time_ns: word("start_time"),
        exe_inode: word("exe_inode"),
        exe_device: half("exe_device"),
        exe_links: half("exe_links"),
        exe_layer: u8::try_from(word("exe_layer")).map_or(Layer::None, Layer::of_number),
        stdio: [kind("stdin"), kind("stdout"), kind("stderr")],
        container,
    }
}
