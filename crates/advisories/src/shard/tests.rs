use super::*;
use crate::meta::ShardMeta;
use crate::{Advisory, Affected, Range, Rated};
use model::{Ecosystem, Severity, Status};

fn affected(package: &str, introduced: &str, fixed: &str) -> Affected {
    Affected {
        shard: "npm".into(),
        ecosystem: Ecosystem::Npm,
        package: package.into(),
        is_source: false,
        status: if fixed.is_empty() { Status::Affected } else { Status::Fixed },
        ranges: vec![Range {
            introduced: introduced.into(),
            fixed: fixed.into(),
            last_affected: String::new(),
        }],
        versions: Vec::new(),
        module: String::new(),
        arches: Vec::new(),
        channel: String::new(),
        rating: None,
    }
}

fn sample() -> Vec<Advisory> {
    let mut rich = affected("left", "1.0.0", "1.2.0");
    rich.versions = vec!["0.5.0-odd".into()];
    rich.module = "nodejs:18".into();
    rich.arches = vec!["src".into(), "x86_64".into()];
    rich.channel = "esm".into();
    rich.is_source = true;
    rich.rating = Some(Rated { source: "npm".into(), severity: Severity::Low, cvss: String::new() });
    vec![
        Advisory {
            id: "GHSA-1".into(),
            aliases: vec!["CVE-2020-1".into()],
            summary: "first".into(),
            references: vec!["https://a.example".into()],
            ratings: vec![Rated {
                source: "ghsa".into(),
                severity: Severity::High,
                cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into(),
            }],
            weaknesses: vec!["CWE-79".into()],
            published: "2020-01-01".into(),
            modified: "2020-01-02".into(),
            source: "osv".into(),
            affected: vec![rich, affected("right", "0", "2.0.0")],
            ..Advisory::default()
        },
        Advisory {
            id: "VENDOR-7".into(),
            vulnerabilities: vec!["CVE-2020-1".into(), "CVE-2020-2".into()],
            source: "vendor".into(),
            affected: vec![affected("left", "0", "3.0.0")],
            ..Advisory::default()
        },
        Advisory {
            id: "GHSA-gone".into(),
            aliases: vec!["CVE-2020-1".into(), "CVE-2020-2".into()],
            is_withdrawn: true,
            affected: vec![affected("left", "0", "")],
            ..Advisory::default()
        },
    ]
}

fn build(advisories: Vec<Advisory>) -> Vec<u8> {
    let mut builder =
        ShardBuilder::new("npm", ShardMeta { date: "2026-11-22".into(), ..ShardMeta::default() });
    for advisory in advisories {
        builder.add(advisory);
    }
    assert_eq!(builder.problems(), [] as [String; 0]);
    builder.finish().unwrap()
}

/// Asks a shard for everything it has.
fn read_all(bytes: &[u8]) -> Result<usize, ShardError> {
    let shard = Shard::from_bytes(bytes)?;
    let mut seen = shard.to_advisories()?.len();
    for index in 0..shard.advisory_count() {
        for group in shard.groups_of(&shard.advisory_at(index)?)? {
            for id in shard.group_ids(group)? {
                seen += shard.advisories_of(id)?.len();
            }
        }
    }
    shard.meta()?;
    Ok(seen + shard.rows("left")?.len() + shard.rows("absent")?.len())
}

#[test]
fn advisories_come_back_as_they_went_in() {
    let bytes = build(sample());
    let mut restored = Shard::from_bytes(&bytes).unwrap().to_advisories().unwrap();
    restored.sort_by(|a, b| a.id.cmp(&b.id));
    let mut expected = sample();
    // Rows of a withdrawn advisory match nothing, so they are not kept.
    expected[2].affected.clear();
    expected.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(restored, expected);
}

#[test]
fn same_advisories_in_another_order_give_the_same_bytes() {
    let mut reversed = sample();
    reversed.reverse();
    assert_eq!(build(sample()), build(reversed));
}

#[test]
fn name_is_found_from_wherever_the_search_begins() {
    let advisory = |n: usize| Advisory {
        id: format!("A-{n}"),
        affected: vec![affected(&format!("p{n:02}"), "0", "1")],
        ..Advisory::default()
    };
    for count in [0, 1, 2, 3, 17] {
        let bytes = build((0..count).map(|n| advisory(2 * n + 1)).collect());
        let shard = Shard::from_bytes(&bytes).unwrap();
        for wanted in 0..2 * count + 2 {
            for begin in 0..count as u32 + 2 {
                let (name, mut near) = (format!("p{wanted:02}"), begin);
                let expected = (wanted % 2 == 1 && wanted < 2 * count).then_some(wanted as u32 / 2);
                assert_eq!(shard.find_name_near(&name, &mut near).unwrap(), expected, "{name} from {begin}");
                assert_eq!(shard.find_name(&name).unwrap(), expected);
                assert!(near.abs_diff(wanted as u32 / 2) <= 1 || near == begin && count == 0);
            }
        }
    }
}

#[test]
fn records_of_one_id_and_source_are_kept_apart_and_copies_are_dropped() {
    let of = |summary: &str| Advisory {
        id: "A-1".into(),
        summary: summary.into(),
        affected: vec![affected("left", "0", "1")],
        ..Advisory::default()
    };
    let bytes = build(vec![of("b"), of("a"), of("b"), of("c")]);
    assert_eq!(bytes, build(vec![of("c"), of("b"), of("a")]));
    let restored = Shard::from_bytes(&bytes).unwrap().to_advisories().unwrap();
    assert_eq!(restored.iter().map(|one| one.summary.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn withdrawn_advisory_ties_no_ids_together() {
    let bytes = build(sample());
    let shard = Shard::from_bytes(&bytes).unwrap();
    let ids = |id| -> Vec<String> {
        let found = shard.advisories_of(id).unwrap();
        found.iter().map(|index| shard.advisory_at(*index).unwrap().id.to_owned()).collect()
    };
    assert_eq!(ids("CVE-2020-1"), ["GHSA-1", "VENDOR-7"]);
    assert_eq!(ids("CVE-2020-2"), ["VENDOR-7"]);
    assert_eq!(ids("VENDOR-7"), ["VENDOR-7"]);
    assert_eq!(ids("GHSA-gone"), ["GHSA-gone"]);
    assert_eq!(shard.meta().unwrap().1.advisories, 2);
}

#[test]
fn versions_inside_a_range_are_not_stored_twice() {
    let mut row = affected("left", "1.0.0", "2.0.0");
    row.versions = vec!["1.5.0".into(), "2.0.0".into(), "1.0.0".into()];
    let bytes = build(vec![Advisory { id: "A-1".into(), affected: vec![row], ..Advisory::default() }]);
    let shard = Shard::from_bytes(&bytes).unwrap();
    let rows = shard.rows("left").unwrap();
    assert_eq!(shard.versions(&rows[0]).unwrap(), ["2.0.0"]);
}

#[test]
fn fixed_version_zero_means_never_affected() {
    let bytes = build(vec![Advisory {
        id: "CVE-2020-5".into(),
        affected: vec![affected("left", "", "0")],
        ..Advisory::default()
    }]);
    let shard = Shard::from_bytes(&bytes).unwrap();
    assert_eq!(shard.rows("left").unwrap()[0].quality.status, Status::NotAffected);
}

#[test]
fn broken_record_is_lost_alone_and_told() {
    let mut builder = ShardBuilder::new("npm", ShardMeta::default());
    builder.add(Advisory {
        id: String::new(),
        affected: vec![affected("a", "0", "1")],
        ..Advisory::default()
    });
    builder.add(Advisory {
        id: "A-2".into(),
        affected: vec![affected("", "0", "1"), affected("good", "0", "1")],
        ..Advisory::default()
    });
    assert_eq!(builder.problems().len(), 2);
    let bytes = builder.finish().unwrap();
    assert_eq!(Shard::from_bytes(&bytes).unwrap().rows("good").unwrap().len(), 1);
}

#[test]
fn shards_are_split_by_name_and_ratings_alone_go_to_the_metadata_shard() {
    let mut other = affected("x", "0", "1");
    other.shard = "pypi".into();
    let built = build_shards(
        [
            Advisory {
                id: "A-1".into(),
                affected: vec![affected("a", "0", "1"), other],
                ..Advisory::default()
            },
            Advisory { id: "CVE-2020-3".into(), ..Advisory::default() },
        ],
        |_| ShardMeta::default(),
    )
    .unwrap();
    assert_eq!(built.shards.keys().collect::<Vec<_>>(), ["cve", "npm", "pypi"]);
    let shard = Shard::from_bytes(&built.shards["npm"]).unwrap();
    assert_eq!(shard.to_advisories().unwrap()[0].affected.len(), 1);
}

#[test]
fn name_that_could_leave_a_directory_is_refused() {
    for name in ["", "../x", "A", "a/b", "a b"] {
        let result = ShardBuilder::new(name, ShardMeta::default()).finish();
        assert!(matches!(result, Err(BuildError::Name(_))), "{name}");
    }
}

#[test]
fn damaged_bytes_give_an_error_and_never_a_panic() {
    let bytes = build(sample());
    assert!(read_all(&bytes).is_ok());
    for end in 0..bytes.len() {
        assert!(read_all(&bytes[..end]).is_err(), "cut at {end}");
    }
    // Every byte, each with a few values: the header is refused by its checksum, the rest must survive.
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            let result = read_all(&damaged);
            assert!(at >= format::HEADER_BYTES || result.is_err(), "header byte {at}");
        }
    }
}
