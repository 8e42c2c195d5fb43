use super::*;
use cel::{Context, Program, Value as CelValue};
use model::Severity;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use workload::{DocumentLimits, PodContext};

#[test]
fn the_rules_are_sorted_and_known_everywhere() {
    let rules = static_rules(Severity::Unknown);
    assert!(rules.is_sorted_by_key(|rule| rule.id));
    let known: BTreeSet<&str> = workload::rules().iter().map(|rule| rule.info.id).collect();
    assert!(rules.iter().all(|rule| known.contains(rule.id)));
    assert!(static_rules(Severity::Critical).iter().all(|rule| rule.id != "container/runs-as-root"));
}

type Next<'a> = &'a mut dyn FnMut(usize) -> usize;

/// One of them, or none.
fn maybe(next: Next<'_>, object: &mut Value, key: &str, values: &[Value]) {
    if let Some(value) = values.get(next(values.len() + 1)) {
        object[key] = value.clone();
    }
}

/// Settings that a container and its pod both have.
fn shared_security(next: Next<'_>) -> Value {
    let mut security = json!({});
    maybe(next, &mut security, "runAsNonRoot", &[json!(true), json!(false)]);
    maybe(next, &mut security, "runAsUser", &[json!(0), json!(1000), json!(1001)]);
    maybe(next, &mut security, "runAsGroup", &[json!(0), json!(1000)]);
    let types = ["Unconfined", "RuntimeDefault", "Localhost"].map(|kind| json!({"type": kind}));
    maybe(next, &mut security, "seccompProfile", &types);
    maybe(next, &mut security, "appArmorProfile", &types);
    let types = ["spc_t", "container_t"].map(|kind| json!({"type": kind}));
    maybe(next, &mut security, "seLinuxOptions", &[&types[..], &[json!({"level": "s0:c1,c2"})]].concat());
    security
}

/// Settings of a container, most of them good or bad for one rule.
fn container(next: Next<'_>) -> Value {
    let mut security = if next(2) == 0 { shared_security(next) } else { json!({}) };
    let pinned = ["a@sha256:", "b.c/a:1@sha256:"].map(|name| format!("{name}{}", "0".repeat(64)));
    let images =
        ["a", "a:1", "b.c:5000/a", "b.c/a:latest", "a:latest1", "a@sha256:12", &pinned[0], &pinned[1]];
    let mut container = json!({"name": "c", "image": images[next(images.len())]});
    maybe(next, &mut security, "privileged", &[json!(true), json!(false), json!(false), json!(false)]);
    maybe(next, &mut security, "allowPrivilegeEscalation", &[json!(true), json!(false)]);
    maybe(next, &mut security, "readOnlyRootFilesystem", &[json!(true), json!(false)]);
    maybe(next, &mut security, "procMount", &[json!("Unmasked"), json!("Default")]);
    let mut capabilities = json!({});
    maybe(next, &mut capabilities, "drop", &[json!(["ALL"]), json!(["NET_RAW", "CHOWN"]), json!([])]);
    let added = [
        json!(["CHOWN"]),
        json!(["cap_sys_admin"]),
        json!(["IPC_LOCK", "KILL"]),
        json!(["ALL"]),
        json!(["NET_RAW"]),
    ];
    maybe(next, &mut capabilities, "add", &added);
    if next(3) > 0 {
        security["capabilities"] = capabilities;
    }
    if next(6) > 0 {
        container["securityContext"] = security;
    }
    let port = |port: u16, host: u16, protocol: &str| json!({"containerPort": port, "hostPort": host, "protocol": protocol});
    let ports = [
        json!([{"containerPort": 80}]),
        json!([{"containerPort": 22}, port(80, 80, "TCP")]),
        json!([port(22, 2222, "TCP")]),
        json!([port(22, 2222, "UDP"), port(80, 8080, "TCP")]),
    ];
    maybe(next, &mut container, "ports", &ports);
    maybe(next, &mut container, "resources", &limits());
    maybe(next, &mut container, "livenessProbe", &[json!({"exec": {"command": ["true"]}})]);
    let commands =
        [json!(["/usr/sbin/sshd", "-D"]), json!(["sh", "-c", "a;dropbear -F"]), json!(["sshd-not"])];
    let words = ["command", "args"][next(2)];
    maybe(next, &mut container, words, &commands);
    let mounts: Vec<Value> = (0..next(3)).map(|_| mount(next)).collect();
    if next(4) > 0 {
        container["volumeMounts"] = Value::from(mounts);
    }
    container
}

fn limits() -> [Value; 5] {
    [
        json!({}),
        json!({"limits": {"memory": "1Gi"}}),
        json!({"limits": {"cpu": "1", "memory": "0"}}),
        json!({"limits": {"cpu": "1", "memory": "1Gi"}}),
        json!({"limits": {"cpu": "500m", "memory": "1Gi", "ephemeral-storage": "1Gi"}}),
    ]
}

fn mount(next: Next<'_>) -> Value {
    let mut mount = json!({"name": format!("v{}", next(4)), "mountPath": "/m"});
    maybe(next, &mut mount, "readOnly", &[json!(true), json!(false)]);
    maybe(next, &mut mount, "subPath", &["docker.sock", "cgroup", "docker/volumes"].map(Value::from));
    maybe(next, &mut mount, "mountPropagation", &["Bidirectional", "HostToContainer"].map(Value::from));
    mount
}

const PATHS: [&str; 16] = [
    "/",
    "//run/",
    "/var/run/docker.sock",
    "/run/dbus",
    "/etc",
    "/etc/localtime",
    "/etc/app",
    "/srv/data",
    "/sys/fs",
    "/sys//fs/./cgroup",
    "/home/me/.ssh",
    "/var/lib/kubelet/pods",
    "/opt",
    "/data",
    "/var/lib",
    "/var/log/pods",
];

/// A pod and the annotations of its metadata.
fn pod(next: Next<'_>) -> (Value, Value) {
    let mut spec = json!({"containers": [container(next)]});
    for list in ["initContainers", "ephemeralContainers"] {
        if next(3) == 0 {
            spec[list] = json!([container(next)]);
        }
    }
    for key in ["hostNetwork", "hostPID", "hostIPC", "hostUsers"] {
        maybe(next, &mut spec, key, &[json!(true), json!(false)]);
    }
    if next(2) == 0 {
        let mut security = shared_security(next);
        maybe(next, &mut security, "supplementalGroups", &[json!([1, 0]), json!([1000])]);
        let sysctl = |name: &str| json!([{"name": name, "value": "1"}]);
        let sysctls = [sysctl("net.ipv4.tcp_syncookies"), sysctl("kernel.msgmax")];
        maybe(next, &mut security, "sysctls", &sysctls);
        spec["securityContext"] = security;
    }
    if next(4) > 0 {
        let volume = |at: usize, next: Next<'_>| match next(4) {
            0 => json!({"name": format!("v{at}"), "emptyDir": {}}),
            _ => json!({"name": format!("v{at}"), "hostPath": {"path": PATHS[next(PATHS.len())]}}),
        };
        spec["volumes"] = (0..4).map(|at| volume(at, next)).collect();
    }
    if next(3) == 0 {
        spec["resources"] = limits()[next(5)].clone();
    }
    let key = ["container.apparmor.security.beta.kubernetes.io/c", "other"][next(2)];
    let mut metadata = json!({});
    maybe(next, &mut metadata, "annotations", &[json!({key: "unconfined"}), json!({key: "runtime/default"})]);
    (spec, metadata)
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
    let all = [Severity::Unknown, Severity::Medium, Severity::High].map(|least| (least, static_rules(least)));
    for round in 0..300 {
        let (spec, metadata) = pod(&mut next);
        let template = json!({"metadata": metadata, "spec": spec});
        let object = match round % 4 {
            0 => json!({"kind": "Pod", "metadata": metadata, "spec": spec}),
            1 => json!({"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": template}}}}),
            2 => json!({"kind": "PodTemplate", "template": template}),
            _ => json!({"kind": "Deployment", "spec": {"template": template}}),
        };
        let mut variables = json!({});
        for (name, expression) in VARIABLES {
            variables[name] = holds(expression, &object, &variables).json().unwrap();
        }
        assert_eq!(variables["spec"], spec);
        let node = |value: &Value| workload::parse_json(value.to_string().as_bytes()).unwrap();
        let metadata = node(&metadata);
        let context = PodContext { metadata: Some(&metadata), ..PodContext::default() };
        let containers = workload::read_pod(&node(&spec), &context);
        let surroundings = workload::Surroundings::default();
        let judged: Vec<_> =
            containers.iter().flat_map(|container| workload::judge(container, &surroundings)).collect();
        for (least, rules) in &all {
            for rule in rules {
                let is_bad =
                    judged.iter().filter(|one| one.rule.info.id == rule.id).any(|one| match &one.verdict {
                        workload::Verdict::Failed(hits) => {
                            hits.iter().any(|hit| hit.severity.unwrap_or(one.rule.info.severity) >= *least)
                        }
                        _ => false,
                    });
                let is_good = holds(&rule.expression(), &object, &variables) == CelValue::Bool(true);
                assert_eq!(is_good, !is_bad, "{} from {least:?} of {object}: {}", rule.id, rule.expression());
                both.entry(rule.id).or_default()[usize::from(is_good)] += 1;
            }
        }
    }
    assert!(both.values().all(|[bad, good]| *bad > 5 && *good > 5), "{both:?}");
}

/// What the webhook asks of pods is in the policy, or named at its top.
#[test]
fn no_rule_about_pods_is_left_out_in_silence() {
    let is_of_pods = |rule: &workload::Rule| {
        let of_engines =
            workload::ContainerSpec { origin: workload::Origin::Kubernetes, ..Default::default() };
        !matches!(
            (rule.check)(&of_engines, &workload::Surroundings::default()),
            workload::Verdict::NotApplicable(_)
        )
    };
    let told: BTreeSet<&str> = static_rules(Severity::Unknown).iter().map(|rule| rule.id).collect();
    // No setting of a pod leads to these.
    let never = [
        "container/all-ports-published",
        "container/anonymous-volume",
        "container/cgroup-parent-changed",
        "container/host-cgroup-namespace",
        "container/host-device",
        "container/logging-off",
        "container/oom-killer-avoided",
        "container/shared-namespace",
    ];
    for rule in workload::rules().iter().filter(|rule| is_of_pods(rule)) {
        let id = rule.info.id;
        assert!(told.contains(id) || OF_THE_WEBHOOK.contains(&id) || never.contains(&id), "{id}");
    }
}

#[test]
fn policies_can_be_read_and_name_what_they_leave_out() {
    let rule = |id: &str, mode| GeneralRule {
        rule: id.to_owned(),
        mode,
        severity_min: Severity::Unknown,
        has_exceptions: false,
    };
    let general = [
        rule("container/privileged", Mode::Deny),
        rule("container/new-privileges-allowed", Mode::Rewrite),
        rule("container/writable-root", Mode::Warn),
        rule("container/host-port", Mode::Audit),
        rule("container/host-network", Mode::Off),
        GeneralRule { has_exceptions: true, ..rule("container/host-ipc-namespace", Mode::Deny) },
        rule("container/secret-in-environment", Mode::Deny),
        rule("guard/build-session", Mode::Deny),
    ];
    let (text, left_out) = static_policy(&general, &["kube-system".to_owned()]);
    assert_eq!(
        left_out,
        ["container/host-ipc-namespace (not for every pod)", "container/secret-in-environment"]
    );
    assert!(text.contains("#   container/secret-in-environment") && !text.contains("hostNetwork"));
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
    let rules = static_rules(Severity::Unknown);
    assert_eq!(expression, rules.iter().find(|rule| rule.id == "container/privileged").unwrap().expression());
}
