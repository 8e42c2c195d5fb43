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
        "Report format; repeatable, the one without an --output behind it goes to standard output:"
            .to_owned();
    for format in Format::ALL {
        text.push_str(&format!("\n  {:<13} {}", format.as_str(), format.description()));
    }
    text
}

/// `--format` or `--output`, in the order of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Format(String),
    Output(PathBuf),
}

/// The words of a subcommand in the order in which they were written.
pub(crate) fn words(matches: &clap::ArgMatches) -> Vec<Word> {
    let mut words: Vec<(usize, Word)> = Vec::new();
    if let (Ok(Some(indices)), Ok(Some(values))) =
        (indices(matches, "format"), matches.try_get_many::<String>("format"))
    {
        words.extend(indices.zip(values.map(|name| Word::Format(name.clone()))));
    }
    if let (Ok(Some(indices)), Ok(Some(values))) =
        (indices(matches, "output"), matches.try_get_many::<PathBuf>("output"))
    {
        words.extend(indices.zip(values.map(|path| Word::Output(path.clone()))));
    }
    words.sort_by_key(|(index, _)| *index);
    words.into_iter().map(|(_, word)| word).collect()
}

fn indices<'a>(
    matches: &'a clap::ArgMatches,
    id: &str,
) -> Result<Option<clap::parser::Indices<'a>>, clap::parser::MatchesError> {
    // Asking for a word that the subcommand does not have is an error of the caller for `indices_of`.
    Ok(if matches.try_contains_id(id)? { matches.indices_of(id) } else { None })
}

/// Gives each output to the format written before it, or takes the format that its extension names. One format
/// may be without output: it goes to standard output.
///
/// # Errors
/// When a format is unknown, or several are for standard output.
pub(crate) fn plan(words: &[Word], default: Format) -> Result<Vec<(Format, Destination)>> {
    let destination = |path: &Path| {
        if path == Path::new("-") { Destination::Standard } else { Destination::File(path.to_owned()) }
    };
    let mut plan: Vec<(Format, Option<Destination>)> = Vec::new();
    for word in words {
        match (word, plan.last_mut()) {
            (Word::Format(name), _) => plan.push((name.parse()?, None)),
            (Word::Output(path), Some((_, missing @ None))) => *missing = Some(destination(path)),
            (Word::Output(path), _) => {
                plan.push((of_extension(path).unwrap_or(default), Some(destination(path))));
            }
        }
    }
    if plan.is_empty() {
        plan.push((default, None));
    }
    let plan: Vec<_> = plan
        .into_iter()
        .map(|(format, destination)| (format, destination.unwrap_or(Destination::Standard)))
        .collect();
    if plan.iter().filter(|(_, destination)| *destination == Destination::Standard).count() > 1 {
        bail!("several formats for standard output (hint: write --output FILE behind all but one)");
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
        let mut options = options(arguments);
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

/// How reports are written, but for width and colour.
pub(crate) fn options(arguments: &OutputArguments) -> Options {
    let details = if arguments.full { report::Details::Full } else { report::Details::Short };
    Options {
        timestamp: crate::clock::timestamp(),
        details,
        find_rule: crate::rules::known,
        aspects: crate::rules::aspects(),
        ..Options::default()
    }
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
    fn check(line: &str, expected: Option<&[(Format, &str)]>) {
        let mut words = Vec::new();
        let mut rest = line.split_whitespace();
        while let (Some(option), Some(value)) = (rest.next(), rest.next()) {
            words.push(match option {
                "-f" => Word::Format(value.to_owned()),
                _ => Word::Output(PathBuf::from(value)),
            });
        }
        let name = |destination| match destination {
            Destination::Standard => "-".to_owned(),
            Destination::File(path) => path.display().to_string(),
        };
        let planned = plan(&words, Format::Table).ok();
        let planned = planned.map(|plan| plan.into_iter().map(|(f, d)| (f, name(d))).collect::<Vec<_>>());
        let expected =
            expected.map(|rows| rows.iter().map(|(f, p)| (*f, (*p).to_owned())).collect::<Vec<_>>());
        assert_eq!(planned, expected, "{line}");
    }

    #[test]
    fn formats_meet_the_outputs_behind_them() {
        check("", Some(&[(Format::Table, "-")]));
        check("-f json", Some(&[(Format::Json, "-")]));
        check("-f table -f sarif -o x", Some(&[(Format::Table, "-"), (Format::Sarif, "x")]));
        check("-f html -o x -f table", Some(&[(Format::Html, "x"), (Format::Table, "-")]));
        check("-f json -o a -f html -o b", Some(&[(Format::Json, "a"), (Format::Html, "b")]));
        check("-o x.cdx.json", Some(&[(Format::CycloneDx, "x.cdx.json")]));
        check("-f json -o a -o b.html", Some(&[(Format::Json, "a"), (Format::Html, "b.html")]));
        check("-f table -f json", None);
        check("-f pdf", None);
    }
}
