//! Which of many ratings is shown.

use crate::cvss_score::version_rank;
use crate::shard::Rating;
use model::Severity;

/// Chooses the rating to show; severity and who rated.
///
/// 1. The first of the sources that the user names, which has a rating;
/// 2. the rating of this very package;
/// 3. the rating of the shard's publisher (`debian` for `debian:12`, `redhat` for `rhel:9`);
/// 4. NVD and GHSA: CVSS version 4 before 3 before words before 2;
/// 5. anybody, in the same order.
pub(super) fn choose(
    ratings: &[Rating<'_>],
    of_package: Option<&Rating<'_>>,
    shard: &str,
    preferred: &[String],
) -> (Severity, String) {
    let rated = |rating: &&Rating<'_>| rating.severity != Severity::Unknown;
    for source in preferred {
        let of_source = |rating: &&Rating<'_>| is_source(rating.source, source);
        let own = of_package.filter(of_source).filter(rated);
        if let Some(rating) = own.or_else(|| best(ratings.iter().filter(of_source))) {
            return shown(rating);
        }
    }
    let publisher = shard.split(':').next().unwrap_or(shard);
    let chosen = of_package
        .filter(rated)
        .or_else(|| best(ratings.iter().filter(|rating| is_publisher(rating.source, publisher))))
        .or_else(|| best(ratings.iter().filter(|rating| is_general(rating.source))))
        .or_else(|| best(ratings.iter()));
    chosen.map_or_else(|| (Severity::Unknown, String::new()), shown)
}

fn shown(rating: &Rating<'_>) -> (Severity, String) {
    (rating.severity, rating.source.to_owned())
}

/// The newest CVSS, then words; of equals the worst.
fn best<'r, 's: 'r>(ratings: impl Iterator<Item = &'r Rating<'s>>) -> Option<&'r Rating<'s>> {
    let rank = |rating: &Rating<'_>| match version_rank(rating.cvss) {
        4 => 4,
        3 => 3,
        0 => 2,
        _ => 1,
    };
    ratings
        .filter(|rating| rating.severity != Severity::Unknown)
        .max_by_key(|rating| (rank(rating), rating.severity, std::cmp::Reverse(rating.source)))
}

fn is_source(source: &str, wanted: &str) -> bool {
    source.eq_ignore_ascii_case(wanted)
}

fn is_publisher(source: &str, publisher: &str) -> bool {
    let names: &[&str] = match publisher {
        "rhel" | "centos" => &["redhat", "red hat", "rhel"],
        "sles" | "opensuse-leap" | "opensuse-tumbleweed" => &["suse"],
        "amzn" => &["amazon", "alas", "amzn"],
        "ol" => &["oracle", "ol"],
        "almalinux" => &["almalinux", "alma"],
        "golang" => &["govulndb", "go"],
        "cargo" => &["rustsec"],
        "pypi" => &["pysec", "pypa"],
        "gem" => &["rubysec"],
        "generic" => &["seawall"],
        other => return is_source(source, other),
    };
    names.iter().any(|name| is_source(source, name))
}

fn is_general(source: &str) -> bool {
    matches!(source, "nvd" | "ghsa")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(source: &'static str, severity: Severity, cvss: &'static str) -> Rating<'static> {
        Rating { source, severity, cvss, score_tenths: None }
    }

    #[test]
    fn rating_closest_to_the_package_is_shown() {
        let all = [
            rating("someone", Severity::Critical, "CVSS:4.0/x"),
            rating("nvd", Severity::Critical, "CVSS:3.1/x"),
            rating("ghsa", Severity::High, "CVSS:4.0/x"),
            rating("debian", Severity::Low, ""),
        ];
        let own = rating("debian", Severity::Negligible, "");
        let check = |ratings: &[Rating<'_>],
                     own: Option<&Rating<'_>>,
                     preferred: &[&str],
                     expected: (Severity, &str)| {
            let preferred: Vec<String> = preferred.iter().map(|source| (*source).to_owned()).collect();
            let (severity, source) = choose(ratings, own, "debian:12", &preferred);
            assert_eq!((severity, source.as_str()), expected);
        };
        check(&all, Some(&own), &[], (Severity::Negligible, "debian"));
        check(&all, None, &[], (Severity::Low, "debian"));
        check(&all[..3], None, &[], (Severity::High, "ghsa"));
        check(&all[..2], None, &[], (Severity::Critical, "nvd"));
        check(&all[..1], None, &[], (Severity::Critical, "someone"));
        check(&[], None, &[], (Severity::Unknown, ""));
        check(&all, Some(&own), &["absent", "nvd"], (Severity::Critical, "nvd"));
        check(&all, Some(&rating("debian", Severity::Unknown, "")), &[], (Severity::Low, "debian"));
    }
}
