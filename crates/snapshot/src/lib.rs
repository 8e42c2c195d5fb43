//! Advisories built into the binary.
