//! Kinds of licences.

use spdx::{Expression, LicenseReq};

/// A kind of licence, by what it asks of those who pass the software on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LicenceCategory {
    /// Nothing at all: CC0, Unlicense, 0BSD.
    PublicDomain,
    /// To keep the notice: MIT, BSD, Apache.
    Permissive,
    /// To pass on changes of the work itself: LGPL, MPL, EPL.
    WeakCopyleft,
    /// To pass on the source of everything it is part of: GPL.
    StrongCopyleft,
    /// The same towards users over a network: AGPL.
    NetworkCopyleft,
    /// Not to earn money with it: CC-BY-NC.
    NonCommercial,
    /// Not to use it for some purposes: BUSL, SSPL, Elastic.
    SourceAvailable,
    /// Whatever a text says that is no SPDX licence.
    Other,
}

impl LicenceCategory {
    /// Every category.
    pub const ALL: [Self; 8] = [
        Self::PublicDomain,
        Self::Permissive,
        Self::WeakCopyleft,
        Self::StrongCopyleft,
        Self::NetworkCopyleft,
        Self::NonCommercial,
        Self::SourceAvailable,
        Self::Other,
    ];

    /// The kebab-case name, as a policy has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PublicDomain => "public-domain",
            Self::Permissive => "permissive",
            Self::WeakCopyleft => "weak-copyleft",
            Self::StrongCopyleft => "strong-copyleft",
            Self::NetworkCopyleft => "network-copyleft",
            Self::NonCommercial => "non-commercial",
            Self::SourceAvailable => "source-available",
            Self::Other => "other",
        }
    }
}

/// Exceptions that let a program be linked to without passing its source on, so that a strong copyleft becomes a
/// weak one (SPDX licence exceptions list).
const LINKING: [&str; 10] = [
    "Classpath-exception-2.0",
    "GCC-exception-2.0",
    "GCC-exception-3.1",
    "Bison-exception-2.2",
    "Autoconf-exception-3.0",
    "Libtool-exception",
    "OpenJDK-assembly-exception-1.0",
    "Linux-syscall-note",
    "GNU-compiler-exception",
    "LLVM-exception",
];

/// The categories of the licences of an SPDX expression, each once; none when it is no expression.
#[must_use]
pub fn categories_of(expression: &str) -> Vec<LicenceCategory> {
    let mut found: Vec<LicenceCategory> = match Expression::parse_mode(expression, spdx::ParseMode::LAX) {
        Ok(parsed) => parsed.requirements().map(|requirement| of(&requirement.req)).collect(),
        Err(_) => Vec::new(),
    };
    found.sort_unstable();
    found.dedup();
    found
}

/// The category of one licence with its exception.
pub(super) fn of(requirement: &LicenseReq) -> LicenceCategory {
    let Some(id) = requirement.license.id() else { return LicenceCategory::Other };
    let category = of_name(id.name, id.is_copyleft(), id.is_osi_approved() || id.is_fsf_free_libre());
    let exception = requirement.addition.as_ref().and_then(|addition| addition.id());
    match exception {
        Some(exception)
            if category == LicenceCategory::StrongCopyleft && LINKING.contains(&exception.name) =>
        {
            LicenceCategory::WeakCopyleft
        }
        _ => category,
    }
}

fn of_name(name: &str, is_copyleft: bool, is_free: bool) -> LicenceCategory {
    let begins = |fronts: &[&str]| fronts.iter().any(|front| name.starts_with(front));
    if begins(&[
        "CC0-",
        "Unlicense",
        "0BSD",
        "PDDL",
        "WTFPL",
        "SAX-PD",
        "blessing",
        "CC-PDDC",
        "NIST-PD",
        "MIT-0",
    ]) {
        LicenceCategory::PublicDomain
    } else if begins(&["SSPL-", "BUSL-", "Elastic-", "PolyForm-", "Parity-", "Confluent-", "JSON"]) {
        LicenceCategory::SourceAvailable
    } else if name.contains("-NC") {
        LicenceCategory::NonCommercial
    } else if begins(&["AGPL-", "OSL-", "RPL-", "CPAL-", "EUPL-", "NPOSL-", "RPSL-"]) {
        LicenceCategory::NetworkCopyleft
    } else if begins(&[
        "GPL-",
        "Sleepycat",
        "CECILL-1",
        "CECILL-2",
        "QPL-",
        "CC-BY-SA",
        "OCLC-2.0",
        "copyleft-next",
    ]) {
        LicenceCategory::StrongCopyleft
    } else if is_copyleft
        || begins(&[
            "LGPL-", "MPL-", "EPL-", "CDDL-", "CPL-", "IPL-", "MS-RL", "APSL-", "GFDL-", "CECILL-C", "NPL-",
            "SPL-", "LPL-", "ErlPL", "GPL", "OFL-",
        ])
    {
        LicenceCategory::WeakCopyleft
    } else if is_free
        || begins(&[
            "BSD",
            "MIT",
            "Apache",
            "CC-BY-",
            "X11",
            "HPND",
            "curl",
            "Zlib",
            "PHP-",
            "TCL",
            "Info-ZIP",
            "bzip2",
            "libpng",
            "IJG",
            "SMLNJ",
            "Unicode",
            "NTP",
            "ISC",
            "Python",
            "PSF",
            "Beerware",
            "Libpng",
            "FSF",
            "OLDAP",
            "Spencer",
            "GD",
            "Artistic",
            "ICU",
            "OpenSSL",
            "SSH",
            "Net-SNMP",
            "Latex2e",
            "Hylafax",
            "Public",
            "LicenseRef",
        ])
    {
        LicenceCategory::Permissive
    } else {
        LicenceCategory::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn gives(expression: &str, expected: &[LicenceCategory]) {
        assert_eq!(categories_of(expression), expected, "{expression}");
    }

    #[test]
    fn licences_fall_into_their_categories() {
        gives("MIT OR GPL-3.0-or-later", &[LicenceCategory::Permissive, LicenceCategory::StrongCopyleft]);
        gives("GPL-2.0-only WITH Classpath-exception-2.0", &[LicenceCategory::WeakCopyleft]);
        gives("AGPL-3.0-only", &[LicenceCategory::NetworkCopyleft]);
        gives("LGPL-2.1-or-later AND MPL-2.0", &[LicenceCategory::WeakCopyleft]);
        gives("BUSL-1.1", &[LicenceCategory::SourceAvailable]);
        gives("CC-BY-NC-4.0", &[LicenceCategory::NonCommercial]);
        gives("CC0-1.0", &[LicenceCategory::PublicDomain]);
        gives("LicenseRef-own", &[LicenceCategory::Other]);
        gives("(", &[]);
    }
}
