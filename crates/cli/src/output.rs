//! Reports to standard output and files.

use crate::arguments::{Colour, OutputArguments};
use anyhow::{Context, Result, bail};
use model::Report;
use report::{Format, Options};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Where each format goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Standard,
    File(PathBuf),
}

/// The long help of `--format`.
pub(crate) fn formats_help() -> String {
    let mut text =
        "Report format; repeatable, the first without an --output of its own goes to standard output:"
            .to_owned();
    for format in Format::ALL {
        text.push_str(&format!("\n  {:<10} {}", format.as_str(), format.description()));
    }
    text
}

/// Pairs formats with outputs by position. More outputs than formats, or two formats for standard output, are
/// refused.
///
/// # Errors
/// When a format is unknown or the lists do not fit.
pub(crate) fn plan(arguments: &OutputArguments, default: Format) -> Result<Vec<(Format, Destination)>> {
    let mut formats =
        arguments.format.iter().map(|name| name.parse::<Format>()).collect::<Result<Vec<_>, _>>()?;
    if formats.is_empty() {
        formats = match arguments.output.as_slice() {
            [] => vec![default],
            outputs => outputs.iter().map(|path| of_extension(path).unwrap_or(default)).collect(),
        };
    }
    let mut outputs = arguments.output.clone();
    if outputs.len() > formats.len() {
        bail!(
            "{} outputs for {} formats (hint: give each --format its --output)",
            outputs.len(),
            formats.len()
        );
    }
    // With one output fewer, the first format is for standard output: `--format table --format sarif -o x.sarif`.
    let missing = formats.len() - outputs.len();
    if missing > 1 {
        bail!("{missing} formats for standard output (hint: give all but one an --output)");
    }
    if missing == 1 {
        outputs.insert(0, PathBuf::from("-"));
    }
    let destination =
        |path: PathBuf| if path == Path::new("-") { Destination::Standard } else { Destination::File(path) };
    let plan: Vec<_> = formats.into_iter().zip(outputs.into_iter().map(destination)).collect();
    if plan.iter().filter(|(_, destination)| *destination == Destination::Standard).count() > 1 {
        bail!("several formats for standard output (hint: give all but one a file)");
    }
    Ok(plan)
}

/// Writes reports as planned. Several reports (platforms) follow one another on standard output; of files, each
/// gets its own, with the platform before the extension: `report.linux-arm64.sarif`.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write(
    plan: &[(Format, Destination)],
    reports: &[Report],
    arguments: &OutputArguments,
) -> Result<()> {
    for (format, destination) in plan {
        let mut options = Options { timestamp: crate::clock::timestamp(), ..Options::default() };
        match destination {
            Destination::Standard => {
                let stdout = io::stdout();
                let is_terminal = stdout.is_terminal();
                options.width = arguments.width.or_else(|| if is_terminal { terminal_width() } else { None });
                options.colour = colour(arguments.color, is_terminal);
                write_all(*format, reports, &options, &mut stdout.lock()).or_else(ignore_closed_pipe)?;
            }
            Destination::File(path) => {
                options.width = arguments.width;
                for report in reports {
                    let mut bytes = Vec::new();
                    report::write(*format, report, &options, &mut bytes)?;
                    write_file(&path_of(path, report, reports.len()), &bytes)?;
                }
            }
        }
    }
    Ok(())
}

fn path_of(path: &Path, report: &Report, reports: usize) -> PathBuf {
    let (true, Some(platform)) = (reports > 1, report.target.platform.as_deref()) else {
        return path.to_owned();
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (stem, extension) = name.split_once('.').unwrap_or((&name, ""));
    let dot = if extension.is_empty() { "" } else { "." };
    path.with_file_name(format!("{stem}.{}{dot}{extension}", platform.replace('/', "-")))
}

/// Writes a file by rename, so that a reader never sees half of it.
///
/// # Errors
/// When the directory or the file cannot be written.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let context = || format!("cannot write {}", path.display());
    // A device or pipe (/dev/stdout, a process substitution) is written into, not replaced.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::write(path, bytes).with_context(context);
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory).with_context(context)?;
    file.write_all(bytes).with_context(context)?;
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(permissions).with_context(context)?;
    file.persist(path).map_err(|error| error.error).with_context(context)?;
    Ok(())
}

fn write_all(format: Format, reports: &[Report], options: &Options, out: &mut dyn Write) -> io::Result<()> {
    for report in reports {
        report::write(format, report, options, out)?;
    }
    Ok(())
}

// `seawall scan … | head` is not an error.
fn ignore_closed_pipe(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

fn of_extension(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?;
    // Longer extensions first: `x.cdx.json` is CycloneDX, `x.json` our own.
    let mut formats = Format::ALL;
    formats.sort_by_key(|format| std::cmp::Reverse(format.extension().len()));
    formats.into_iter().find(|format| name.ends_with(&format!(".{}", format.extension())))
}

pub(crate) fn colour(choice: Colour, is_terminal: bool) -> report::Colour {
    let is_wanted = match choice {
        Colour::Always => true,
        Colour::Never => false,
        // no-color.org: any non-empty value.
        Colour::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    if is_wanted { report::Colour::Always } else { report::Colour::Never }
}

fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(formats: &[&str], outputs: &[&str], expected: Option<&[(Format, &str)]>) {
        let arguments = OutputArguments {
            format: formats.iter().map(|&format| format.to_owned()).collect(),
            output: outputs.iter().map(PathBuf::from).collect(),
            color: Colour::Auto,
            width: None,
        };
        let planned = plan(&arguments, Format::Table).ok().map(|plan| {
            plan.into_iter()
                .map(|(format, destination)| match destination {
                    Destination::Standard => (format, "-".to_owned()),
                    Destination::File(path) => (format, path.display().to_string()),
                })
                .collect::<Vec<_>>()
        });
        let expected =
            expected.map(|rows| rows.iter().map(|(f, p)| (*f, (*p).to_owned())).collect::<Vec<_>>());
        assert_eq!(planned, expected, "{formats:?} {outputs:?}");
    }

    #[test]
    fn formats_meet_their_outputs() {
        check(&[], &[], Some(&[(Format::Table, "-")]));
        check(&["json"], &[], Some(&[(Format::Json, "-")]));
        check(&["table", "sarif"], &["x.sarif"], Some(&[(Format::Table, "-"), (Format::Sarif, "x.sarif")]));
        check(&["json", "html"], &["a", "b"], Some(&[(Format::Json, "a"), (Format::Html, "b")]));
        check(&[], &["x.cdx.json"], Some(&[(Format::CycloneDx, "x.cdx.json")]));
        check(&["table", "json"], &[], None);
        check(&["table"], &["a", "b"], None);
        check(&["pdf"], &[], None);
    }
}
