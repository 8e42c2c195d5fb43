//! What an executable says of itself: Go build info, cargo-auditable, version classifiers.
//!
//! ```
//! use binaries::{inspect, is_candidate};
//! use model::{LayerPath, Limits};
//! let path = LayerPath::new("opt/jdk/release");
//! let content = &b"JAVA_VERSION=\"17.0.9\"\n"[..];
//! assert!(is_candidate(&path, content.len() as u64, 0o644));
//! let found = inspect(content, &path, &Limits::default());
//! assert_eq!(found.packages[0].name, "openjdk");
//! ```
//!
//! Programs that were built by hand are judged by the ranges of upstream, so a wrong version is worse than none:
//! a classifier that sees two different versions reports a gap and no package.
//!
//! | package | files | told by |
//! |---|---|---|
//! | Go modules, `stdlib` | any ELF executable | build info of the Go linker |
//! | Rust crates | any ELF executable | section `.dep-v0` of cargo-auditable |
//! | `python`, `node`, `nginx`, `redis`, `httpd`, `postgresql`, `mysql`, `mariadb`, `php`, `ruby`, `openssl`, `busybox`, `bash`, `curl`, `haproxy`, `envoy`, `memcached`, `openjdk` | their usual file names | texts of the program |
//! | `traefik`, `vault` | any ELF executable | their Go main module |
//! | `openjdk` | `release` | `JAVA_VERSION` |
//! | `go` | `go*/VERSION` | its first line |
//!
//! Invariants: a file is never held in memory; headers are read by offset, content in windows. Only ELF is
//! understood: programs for Windows and macOS are not claimed.

mod auditable;
mod candidate;
mod classifiers;
mod elf;
mod go;
mod inspection;
mod read_at;
mod text_files;
mod windows;

pub use candidate::{is_candidate, is_known_by_name, looks_like_executable};
pub use inspection::{Inspection, inspect};
pub use read_at::ReadAt;
