//! Licences of packages.

mod aliases;
mod category;
mod judge;
mod normalise;
mod policy;

pub use category::{LicenceCategory, categories_of};
pub use judge::{LICENCE_RULES, LicenceHit, judge_licences};
pub use normalise::{NormalisedLicence, normalise_licence};
pub use policy::{LicencePolicy, LicencePolicyError, Verdict};
