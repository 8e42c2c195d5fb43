use super::*;
use crate::read::{ComposeOptions, read_compose};
use crate::rules::{Surroundings, report};

fn compose(text: &str) -> Vec<Finding> {
    let read = read_compose(text, &ComposeOptions::default()).expect("a compose file").read;
    let mut findings = Vec::new();
    for spec in &read.specs {
        findings.extend(report(spec, Some("c"), &Surroundings::default()).findings);
    }
    let digests = BTreeMap::from([("web:1".to_owned(), format!("sha256:{}", "0".repeat(64)))]);
    fix_compose(text, "c", &read.specs, &digests, &mut findings);
    findings
}

fn pod(text: &str) -> Vec<Finding> {
    let documents = parse_documents(text, &DocumentLimits::default());
    let mut findings = Vec::new();
    for document in &documents {
        let root = document.root.as_ref().unwrap();
        let context = PodContext { object: "Pod web".to_owned(), ..PodContext::default() };
        for spec in read_pod(root.get("spec").unwrap(), &context) {
            findings.extend(report(&spec, Some("p"), &Surroundings::default()).findings);
        }
    }
    fix_pods(text, "p", &BTreeMap::new(), &mut findings);
    findings
}

/// What the fix of a rule makes of the text, and its caution.
fn fixed(text: &str, findings: &[Finding], rule: &str) -> Option<(String, Option<String>)> {
    let fix =
        findings.iter().filter(|finding| finding.rule == rule).find_map(|finding| finding.fix.as_ref())?;
    let mut out = text.to_owned();
    for edit in fix.edits.iter().rev() {
        out.replace_range(edit.bytes.clone(), &edit.text);
    }
    Some((out, fix.caution.clone()))
}

#[test]
fn new_privileges_are_refused_unasked_only_where_nothing_can_gain_them() {
    for (service, is_safe) in [
        ("user: '0'", true),
        ("cap_drop: [ALL]", true),
        ("cap_drop: [ALL], cap_add: [NET_RAW]", false),
        ("user: app", false),
        ("user: '0', command: [sudo, -u, app, serve]", false),
    ] {
        let text = format!("services:\n  web: {{image: a, {service}}}\n");
        let (out, caution) =
            fixed(&text, &compose(&text), "container/new-privileges-allowed").expect(service);
        assert_eq!(caution.is_none(), is_safe, "{service}");
        assert!(out.contains("{security_opt: [no-new-privileges:true], image: a"), "{out}");
    }
    for service in ["security_opt: ['no-new-privileges:false']", "privileged: true", "privileged: ${P}"] {
        let text = format!("services:\n  web: {{image: a, {service}}}\n");
        assert_eq!(fixed(&text, &compose(&text), "container/new-privileges-allowed"), None, "{service}");
    }
}

#[test]
fn what_depends_on_the_program_is_a_suggestion() {
    let text = "services:\n  web:\n    image: web:1\n    privileged: true\n    restart: always\n    ports:\n      - 80:80\n      - 127.0.0.1:81:81\n";
    let findings = compose(text);
    for (rule, expected) in [
        ("container/privileged", "privileged: false"),
        ("container/writable-root", "read_only: true"),
        ("container/restarts-without-bound", "restart: on-failure:5"),
        ("container/no-pids-limit", "pids_limit: 256"),
        ("container/port-on-all-interfaces", "- \"127.0.0.1:80:80\""),
        (
            "container/logs-without-bound",
            "    logging:\n      driver: json-file\n      options:\n        max-size: \"10m\"\n        max-file: \"3\"\n",
        ),
    ] {
        let (out, caution) = fixed(text, &findings, rule).expect(rule);
        assert!(caution.is_some() && out.contains(expected), "{rule}: {out}");
    }
    let (out, caution) = fixed(text, &findings, "container/image-without-digest").unwrap();
    assert!(caution.is_none() && out.contains("image: web:1@sha256:000"), "{out}");
    let others =
        ["container/no-memory-limit", "container/no-health-check", "container/capabilities-not-dropped"];
    assert!(others.iter().all(|rule| fixed(text, &findings, rule).is_none()));
}

#[test]
fn containers_of_pods_get_their_own_security_context() {
    let text = "kind: Pod\nspec:\n  containers:\n  - name: a\n    image: x\n    securityContext:\n      runAsUser: 0 # sic\n  - name: b\n    image: y\n";
    let findings: Vec<Finding> = pod(text);
    let (out, caution) = fixed(text, &findings, "container/new-privileges-allowed").unwrap();
    assert!(caution.is_none());
    assert!(
        out.contains("      runAsUser: 0 # sic\n      allowPrivilegeEscalation: false\n  - name: b"),
        "{out}"
    );
    let of_b: Vec<Finding> = findings
        .into_iter()
        .filter(|finding| finding.location.object.as_deref() == Some("Pod web, container b"))
        .collect();
    let (out, caution) = fixed(text, &of_b, "container/new-privileges-allowed").unwrap();
    assert!(
        caution.is_some()
            && out.ends_with("    image: y\n    securityContext:\n      allowPrivilegeEscalation: false\n"),
        "{out}"
    );
    let (out, _) = fixed(text, &of_b, "container/capabilities-not-dropped").unwrap();
    assert!(
        out.ends_with("    securityContext:\n      capabilities:\n        drop:\n          - ALL\n"),
        "{out}"
    );
    let windows = text.replace("spec:\n", "spec:\n  os: {name: windows}\n");
    assert!(pod(&windows).iter().all(|finding| finding.fix.is_none()));
}

#[test]
fn an_edit_that_the_api_server_refuses_is_not_offered() {
    for setting in ["privileged: true", "capabilities: {add: [SYS_ADMIN]}"] {
        let text = format!("spec:\n  containers:\n  - name: a\n    securityContext: {{{setting}}}\n");
        assert_eq!(fixed(&text, &pod(&text), "container/new-privileges-allowed"), None, "{setting}");
    }
}
