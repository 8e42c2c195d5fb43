//! Which rule answers which check of other benchmarks.

/// A check of another benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Benchmark {
    /// What it is called there: `CIS 4.1` (CIS Docker Benchmark 1.6 and Docker Bench), `DKL-DI-0001` (dockle).
    pub id: &'static str,
    /// What it wants.
    pub wants: &'static str,
    /// What answers it.
    pub coverage: Coverage,
}

/// What answers a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// The rules of that alias in this crate.
    Rules,
    /// Another part of Seawall, and which.
    Elsewhere(&'static str),
    /// Nothing, because the check is obsolete, and why.
    Obsolete(&'static str),
}

/// Section 4 of the CIS Docker Benchmark as Docker Bench checks it, and every check of dockle.
pub static BENCHMARKS: &[Benchmark] = &[
    entry("CIS 4.1", "a user for the container has been created"),
    entry("CIS 4.2", "containers use only trusted base images"),
    entry("CIS 4.3", "unnecessary packages are not installed"),
    entry("CIS 4.4", "images are scanned and rebuilt to include security patches"),
    Benchmark {
        id: "CIS 4.5",
        wants: "content trust is enabled",
        coverage: Coverage::Obsolete(
            "Docker shuts its Notary service down; verify cosign signatures (scan --verify)",
        ),
    },
    entry("CIS 4.6", "HEALTHCHECK instructions have been added"),
    entry("CIS 4.7", "update instructions are not used alone"),
    entry("CIS 4.8", "setuid and setgid permissions are removed"),
    entry("CIS 4.9", "COPY is used instead of ADD"),
    entry("CIS 4.10", "secrets are not stored in images"),
    entry("CIS 4.11", "only verified packages are installed"),
    Benchmark {
        id: "CIS 4.12",
        wants: "all signed artifacts are validated",
        coverage: Coverage::Elsewhere("signatures: seawall verify, scan --verify"),
    },
    entry("CIS-DI-0001", "create a user for the container"),
    entry("CIS-DI-0002", "use trusted base images"),
    entry("CIS-DI-0003", "do not install unnecessary packages"),
    entry("CIS-DI-0004", "scan and rebuild the images"),
    Benchmark {
        id: "CIS-DI-0005",
        wants: "enable content trust",
        coverage: Coverage::Obsolete(
            "Docker shuts its Notary service down; verify cosign signatures (scan --verify)",
        ),
    },
    entry("CIS-DI-0006", "add HEALTHCHECK"),
    entry("CIS-DI-0007", "do not use update instructions alone"),
    entry("CIS-DI-0008", "remove setuid and setgid permissions"),
    entry("CIS-DI-0009", "use COPY instead of ADD"),
    entry("CIS-DI-0010", "do not store secrets in Dockerfiles"),
    entry("CIS-DI-0011", "install verified packages only"),
    entry("DKL-DI-0001", "avoid sudo"),
    entry("DKL-DI-0002", "avoid volumes over sensitive directories"),
    entry("DKL-DI-0003", "avoid apt-get dist-upgrade"),
    entry("DKL-DI-0004", "use apk add with --no-cache"),
    entry("DKL-DI-0005", "clear apt-get caches"),
    entry("DKL-DI-0006", "avoid the tag latest"),
    entry("DKL-LI-0001", "avoid empty passwords"),
    entry("DKL-LI-0002", "be unique in user and group numbers"),
    entry("DKL-LI-0003", "only put necessary files"),
];

const fn entry(id: &'static str, wants: &'static str) -> Benchmark {
    Benchmark { id, wants, coverage: Coverage::Rules }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_benchmark_that_rules_answer_is_an_alias_of_one() {
        for benchmark in BENCHMARKS {
            let is_alias = crate::rules().iter().any(|rule| rule.aliases.contains(&benchmark.id));
            assert_eq!(is_alias, benchmark.coverage == Coverage::Rules, "{}", benchmark.id);
        }
    }
}
