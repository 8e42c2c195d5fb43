//! Counters, gauges and histograms as Prometheus reads them.
//!
//! ```
//! let mut page = metrics::Page::default();
//! page.family("seawall_watch_events_total", metrics::Kind::Counter, "Events of the kernel.")
//!     .sample(&[("kind", "execve")], 3.0);
//! assert!(page.finish().ends_with("\nseawall_watch_events_total{kind=\"execve\"} 3\n"));
//! ```
//!
//! The format is the text format, version 0.0.4 (prometheus.io, "Exposition formats").
//!
//! Invariants: labels are escaped; a family beyond [`SERIES_MAX`] samples is cut, and one more sample says how many were left out.

mod histogram;

pub use histogram::Histogram;

use std::fmt::Write as _;

/// For the header of an answer.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Samples of one family: a server keeps each for weeks.
pub const SERIES_MAX: usize = 1000;

/// What the samples of a family are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, until the program starts anew.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// A page of families.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    left_out: Vec<(String, usize)>,
}

/// One family, to which samples are added.
#[derive(Debug)]
pub struct Family<'p> {
    page: &'p mut Page,
    name: String,
    samples: usize,
}

impl Page {
    /// Begins a family.
    pub fn family(&mut self, name: &str, kind: Kind, help: &str) -> Family<'_> {
        let kind = if kind == Kind::Counter { "counter" } else { "gauge" };
        self.head(name, kind, help);
        Family { page: self, name: name.to_owned(), samples: 0 }
    }

    /// A family of one sample without labels.
    pub fn single(&mut self, name: &str, kind: Kind, help: &str, value: f64) {
        self.family(name, kind, help).sample(&[], value);
    }

    /// Adds a histogram; bounds and sum are written in seconds.
    pub fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.head(name, "histogram", help);
        for (bound, count) in histogram.cumulative() {
            let bound = bound.map_or_else(|| "+Inf".to_owned(), |seconds| seconds.to_string());
            let _ = writeln!(self.text, "{name}_bucket{{le=\"{bound}\"}} {count}");
        }
        let _ = writeln!(self.text, "{name}_sum {}", histogram.sum_secs());
        let _ = writeln!(self.text, "{name}_count {}", histogram.count());
    }

    /// The page.
    #[must_use]
    pub fn finish(mut self) -> String {
        if !self.left_out.is_empty() {
            let left_out = std::mem::take(&mut self.left_out);
            let mut family =
                self.family("seawall_metrics_left_out", Kind::Gauge, "Series beyond the limit of a family.");
            for (name, count) in left_out {
                family.sample(&[("family", &name)], count as f64);
            }
        }
        self.text
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.text, "# HELP {name} {}\n# TYPE {name} {kind}", escaped(help, false));
    }
}

impl Family<'_> {
    /// Adds a sample.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: f64) -> &mut Self {
        self.samples += 1;
        if self.samples > SERIES_MAX {
            return self;
        }
        let text = &mut self.page.text;
        text.push_str(&self.name);
        for (index, (label, value)) in labels.iter().enumerate() {
            text.push(if index == 0 { '{' } else { ',' });
            let _ = write!(text, "{label}=\"{}\"", escaped(value, true));
        }
        if !labels.is_empty() {
            text.push('}');
        }
        let _ = writeln!(text, " {value}");
        self
    }
}

impl Drop for Family<'_> {
    fn drop(&mut self) {
        if self.samples > SERIES_MAX {
            self.page.left_out.push((std::mem::take(&mut self.name), self.samples - SERIES_MAX));
        }
    }
}

fn escaped(text: &str, is_label: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if is_label => out.push_str("\\\""),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_leave_their_quotes() {
        let mut page = Page::default();
        page.family("a", Kind::Gauge, "b\nc").sample(&[("rule", "x\"} 1\ny\\"), ("n", "2")], 0.5);
        assert_eq!(
            page.finish(),
            "# HELP a b\\nc\n# TYPE a gauge\na{rule=\"x\\\"} 1\\ny\\\\\",n=\"2\"} 0.5\n"
        );
    }

    #[test]
    fn a_family_is_bounded_and_says_what_was_left_out() {
        let mut page = Page::default();
        let mut family = page.family("a", Kind::Counter, "b");
        for number in 0..SERIES_MAX + 5 {
            family.sample(&[("n", &number.to_string())], 1.0);
        }
        drop(family);
        let text = page.finish();
        assert_eq!(text.lines().filter(|line| line.starts_with("a{")).count(), SERIES_MAX);
        assert!(text.ends_with("seawall_metrics_left_out{family=\"a\"} 5\n"));
    }

    #[test]
    fn buckets_of_a_histogram_are_cumulative() {
        let mut histogram = Histogram::new(&[1_000_000, 1_000_000_000]);
        for nanoseconds in [500_000, 1_000_000, 2_000_000, 5_000_000_000] {
            histogram.observe(nanoseconds);
        }
        let mut page = Page::default();
        page.histogram("delay_seconds", "d", &histogram);
        let text = page.finish();
        let expected = "delay_seconds_bucket{le=\"0.001\"} 2\ndelay_seconds_bucket{le=\"1\"} 3\n\
                        delay_seconds_bucket{le=\"+Inf\"} 4\ndelay_seconds_sum 5.0035\ndelay_seconds_count 4\n";
        assert!(text.ends_with(expected), "{text}");
    }
}
