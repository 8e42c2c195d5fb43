//! The terminal: taken, written to, and given back as it was, however the program ends but by SIGKILL.
//!
//! Raw mode and the size come from rustix, which is here anyway, and a frame needs six escape sequences: a library for terminals
//! would be larger than the view.

use super::draw::{Line, Style};
use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::MemfdFlags;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Another screen, no cursor, no wrapping; and back.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const LEAVE: &[u8] = b"\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
/// What was said on standard error is told at the end, this much of it.
const SAID_BYTES_MAX: u64 = 64 << 10;

/// A terminal in raw mode.
pub(super) struct Terminal {
    saved: Termios,
    has_colours: bool,
    /// Standard error as it was, and what takes its place: words in the middle of a frame would tear it.
    stderr: OwnedFd,
    said: File,
    is_given_back: AtomicBool,
}

/// Whether there is a terminal that the view can be on.
pub(in crate::watch) fn check() -> Result<()> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        bail!("--top needs a terminal (hint: leave it out to get alerts as lines)");
    }
    if std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty()) {
        bail!("--top needs a terminal that can move the cursor, and TERM says that this one cannot");
    }
    Ok(())
}

impl Terminal {
    pub(super) fn take() -> Result<Self> {
        check()?;
        let saved = tcgetattr(io::stdin()).context("cannot read the settings of the terminal")?;
        let said =
            rustix::fs::memfd_create("said", MemfdFlags::CLOEXEC).context("cannot keep what is said")?;
        let stderr =
            rustix::io::fcntl_dupfd_cloexec(io::stderr(), 3).context("cannot keep standard error")?;
        let mut raw = saved.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw).context("cannot set the terminal")?;
        let terminal = Self {
            saved,
            has_colours: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            stderr,
            said: said.into(),
            is_given_back: AtomicBool::new(false),
        };
        // From here on dropping it gives everything back.
        rustix::stdio::dup2_stderr(&terminal.said).context("cannot move standard error")?;
        let mut out = io::stdout().lock();
        out.write_all(ENTER).and_then(|()| out.flush()).context("cannot write to the terminal")?;
        Ok(terminal)
    }

    /// Columns and lines; 80 × 24 where the terminal does not say.
    pub(super) fn size() -> (usize, usize) {
        match tcgetwinsize(io::stdout()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
            _ => (80, 24),
        }
    }

    /// What was typed, after waiting for it at most so long.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn typed(patience: Duration) -> io::Result<Vec<u8>> {
        let timeout = Timespec::try_from(patience).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
        let stdin = io::stdin();
        let mut waiting = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut waiting, Some(&timeout)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(Vec::new()),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let mut bytes = [0; 256];
        match rustix::io::read(&stdin, &mut bytes) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(size) => Ok(bytes[..size].to_vec()),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn draw(&self, lines: &[Line]) -> io::Result<()> {
        if self.is_given_back.load(Ordering::Acquire) {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let frame = frame(lines, self.has_colours);
        let mut out = io::stdout().lock();
        out.write_all(frame.as_bytes())?;
        out.flush()
    }

    /// The last line that was said on standard error.
    pub(super) fn said(&self) -> Option<String> {
        let text = self.read_said();
        text.lines().rfind(|line| !line.trim().is_empty()).map(str::to_owned)
    }

    fn read_said(&self) -> String {
        let mut bytes = Vec::new();
        // A descriptor of its own would share the place where standard error writes; reading by position does not.
        let length = self.said.metadata().map_or(0, |metadata| metadata.len());
        let mut place = length.saturating_sub(SAID_BYTES_MAX);
        let mut room = [0; 4096];
        while let Ok(size @ 1..) = std::os::unix::fs::FileExt::read_at(&self.said, &mut room, place) {
            bytes.extend_from_slice(&room[..size]);
            place += size as u64;
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Gives the terminal back, and says what was said. More than once does no harm.
    pub(super) fn give_back(&self) {
        if self.is_given_back.swap(true, Ordering::AcqRel) {
            return;
        }
        // The settings first: the other side may not be reading.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.saved);
        let _ = rustix::io::write(io::stdout(), LEAVE);
        let said = self.read_said();
        let _ = rustix::stdio::dup2_stderr(&self.stderr);
        eprint!("{said}");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// The bytes that show lines.
pub(super) fn frame(lines: &[Line], has_colours: bool) -> String {
    let mut frame = String::from("\x1b[H");
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            frame.push_str("\r\n");
        }
        // Before the text: behind a line as wide as the terminal it would take the last letter.
        frame.push_str("\x1b[K");
        for (style, text) in &line.0 {
            let code = match style {
                Style::Plain => "",
                Style::Bold => "1",
                Style::Dim => "2",
                Style::Reverse => "7",
                Style::Yellow if has_colours => "33",
                Style::Red if has_colours => "31",
                Style::Yellow | Style::Red => "1",
            };
            if code.is_empty() {
                frame.push_str(text);
            } else {
                frame.push_str(&format!("\x1b[{code}m{text}\x1b[0m"));
            }
        }
    }
    frame.push_str("\x1b[J");
    frame
}
