//! A scene as lines of a terminal: what is drawn depends on nothing but scene and view.

use super::scene::{AlertLine, Row, Scene};
use super::view::{Sort, View};
use unicode_width::UnicodeWidthChar as _;

/// How a piece of a line looks. It only repeats what the words say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Style {
    #[default]
    Plain,
    Bold,
    Dim,
    Reverse,
    Yellow,
    Red,
}

/// A line: pieces one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line(pub(crate) Vec<(Style, String)>);

impl Line {
    fn of(style: Style, text: String) -> Self {
        Self(vec![(style, text)])
    }

    fn push(&mut self, style: Style, text: String) {
        self.0.push((style, text));
    }

    /// Its text without styles.
    #[cfg(test)]
    pub(crate) fn text(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// Below this nothing useful fits.
const SIZE_MIN: (usize, usize) = (40, 8);

/// Exactly as many lines as the view is high, none wider than it is.
pub(crate) fn draw(scene: &Scene, view: &View) -> Vec<Line> {
    let (width, height) = (view.width, view.height);
    if width < SIZE_MIN.0 || height < SIZE_MIN.1 {
        let text =
            format!("the terminal is too small: {} columns, {} lines at least", SIZE_MIN.0, SIZE_MIN.1);
        let mut lines = vec![Line::of(Style::Plain, fitted(&text, width).0)];
        lines.resize(height.max(1), Line::default());
        return lines;
    }
    let mut lines = vec![
        Line::of(Style::Bold, fitted(&summary(scene), width).0),
        trouble(scene, view),
        Line::of(Style::Reverse, header(view)),
    ];
    // Of the rest containers take what they need up to three fifths, alerts the remainder; two lines are theirs and the keys'.
    let rest = height - lines.len() - 2;
    let rows = view.sorted(&scene.rows);
    let shown = rows.len().min(rest * 3 / 5).max(1);
    let first = view.first.min(rows.len().saturating_sub(shown));
    lines.extend(rows.iter().skip(first).take(shown).map(|row| row_line(row, width)));
    let below = rows.len() - (first + shown).min(rows.len());
    let hidden = if below + first > 0 { format!(" ({first} above, {below} below)") } else { String::new() };
    let title = format!("ALERTS, newest first  ·  {} containers{hidden}", rows.len().saturating_sub(1));
    lines.push(Line::of(Style::Reverse, padded(&title, width)));
    let room = height - lines.len() - 1;
    lines.extend(scene.alerts.iter().take(room).map(|alert| alert_line(alert, width)));
    lines.resize(height - 1, Line::default());
    let keys = format!(
        "q quit   s sort ({})   p {}   ↑↓ scroll",
        view.sort.name(),
        if view.is_paused { "go on" } else { "pause" }
    );
    lines.push(Line::of(Style::Dim, fitted(&keys, width).0));
    lines
}

fn summary(scene: &Scene) -> String {
    let secs = scene.uptime_secs;
    format!(
        "seawall watch  {}  {:02}:{:02}:{:02}  {} events/s  {} alerts  {} lost  {} MiB",
        safe(&scene.hostname),
        secs / 3600,
        secs / 60 % 60,
        secs % 60,
        count(scene.events_per_sec.round() as u64),
        count(scene.alert_count),
        count(scene.lost_count),
        scene.memory_bytes >> 20
    )
}

fn trouble(scene: &Scene, view: &View) -> Line {
    let mut line = Line::default();
    let mut room = view.width;
    if view.is_paused {
        line.push(Style::Yellow, "paused  ".to_owned());
        room -= 8;
    }
    let said = view.said.as_deref().into_iter().chain(scene.troubles.iter().map(String::as_str));
    let text: Vec<String> = said.map(safe).collect();
    line.push(Style::Yellow, fitted(&text.join("  ·  "), room).0);
    line
}

/// Columns of numbers: heading, width, value.
const NUMBERS: [(&str, usize); 5] =
    [("PROC", 6), ("EVENTS/S", 10), ("EVENTS", 11), ("ALERTS", 8), ("LOST", 8)];

/// Widths of name and image, and which numbers are shown.
fn columns(width: usize) -> (usize, usize, &'static [usize]) {
    let numbers: &[usize] = if width >= 72 { &[0, 1, 2, 3, 4] } else { &[1, 3, 4] };
    let rest = width - numbers.iter().map(|at| NUMBERS[*at].1).sum::<usize>();
    let image = if rest >= 28 { rest / 2 } else { 0 };
    (rest - image, image, numbers)
}

fn header(view: &View) -> String {
    let (name, image, numbers) = columns(view.width);
    let mark = |text: &str, sort: Sort| if view.sort == sort { format!("{text}*") } else { text.to_owned() };
    let mut line = padded(&mark("CONTAINER", Sort::Name), name) + &padded("IMAGE", image);
    for at in numbers {
        let (heading, width) = NUMBERS[*at];
        let sort = [Sort::Processes, Sort::Rate, Sort::Events, Sort::Alerts, Sort::Lost][*at];
        line.push_str(&format!("{:>width$}", mark(heading, sort)));
    }
    line
}

fn row_line(row: &Row, width: usize) -> Line {
    let (name, image, numbers) = columns(width);
    let mut line =
        Line::of(Style::Plain, column(&safe(&row.name), name) + &image_column(&safe(&row.image), image));
    let values = [row.processes, row.events_per_sec.round() as u64, row.events, row.alerts, row.lost];
    for at in numbers {
        let width = NUMBERS[*at].1;
        let style = match at {
            3 if row.alerts > 0 => Style::Red,
            4 if row.lost > 0 => Style::Yellow,
            _ => Style::Plain,
        };
        line.push(style, format!("{:>width$}", count(values[*at])));
    }
    line
}

fn alert_line(alert: &AlertLine, width: usize) -> Line {
    let style = match alert.priority {
        "Emergency" | "Alert" | "Critical" | "Error" => Style::Red,
        "Warning" => Style::Yellow,
        _ => Style::Plain,
    };
    let mut line = Line::of(Style::Dim, format!("{:<9}", safe(&alert.time)));
    line.push(style, column(alert.priority, 10));
    let container = if width >= 72 { 14 } else { 0 };
    line.push(Style::Plain, column(&safe(&alert.container), container));
    line.push(Style::Plain, fitted(&safe(&alert.output), width - 19 - container).0);
    line
}

/// Numbers of at most seven columns.
fn count(number: u64) -> String {
    match number {
        0..1_000_000 => number.to_string(),
        1_000_000..1_000_000_000 => format!("{:.1}M", number as f64 / 1e6),
        _ => format!("{:.1}G", number as f64 / 1e9),
    }
}

/// What names and outputs say, and nothing that a terminal would obey.
fn safe(text: &str) -> String {
    report::neutral(text).into_owned()
}

/// The text as far as it fits, and how wide that is.
fn fitted(text: &str, width: usize) -> (String, usize) {
    let (mut out, mut used) = (String::new(), 0);
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if used + wide > width {
            // The last column says that something is missing.
            while used > width.saturating_sub(1) {
                used -= out.pop().and_then(char::width).unwrap_or(0);
            }
            if width > 0 {
                out.push('…');
                used += 1;
            }
            break;
        }
        out.push(character);
        used += wide;
    }
    (out, used)
}

fn padded(text: &str, width: usize) -> String {
    let (mut text, used) = fitted(text, width);
    text.extend(std::iter::repeat_n(' ', width - used));
    text
}

/// The end of an image's name says more than its beginning.
fn image_column(text: &str, width: usize) -> String {
    let wide = |text: &str| text.chars().map(|character| character.width().unwrap_or(0)).sum::<usize>();
    if width < 2 || wide(text) < width {
        return column(text, width);
    }
    let mut end = text;
    while wide(end) > width - 2 {
        let first = end.chars().next().map_or(0, char::len_utf8);
        end = &end[first..];
    }
    column(&format!("…{end}"), width)
}

/// As [`padded`], with a blank before the next column.
fn column(text: &str, width: usize) -> String {
    if width == 0 { String::new() } else { padded(text, width - 1) + " " }
}

#[cfg(test)]
#[path = "draw_tests.rs"]
mod tests;
