//! Version order of every packaging ecosystem.
//!
//! ```
//! use std::cmp::Ordering;
//! use versions::{Scheme, compare, satisfies};
//! assert_eq!(compare(Scheme::Dpkg, "1.0~rc1-1", "1.0-1"), Ordering::Less);
//! assert_eq!(compare(Scheme::of(model::Ecosystem::PyPI), "1.0.dev1", "1.0a1"), Ordering::Less);
//! assert!(satisfies(Scheme::Npm, "1.4.2", "^1.2 || >=3").unwrap());
//! ```
//!
//! Invariants: [`compare`] is a total preorder for every scheme and every two texts, valid or not; it never
//! panics, and for dpkg, rpm and apk it never allocates. Numbers have no upper bound.

mod apk;
mod dotted;
mod dpkg;
mod gem;
mod generic;
mod go;
mod maven;
mod nuget;
mod packagist;
mod pep440;
mod pub_dev;
mod range;
mod rpm;
mod scheme;
mod semver;
mod text;

pub use range::{RangeError, VersionRange, ranges, satisfies, vulnerable_ranges};
pub use rpm::compare_without_epoch as compare_rpm_without_epoch;
pub use scheme::{Scheme, compare, is_valid};
