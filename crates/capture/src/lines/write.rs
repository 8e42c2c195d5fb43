//! Events as lines.

use std::io::{self, Write};

use events::snapshot::Snapshot;
use events::{Event, Extension, ParameterType, TextList, Value};

use super::snapshot;
use crate::json::{hex, quote};

/// Writes a recording.
pub struct LinesWriter<W: Write> {
    output: W,
    line: Vec<u8>,
}

impl<W: Write> LinesWriter<W> {
    /// Begins a recording with what is there.
    pub fn new(output: W, snapshot: &Snapshot) -> io::Result<Self> {
        let mut writer = Self { output, line: Vec::new() };
        snapshot::events(snapshot, &mut |event| writer.event(event))?;
        Ok(writer)
    }

    /// Appends an event.
    pub fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.line.clear();
        write(event, &mut self.line);
        self.line.push(b'\n');
        self.output.write_all(&self.line)
    }

    /// Writes out what is waiting, so that a reader sees all events so far.
    pub fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    /// Ends the recording and gives back where it was written.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }
}

fn write(event: &Event<'_>, out: &mut Vec<u8>) {
    // Writing to a vector does not fail.
    let _ = write!(out, "{{\"time\":{},\"thread\":{},\"kind\":{}", event.time_ns, event.thread, event.kind.0);
    if event.cpu != 0 {
        let _ = write!(out, ",\"cpu\":{}", event.cpu);
    }
    out.extend_from_slice(b",\"event\":");
    quote(event.name().as_bytes(), out);
    out.extend_from_slice(b",\"parameters\":{");
    let mut comma: &[u8] = b"";
    for (parameter, raw) in event.info().map_or(&[][..], |info| info.parameters).iter().zip(event.raws()) {
        if raw.is_empty() {
            continue;
        }
        out.extend_from_slice(comma);
        quote(parameter.name.as_bytes(), out);
        out.push(b':');
        value(parameter.r#type, raw, out);
        comma = b",";
    }
    out.push(b'}');
    if let Some(known) = event.extension() {
        out.extend_from_slice(b",\"extension\":");
        extension(&known, out);
    }
    out.push(b'}');
}

fn value(r#type: ParameterType, raw: &[u8], out: &mut Vec<u8>) {
    let size = r#type.number_bytes();
    match (r#type, Value::read(r#type, raw)) {
        (ParameterType::Dynamic(_), _) => hex(raw, out),
        _ if size > 0 && raw.len() != size => hex(raw, out),
        (_, Some(Value::Signed(number))) => drop(write!(out, "{number}")),
        (_, Some(Value::Unsigned(number))) => drop(write!(out, "{number}")),
        (_, Some(Value::Text(text))) if raw.len() == text.len() + 1 => text_or_hex(text, raw, out),
        (_, Some(Value::Bytes(bytes))) => text_or_hex(bytes, raw, out),
        (_, Some(Value::Texts(texts))) if raw.ends_with(b"\0") => list(texts, raw, out),
        _ => hex(raw, out),
    }
}

/// Text as a string, when that gives back its bytes.
fn text_or_hex(text: &[u8], raw: &[u8], out: &mut Vec<u8>) {
    if std::str::from_utf8(text).is_ok() { quote(text, out) } else { hex(raw, out) }
}

fn list(texts: TextList<'_>, raw: &[u8], out: &mut Vec<u8>) {
    if std::str::from_utf8(raw).is_err() {
        return hex(raw, out);
    }
    for (position, text) in texts.iter().enumerate() {
        out.push(if position == 0 { b'[' } else { b',' });
        quote(text, out);
    }
    out.push(b']');
}

fn extension(known: &Extension<'_>, out: &mut Vec<u8>) {
    let mut numbers = vec![
        ("cgroup", known.cgroup),
        ("process", known.process.into()),
        ("parent", known.parent.into()),
        ("pid_namespace", known.pid_namespace.into()),
        ("mount_namespace", known.mount_namespace.into()),
        ("start_time", known.start_time_ns),
        ("exe_inode", known.exe_inode),
        ("exe_device", known.exe_device.into()),
        ("exe_links", known.exe_links.into()),
        ("exe_layer", known.exe_layer as u64),
    ];
    numbers.extend(["stdin", "stdout", "stderr"].into_iter().zip(known.stdio.map(|kind| kind as u64)));
    out.push(b'{');
    for (name, number) in numbers.into_iter().filter(|(_, number)| *number != 0) {
        let _ = write!(out, "\"{name}\":{number},");
    }
    out.extend_from_slice(b"\"container\":");
    text_or_hex(known.container, known.container, out);
    out.push(b'}');
}
