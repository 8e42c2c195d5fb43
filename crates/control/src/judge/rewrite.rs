//! Changes that make a rule hold. Each is idempotent: a call that was rewritten is left as it is.

use super::{Case, image, owner};
use crate::decision::Mode;
use crate::facts::known;
use calls::Json;

/// Rewrites a request for a container by every rule that is to be rewritten.
pub(crate) fn container(case: &mut Case<'_>) {
    // Where the policy is capped nothing is changed: what would be is told.
    if case.policy.mode < Mode::Rewrite {
        return;
    }
    pin_image(case);
    for (rule, change) in CHANGES {
        let Some(setting) = case.setting(rule).filter(|setting| setting.mode == Mode::Rewrite) else {
            continue;
        };
        // Rules that are waived are left alone.
        if setting.waiver.as_ref().is_some_and(|waiver| case.today <= waiver.until) {
            continue;
        }
        if let Some((field, value)) = change(case, setting) {
            case.rewritten(rule, field, value);
        }
    }
}

type Change = fn(&mut Case<'_>, &crate::policy::settings::Setting) -> Option<(&'static str, String)>;

const CHANGES: &[(&str, Change)] = &[
    ("container/capabilities-not-dropped", |case, setting| {
        let drop = setting.texts("drop");
        let names = if drop.is_empty() { vec!["ALL".to_owned()] } else { drop.to_vec() };
        add_words(case, "CapDrop", &names).then(|| ("HostConfig.CapDrop", names.join(",")))
    }),
    ("container/net-raw-kept", |case, _| {
        let host = host(case)?;
        let has =
            |key: &str, name: &str| host.texts_of(key).any(|word| workload::capability_name(word) == name);
        if has("CapDrop", "NET_RAW") || has("CapDrop", "ALL") || has("CapAdd", "NET_RAW") {
            return None;
        }
        add_words(case, "CapDrop", &["NET_RAW".to_owned()])
            .then(|| ("HostConfig.CapDrop", "NET_RAW".to_owned()))
    }),
    ("container/new-privileges-allowed", |case, _| {
        let host = host(case)?;
        let is_on = |option: &str| {
            matches!(option, "no-new-privileges" | "no-new-privileges:true" | "no-new-privileges=true")
        };
        let options: Vec<String> = host.texts_of("SecurityOpt").map(str::to_owned).collect();
        let kept: Vec<String> = options
            .iter()
            .filter(|option| is_on(option) || !option.trim().starts_with("no-new-privileges"))
            .cloned()
            .collect();
        if kept.iter().any(|option| is_on(option)) && kept.len() == options.len() {
            return None;
        }
        let mut list: Vec<Json> = kept.into_iter().filter(|option| !is_on(option)).map(Json::Text).collect();
        list.push(Json::Text("no-new-privileges:true".to_owned()));
        host_mut(case)?.set("SecurityOpt", Json::List(list));
        Some(("HostConfig.SecurityOpt", "no-new-privileges:true".to_owned()))
    }),
    ("container/no-pids-limit", |case, setting| {
        number(case, "PidsLimit", setting.number("pids").unwrap_or(1024), "HostConfig.PidsLimit")
    }),
    ("container/no-memory-limit", |case, setting| {
        number(case, "Memory", setting.number("memory")?, "HostConfig.Memory")
    }),
    ("container/no-cpu-limit", |case, setting| {
        let host = host(case)?;
        let is_limited = host.get("CpuQuota").and_then(Json::integer).is_some_and(|quota| quota > 0);
        if is_limited {
            None
        } else {
            number(case, "NanoCpus", setting.number("cpus")?, "HostConfig.NanoCpus")
        }
    }),
    ("container/writable-root", |case, _| {
        if host(case)?.get("ReadonlyRootfs").is_some_and(Json::is_true) {
            return None;
        }
        host_mut(case)?.set("ReadonlyRootfs", Json::Boolean(true));
        Some(("HostConfig.ReadonlyRootfs", "true".to_owned()))
    }),
    ("container/all-ports-published", |case, _| {
        if !host(case)?.get("PublishAllPorts").is_some_and(Json::is_true) {
            return None;
        }
        host_mut(case)?.set("PublishAllPorts", Json::Boolean(false));
        Some(("HostConfig.PublishAllPorts", "false".to_owned()))
    }),
    ("container/port-on-all-interfaces", |case, setting| {
        let address = setting.text("address").unwrap_or("127.0.0.1").to_owned();
        let allowed = setting.texts("allowed").to_vec();
        let Json::Object(bindings) = host_mut(case)?.get_mut("PortBindings")? else { return None };
        let mut changed = false;
        for (_, list) in bindings {
            let Json::List(list) = list else { continue };
            for binding in list {
                let port = binding.text_of("HostPort").parse().unwrap_or(0);
                let is_open = matches!(binding.text_of("HostIp"), "" | "0.0.0.0" | "::" | "[::]" | "*");
                if is_open && !super::spec::is_port(&allowed, port) {
                    binding.set("HostIp", Json::Text(address.clone()));
                    changed = true;
                }
            }
        }
        changed.then_some(("HostConfig.PortBindings", address))
    }),
    ("container/restarts-without-bound", |case, setting| {
        let name = host(case)?
            .get("RestartPolicy")
            .map(|policy| policy.text_of("Name").to_owned())
            .unwrap_or_default();
        let count = host(case)?
            .at(&["RestartPolicy", "MaximumRetryCount"])
            .and_then(Json::integer)
            .unwrap_or_default();
        if matches!(name.as_str(), "" | "no") || name == "on-failure" && count > 0 {
            return None;
        }
        let retries = setting.number("retries").unwrap_or(5);
        let mut policy = Json::object();
        policy.set("Name", Json::Text("on-failure".to_owned()));
        policy.set("MaximumRetryCount", Json::Integer(retries));
        host_mut(case)?.set("RestartPolicy", policy);
        Some(("HostConfig.RestartPolicy", format!("on-failure:{retries}")))
    }),
    ("container/logs-without-bound", |case, setting| {
        let host = host_mut(case)?;
        let log = host.object_mut("LogConfig");
        if !matches!(log.text_of("Type"), "" | "json-file")
            || !log.get("Config").map(|config| config.text_of("max-size")).unwrap_or_default().is_empty()
        {
            return None;
        }
        let size = setting.text("size").unwrap_or("10m").to_owned();
        log.set("Type", Json::Text("json-file".to_owned()));
        log.object_mut("Config").set("max-size", Json::Text(size.clone()));
        Some(("HostConfig.LogConfig", format!("max-size={size}")))
    }),
    ("container/runs-as-root", |case, setting| {
        let user = setting.text("user")?.to_owned();
        let body = case.call.body()?;
        let own = body.text_of("User");
        let of_image =
            image::facts(case, body.text_of("Image")).map(|image| image.user.clone()).unwrap_or_default();
        let effective = if own.is_empty() { of_image } else { own.to_owned() };
        if !workload::User(effective).is_root() {
            return None;
        }
        case.call.body_mut()?.set("User", Json::Text(user.clone()));
        Some(("User", user))
    }),
    ("guard/label-missing", |case, setting| {
        let mut written = Vec::new();
        let required: Vec<(String, String)> = setting.map("required").to_vec();
        let labels = case.call.body_mut()?.object_mut("Labels");
        for (key, value) in required {
            // A pattern cannot be written.
            if labels.text_of(&key).is_empty() && !value.contains('*') {
                written.push(format!("{key}={value}"));
                labels.set(key, Json::Text(value));
            }
        }
        (!written.is_empty()).then(|| ("Labels", written.join(" ")))
    }),
    ("guard/not-owner", |case, setting| {
        let label = setting.text("label")?.to_owned();
        let name = case.client.map(|(_, entry)| entry.name.clone())?;
        let has_volumes = owner::stamp_volumes(case, &label, &name);
        let labels = case.call.body_mut()?.object_mut("Labels");
        if labels.text_of(&label) == name && !has_volumes {
            return None;
        }
        labels.set(label.clone(), Json::Text(name.clone()));
        Some(("Labels", format!("{label}={name}")))
    }),
];

/// The image by its digest, so that what was judged is what runs.
fn pin_image(case: &mut Case<'_>) {
    let rule = "container/image-without-digest";
    let asked = case.setting(rule).is_some_and(|setting| setting.mode == Mode::Rewrite);
    // Verdicts are about a digest: where they count, a tag must not move in between.
    let decided = ["guard/image-failed-scan", "guard/image-not-scanned", "guard/image-not-signed"]
        .iter()
        .any(|rule| case.setting(rule).is_some_and(|setting| setting.mode == Mode::Deny));
    if !asked && !decided {
        return;
    }
    let Some(name) = case.call.body().map(|body| body.text_of("Image").to_owned()) else { return };
    let facts = case.facts;
    let Ok(Some(found)) = known(&facts.images, &name) else { return };
    if let (Some(pinned), Some(body)) = (image::pinned(&name, found), case.call.body_mut()) {
        body.set("Image", Json::Text(pinned.clone()));
        case.rewritten(rule, "Image", pinned);
    }
}

/// Lists show a client its own containers alone.
pub(crate) fn only_own(case: &mut Case<'_>, label: &str, name: &str) {
    if case.policy.mode < Mode::Rewrite {
        return;
    }
    let filters = case.call.query("filters").unwrap_or_default();
    let mut filters: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(filters).unwrap_or_default();
    let own = format!("{label}={name}");
    // Engines take lists or sets, but not both in one text (moby `api/types/filters`, `FromJSON`).
    for words in filters.values_mut() {
        if let serde_json::Value::Array(list) = words {
            let set = list.iter().filter_map(|item| Some((item.as_str()?.to_owned(), true.into())));
            *words = serde_json::Value::Object(set.collect());
        }
    }
    // Labels are joined by "and": with a second one that the client names no more is shown.
    let labels = filters.entry("label").or_insert_with(|| serde_json::json!({}));
    match labels {
        serde_json::Value::Object(set) => drop(set.insert(own.clone(), true.into())),
        other => *other = serde_json::json!({ own.as_str(): true }),
    }
    case.call.set_query("filters", serde_json::Value::Object(filters).to_string());
    case.rewritten("guard/not-owner", "filters", own);
}

fn host<'a>(case: &'a mut Case<'_>) -> Option<&'a Json> {
    host_mut(case).map(|host| &*host)
}

fn host_mut<'a>(case: &'a mut Case<'_>) -> Option<&'a mut Json> {
    Some(case.call.body_mut()?.object_mut("HostConfig"))
}

/// Puts a number where there is none that limits.
fn number(
    case: &mut Case<'_>,
    key: &'static str,
    value: i64,
    field: &'static str,
) -> Option<(&'static str, String)> {
    let host = host_mut(case)?;
    if host.get(key).and_then(Json::integer).is_some_and(|number| number > 0) {
        return None;
    }
    host.set(key, Json::Integer(value));
    Some((field, value.to_string()))
}

/// Puts words into a list that lacks them.
fn add_words(case: &mut Case<'_>, key: &'static str, words: &[String]) -> bool {
    let Some(host) = host_mut(case) else { return false };
    let mut list: Vec<Json> = host.texts_of(key).map(|word| Json::Text(word.to_owned())).collect();
    let before = list.len();
    for word in words {
        if !list.iter().any(|item| {
            item.text().is_some_and(|text| workload::capability_name(text) == workload::capability_name(word))
        }) {
            list.push(Json::Text(word.clone()));
        }
    }
    if list.len() == before {
        return false;
    }
    host.set(key, Json::List(list));
    true
}
