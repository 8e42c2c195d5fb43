//! How the scene is looked at: size, order, place; changed by keys.

use super::scene::Row;

/// What the user chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) sort: Sort,
    pub(crate) is_paused: bool,
    /// How many rows are above the first that is shown.
    pub(crate) first: usize,
    /// What was said on standard error last.
    pub(crate) said: Option<String>,
}

/// Order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Rate,
    Events,
    Alerts,
    Lost,
    Processes,
    Name,
}

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Quit,
    Sort,
    Pause,
    Up,
    Down,
}

impl Sort {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rate => "events/s",
            Self::Events => "events",
            Self::Alerts => "alerts",
            Self::Lost => "lost",
            Self::Processes => "processes",
            Self::Name => "name",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Rate => Self::Events,
            Self::Events => Self::Alerts,
            Self::Alerts => Self::Lost,
            Self::Lost => Self::Processes,
            Self::Processes => Self::Name,
            Self::Name => Self::Rate,
        }
    }
}

impl View {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self { width, height, sort: Sort::Rate, is_paused: false, first: 0, said: None }
    }

    /// Does what a key asks for; returns whether the view ends.
    pub(crate) fn press(&mut self, key: Key, rows: usize) -> bool {
        match key {
            Key::Quit => return true,
            Key::Sort => self.sort = self.sort.next(),
            Key::Pause => self.is_paused = !self.is_paused,
            Key::Up => self.first = self.first.saturating_sub(1),
            Key::Down => self.first = (self.first + 1).min(rows.saturating_sub(1)),
        }
        false
    }

    /// Rows in order: most first, names last to decide.
    pub(crate) fn sorted<'r>(&self, rows: &'r [Row]) -> Vec<&'r Row> {
        let mut sorted: Vec<&Row> = rows.iter().collect();
        sorted.sort_by(|one, other| {
            let more = match self.sort {
                Sort::Rate => other.events_per_sec.total_cmp(&one.events_per_sec),
                Sort::Events => other.events.cmp(&one.events),
                Sort::Alerts => other.alerts.cmp(&one.alerts),
                Sort::Lost => other.lost.cmp(&one.lost),
                Sort::Processes => other.processes.cmp(&one.processes),
                Sort::Name => std::cmp::Ordering::Equal,
            };
            more.then_with(|| one.name.cmp(&other.name))
        });
        sorted
    }
}

/// Keys in what a terminal sent. What is not known is passed over, sequences as a whole.
pub(crate) fn keys(mut bytes: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    while let Some((first, rest)) = bytes.split_first() {
        bytes = rest;
        match first {
            // Raw mode hands Ctrl-C and Ctrl-D through.
            b'q' | b'Q' | 3 | 4 => keys.push(Key::Quit),
            b's' | b'S' => keys.push(Key::Sort),
            b'p' | b'P' | b' ' => keys.push(Key::Pause),
            b'k' => keys.push(Key::Up),
            b'j' => keys.push(Key::Down),
            // ECMA-48: ESC [ parameters, then a letter; ESC O letter is the same of a keypad.
            0x1b if matches!(bytes.first(), Some(b'[' | b'O')) => {
                let end = bytes[1..].iter().position(|byte| (0x40..0x7f).contains(byte));
                let Some(end) = end.map(|end| end + 1) else { return keys };
                match bytes[end] {
                    b'A' => keys.push(Key::Up),
                    b'B' => keys.push(Key::Down),
                    _ => {}
                }
                bytes = &bytes[end + 1..];
            }
            _ => {}
        }
    }
    keys
}
