//! Writes the sample report: `cargo run -p report --example sample -- FORMAT [WIDTH [FINDINGS]]`.
use report::{Colour, Details, Format, Options, sample};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let format: Format = arguments.first().map_or("table", String::as_str).parse()?;
    let width = arguments.get(1).and_then(|text| text.parse().ok()).filter(|width| *width > 0);
    let report = match arguments.get(2).and_then(|text| text.parse().ok()) {
        Some(findings) => sample::large(findings),
        None if std::env::var_os("CLEAN").is_some() => sample::empty(),
        None => sample::rich(),
    };
    let colour = if std::env::var_os("COLOUR").is_some() { Colour::Always } else { Colour::Never };
    let details = if std::env::var_os("FULL").is_some() { Details::Full } else { Details::Short };
    let options = Options {
        width,
        colour,
        details,
        timestamp: "2026-11-22T05:00:00Z".to_owned(),
        ..Options::default()
    };
    report::write(format, &report, &options, &mut std::io::stdout())?;
    Ok(())
}
