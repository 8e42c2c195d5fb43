//! Credential files and private keys, parsed.
