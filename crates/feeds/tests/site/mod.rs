//! A publisher of feeds on a loopback port, whose files can change and whose answers can fail.

#![allow(dead_code, unreachable_pub, reason = "shared by several test programs")]
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use advisories::{Database, DatabaseOptions, SigningKey, Store, Timestamp, Trust};
use feeds::{FeedLimits, Sources, UpdateError, UpdateOptions, UpdateSummary};
use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::server::{Reply, Request, Server};

type Fault = Box<dyn Fn(&Request, &[u8]) -> Reply + Send + Sync>;

#[derive(Default)]
struct Content {
    files: BTreeMap<String, Vec<u8>>,
    /// Answers that are given instead, first to first.
    faults: BTreeMap<String, VecDeque<Fault>>,
}

/// A publisher.
pub struct Site {
    pub server: Server,
    content: Arc<Mutex<Content>>,
}

/// An entity tag that changes with the content.
pub fn etag(content: &[u8]) -> String {
    format!("\"{:016x}-{}\"", model::path_hash(&String::from_utf8_lossy(content)), content.len())
}

fn answer(content: &Mutex<Content>, request: &Request) -> Reply {
    let mut content = content.lock().unwrap();
    let path = request.target.trim_start_matches('/').to_owned();
    let file = content.files.get(&path).cloned();
    let fault = content.faults.get_mut(&path).and_then(VecDeque::pop_front);
    if let Some(fault) = fault {
        return fault(request, &file.unwrap_or_default());
    }
    let Some(file) = file else { return Reply::new(404, "no") };
    let etag = etag(&file);
    if request.header("if-none-match") == Some(&etag) {
        return Reply::new(304, "").header("etag", &etag);
    }
    let is_same = request.header("if-range").is_none_or(|tag| tag == etag);
    let reply = if is_same { Reply::ranged(&file, request) } else { Reply::ok(file) };
    reply.header("etag", &etag)
}

impl Site {
    pub fn new() -> Self {
        let content: Arc<Mutex<Content>> = Arc::default();
        let served = Arc::clone(&content);
        Self { server: Server::start(move |request| answer(&served, request)), content }
    }

    pub fn with_tls(tls: Arc<rustls::ServerConfig>) -> Self {
        let content: Arc<Mutex<Content>> = Arc::default();
        let served = Arc::clone(&content);
        Self { server: Server::start_tls(tls, move |request| answer(&served, request)), content }
    }

    pub fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) -> &Self {
        self.content.lock().unwrap().files.insert(path.to_owned(), bytes.into());
        self
    }

    pub fn remove(&self, path: &str) {
        self.content.lock().unwrap().files.remove(path);
    }

    /// The next request for this path is answered so; more faults queue up.
    pub fn fault(
        &self,
        path: &str,
        fault: impl Fn(&Request, &[u8]) -> Reply + Send + Sync + 'static,
    ) -> &Self {
        self.content.lock().unwrap().faults.entry(path.to_owned()).or_default().push_back(Box::new(fault));
        self
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Requests for a path, as `status-relevant headers`.
    pub fn requests(&self, path: &str) -> Vec<Request> {
        let wanted = format!("/{path}");
        self.server.requests().into_iter().filter(|request| request.target == wanted).collect()
    }
}

/// A database and a cache in a temporary directory, and the waits that were asked for.
pub struct Machine {
    pub directory: tempfile::TempDir,
    pub key: SigningKey,
    pub store: Store,
    pub waits: Mutex<Vec<Duration>>,
}

impl Machine {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key = SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap();
        let store = Store::new(directory.path().join("db"), Trust::default());
        Self { directory, key, store, waits: Mutex::default() }
    }

    pub fn cache(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    pub fn update(&self, sources: &Sources, only: &[&str]) -> Result<UpdateSummary, UpdateError> {
        self.update_with(sources, only, Trust::default(), None)
    }

    pub fn update_with(
        &self,
        sources: &Sources,
        only: &[&str],
        trust: Trust,
        open_artifact: Option<&feeds::OpenArtifact<'_>>,
    ) -> Result<UpdateSummary, UpdateError> {
        let options = UpdateOptions {
            only: only.iter().map(|&name| name.to_owned()).collect(),
            cache_directory: self.cache(),
            trust,
            now: now(),
            limits: FeedLimits::default(),
            open_artifact,
            sleep: &|wait| self.waits.lock().unwrap().push(wait),
        };
        feeds::update(sources, &self.store, &self.key, &options, &|_| {})
    }

    pub fn database(&self) -> Database {
        Database::open(&DatabaseOptions {
            directories: vec![self.store.directory().to_owned()],
            embedded: &[],
            trust: Trust { keys: vec![self.key.public()], last_seen: None },
        })
        .unwrap()
    }

    /// `id package fixed` of all advisories of a shard, sorted.
    pub fn shard(&self, name: &str) -> Vec<String> {
        let database = self.database();
        let Some(shard) = database.shard(name) else { return Vec::new() };
        let mut all = Vec::new();
        for advisory in shard.to_advisories().unwrap() {
            for row in &advisory.affected {
                let fixed = row.ranges.first().map_or("-", |range| range.fixed.as_str());
                all.push(format!("{} {} {fixed}", advisory.id, row.package));
            }
        }
        all.sort();
        all
    }

    pub fn names(&self) -> Vec<String> {
        self.database().names().map(str::to_owned).collect()
    }
}

pub fn now() -> Timestamp {
    "2026-11-22T05:00:00Z".parse().unwrap()
}

/// Sources whose publishers all are this site, below a directory of their own name.
pub fn sources(site: &Site, publishers: &[&str]) -> Sources {
    let mut sources = Sources { alpine_releases: vec!["v3.20".to_owned()], retries: 3, ..Sources::default() };
    for publisher in publishers {
        sources.mirrors.insert((*publisher).to_owned(), vec![format!("{}/{publisher}", site.address())]);
    }
    sources
}

/// An OSV archive.
pub fn osv_zip(records: &[(&str, &str, &str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (id, ecosystem, package, fixed) in records {
        zip.start_file(format!("{id}.json"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(osv_record(id, ecosystem, package, fixed).as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub fn osv_record(id: &str, ecosystem: &str, package: &str, fixed: &str) -> String {
    format!(
        r#"{{"schema_version":"1.6.0","id":"{id}","modified":"2024-01-02T00:00:00Z","aliases":["CVE-2024-{}"],"affected":[
        {{"package":{{"ecosystem":"{ecosystem}","name":"{package}"}},"ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}]}}]}}"#,
        1000 + id.len()
    )
}

pub fn secdb(release: &str, package: &str, version: &str, id: &str) -> String {
    format!(
        r#"{{"distroversion":"{release}","packages":[{{"pkg":{{"name":"{package}","secfixes":{{"{version}":["{id}"]}}}}}}]}}"#
    )
}

pub fn tracker(package: &str, id: &str, fixed: &str) -> String {
    format!(
        r#"{{"{package}":{{"{id}":{{"description":"x","releases":{{"bookworm":{{"status":"resolved","fixed_version":"{fixed}","urgency":"not yet assigned"}}}}}}}}}}"#
    )
}
