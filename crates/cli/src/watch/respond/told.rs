//! What came of responses, as alerts of their own.

use crate::watch::own_alerts::{own_alert, short};
use detect::Alert;
use responses::Action;
use serde_json::json;
use std::collections::BTreeMap;
use watch::{Answer, Outcome, Target, Told};

/// The alert that a response was not taken, or only tried.
pub(super) fn not_taken(alert: &Alert, target: &Target, action: Action, reason: Option<&str>) -> Alert {
    let (rule, outcome, why) = match reason {
        Some(reason) => ("Response not taken", "refused", reason),
        None => ("Response tried", "dry-run", "dry run"),
    };
    told(rule, "Notice", &alert.rule, target, action, outcome, why, None)
}

/// The alert of what came of a response.
pub(super) fn shown(told_of: &Told) -> Alert {
    match told_of {
        Told::Answer(answer) => {
            let Answer { rule, action, target, outcome, latency_us, .. } = answer.as_ref();
            let (name, priority, word, how) = match outcome {
                Outcome::Taken(how) => ("Response taken", "Notice", "taken", how),
                Outcome::Refused(why) => ("Response not taken", "Notice", "refused", why),
                Outcome::Failed(why) => ("Response failed", "Error", "failed", why),
            };
            told(name, priority, rule, target, *action, word, how, Some(*latency_us))
        }
        Told::Recording { alerts, path, is_cut } => {
            let path = path.display().to_string();
            let cut = if *is_cut { ", cut by its limit" } else { "" };
            let message = format!("Recording written: {path} ({} alerts{cut})", alerts.len());
            let fields = BTreeMap::from([
                ("recording.path".to_owned(), json!(path)),
                ("recording.alerts".to_owned(), json!(alerts.len())),
                ("recording.cut".to_owned(), json!(is_cut)),
            ]);
            own_alert("Recording written", "Informational", &message, fields)
        }
        Told::RecordingLost { alerts, cause } => {
            let message = format!("Recording lost: of {} alerts ({cause})", alerts.len());
            let fields = BTreeMap::from([
                ("recording.alerts".to_owned(), json!(alerts.len())),
                ("recording.cause".to_owned(), json!(cause)),
            ]);
            own_alert("Recording lost", "Error", &message, fields)
        }
        Told::Execution(refused) => {
            let watch::RefusedExecution { process, container, file, untold } = refused;
            let container = container.as_deref().map_or("<NA>", short);
            let message = format!(
                "Execution refused: a file that is not of the image (file={file} process={process} left_out_before={untold}) container_id={container}"
            );
            let fields = BTreeMap::from([
                ("container.id".to_owned(), json!(container)),
                ("fd.name".to_owned(), json!(file)),
                ("proc.pid".to_owned(), json!(process)),
                ("untold".to_owned(), json!(untold)),
            ]);
            own_alert("Execution refused", "Critical", &message, fields)
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one line, given by two places")]
fn told(
    name: &str,
    priority: &'static str,
    rule: &str,
    target: &Target,
    action: Action,
    outcome: &str,
    how: &str,
    latency_us: Option<u64>,
) -> Alert {
    let Target { process: identity, container_name, image, .. } = target;
    let container = identity.container.as_deref().map(short);
    let latency = latency_us.map_or_else(String::new, |latency| format!(" latency_us={latency}"));
    let message = format!(
        "{name}: {} because of '{rule}': {how} (container={} name={container_name} process={}{latency})",
        action.name(),
        container.unwrap_or("host"),
        identity.process
    );
    let mut fields = BTreeMap::from([
        ("container.id".to_owned(), json!(container.unwrap_or("host"))),
        ("container.name".to_owned(), json!(container_name)),
        ("container.image".to_owned(), json!(image)),
        ("proc.pid".to_owned(), json!(identity.process)),
        ("response.action".to_owned(), json!(action.name())),
        ("response.outcome".to_owned(), json!(outcome)),
        ("response.rule".to_owned(), json!(rule)),
        ("response.how".to_owned(), json!(how)),
    ]);
    if let Some(latency) = latency_us {
        fields.insert("response.latency_us".to_owned(), json!(latency));
    }
    own_alert(name, priority, &message, fields)
}
