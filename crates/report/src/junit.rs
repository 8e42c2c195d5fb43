//! Placeholder replaced below.
use crate::Options;
use model::Report;
use std::io::{self, Write};

pub(crate) fn write(_report: &Report, _options: &Options, _out: &mut dyn Write) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "format not available"))
}
