//! Which package an alert's executable belongs to, and what is wrong with that package.

use crate::remark::remark;
use anyhow::{Context, Result, bail};
use detect::Alert;
use serde_json::{Value, json};
use state::Container;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant, SystemTime};
use usage::PackageFiles;
use watch::{ContainerChange, Containers, Subject};

/// Images that are known at a time; the one that was asked for longest ago goes.
const IMAGES_MAX: usize = 64;
/// Images that wait to be scanned.
const WAITING_MAX: usize = 256;
/// How long a scan may take.
const SCAN_PATIENCE: Duration = Duration::from_secs(600);
/// How old a list may be before the image is scanned again: advisories change.
const AGE_MAX: Duration = Duration::from_secs(24 * 3600);
/// Bytes of a list.
const LIST_BYTES_MAX: u64 = 256 << 20;

/// Packages of images. Scans happen in a process of their own, asked for by a thread: an alert never waits for one.
pub(super) struct Packages {
    images: HashMap<String, (Instant, Known)>,
    wanted: SyncSender<String>,
    found: Receiver<(String, Known)>,
}

#[derive(Clone)]
enum Known {
    /// It is being scanned, or waits for it.
    NotYet,
    Files(Arc<PackageFiles>),
    /// Why it is not known.
    Failed(String),
}

impl Packages {
    /// Keeps lists in a directory, made when it is not there.
    pub(super) fn open(directory: &Path) -> Result<Self> {
        std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let (wanted, waiting) = sync_channel::<String>(WAITING_MAX);
        let (sender, found) = sync_channel(WAITING_MAX);
        let directory = directory.to_owned();
        std::thread::Builder::new()
            .name("packages".to_owned())
            .spawn(move || {
                while let Ok(image) = waiting.recv() {
                    let known = match list(&directory, &image) {
                        Ok(files) => Known::Files(Arc::new(files)),
                        Err(error) => Known::Failed(format!("{error:#}")),
                    };
                    if sender.send((image, known)).is_err() {
                        return;
                    }
                }
            })
            .context("cannot start a thread for scans")?;
        Ok(Self { images: HashMap::new(), wanted, found })
    }

    /// Asks for an image, so that it is known when something happens.
    pub(super) fn want(&mut self, image: &str) {
        if image.is_empty() {
            return;
        }
        self.take_found();
        if let Some((asked, _)) = self.images.get_mut(image) {
            *asked = Instant::now();
            return;
        }
        if self.images.len() >= IMAGES_MAX
            && let Some(oldest) =
                self.images.iter().min_by_key(|(_, (asked, _))| *asked).map(|(id, _)| id.clone())
        {
            self.images.remove(&oldest);
        }
        let known = match self.wanted.try_send(image.to_owned()) {
            Ok(()) => Known::NotYet,
            Err(_) => Known::Failed("too many images wait to be scanned".to_owned()),
        };
        self.images.insert(image.to_owned(), (Instant::now(), known));
    }

    /// The alert, with what is known of the executable's package. Alerts of no container stay as they are.
    pub(super) fn join(&mut self, alert: &Alert, subject: &Subject<'_>) -> Alert {
        let mut joined = alert.clone();
        let (Some(thread), Some(container)) = (subject.thread, subject.container) else { return joined };
        let image = container.image_id.clone();
        self.want(&image);
        let path = String::from_utf8_lossy(&thread.exe_path);
        let known = self.images.get(&image).map_or(Known::NotYet, |(_, known)| known.clone());
        let is_of_image = !matches!(thread.exe_layer, events::Layer::Upper | events::Layer::Memory);
        for (name, value) in fields(&known, &path, is_of_image) {
            joined.output_fields.insert(name.to_owned(), value);
        }
        let text = |name: &str| {
            joined.output_fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let mut words = format!(" package={}", text("package"));
        for name in ["layer", "cves"] {
            if !text(name).is_empty() {
                words.push_str(&format!(" {name}={}", text(name)));
            }
        }
        joined.output.push_str(&report::neutral(&words));
        joined
    }

    fn take_found(&mut self) {
        while let Ok((image, known)) = self.found.try_recv() {
            if let Some((_, slot)) = self.images.get_mut(&image) {
                if let Known::Failed(why) = &known {
                    remark(&format!("packages of image {image} are not known: {}", why));
                }
                *slot = known;
            }
        }
    }
}

/// What alerts carry: `package` and `layer`; `cves` with the worst ids; how many there are, and the worst severity.
fn fields(known: &Known, path: &str, is_of_image: bool) -> Vec<(&'static str, Value)> {
    let files = match known {
        Known::NotYet => return vec![("package", json!("unknown: the image is not scanned yet"))],
        Known::Failed(_) => return vec![("package", json!("unknown: the image could not be scanned"))],
        Known::Files(_) if !is_of_image => {
            return vec![("package", json!("none: the file is not of the image"))];
        }
        Known::Files(files) => files,
    };
    let Some(package) = files.package(path) else {
        return vec![("package", json!("none: no package of the image owns the file"))];
    };
    let mut fields = vec![("package", json!(format!("{} {}", package.name, package.version)))];
    fields.extend(package.layer.as_ref().map(|layer| ("layer", json!(layer))));
    fields.push(("cves.count", json!(package.vulnerabilities)));
    if package.vulnerabilities > 0 {
        let more = package.vulnerabilities as usize - package.ids.len().min(package.vulnerabilities as usize);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        fields.push(("cves", json!(format!("{}{more}", package.ids.join(",")))));
        fields.push(("cves.severity", json!(package.severity.unwrap_or_default().as_str())));
    }
    fields
}

/// The list of an image: from the directory, or made by a scan.
fn list(directory: &Path, image: &str) -> Result<PackageFiles> {
    let digits: String =
        image.rsplit(':').next().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
    if digits.is_empty() || digits.len() > 128 {
        bail!("'{image}' is no id of an image");
    }
    let path = directory.join(format!("{digits}.json"));
    let age = std::fs::metadata(&path)
        .and_then(|metadata| metadata.modified())
        .map(|modified| SystemTime::now().duration_since(modified).unwrap_or_default());
    if age.is_ok_and(|age| age < AGE_MAX) {
        return read(&path);
    }
    match scan(image, &path) {
        Ok(()) => read(&path),
        // What was known yesterday is better than nothing.
        Err(error) => read(&path).map_err(|_| error),
    }
}

fn read(path: &Path) -> Result<PackageFiles> {
    let bytes = crate::target::read_bounded(path, LIST_BYTES_MAX)?;
    PackageFiles::parse(&bytes).with_context(|| format!("cannot use {}", path.display()))
}

/// Scans by a process of its own, gently: what a hostile image does to it is not done to the watch, and its memory is given back.
fn scan(image: &str, path: &Path) -> Result<()> {
    let own = std::env::current_exe().context("this program's file is not known")?;
    let mut command = Command::new("nice");
    command.args(["-n", "19"]).arg(own);
    command.args([
        "scan",
        "--quiet",
        "--only",
        "vulnerabilities",
        "--format",
        "json",
        "--output",
        "/dev/null",
        "--package-files",
    ]);
    command.arg(path).arg(format!("docker:{image}"));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start a scan")?;
    let end = Instant::now() + SCAN_PATIENCE;
    loop {
        match child.try_wait().context("cannot wait for the scan")? {
            // 1 is for findings.
            Some(status) if matches!(status.code(), Some(0 | 1)) => return Ok(()),
            Some(status) => bail!("the scan ended with {status}"),
            None if Instant::now() >= end => {
                let _ = child.kill();
                let _ = child.wait();
                bail!("the scan took longer than {} s", SCAN_PATIENCE.as_secs());
            }
            None => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// Asks for the images of containers as these become known.
pub(super) struct Noticing<'a> {
    pub(super) containers: &'a mut dyn Containers,
    pub(super) packages: Option<&'a RefCell<Packages>>,
}

impl Containers for Noticing<'_> {
    fn changes(&mut self) -> Vec<ContainerChange> {
        let changes = self.containers.changes();
        for change in &changes {
            if let (ContainerChange::Known(container), Some(packages)) = (change, self.packages) {
                packages.borrow_mut().want(&container.image_id);
            }
        }
        changes
    }

    fn find(&mut self, id: &str, lineage: &[u32]) -> Option<Container> {
        let found = self.containers.find(id, lineage);
        if let (Some(container), Some(packages)) = (&found, self.packages) {
            packages.borrow_mut().want(&container.image_id);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_said_and_not_guessed() {
        let word = |known: &Known, is_of_image| {
            fields(known, "/bin/x", is_of_image)[0].1.as_str().unwrap_or_default().to_owned()
        };
        assert!(word(&Known::NotYet, true).starts_with("unknown:"));
        assert!(word(&Known::Failed("no engine".to_owned()), true).starts_with("unknown:"));
        let nothing = Known::Files(Arc::new(PackageFiles::default()));
        assert_eq!(word(&nothing, true), "none: no package of the image owns the file");
        assert_eq!(word(&nothing, false), "none: the file is not of the image");
    }
}
