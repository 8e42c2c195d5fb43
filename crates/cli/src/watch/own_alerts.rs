//! Alerts that no rule makes: what the watch itself finds.

use super::learned;
use detect::Alert;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use watch::{ChangeKind, IntegrityNews, Live, Notice};

/// Long before a change of it is settled.
const OPENED: &str = "Watched file of the host opened for writing in a container";

/// Alerts of the watch itself that responses can be for. What says that a response was taken leads to none.
pub(super) const ANSWERABLE: &[&str] = &[
    "Drift prevented",
    "Drift seen",
    "Execution refused",
    OPENED,
    "Program that is not in the learned profile",
    "Capability that is not in the learned profile",
    "System call that is not in the learned profile",
    "Destination that is not in the learned profile",
    "Port that is not in the learned profile",
    "Written file that is not in the learned profile",
    "File that is not in the learned profile",
    "File of the engine changed",
    "File of the engine changed by the package manager",
    "File of the engine is as its package has it again",
    "File of the engine and its package's record changed, no package manager ran",
    "File of the engine was another for a moment, and is as before",
    "Mode or owner of a file of the engine changed",
    "File of the engine differs from its package",
    "File of the engine and its package's record changed while nobody watched",
    "File of Seawall and its package's record changed while nobody watched",
    "Files of the engine are not watched",
    "Changes of files between watches cannot be told",
    "File of Seawall changed",
    "File of Seawall changed by the package manager",
    "File of Seawall is as its package has it again",
    "File of Seawall and its package's record changed, no package manager ran",
    "File of Seawall was another for a moment, and is as before",
    "Mode or owner of a file of Seawall changed",
];

/// An alert that no rule made.
pub(super) fn own_alert(
    rule: &str,
    priority: &'static str,
    message: &str,
    fields: BTreeMap<String, serde_json::Value>,
) -> Alert {
    let now = time::OffsetDateTime::now_utc();
    let format = &time::format_description::well_known::Rfc3339;
    let hostname = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let mut output_fields = fields;
    let time_ns = u64::try_from(now.unix_timestamp_nanos()).unwrap_or(0);
    output_fields.insert("evt.time".to_owned(), json!(time_ns));
    let time = now.format(format).unwrap_or_default();
    Alert {
        output: format!("{}: {priority} {}", detect::clock(time_ns), report::neutral(message)),
        hostname,
        output_fields,
        priority,
        rule: rule.to_owned(),
        source: "seawall".to_owned(),
        tags: BTreeSet::from(["seawall".to_owned()]),
        time,
    }
}

/// The first twelve characters of a container's id, as Docker shows it.
pub(super) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// What the watch itself notices: drift, departures from profiles.
pub(super) fn notice_alert(notice: &Notice, live: &Live) -> Alert {
    let (container, process, file, is_killed, is_mapped) = match notice {
        Notice::Drift { container, process, file, is_killed, is_mapped } => {
            (container, process, file, is_killed, is_mapped)
        }
        Notice::FileOpened { container, process, command, file, seen } => {
            let process = (*process, command.as_deref());
            return opened_alert(live.container(container), container, process, file, seen);
        }
        Notice::Departure { container, process, kind, what } => {
            return learned::departure_alert(live.container(container), container, *process, kind, what);
        }
    };
    let known = live.container(container);
    let done = if *is_killed { "killed" } else { "would have been killed" };
    let what = if *is_mapped { "mapped for execution" } else { "executed" };
    let id = short(container);
    let told = |text: Option<&String>| text.map_or("<NA>", String::as_str).to_owned();
    let (name, image, tag) = (
        told(known.map(|known| &known.name)),
        told(known.map(|known| &known.image_repository)),
        told(known.map(|known| &known.image_tag)),
    );
    let thread = live.state().thread(i64::from(*process));
    let command = thread.map(|thread| String::from_utf8_lossy(&thread.comm).into_owned());
    let message = format!(
        "Process {done}: a file that the image did not bring, or that was changed since, was {what} (file={file} \
         process={process} name={}) container_id={id} container_name={name} container_image_repository={image} \
         container_image_tag={tag}",
        command.as_deref().unwrap_or("<NA>")
    );
    let digest = known.map(|known| &known.image_digest).filter(|digest| !digest.is_empty());
    let fields = BTreeMap::from([
        ("container.id".to_owned(), json!(id)),
        ("container.image.tag".to_owned(), json!(known.map(|known| &known.image_tag))),
        ("container.image.digest".to_owned(), json!(digest)),
        ("proc.name".to_owned(), json!(command)),
        ("container.name".to_owned(), json!(known.map(|known| &known.name))),
        ("container.image.repository".to_owned(), json!(known.map(|known| &known.image_repository))),
        ("proc.pid".to_owned(), json!(process)),
        ("fd.name".to_owned(), json!(file)),
        ("killed".to_owned(), json!(is_killed)),
    ]);
    let rule = if *is_killed { "Drift prevented" } else { "Drift seen" };
    own_alert(rule, if *is_killed { "Critical" } else { "Warning" }, &message, fields)
}

/// A container may write to what containers are run by.
fn opened_alert(
    known: Option<&state::Container>,
    container: &str,
    (process, command): (u32, Option<&str>),
    file: &Path,
    seen: &str,
) -> Alert {
    let file = file.display();
    let told = |text: Option<&String>| text.map_or("<NA>", String::as_str).to_owned();
    let message = format!(
        "{OPENED} (file={file} in_container={seen} process={} pid={process}) container_id={} container_name={} \
         container_image_repository={} container_image_tag={}",
        command.unwrap_or("<NA>"),
        short(container),
        told(known.map(|known| &known.name)),
        told(known.map(|known| &known.image_repository)),
        told(known.map(|known| &known.image_tag))
    );
    let digest = known.map(|known| &known.image_digest).filter(|digest| !digest.is_empty());
    let fields = BTreeMap::from([
        ("container.id".to_owned(), json!(short(container))),
        ("container.name".to_owned(), json!(known.map(|known| &known.name))),
        ("container.image.repository".to_owned(), json!(known.map(|known| &known.image_repository))),
        ("container.image.tag".to_owned(), json!(known.map(|known| &known.image_tag))),
        ("container.image.digest".to_owned(), json!(digest)),
        ("proc.name".to_owned(), json!(command)),
        ("proc.pid".to_owned(), json!(process)),
        ("fd.name".to_owned(), json!(seen)),
        ("file.watched".to_owned(), json!(file.to_string())),
    ]);
    own_alert(OPENED, "Critical", &message, fields)
}

/// Events that nobody saw.
pub(super) fn loss_alert(container: Option<&str>, loss: &sensor::Loss) -> Alert {
    let kind = loss.kind.map_or("any", watch::kind_name);
    let why = if loss.is_limited { "its limit was reached" } else { "the ring was full" };
    let place = container.map_or_else(
        || if loss.cgroup == 0 { "many groups".to_owned() } else { format!("group {}", loss.cgroup) },
        |id| format!("container {}", short(id)),
    );
    let message = format!("Events were lost: {} of kind {kind} in {place}, because {why}", loss.records);
    let fields = BTreeMap::from([
        ("container.id".to_owned(), json!(container.map(short))),
        ("lost.count".to_owned(), json!(loss.records)),
        ("lost.kind".to_owned(), json!(kind)),
        ("lost.limited".to_owned(), json!(loss.is_limited)),
    ]);
    own_alert("Events lost", "Warning", &message, fields)
}

/// What became of the engine's own files.
pub(super) fn integrity_alert(news: &IntegrityNews) -> Alert {
    match news {
        IntegrityNews::Change(change) => change_alert(change),
        IntegrityNews::AgainstRecord(file) => {
            let (rule, path) =
                ("File of the engine differs from its package", file.path.display().to_string());
            let message = format!("{rule} (file={path} sha256={})", file.sha256);
            let fields = BTreeMap::from([
                ("fd.name".to_owned(), json!(path)),
                ("sha256.after".to_owned(), json!(file.sha256)),
            ]);
            own_alert(rule, "Warning", &message, fields)
        }
        // Not for people: `news` are asked first.
        IntegrityNews::Files(_) => unreachable!("what the kernel is to watch is no alert"),
        IntegrityNews::Failed(why) => {
            let rule = "Files of the engine are not watched";
            own_alert(rule, "Error", &format!("{rule}: {why}"), BTreeMap::new())
        }
        IntegrityNews::NotKept(why) => {
            let rule = "Changes of files between watches cannot be told";
            own_alert(rule, "Warning", &format!("{rule}: {why}"), BTreeMap::new())
        }
    }
}

fn change_alert(change: &watch::Change) -> Alert {
    let path = change.path.display().to_string();
    let file = if change.is_own { "File of Seawall" } else { "File of the engine" };
    let (rule, priority) = match change.kind {
        ChangeKind::ByPackageManager => (format!("{file} changed by the package manager"), "Notice"),
        ChangeKind::AsRecorded => (format!("{file} is as its package has it again"), "Notice"),
        ChangeKind::RecordToo if change.is_unwatched => {
            (format!("{file} and its package's record changed while nobody watched"), "Notice")
        }
        ChangeKind::RecordToo => {
            (format!("{file} and its package's record changed, no package manager ran"), "Warning")
        }
        ChangeKind::Attributes => (format!("Mode or owner of a {} changed", lower_first(file)), "Warning"),
        ChangeKind::PutBack => (format!("{file} was another for a moment, and is as before"), "Warning"),
        // Who ends the watch to give it a new version or other rules does it so.
        ChangeKind::Content if change.is_own && change.is_unwatched => (format!("{file} changed"), "Warning"),
        ChangeKind::Content => (format!("{file} changed"), "Critical"),
    };
    let none = "none";
    let unwatched = if change.is_unwatched && change.kind != ChangeKind::RecordToo {
        " while nobody watched"
    } else {
        ""
    };
    let mut message = format!(
        "{rule}{unwatched} (file={path} before={} after={} package={}",
        change.before.as_deref().unwrap_or(none),
        change.after.as_deref().unwrap_or(none),
        change.package.as_deref().unwrap_or(none)
    );
    if change.kind == ChangeKind::Attributes {
        let [before, after] =
            [&change.attributes_before, &change.attributes_after].map(|told| told.as_deref().unwrap_or(none));
        message.push_str(&format!(" mode_before={before} mode_after={after}"));
    }
    if let Some(meanwhile) = &change.meanwhile {
        message.push_str(&format!(" meanwhile={meanwhile}"));
    }
    if let Some(actor) = &change.actor {
        let name = actor.name.as_deref().unwrap_or("<NA>");
        message.push_str(&format!(" process={name} pid={}", actor.process));
        if let Some(container) = &actor.container {
            message.push_str(&format!(" container_id={}", short(container)));
        }
    }
    message.push(')');
    let actor = change.actor.as_ref();
    let fields = BTreeMap::from([
        ("proc.pid".to_owned(), json!(actor.map(|actor| actor.process))),
        ("proc.name".to_owned(), json!(actor.map(|actor| &actor.name))),
        ("proc.exepath".to_owned(), json!(actor.map(|actor| &actor.executable))),
        ("container.id".to_owned(), json!(actor.and_then(|actor| actor.container.as_deref()).map(short))),
        ("fd.name".to_owned(), json!(path)),
        ("sha256.before".to_owned(), json!(change.before)),
        ("sha256.after".to_owned(), json!(change.after)),
        ("sha256.meanwhile".to_owned(), json!(change.meanwhile)),
        ("mode.before".to_owned(), json!(change.attributes_before)),
        ("mode.after".to_owned(), json!(change.attributes_after)),
        ("package".to_owned(), json!(change.package)),
        ("unwatched".to_owned(), json!(change.is_unwatched)),
    ]);
    own_alert(&rule, priority, &message, fields)
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A name that responses do not know would make a file that asks for it a mistake.
    #[test]
    fn responses_can_name_whatever_is_given_to_them() {
        let kinds = [
            ChangeKind::ByPackageManager,
            ChangeKind::AsRecorded,
            ChangeKind::RecordToo,
            ChangeKind::Attributes,
            ChangeKind::PutBack,
            ChangeKind::Content,
        ];
        let whose = [(false, false), (false, true), (true, false), (true, true)];
        let changes = kinds.iter().flat_map(|kind| whose.map(|whose| (*kind, whose)));
        let mut rules: BTreeSet<String> = changes
            .map(|(kind, (is_own, is_unwatched))| {
                let path = PathBuf::from("/usr/bin/runc");
                let (before, after, package, meanwhile) = (None, None, None, None);
                let (attributes_before, attributes_after) = (None, None);
                change_alert(&watch::Change {
                    path,
                    before,
                    after,
                    package,
                    kind,
                    meanwhile,
                    attributes_before,
                    attributes_after,
                    is_own,
                    is_unwatched,
                    actor: None,
                })
                .rule
            })
            .collect();
        rules.insert(integrity_alert(&IntegrityNews::Failed(String::new())).rule);
        rules.insert(integrity_alert(&IntegrityNews::NotKept(String::new())).rule);
        for kind in ["program", "read", "write", "destination", "port", "call", "capability"] {
            rules.insert(learned::departure_alert(None, "", 0, kind, "").rule);
        }
        let unknown: Vec<_> = rules.iter().filter(|rule| !ANSWERABLE.contains(&rule.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        // Beside these: drift seen and prevented, an execution refused, a file opened, and one unlike its record.
        assert_eq!(rules.len() + 5, ANSWERABLE.len());
    }
}
