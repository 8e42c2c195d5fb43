//! Signals as something to wait for.

use nix::sys::{
    signal::{SigSet, Signal as Number},
    signalfd::SignalFd,
};
use std::io;

/// What the outside asks of a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGHUP: read the policy again.
    Reload,
    /// SIGTERM or SIGINT: end.
    Stop,
}

/// The signals of this process.
#[derive(Debug)]
pub struct Signals(SignalFd);

impl Signals {
    /// Takes them from here on; call it before other threads are made, since those inherit what is blocked.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn take() -> io::Result<Self> {
        let mut set = SigSet::empty();
        for number in [Number::SIGHUP, Number::SIGTERM, Number::SIGINT] {
            set.add(number);
        }
        set.thread_block()?;
        Ok(Self(SignalFd::new(&set)?))
    }

    /// Waits for the next.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn next(&self) -> io::Result<Signal> {
        loop {
            match self.0.read_signal() {
                Ok(Some(signal)) => {
                    let is_reload = i32::try_from(signal.ssi_signo) == Ok(Number::SIGHUP as i32);
                    return Ok(if is_reload { Signal::Reload } else { Signal::Stop });
                }
                Ok(None) | Err(nix::errno::Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
