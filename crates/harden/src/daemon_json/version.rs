//! Versions of the engine.

use std::fmt;
use std::str::FromStr;

/// A version of the engine, as far as keys depend on it: `28.5` of `28.5.2`, `20.10` of `20.10.24+dfsg1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EngineVersion {
    /// The year or number in front.
    pub major: u32,
    /// The number behind it.
    pub minor: u32,
}

/// A text that is no version of the engine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no version of the Docker Engine (hint: 28.5.2, as `docker version` shows it)")]
pub struct EngineVersionError(pub String);

impl FromStr for EngineVersion {
    type Err = EngineVersionError;

    fn from_str(text: &str) -> Result<Self, EngineVersionError> {
        let error = || EngineVersionError(text.chars().filter(|c| !c.is_control()).take(80).collect());
        let mut numbers = text.trim().trim_start_matches('v').split('.');
        let mut number = || -> Option<u32> {
            let part = numbers.next()?;
            let digits: &str = part.split(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse().ok()
        };
        let major = number().ok_or_else(error)?;
        let minor = number().ok_or_else(error)?;
        Ok(Self { major, minor })
    }
}

impl fmt::Display for EngineVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Releases before 20 wrote the month with two digits.
        if self.major < 20 && self.major > 1 {
            return write!(f, "{}.{:02}", self.major, self.minor);
        }
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_distributions_write_them() {
        for (text, shown) in
            [("28.5.2", "28.5"), ("20.10.24+dfsg1", "20.10"), ("v29.0.0-rc.1", "29.0"), ("19.03.15", "19.03")]
        {
            assert_eq!(text.parse::<EngineVersion>().unwrap().to_string(), shown);
        }
        for bad in ["", "dev", "28", "library-import"] {
            assert!(bad.parse::<EngineVersion>().is_err(), "{bad}");
        }
    }
}
