//! The update client against a publisher on a loopback port.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests write files")]

mod site;

use advisories::Trust;
use feeds::{FeedOutcome, FetchError, Sources, UpdateSummary};
use site::{Machine, Site, osv_zip, secdb, sources, tracker};
use std::io::Write;
use std::time::Duration;
use testkit::server::{Ending, Reply};

const DEBIAN: &str = "debian/tracker/data/json";
const PYPI: &str = "osv/PyPI/all.zip";

fn outcome(summary: &UpdateSummary, feed: &str) -> String {
    let feed = summary.feeds.iter().find(|found| found.name == feed).unwrap();
    match &feed.outcome {
        FeedOutcome::New => "new".to_owned(),
        FeedOutcome::NotModified => "same".to_owned(),
        FeedOutcome::Failed(error) => format!("failed: {error}"),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn feeds_become_shards_and_only_changed_ones_are_built_again() {
    let site = Site::new();
    site.put(DEBIAN, tracker("curl", "CVE-2024-1", "7.88.1-10+deb12u5"))
        .put(PYPI, osv_zip(&[("PYSEC-2024-1", "PyPI", "Django", "4.2")]))
        .put("alpine/v3.20/main.json", secdb("v3.20", "openssl", "3.3.0-r1", "CVE-2024-2"))
        .put("alpine/v3.20/community.json", secdb("v3.20", "nodejs", "20.1-r0", "CVE-2024-3"))
        .put(
            "cisa/known_exploited_vulnerabilities.json",
            r#"{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2024-1","dateAdded":"2024-02-01"}]}"#,
        )
        .put("first/epss_scores-current.csv.gz", gzip(b"#model\ncve,epss,percentile\nCVE-2024-1,0.5,0.9\n"));
    let sources = sources(&site, &["debian", "osv", "alpine", "cisa", "first"]);
    let only = ["debian", "pypi", "alpine", "kev", "epss"];
    let machine = Machine::new();
    let summary = machine.update(&sources, &only).unwrap();
    assert!(only.iter().all(|feed| outcome(&summary, feed) == "new"), "{summary:?}");
    assert_eq!(machine.names(), ["alpine:3.20", "debian:12", "epss", "kev", "pypi"]);
    assert_eq!(machine.shard("debian:12"), ["CVE-2024-1 curl 7.88.1-10+deb12u5"]);
    assert_eq!(machine.shard("alpine:3.20"), ["CVE-2024-2 openssl 3.3.0-r1", "CVE-2024-3 nodejs 20.1-r0"]);
    assert_eq!(machine.shard("pypi"), ["PYSEC-2024-1 django 4.2"]);
    let database = machine.database();
    assert!(database.shard("kev").unwrap().known_exploited("CVE-2024-1").unwrap().is_some());
    assert!(database.shard("epss").unwrap().exploit_prediction("CVE-2024-1").unwrap().is_some());
    let meta = database.shard("debian:12").unwrap().meta().unwrap().0;
    assert_eq!(
        (meta.date.as_str(), &meta.sources[..], meta.is_complete),
        ("2026-11-22", &["debian-tracker".to_owned()][..], true)
    );

    let summary = machine.update(&sources, &only).unwrap();
    assert!(only.iter().all(|feed| outcome(&summary, feed) == "same"), "{summary:?}");
    assert_eq!((summary.version, summary.changed.len()), (None, 0));
    assert_eq!(summary.feeds.iter().map(|feed| feed.downloaded_bytes).sum::<u64>(), 0);

    site.put(DEBIAN, tracker("curl", "CVE-2024-1", "7.88.1-10+deb12u6"));
    let summary = machine.update(&sources, &only).unwrap();
    assert_eq!(summary.changed, ["debian:12"]);
    assert_eq!(summary.imports.len(), 1);
    assert_eq!(machine.shard("debian:12"), ["CVE-2024-1 curl 7.88.1-10+deb12u6"]);
    assert_eq!(machine.shard("pypi").len(), 1);
}

#[test]
fn cut_download_goes_on_where_it_broke() {
    let site = Site::new();
    let archive = osv_zip(&[("PYSEC-2024-1", "PyPI", "a", "1"), ("PYSEC-2024-22", "PyPI", "b", "2")]);
    let half = archive.len() / 2;
    site.put(PYPI, archive);
    site.fault(PYPI, move |_, file| {
        Reply::ok(file).header("etag", &site::etag(file)).ending(Ending::CutAfter(half))
    });
    let machine = Machine::new();
    let summary = machine.update(&sources(&site, &["osv"]), &["pypi"]).unwrap();
    assert_eq!(outcome(&summary, "pypi"), "new");
    assert_eq!(machine.shard("pypi").len(), 2);
    let requests = site.requests(PYPI);
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].range_from(), Some(half));
    assert!(requests[1].header("if-range").is_some());
    assert_eq!(machine.waits.lock().unwrap().len(), 1);
    assert!(!machine.cache().join("pypi/PyPI/all.zip.part").exists());
}

#[test]
fn cut_download_of_a_file_that_changed_begins_anew() {
    let site = Site::new();
    let old = osv_zip(&[("PYSEC-2024-1", "PyPI", "a", "1")]);
    let tag = site::etag(&old);
    site.fault(PYPI, move |_, _| {
        Reply::ok(old.clone()).header("etag", &tag).ending(Ending::CutAfter(old.len() / 2))
    });
    site.put(PYPI, osv_zip(&[("PYSEC-2024-333", "PyPI", "c", "3")]));
    let machine = Machine::new();
    machine.update(&sources(&site, &["osv"]), &["pypi"]).unwrap();
    assert_eq!(machine.shard("pypi"), ["PYSEC-2024-333 c 3"]);
}

#[test]
fn stopped_update_is_resumed_by_the_next_one() {
    let site = Site::new();
    let archive = osv_zip(&[("PYSEC-2024-1", "PyPI", "a", "1")]);
    let half = archive.len() / 2;
    site.put(PYPI, archive);
    site.fault(PYPI, move |_, file| {
        Reply::ok(file).header("etag", &site::etag(file)).ending(Ending::CutAfter(half))
    });
    let machine = Machine::new();
    let impatient = Sources { retries: 0, ..sources(&site, &["osv"]) };
    let summary = machine.update(&impatient, &["pypi"]).unwrap();
    assert!(outcome(&summary, "pypi").starts_with("failed"));
    let summary = machine.update(&impatient, &["pypi"]).unwrap();
    assert_eq!(outcome(&summary, "pypi"), "new");
    assert_eq!(site.requests(PYPI)[1].range_from(), Some(half));
}

#[test]
fn busy_server_is_waited_for_as_it_asks_and_with_growing_patience() {
    let site = Site::new();
    site.put(PYPI, osv_zip(&[("PYSEC-2024-1", "PyPI", "a", "1")]));
    site.fault(PYPI, |_, _| Reply::new(429, "").header("retry-after", "7"));
    site.fault(PYPI, |_, _| Reply::new(503, ""));
    site.fault(PYPI, |_, _| Reply::new(502, ""));
    let machine = Machine::new();
    let summary = machine.update(&sources(&site, &["osv"]), &["pypi"]).unwrap();
    assert_eq!(outcome(&summary, "pypi"), "new");
    let waits = machine.waits.lock().unwrap().clone();
    assert_eq!((waits.len(), waits[0]), (3, Duration::from_secs(7)));
    assert!(waits[1] >= Duration::from_secs(2) && waits[2] >= Duration::from_secs(4) && waits[2] > waits[1]);
}

#[test]
fn wait_that_is_too_long_fails_at_once() {
    let site = Site::new();
    site.fault(PYPI, |_, _| Reply::new(429, "").header("retry-after", "86400"));
    let machine = Machine::new();
    let summary = machine.update(&sources(&site, &["osv"]), &["pypi"]).unwrap();
    assert!(outcome(&summary, "pypi").contains("asks to wait 86400 s"), "{summary:?}");
    assert!(machine.waits.lock().unwrap().is_empty());
}

#[test]
fn failing_feed_loses_neither_the_others_nor_its_old_shard() {
    let site = Site::new();
    site.put(DEBIAN, tracker("curl", "CVE-2024-1", "1"))
        .put(PYPI, osv_zip(&[("PYSEC-2024-1", "PyPI", "a", "1")]));
    let sources = sources(&site, &["debian", "osv"]);
    let machine = Machine::new();
    machine.update(&sources, &["debian", "pypi"]).unwrap();
    site.remove(DEBIAN);
    site.put(PYPI, osv_zip(&[("PYSEC-2024-1", "PyPI", "a", "2")]));
    let summary = machine.update(&sources, &["debian", "pypi"]).unwrap();
    assert!(outcome(&summary, "debian").contains("is not there"));
    assert_eq!(summary.changed, ["pypi"]);
    assert_eq!(machine.shard("debian:12"), ["CVE-2024-1 curl 1"]);
    assert_eq!(machine.shard("pypi"), ["PYSEC-2024-1 a 2"]);
    // Content that is no feed any more (a login page) fails the same way.
    site.put(DEBIAN, "<html>sign in</html>");
    let summary = machine.update(&sources, &["debian"]).unwrap();
    assert!(summary.failed_groups["debian"].contains("not in a format"), "{summary:?}");
    assert_eq!(machine.shard("debian:12"), ["CVE-2024-1 curl 1"]);
}

#[test]
fn mirrors_are_tried_in_order_and_directories_are_mirrors() {
    let site = Site::new();
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(directory.path().join("Rocky Linux")).unwrap();
    let archive = osv_zip(&[("RLSA-2024:1", "Rocky Linux:9", "curl", "7.76-1.el9")]);
    std::fs::write(directory.path().join("Rocky Linux/all.zip"), &archive).unwrap();
    let path = directory.path().display().to_string();
    for local in [path.clone(), format!("file://{path}")] {
        let mut sources = sources(&site, &[]);
        sources.mirrors.insert("osv".to_owned(), vec![format!("{}/none", site.address()), local]);
        let machine = Machine::new();
        let summary = machine.update(&sources, &["rocky"]).unwrap();
        assert_eq!(outcome(&summary, "rocky"), "new");
        assert_eq!(machine.shard("rocky:9"), ["RLSA-2024:1 curl 7.76-1.el9"]);
    }
    assert_eq!(site.requests("none/Rocky%20Linux/all.zip").len(), 2);
}

#[test]
fn file_beyond_the_limit_is_refused_with_and_without_a_length() {
    let site = Site::new();
    site.put(PYPI, vec![b'x'; 10_000]);
    let machine = Machine::new();
    let small = Sources { file_bytes_max: 9_999, ..sources(&site, &["osv"]) };
    let summary = machine.update(&small, &["pypi"]).unwrap();
    assert!(outcome(&summary, "pypi").contains("more than 9999 bytes"), "{summary:?}");
    // Compressed on the way, so that the length says nothing.
    site.fault(DEBIAN, |_, _| Reply::ok(gzip(&[b' '; 100_000])).header("content-encoding", "gzip"));
    let small = Sources { file_bytes_max: 9_999, ..sources(&site, &["debian"]) };
    let summary = machine.update(&small, &["debian"]).unwrap();
    assert!(outcome(&summary, "debian").contains("more than 9999 bytes"), "{summary:?}");
    assert!(!machine.cache().join("debian/tracker/data/json.part").exists());
}

#[test]
fn content_compressed_on_the_way_is_read() {
    let site = Site::new();
    site.fault(DEBIAN, |request, _| {
        assert!(request.header("accept-encoding").is_some_and(|accepted| accepted.contains("gzip")));
        Reply::ok(gzip(tracker("curl", "CVE-2024-1", "1").as_bytes())).header("content-encoding", "gzip")
    });
    let machine = Machine::new();
    machine.update(&sources(&site, &["debian"]), &["debian"]).unwrap();
    assert_eq!(machine.shard("debian:12"), ["CVE-2024-1 curl 1"]);
}

#[test]
fn damaged_copy_in_the_cache_is_fetched_again() {
    let site = Site::new();
    site.put(PYPI, osv_zip(&[("PYSEC-2024-1", "PyPI", "a", "1")]));
    let sources = sources(&site, &["osv"]);
    let machine = Machine::new();
    machine.update(&sources, &["pypi"]).unwrap();
    std::fs::write(machine.cache().join("pypi/PyPI/all.zip"), b"short").unwrap();
    machine.update(&sources, &["pypi"]).unwrap();
    let requests = site.requests(PYPI);
    assert!(requests[1].header("if-none-match").is_none());
    assert_eq!(machine.shard("pypi").len(), 1);
}

#[test]
fn private_authority_is_trusted_when_it_is_named() {
    let tls = testkit::Tls::new();
    let site = Site::with_tls(tls.server.clone());
    site.put(PYPI, osv_zip(&[("PYSEC-2024-1", "PyPI", "a", "1")]));
    let machine = Machine::new();
    let mut sources = sources(&site, &[]);
    sources.retries = 0;
    sources.mirrors.insert("osv".to_owned(), vec![format!("https://{}/osv", site.server.address)]);
    let summary = machine.update(&sources, &["pypi"]).unwrap();
    assert!(outcome(&summary, "pypi").starts_with("failed"));
    let ca_file = machine.directory.path().join("ca.pem");
    std::fs::write(&ca_file, &tls.ca_pem).unwrap();
    sources.ca_file = Some(ca_file);
    assert_eq!(outcome(&machine.update(&sources, &["pypi"]).unwrap(), "pypi"), "new");
}

#[test]
fn amazon_advisories_are_found_through_the_mirror_list_and_checked() {
    let site = Site::new();
    let updateinfo = gzip(
        br#"<?xml version="1.0"?><updates><update type="security"><id>ALAS2023-2023-001</id>
        <references><reference id="CVE-2022-24903" type="cve"/></references><pkglist><collection>
        <package arch="x86_64" epoch="0" name="rsyslog" release="1.amzn2023" version="8.2"/></collection></pkglist></update></updates>"#,
    );
    let repomd = |sha256: &str| {
        format!(
            r#"<repomd><data type="primary"><checksum type="sha256">00</checksum><location href="repodata/p"/></data>
            <data type="updateinfo"><checksum type="sha256">{sha256}</checksum><open-checksum type="sha256">11</open-checksum>
            <location href="repodata/abc-updateinfo.xml.gz"/></data></repomd>"#
        )
    };
    let base = format!("{}/guid", site.address());
    site.put(
        "amazon-2023/al2023/core/mirrors/latest/x86_64/mirror.list",
        format!("{}/gone\n{base}\n", site.address()),
    )
    .put("guid/repodata/repomd.xml", repomd(&sha256(&updateinfo)))
    .put("guid/repodata/abc-updateinfo.xml.gz", updateinfo);
    let sources = sources(&site, &["amazon-2023"]);
    let machine = Machine::new();
    let summary = machine.update(&sources, &["amazon-2023"]).unwrap();
    assert_eq!(outcome(&summary, "amazon-2023"), "new");
    assert_eq!(machine.shard("amzn:2023"), ["ALAS2023-2023-001 rsyslog 8.2-1.amzn2023"]);
    site.put("guid/repodata/abc-updateinfo.xml.gz", "tampered");
    let summary = machine.update(&sources, &["amazon-2023"]).unwrap();
    assert!(outcome(&summary, "amazon-2023").contains("does not match its checksum"), "{summary:?}");
    assert_eq!(machine.shard("amzn:2023").len(), 1);
}

fn csaf(cve: &str, fixed: &str) -> String {
    format!(
        r#"{{"document":{{"csaf_version":"2.0","category":"csaf_vex","publisher":{{"namespace":"https://www.redhat.com"}},"tracking":{{"id":"{cve}"}}}},
        "product_tree":{{"branches":[{{"category":"vendor","name":"Red Hat","branches":[
          {{"category":"product_name","name":"os","product":{{"name":"os","product_id":"BaseOS-9","product_identification_helper":{{"cpe":"cpe:/o:redhat:enterprise_linux:9::baseos"}}}}}},
          {{"category":"product_version","name":"p","product":{{"name":"p","product_id":"curl-0:{fixed}.x86_64","product_identification_helper":{{"purl":"pkg:rpm/redhat/curl@{fixed}?arch=x86_64"}}}}}}]}}],
        "relationships":[{{"category":"default_component_of","full_product_name":{{"name":"n","product_id":"BaseOS-9:curl-0:{fixed}.x86_64"}},"product_reference":"curl-0:{fixed}.x86_64","relates_to_product_reference":"BaseOS-9"}}]}},
        "vulnerabilities":[{{"cve":"{cve}","product_status":{{"fixed":["BaseOS-9:curl-0:{fixed}.x86_64"]}}}}]}}"#
    )
}

#[test]
fn red_hat_archive_is_brought_up_to_date_by_changes_and_deletions() {
    let site = Site::new();
    let mut tar = tar::Builder::new(Vec::new());
    for (year, number, fixed) in [("2023", 1, "1-1.el9"), ("2024", 2, "2-1.el9"), ("2024", 3, "3-1.el9")] {
        let text = csaf(&format!("CVE-{year}-{number}"), fixed);
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("{year}/cve-{year}-{number}.json"), text.as_bytes()).unwrap();
    }
    let archive = zstd::encode_all(&tar.into_inner().unwrap()[..], 1).unwrap();
    let name = "csaf_vex_2024-10-14.tar.zst";
    site.put("redhat/archive_latest.txt", format!("{name}\n"))
        .put(&format!("redhat/{name}.sha256"), format!("{}  {name}\n", sha256(&archive)))
        .put(&format!("redhat/{name}"), archive)
        .put("redhat/deletions.csv", "\"2024/cve-2024-3.json\",\"2024-10-15T00:00:00+00:00\"\n")
        .put(
            "redhat/changes.csv",
            "\"2024/cve-2024-2.json\",\"2024-10-16T00:00:00+00:00\"\n\"2023/cve-2023-1.json\",\"2023-01-01T00:00:00+00:00\"\n\"../../etc/passwd\",\"2024-10-16T00:00:00+00:00\"\n",
        )
        .put("redhat/2024/cve-2024-2.json", csaf("CVE-2024-2", "2-2.el9"));
    let sources = sources(&site, &["redhat"]);
    let machine = Machine::new();
    let summary = machine.update(&sources, &["redhat"]).unwrap();
    assert_eq!(outcome(&summary, "redhat"), "new");
    assert_eq!(machine.shard("rhel:9"), ["CVE-2023-1 curl 1-1.el9", "CVE-2024-2 curl 2-2.el9"]);
    assert_eq!(outcome(&machine.update(&sources, &["redhat"]).unwrap(), "redhat"), "same");
    site.put(&format!("redhat/{name}"), "tampered");
    let summary = machine.update(&sources, &["redhat"]).unwrap();
    assert!(outcome(&summary, "redhat").contains("checksum"), "{summary:?}");
}

#[test]
fn feeds_of_one_shard_are_built_together() {
    let site = Site::new();
    site.put("osv/RubyGems/all.zip", osv_zip(&[("GHSA-aaaa-bbbb-cccc", "RubyGems", "rack", "2.0")]));
    let mut tar = tar::Builder::new(Vec::new());
    let yaml = b"gem: rake\ncve: 2020-8130\npatched_versions:\n  - '>= 12.3.3'\n";
    let mut header = tar::Header::new_gnu();
    header.set_size(yaml.len() as u64);
    tar.append_data(&mut header, "db/gems/rake/CVE-2020-8130.yml", &yaml[..]).unwrap();
    site.put("rubysec/master.tar.gz", gzip(&tar.into_inner().unwrap()));
    let mut sources = sources(&site, &["osv", "rubysec"]);
    sources.feeds = vec!["rubygems".to_owned(), "rubysec".to_owned()];
    let machine = Machine::new();
    machine.update(&sources, &[]).unwrap();
    let both = ["CVE-2020-8130 rake 12.3.3", "GHSA-aaaa-bbbb-cccc rack 2.0"];
    assert_eq!(machine.shard("gem"), both);
    // One of the two alone does not drop what the other gave.
    site.put("osv/RubyGems/all.zip", osv_zip(&[("GHSA-aaaa-bbbb-cccc", "RubyGems", "rack", "2.1")]));
    machine.update(&sources, &["rubygems"]).unwrap();
    assert_eq!(machine.shard("gem"), ["CVE-2020-8130 rake 12.3.3", "GHSA-aaaa-bbbb-cccc rack 2.1"]);
}

#[test]
fn exported_database_comes_from_a_server_or_an_artifact() {
    let publisher = Machine::new();
    let site = Site::new();
    site.put(PYPI, osv_zip(&[("PYSEC-2024-1", "PyPI", "a", "1")]));
    publisher.update(&sources(&site, &["osv"]), &["pypi"]).unwrap();
    let mut bundle = Vec::new();
    let trust = Trust { keys: vec![publisher.key.public()], last_seen: None };
    advisories::export(publisher.store.directory(), &trust, None, &mut bundle).unwrap();
    site.put("db.bundle", bundle.clone());

    let machine = Machine::new();
    let from_server = Sources {
        databases: vec![format!("{}/missing", site.address()), format!("{}/db.bundle", site.address())],
        ..Sources::default()
    };
    let summary = machine.update_with(&from_server, &[], trust.clone(), None).unwrap();
    assert_eq!(summary.changed, ["pypi"]);
    let untrusted = Machine::new();
    assert!(untrusted.update(&from_server, &[]).is_err());

    let machine = Machine::new();
    let from_artifact =
        Sources { databases: vec!["oci://registry.example.org/db:1".to_owned()], ..Sources::default() };
    let open = |reference: &str| {
        assert_eq!(reference, "registry.example.org/db:1");
        Ok(Box::new(std::io::Cursor::new(bundle.clone())) as Box<dyn std::io::Read>)
    };
    let summary = machine.update_with(&from_artifact, &[], trust, Some(&open)).unwrap();
    assert_eq!(summary.changed, ["pypi"]);
    assert!(machine.update(&from_artifact, &[]).is_err());
}

#[test]
fn releases_that_are_missing_are_noted_and_all_missing_is_a_failure() {
    let site = Site::new();
    site.put("alpine/v3.20/main.json", secdb("v3.20", "openssl", "3.3.0-r1", "CVE-2024-2"));
    let machine = Machine::new();
    let summary = machine.update(&sources(&site, &["alpine"]), &["alpine"]).unwrap();
    assert_eq!((outcome(&summary, "alpine"), summary.feeds[0].notes.len()), ("new".to_owned(), 1));
    let none = Site::new();
    let summary = Machine::new().update(&sources(&none, &["alpine"]), &["alpine"]).unwrap();
    assert!(matches!(&summary.feeds[0].outcome, FeedOutcome::Failed(FetchError::NotFound(_))));
}
