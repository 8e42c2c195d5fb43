//! Several publishers, one vulnerability.

use super::*;

fn npm(range: &str) -> Affected {
    row("npm", Ecosystem::Npm, "x", range)
}

#[test]
fn vulnerability_told_by_three_sources_is_one_finding_with_all_ratings() {
    let tell = |id: &str, aliases: &[&str], source: &str, severity, fixed: &str| Advisory {
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        ratings: vec![rated(source, severity)],
        references: vec!["https://same.example".into(), format!("https://{source}.example")],
        source: source.into(),
        ..advisory(id, vec![npm(fixed)])
    };
    let all = vec![
        tell("GHSA-1", &["CVE-2024-1"], "ghsa", Severity::High, "..2.0.0"),
        tell("OTHER-1", &["GHSA-1"], "other", Severity::Low, "..2.0.0"),
        tell("CVE-2024-1", &[], "nvd", Severity::Critical, "..2.0.1"),
    ];
    let matches = judge(all, &[package(Ecosystem::Npm, "x", "1.0.0")], None);
    assert_eq!(told(&matches), ["CVE-2024-1 x fixed"]);
    let found = &matches.findings[0];
    assert_eq!(found.vulnerability.aliases, ["GHSA-1", "OTHER-1"]);
    assert_eq!(found.vulnerability.fixed_versions, ["2.0.0", "2.0.1"]);
    let sources: Vec<&str> =
        found.vulnerability.severities.iter().map(|rating| rating.source.as_str()).collect();
    assert_eq!(sources, ["ghsa", "nvd", "other"]);
    assert_eq!((found.severity, found.vulnerability.severity_source.as_str()), (Severity::Critical, "nvd"));
    assert_eq!(found.references.len(), 4);
}

#[test]
fn chosen_source_decides_the_severity_that_is_shown() {
    let all = vec![Advisory {
        ratings: vec![rated("ghsa", Severity::High), rated("redhat", Severity::Low)],
        ..advisory("CVE-2024-1", vec![npm("..2.0.0")])
    }];
    let options = MatchOptions { severity_sources: vec!["redhat".into()], ..MatchOptions::default() };
    let matches = judge_with(all, &[package(Ecosystem::Npm, "x", "1.0.0")], None, &options);
    assert_eq!(matches.findings[0].severity, Severity::Low);
    assert_eq!(matches.findings[0].vulnerability.severity_source, "redhat");
}

#[test]
fn advisory_that_fixes_several_vulnerabilities_gives_a_finding_for_each() {
    let all = vec![Advisory {
        vulnerabilities: vec!["CVE-2024-1".into(), "CVE-2024-2".into()],
        ..advisory("ALSA-2024:1", vec![row("almalinux:9", Ecosystem::Rpm, "x", "..2-1")])
    }];
    let matches = judge(all, &[package(Ecosystem::Rpm, "x", "1-1")], Some("almalinux:9.4"));
    assert_eq!(told(&matches), ["CVE-2024-1 x fixed", "CVE-2024-2 x fixed"]);
    assert_eq!(matches.findings[0].vulnerability.aliases, ["ALSA-2024:1"]);
}

#[test]
fn withdrawn_advisory_matches_nothing_and_hides_nothing() {
    let gone = Advisory {
        is_withdrawn: true,
        aliases: vec!["CVE-2024-1".into()],
        ..advisory("GHSA-gone", vec![Affected { status: Status::NotAffected, ..npm("") }, npm("..9.0.0")])
    };
    let check_with = |others: Vec<Advisory>, expected: &[&str]| {
        let all = [vec![gone.clone()], others].concat();
        check(all, package(Ecosystem::Npm, "x", "1.0.0"), None, expected);
    };
    check_with(vec![], &[]);
    check_with(vec![advisory("CVE-2024-1", vec![npm("..2.0.0")])], &["CVE-2024-1 x fixed"]);
}

#[test]
fn exploitation_scores_and_ratings_by_cve_are_joined() {
    let meta = ShardMeta::default;
    let kev = model::KnownExploited { date_added: "2024-02-01".into(), ..model::KnownExploited::default() };
    let epss = model::Epss { score: 0.5, percentile: 0.9 };
    let id = || "CVE-2024-1".to_owned();
    let general = Advisory {
        summary: "from the general list".into(),
        ratings: vec![rated("nvd", Severity::Critical)],
        ..advisory("CVE-2024-1", vec![])
    };
    let told = Advisory { aliases: vec![id()], ..advisory("GHSA-1", vec![npm("..2.0.0")]) };
    let mut shards: Vec<_> = build_shards([general, told], |_| meta()).unwrap().shards.into_iter().collect();
    shards.push(("kev".into(), crate::build_known_exploited(meta(), [(id(), kev.clone())]).unwrap().0));
    shards.push(("epss".into(), crate::build_exploit_prediction(meta(), [(id(), epss)]).unwrap().0));
    let packages = [package(Ecosystem::Npm, "x", "1.0.0")];
    let matches = match_packages(&embedded(shards), &packages, None, &MatchOptions::default());
    let found = &matches.findings[0];
    assert_eq!(found.vulnerability.known_exploited, Some(kev));
    assert_eq!(found.vulnerability.epss, Some(epss));
    assert_eq!(found.vulnerability.summary, "from the general list");
    assert_eq!(found.severity, Severity::Critical);
}

#[test]
fn shards_of_the_same_name_are_united_by_aliases() {
    let build =
        |advisories: Vec<Advisory>| build_shards(advisories, |_| ShardMeta::default()).unwrap().shards;
    let one = build(vec![Advisory {
        aliases: vec!["CVE-2024-1".into()],
        ..advisory("GHSA-1", vec![npm("..2.0.0")])
    }]);
    let two =
        build(vec![advisory("GHSA-1", vec![npm("..3.0.0")]), advisory("CVE-2024-9", vec![npm("..3.0.0")])]);
    let database = embedded(one.into_iter().chain(two).collect());
    let matches =
        match_packages(&database, &[package(Ecosystem::Npm, "x", "1.0.0")], None, &MatchOptions::default());
    assert_eq!(told(&matches), ["CVE-2024-1 x fixed", "CVE-2024-9 x fixed"]);
}
