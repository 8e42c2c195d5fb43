//! A picture of a terminal: the last frame of `seawall watch --top` that `script(1)` recorded, as SVG.
//!
//! ```text
//! script -qfc 'stty cols 100 rows 26; seawall watch --top --seconds 60' frames
//! cargo xtask picture frames docs/images/top.svg
//! ```

use anyhow::{Context, Result};
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;
use unicode_width::UnicodeWidthStr as _;

#[derive(Args)]
pub(crate) struct Options {
    /// What script(1) recorded
    recording: PathBuf,
    /// The picture
    out: PathBuf,
}

/// Size of a character in pixels.
const CELL: (f64, f64) = (8.4, 17.0);
const MARGIN: f64 = 14.0;

pub(crate) fn run(options: &Options) -> Result<()> {
    let recording = std::fs::read(&options.recording)
        .with_context(|| format!("cannot read {}", options.recording.display()))?;
    let frame = last_frame(&String::from_utf8_lossy(&recording)).context("there is no whole frame in it")?;
    std::fs::write(&options.out, svg(&frame))
        .with_context(|| format!("cannot write {}", options.out.display()))
}

/// What lies between the last "go to the top" and the "clear the rest" that ends a frame.
fn last_frame(recording: &str) -> Option<String> {
    let end = recording.rfind("\x1b[J")?;
    let begin = recording[..end].rfind("\x1b[H")?;
    Some(recording[begin + 3..end].to_owned())
}

fn svg(frame: &str) -> String {
    let lines: Vec<Vec<Run>> = frame.split("\r\n").map(runs).collect();
    let columns = lines.iter().map(|runs| runs.iter().map(|run| run.text.width()).sum::<usize>()).max();
    let width = columns.unwrap_or(0) as f64 * CELL.0 + 2.0 * MARGIN;
    let height = lines.len() as f64 * CELL.1 + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"14\">\n\
         <style>.b{{font-weight:bold}}.d{{fill:#8b949e}}.y{{fill:#e3b341}}.r{{fill:#ff7b72}}.i{{fill:#0d1117}}text{{fill:#e6edf3;white-space:pre}}</style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n"
    );
    for (number, runs) in lines.iter().enumerate() {
        let top = MARGIN + number as f64 * CELL.1;
        let mut column = 0;
        for run in runs {
            let wide = run.text.width();
            let (x, length) = (MARGIN + column as f64 * CELL.0, wide as f64 * CELL.0);
            column += wide;
            if run.class == "i" {
                let _ = writeln!(
                    out,
                    "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{length:.1}\" height=\"{}\" fill=\"#e6edf3\"/>",
                    CELL.1
                );
            }
            if run.text.trim().is_empty() {
                continue;
            }
            let text = run.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let class =
                if run.class.is_empty() { String::new() } else { format!(" class=\"{}\"", run.class) };
            let y = top + CELL.1 * 0.78;
            let _ = writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\"{class}>{text}</text>"
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Text in one style.
struct Run {
    class: &'static str,
    text: String,
}

fn runs(line: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    for (at, part) in line.split("\x1b[").enumerate() {
        let (class, text) = match part.split_once('m') {
            Some((code, text)) if at > 0 && code.bytes().all(|byte| byte.is_ascii_digit()) => {
                let class = match code {
                    "1" => "b",
                    "2" => "d",
                    "7" => "i",
                    "31" => "r",
                    "33" => "y",
                    _ => "",
                };
                (class, text)
            }
            _ if at > 0 => ("", part.trim_start_matches('K')),
            _ => ("", part),
        };
        if !text.is_empty() {
            runs.push(Run { class, text: text.to_owned() });
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_frame_becomes_text_with_its_styles() {
        let recording = "x\x1b[Hstale\x1b[K\x1b[J\x1b[H\x1b[1mtop\x1b[0m a<b\x1b[K\r\n\x1b[31m9\x1b[0m\x1b[K\x1b[J\x1b[Hhalf";
        let frame = last_frame(recording).unwrap();
        let picture = svg(&frame);
        assert!(
            picture.contains(" class=\"b\">top</text>") && picture.contains("> a&lt;b</text>"),
            "{picture}"
        );
        assert!(picture.contains(" class=\"r\">9</text>") && !picture.contains("stale"), "{picture}");
    }
}
