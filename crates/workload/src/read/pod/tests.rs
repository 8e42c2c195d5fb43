use super::*;
use crate::node::{DocumentLimits, parse_documents};
use crate::spec::{MountKind, Profile, User};

fn read(text: &str) -> Vec<ContainerSpec> {
    let root = parse_documents(text, &DocumentLimits::default()).remove(0).root.unwrap();
    let context = PodContext { object: "Pod shop/web".into(), metadata: root.get("metadata"), place: None };
    read_pod(root.get("spec").unwrap(), &context)
}

const POD: &str = "metadata: {labels: {app: web}, annotations: {container.apparmor.security.beta.kubernetes.io/b: unconfined}}
spec:
  hostPID: true
  securityContext: {runAsUser: 1000, runAsGroup: 0, seccompProfile: {type: RuntimeDefault}, sysctls: [{name: kernel.msgmax, value: '1'}]}
  volumes:
  - {name: h, hostPath: {path: /var/run}}
  - {name: s, secret: {secretName: x}}
  initContainers:
  - {name: i, image: i:1, securityContext: {privileged: yes}}
  containers:
  - name: b
    image: b:1
    command: [/usr/sbin/sshd]
    securityContext:
      runAsUser: 0
      allowPrivilegeEscalation: false
      capabilities: {drop: [ALL], add: [cap_net_admin]}
    volumeMounts: [{name: h, mountPath: /x, subPath: docker.sock}, {name: s, mountPath: /s}]
    ports: [{containerPort: 80, hostPort: 80}]
    resources: {limits: {memory: 64Mi, cpu: 250m}}
    env: [{name: DB_PASSWORD, value: hunter2}, {name: T_TOKEN, valueFrom: {secretKeyRef: {name: s, key: k}}}]
  ephemeralContainers:
  - {name: e, image: e}
";

#[test]
fn all_three_lists_are_read_and_inherit_from_the_pod() {
    let specs = read(POD);
    let roles: Vec<_> = specs.iter().map(|spec| (spec.name.as_str(), spec.role)).collect();
    assert_eq!(roles, [("b", Role::Main), ("i", Role::Init), ("e", Role::Ephemeral)]);
    let (main, init) = (&specs[0], &specs[1]);
    assert_eq!(main.object, "Pod shop/web, container b");
    assert_eq!(main.user, Stated::Given(User("0:0".into())));
    assert_eq!(init.user, Stated::Given(User("1000:0".into())));
    assert!(init.privileged.is_true());
    assert_eq!(main.namespaces.pid, Stated::Given(Namespace::Host));
    assert_eq!(init.security.seccomp, Stated::Given(Profile::Default));
    assert_eq!(main.security.apparmor, Stated::Given(Profile::Unconfined));
    assert!(main.security.no_new_privileges.is_true());
    assert_eq!(main.capabilities_added, Stated::Given(vec!["NET_ADMIN".to_owned()]));
    assert_eq!(
        (main.mounts[0].kind, main.mounts[0].source.as_str()),
        (MountKind::Bind, "/var/run/docker.sock")
    );
    assert_eq!(main.mounts[1].kind, MountKind::Projected);
    assert_eq!(main.ports[0].host_port, Some(80));
    assert_eq!(main.limits.memory_bytes, Stated::Given(64 << 20));
    assert_eq!(main.limits.cpu_nanos, Stated::Given(250_000_000));
    assert!(main.environment[0].secret.is_some());
    assert_eq!(main.environment[1].from.as_deref(), Some("secret s/k"));
    assert_eq!(main.sysctls["kernel.msgmax"], "1");
    assert_eq!(main.places.of("user").unwrap().line, 15);
    assert_eq!(main.places.of("namespaces.pid").unwrap().line, 3);
}
