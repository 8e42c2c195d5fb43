use super::*;
use cel::{Context, Program, Value as CelValue};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use workload::{DocumentLimits, PodContext};

#[test]
fn the_rules_are_sorted_and_known_everywhere() {
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted());
    let known: BTreeSet<&str> = workload::rules().iter().map(|rule| rule.info.id).collect();
    assert!(ids.iter().all(|id| known.contains(id)));
}

/// Settings of a container, most of them good or bad for one rule.
fn container(next: &mut impl FnMut(usize) -> usize) -> Value {
    let mut security = json!({});
    let images = ["a".to_owned(), "a:1".to_owned(), format!("a@sha256:{}", "0".repeat(64))];
    let mut container = json!({"name": "c", "image": images[next(3)]});
    for (key, values) in [
        ("privileged", [json!(true), json!(false)]),
        ("allowPrivilegeEscalation", [json!(true), json!(false)]),
        ("readOnlyRootFilesystem", [json!(true), json!(false)]),
        ("procMount", [json!("Unmasked"), json!("Default")]),
        ("capabilities", [json!({"drop": ["ALL"]}), json!({"drop": ["NET_RAW"], "add": ["CHOWN"]})]),
    ] {
        if let Some(value) = values.get(next(3)) {
            security[key] = value.clone();
        }
    }
    if next(4) > 0 {
        container["securityContext"] = security;
    }
    if next(2) == 0 {
        let ports = [json!([{"containerPort": 80}]), json!([{"containerPort": 80, "hostPort": 80}])];
        container["ports"] = ports[next(2)].clone();
    }
    if next(2) == 0 {
        let limits = [
            json!({}),
            json!({"limits": {"memory": "1Gi"}}),
            json!({"limits": {"cpu": "1", "memory": "1Gi"}}),
        ];
        container["resources"] = limits[next(3)].clone();
    }
    container
}

fn pod(next: &mut impl FnMut(usize) -> usize) -> Value {
    let mut spec = json!({"containers": [container(next)]});
    for list in ["initContainers", "ephemeralContainers"] {
        if next(3) == 0 {
            spec[list] = json!([container(next)]);
        }
    }
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        match next(4) {
            0 => spec[key] = json!(true),
            1 => spec[key] = json!(false),
            _ => {}
        }
    }
    spec
}

fn holds(expression: &str, object: &Value, variables: &Value) -> CelValue {
    let program = Program::compile(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
    let mut context = Context::default();
    context.add_variable("object", object).unwrap();
    context.add_variable("variables", variables).unwrap();
    program.execute(&context).unwrap_or_else(|error| panic!("{expression} of {object}: {error}"))
}

/// The conditions against the predicates that every door uses, on random pods of every kind.
#[test]
fn the_conditions_say_what_the_rules_say() {
    let mut state = 7_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut both = std::collections::BTreeMap::<&str, [usize; 2]>::new();
    for round in 0..400 {
        let spec = pod(&mut next);
        let object = match round % 4 {
            0 => json!({"kind": "Pod", "spec": spec}),
            1 => json!({"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}}),
            2 => json!({"kind": "PodTemplate", "template": {"spec": spec}}),
            _ => json!({"kind": "Deployment", "spec": {"template": {"spec": spec}}}),
        };
        let mut variables = json!({});
        for (name, expression) in VARIABLES {
            variables[name] = holds(expression, &object, &variables).json().unwrap();
        }
        assert_eq!(variables["spec"], spec);
        let node = workload::parse_json(spec.to_string().as_bytes()).unwrap();
        let containers = workload::read_pod(&node, &PodContext::default());
        for rule in RULES {
            let is_bad = containers.iter().any(|container| {
                workload::judge(container, &workload::Surroundings::default()).iter().any(|one| {
                    one.rule.info.id == rule.id && matches!(one.verdict, workload::Verdict::Failed(_))
                })
            });
            let is_good = holds(&rule.expression(), &object, &variables) == CelValue::Bool(true);
            assert_eq!(is_good, !is_bad, "{} of {spec}", rule.id);
            both.entry(rule.id).or_default()[usize::from(is_good)] += 1;
        }
    }
    assert!(both.values().all(|[bad, good]| *bad > 5 && *good > 5), "{both:?}");
}

#[test]
fn policies_can_be_read_and_name_what_they_leave_out() {
    let modes = [
        ("container/privileged", Mode::Deny),
        ("container/new-privileges-allowed", Mode::Rewrite),
        ("container/writable-root", Mode::Warn),
        ("container/host-port", Mode::Audit),
        ("container/host-network", Mode::Off),
        ("container/starts-ssh-server", Mode::Deny),
    ]
    .map(|(id, mode)| (id.to_owned(), mode));
    let (text, left_out) = static_policy(&modes, &["kube-system".to_owned()]);
    assert_eq!(left_out, ["container/starts-ssh-server"]);
    assert!(text.contains("#   container/starts-ssh-server") && !text.contains("hostNetwork"));
    let read = kubernetes::read_objects(&text, None, &DocumentLimits::default());
    assert!(read.gaps.is_empty(), "{:?}", read.gaps);
    let names: Vec<String> = read.objects.iter().map(kubernetes::Object::label).collect();
    assert_eq!(
        names,
        ["deny", "warn", "audit"]
            .map(|mode| {
                ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"]
                    .map(|kind| format!("{kind} seawall-{mode}"))
            })
            .concat()
    );
    for binding in read.objects.iter().skip(1).step_by(2) {
        let matched = binding.node.at(&["spec", "matchResources", "namespaceSelector", "matchExpressions"]);
        let values = matched.unwrap().items()[0].get("values").unwrap();
        assert_eq!(values.items()[0].text(), Some("kube-system"), "{}", binding.label());
    }
    let validations = read.objects[0].node.at(&["spec", "validations"]).unwrap().items();
    assert_eq!(validations.len(), 2);
    let expression = validations[1].get("expression").and_then(workload::Node::text).unwrap();
    assert_eq!(expression, RULES.iter().find(|rule| rule.id == "container/privileged").unwrap().expression());
}
