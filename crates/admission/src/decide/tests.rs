use super::*;
use crate::patch::Operation;
use serde_json::json;

/// A review as the API server posts it.
pub(crate) fn review(operation: &str, kind: &str, sub_resource: &str, object: &str) -> String {
    let group = match kind {
        "Pod" | "PodTemplate" | "ReplicationController" | "PodExecOptions" | "ConfigMap" => "",
        "Job" | "CronJob" => "batch",
        _ => "apps",
    };
    format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002",
        "kind":{{"group":"{group}","version":"v1","kind":"{kind}"}},"resource":{{"group":"{group}","version":"v1","resource":"x"}},
        "subResource":"{sub_resource}","requestKind":{{"group":"{group}","version":"v1","kind":"{kind}"}},"name":"web","namespace":"shop",
        "operation":"{operation}","userInfo":{{"username":"ada","groups":["system:authenticated"]}},"dryRun":false,
        "options":{{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1"}},"object":{object},"oldObject":null}}}}"#
    )
}

/// Rules of workload in one mode.
struct In(Mode, &'static [&'static str]);

impl Rules for In {
    fn container(&self, container: &ContainerSpec, _: &Scope<'_>) -> Vec<Matched> {
        let judgements = workload::judge(container, &workload::Surroundings::default());
        let failed = judgements.into_iter().filter_map(|one| match one.verdict {
            workload::Verdict::Failed(hits) if self.1.contains(&one.rule.info.id) => {
                Some((one.rule.info.id, hits.into_iter().next()?))
            }
            _ => None,
        });
        failed.map(|(rule, hit)| matched(rule, self.0, &hit.title)).collect()
    }

    fn connection(&self, kind: &str, command: &[String], scope: &Scope<'_>) -> Vec<Matched> {
        assert_eq!(scope.namespace, Some("shop"));
        vec![matched("guard/exec", self.0, &format!("{kind} of {} by {}", command.join(" "), scope.user))]
    }
}

fn matched(rule: &str, mode: Mode, message: &str) -> Matched {
    Matched {
        rule: rule.to_owned(),
        mode,
        severity: model::Severity::High,
        message: message.to_owned(),
        field: String::new(),
        evidence: Vec::new(),
        waived: None,
    }
}

const PRIVILEGED: &[&str] = &["container/privileged"];

fn pods(container: &str) -> Vec<(&'static str, String)> {
    let pod = |list: &str| match list {
        "containers" => format!(r#"{{"containers":[{container}]}}"#),
        other => format!(r#"{{"containers":[{{"name":"main","image":"a"}}],"{other}":[{container}]}}"#),
    };
    let mut all = Vec::new();
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let spec = pod(list);
        let template = format!(r#"{{"template":{{"spec":{spec}}}}}"#);
        all.push(("Pod", format!(r#"{{"spec":{spec}}}"#)));
        all.push(("PodTemplate", template.clone()));
        for kind in ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"] {
            all.push((kind, format!(r#"{{"spec":{template}}}"#)));
        }
        all.push(("CronJob", format!(r#"{{"spec":{{"jobTemplate":{{"spec":{template}}}}}}}"#)));
    }
    all
}

fn read(body: &str) -> Review {
    Review::read(body.as_bytes()).unwrap()
}

#[test]
fn every_list_of_containers_of_every_kind_is_judged() {
    let bad = r#"{"name":"c","image":"a","securityContext":{"privileged":true}}"#;
    let good = r#"{"name":"c","image":"a"}"#;
    let kinds = pods(bad);
    assert_eq!(kinds.len(), 27);
    for (kind, object) in kinds {
        for verb in ["CREATE", "UPDATE"] {
            let answer =
                validate(&read(&review(verb, kind, "", &object)), &In(Mode::Deny, PRIVILEGED), &NoImages);
            assert!(!answer.is_allowed, "{verb} {kind} {object}");
            assert!(answer.message.as_deref().unwrap().ends_with("(container/privileged)"), "{answer:?}");
        }
        assert!(
            validate(&read(&review("DELETE", kind, "", "null")), &In(Mode::Deny, PRIVILEGED), &NoImages)
                .is_allowed
        );
    }
    for (kind, object) in pods(good) {
        assert!(
            validate(&read(&review("CREATE", kind, "", &object)), &In(Mode::Deny, PRIVILEGED), &NoImages)
                .is_allowed
        );
    }
}

#[test]
fn a_mode_warns_audits_or_waives() {
    let body = review(
        "CREATE",
        "Pod",
        "",
        r#"{"spec":{"containers":[{"name":"c","image":"a","securityContext":{"privileged":true}}]}}"#,
    );
    let answer = validate(&read(&body), &In(Mode::Warn, PRIVILEGED), &NoImages);
    assert!(
        answer.is_allowed && answer.warnings.len() == 1 && answer.warnings[0].starts_with("container c: ")
    );
    let answer = validate(&read(&body), &In(Mode::Audit, PRIVILEGED), &NoImages);
    assert!(answer.is_allowed && answer.warnings.is_empty() && answer.judged.len() == 1);
    struct Waived;
    impl Rules for Waived {
        fn container(&self, container: &ContainerSpec, scope: &Scope<'_>) -> Vec<Matched> {
            let waive = |mut one: Matched| {
                one.waived = Some("until 2027-01-01".to_owned());
                one
            };
            In(Mode::Deny, PRIVILEGED).container(container, scope).into_iter().map(waive).collect()
        }
        fn connection(&self, _: &str, _: &[String], _: &Scope<'_>) -> Vec<Matched> {
            Vec::new()
        }
    }
    let answer = validate(&read(&body), &Waived, &NoImages);
    assert!(answer.is_allowed && answer.judged[0].matched.waived.is_some());
}

#[test]
fn what_stays_as_it_is_or_is_being_deleted_is_let_through() {
    let spec = json!({"spec": {"containers": [{"name": "c", "image": "a", "securityContext": {"privileged": true}}]}});
    let mut body: Value = serde_json::from_str(&review("UPDATE", "Pod", "", &spec.to_string())).unwrap();
    body["request"]["oldObject"] = spec;
    body["request"]["object"]["metadata"] = json!({"finalizers": []});
    assert!(validate(&read(&body.to_string()), &In(Mode::Deny, PRIVILEGED), &NoImages).is_allowed);
    body["request"]["object"]["spec"]["containers"][0]["image"] = json!("b");
    assert!(!validate(&read(&body.to_string()), &In(Mode::Deny, PRIVILEGED), &NoImages).is_allowed);
    body["request"]["object"]["metadata"] = json!({"deletionTimestamp": "2026-11-22T00:00:00Z"});
    assert!(validate(&read(&body.to_string()), &In(Mode::Deny, PRIVILEGED), &NoImages).is_allowed);
}

#[test]
fn an_ephemeral_container_answers_for_itself() {
    let pod = |debug: bool| {
        json!({"spec": {
            "containers": [{"name": "old", "image": "a", "securityContext": {"privileged": !debug}}],
            "ephemeralContainers": [{"name": "debug", "image": "a", "securityContext": {"privileged": debug}}],
        }})
        .to_string()
    };
    let ask = |debug| {
        validate(
            &read(&review("UPDATE", "Pod", "ephemeralcontainers", &pod(debug))),
            &In(Mode::Deny, PRIVILEGED),
            &NoImages,
        )
    };
    assert!(ask(false).is_allowed);
    assert!(ask(true).message.unwrap().contains("ephemeral container debug"));
}

#[test]
fn connections_are_judged_and_unknown_objects_are_told() {
    let exec = review("CONNECT", "PodExecOptions", "exec", r#"{"stdin":true,"command":["sh"]}"#);
    let answer = validate(&read(&exec), &In(Mode::Deny, &[]), &NoImages);
    assert_eq!(answer.message.as_deref(), Some("refused by Seawall: exec of sh by ada (guard/exec)"));
    let answer = validate(
        &read(&review("CREATE", "ConfigMap", "", r#"{"data":{}}"#)),
        &In(Mode::Deny, PRIVILEGED),
        &NoImages,
    );
    assert!(answer.is_allowed && answer.warnings[0].contains("nothing of it was judged"));
    for broken in
        ["null", "[]", r#"{"spec":{}}"#, r#"{"spec":{"containers":[]}}"#, r#"{"spec":{"containers":"a"}}"#]
    {
        let answer =
            validate(&read(&review("CREATE", "Pod", "", broken)), &In(Mode::Deny, PRIVILEGED), &NoImages);
        assert!(!answer.is_allowed, "{broken}");
    }
}

struct Pinned;

impl Images for Pinned {
    fn digest(&self, image: &str) -> Result<Option<String>, String> {
        match image {
            "bad" => Err("its scan found malware".to_owned()),
            _ if image.contains('@') => Ok(None),
            _ => Ok(Some(format!("sha256:{}", "0".repeat(64)))),
        }
    }
}

#[test]
fn images_are_pinned_and_settings_rewritten_in_every_list() {
    const RULES: &[&str] = &[
        "container/new-privileges-allowed",
        "container/capabilities-not-dropped",
        "container/seccomp-unconfined",
    ];
    for (kind, object) in pods(r#"{"name":"c","image":"a:1"}"#) {
        let asked = read(&review("CREATE", kind, "", &object));
        let answer = mutate(&asked, &In(Mode::Rewrite, RULES), &Pinned);
        assert!(answer.is_allowed, "{answer:?}");
        let rewritten = apply(&object, &answer.patch);
        let asked = read(&review("CREATE", kind, "", &rewritten.to_string()));
        let answer = validate(&asked, &In(Mode::Rewrite, RULES), &NoImages);
        assert!(answer.is_allowed, "{kind}: {answer:?} {rewritten}");
        let images = rewritten.to_string().matches("@sha256:0000").count();
        assert_eq!(images, object.matches("\"image\"").count(), "{rewritten}");
        assert!(
            mutate(&asked, &In(Mode::Rewrite, RULES), &Pinned).patch.is_empty(),
            "a second time changes nothing"
        );
    }
}

#[test]
fn what_cannot_be_rewritten_is_refused_and_so_is_a_bad_image() {
    let object = r#"{"spec":{"containers":[{"name":"c","image":"bad","securityContext":{"privileged":true,"allowPrivilegeEscalation":true}}]}}"#;
    let answer = mutate(&read(&review("CREATE", "Pod", "", object)), &In(Mode::Off, &[]), &Pinned);
    assert_eq!(
        answer.message.as_deref(),
        Some("refused by Seawall: container c: image bad: its scan found malware")
    );
    let answer = validate(
        &read(&review("CREATE", "Pod", "", object)),
        &In(Mode::Rewrite, &["container/new-privileges-allowed"]),
        &NoImages,
    );
    assert!(!answer.is_allowed, "{answer:?}");
}

#[test]
fn answers_are_what_the_api_server_reads() {
    let object = r#"{"spec":{"containers":[{"name":"c\u001b[2J","image":"a","securityContext":{"privileged":true}}]}}"#;
    let asked = read(&review("CREATE", "Pod", "", object));
    let body: Value =
        serde_json::from_str(&validate(&asked, &In(Mode::Deny, PRIVILEGED), &NoImages).to_json()).unwrap();
    assert_eq!(
        (&body["kind"], &body["apiVersion"]),
        (&json!("AdmissionReview"), &json!("admission.k8s.io/v1"))
    );
    assert_eq!(body["response"]["uid"], json!("705ab4f5-6393-11e8-b7cc-42010a800002"));
    assert_eq!(
        (&body["response"]["allowed"], &body["response"]["status"]["code"]),
        (&json!(false), &json!(403))
    );
    assert!(!body.to_string().contains("\\u001b"), "{body}");
    let body: Value = serde_json::from_str(&mutate(&asked, &In(Mode::Off, &[]), &Pinned).to_json()).unwrap();
    assert_eq!(body["response"]["patchType"], json!("JSONPatch"));
    use base64::Engine as _;
    let patch = base64::engine::general_purpose::STANDARD
        .decode(body["response"]["patch"].as_str().unwrap())
        .unwrap();
    assert!(
        String::from_utf8(patch)
            .unwrap()
            .starts_with(r#"[{"op":"add","path":"/spec/containers/0/image","value":"a@sha256:"#)
    );
}

#[test]
fn many_warnings_are_cut_to_what_the_api_server_shows() {
    let containers: Vec<Value> = (0..40)
        .map(|at| json!({"name": format!("{at}{}", "x".repeat(300)), "image": "a", "securityContext": {"privileged": true}}))
        .collect();
    let object = json!({"spec": {"containers": containers}}).to_string();
    let answer =
        validate(&read(&review("CREATE", "Pod", "", &object)), &In(Mode::Warn, PRIVILEGED), &NoImages);
    assert_eq!(answer.warnings.last().unwrap(), "and 25 more warnings");
    assert!(answer.warnings.iter().map(String::len).sum::<usize>() < 4_096);
    let answer =
        validate(&read(&review("CREATE", "Pod", "", &object)), &In(Mode::Deny, PRIVILEGED), &NoImages);
    assert!(answer.message.unwrap().len() <= 2_000);
}

/// RFC 6902 as far as it is used.
fn apply(object: &str, patch: &[Operation]) -> Value {
    let mut root: Value = serde_json::from_str(object).unwrap();
    for one in patch {
        assert_eq!(one.op, "add");
        let (parent, last) = one.path.rsplit_once('/').unwrap();
        match root.pointer_mut(parent).unwrap_or_else(|| panic!("{} is not there", one.path)) {
            Value::Array(items) if last == "-" => items.push(one.value.clone()),
            Value::Object(members) => {
                members.insert(last.replace("~1", "/").replace("~0", "~"), one.value.clone());
            }
            other => panic!("{} is {other}", one.path),
        }
    }
    root
}

#[test]
fn the_policy_of_the_docker_guard_judges_pods() {
    let (policy, _) = control::Policy::parse(
        "version: 1\nrules:\n  - {id: container/privileged, mode: deny, message: ask the platform team}\n  - {id: \
         container/new-privileges-allowed, mode: rewrite}\n  - {id: container/writable-root, mode: deny, match: {labels: \
         {namespace: 'prod-*'}}}\n  - {id: guard/exec-command, mode: deny, allowed: ['ls *']}\n",
    )
    .unwrap();
    let rules = crate::ByPolicy { policy: &policy, today: "2026-11-22".parse().unwrap() };
    let pod = |security: &str| {
        format!(r#"{{"spec":{{"containers":[{{"name":"c","image":"a","securityContext":{security}}}]}}}}"#)
    };
    let answer =
        validate(&read(&review("CREATE", "Pod", "", &pod(r#"{"privileged":true}"#))), &rules, &NoImages);
    assert!(
        answer.message.as_deref().unwrap().contains("ask the platform team (container/privileged)"),
        "{answer:?}"
    );
    let plain = pod("{}");
    let answer = mutate(&read(&review("CREATE", "Pod", "", &plain)), &rules, &NoImages);
    let rewritten = apply(&plain, &answer.patch).to_string();
    assert!(rewritten.contains(r#""allowPrivilegeEscalation":false"#), "{answer:?}");
    let asked = review("CREATE", "Pod", "", &rewritten);
    assert!(validate(&read(&asked), &rules, &NoImages).is_allowed);
    let elsewhere = asked.replace(r#""namespace":"shop""#, r#""namespace":"prod-1""#);
    assert!(
        validate(&read(&elsewhere), &rules, &NoImages).message.unwrap().contains("container/writable-root")
    );
    let exec = |command: &str| {
        let options = format!(r#"{{"command":[{command}]}}"#);
        validate(&read(&review("CONNECT", "PodExecOptions", "exec", &options)), &rules, &NoImages).is_allowed
    };
    assert!(exec(r#""ls","-l""#) && !exec(r#""sh""#));
    let general = policy.general();
    let of = |rule: &str| general.iter().find(|one| one.rule == rule);
    assert!(of("container/privileged").is_some_and(|one| one.mode == Mode::Deny && !one.has_exceptions));
    assert!(of("guard/exec-command").is_some_and(|one| one.has_exceptions));
    assert!(of("container/writable-root").is_some_and(|one| one.has_exceptions), "in some namespaces only");
}
