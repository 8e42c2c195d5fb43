//! Webshells by pattern and by syntax tree.
//!
//! A file goes through two stages. The first is one keyword automaton and, only round a keyword, the regular
//! expressions of `rules/webshells`; it reads PHP, JSP, ASP, Python, Perl, Node, shell CGI and `.htaccess`. The
//! second takes PHP that the first calls a candidate, parses it, and follows request input through variables,
//! arrays, strings and functions to where it runs; literals that are unpacked on the way are looked at again.
//!
//! ```
//! use content::{Budget, Detector, FileClass, FileView};
//! use model::LayerPath;
//! let detector = webshells::Webshells::new().unwrap();
//! let path = LayerPath::new("srv/www/x.php");
//! let code = format!("<?php $a = $_POST['a']; {}($a);", "pass".to_owned() + "thru");
//! let file = FileView {
//!     path: &path, nested: &[], class: FileClass::Web, size: code.len() as u64,
//!     mode: 0o644, uid: 0, package: None, is_verified: false,
//! };
//! let mut hits = Vec::new();
//! let budget = Budget::new(std::time::Duration::from_secs(5));
//! detector.examine(&file, code.as_bytes(), &budget, &mut hits).unwrap();
//! assert_eq!(hits[0].rule, "webshell/command-from-request");
//! ```
//!
//! Invariants: nothing is executed and nothing leaves the process; every walk has a bound on depth, steps and
//! bytes, and a bound reached is a [`content::Halt`]; no file is a webshell for its place alone.

mod context;
mod detector;
mod flow;
mod language;
mod merge;
mod pattern_file;
mod patterns;
mod php;
mod rules;
mod signs;

pub use detector::{Stage, Webshells};
pub use pattern_file::PatternError;
pub use rules::RULES;
