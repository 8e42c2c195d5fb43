use super::*;
use crate::spec::{MountKind, Namespace, Restart};

const INSPECTED: &str = r#"[{"Id":"0123","Name":"/web","Image":"sha256:aa","AppArmorProfile":"","ProcessLabel":"","Driver":"overlay2",
"State":{"Status":"running","Pid":77},
"HostConfig":{"Binds":["/etc:/h:ro","/var/run:/vr"],"Tmpfs":{"/tmp":"noexec,size=1m"},"NetworkMode":"container:db","PidMode":"host",
 "IpcMode":"private","RestartPolicy":{"Name":"always","MaximumRetryCount":0},"SecurityOpt":["no-new-privileges:false"],
 "PortBindings":{"81/tcp":[{"HostIp":"::","HostPort":"81"}]},"Memory":0,"PidsLimit":null,"CapAdd":["ALL"],"MaskedPaths":null,
 "Ulimits":[{"Name":"nofile","Hard":1024,"Soft":512}],"DeviceRequests":[{"Driver":"","Count":-1,"Capabilities":[["gpu"]]}]},
"Config":{"User":"0:0","Image":"web:1","Env":["PATH=/bin","DB_PASSWORD=hunter2"],"Cmd":["nginx"],"Healthcheck":{"Test":["NONE"]}},
"Mounts":[{"Type":"bind","Source":"/etc","Destination":"/h","Mode":"ro","RW":false,"Propagation":"rprivate"},
 {"Type":"bind","Source":"/run","Destination":"/vr","Mode":"","RW":true,"Propagation":"rshared"},
 {"Type":"volume","Name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","Source":"/var/lib/docker/volumes/x/_data","Destination":"/d","RW":true}],
"NetworkSettings":{"Ports":{"81/tcp":[{"HostIp":"::","HostPort":"81"}],"90/udp":null},"Networks":{"bridge":{}}}}]"#;

#[test]
fn an_inspected_container_is_read_whole() {
    let spec = read_inspect(INSPECTED.as_bytes()).unwrap().specs.remove(0);
    assert_eq!((spec.object.as_str(), spec.pid), ("container web", Some(77)));
    assert_eq!(spec.user, Stated::Given(User("0:0".into())));
    assert_eq!(spec.namespaces.network, Stated::Given(Namespace::Container("db".into())));
    assert_eq!(spec.namespaces.pid, Stated::Given(Namespace::Host));
    assert_eq!(spec.restart, Stated::Given(Restart::Always));
    assert_eq!(spec.security.no_new_privileges, Stated::Given(false));
    assert_eq!(spec.applied_apparmor, Stated::Given(String::new()));
    assert_eq!(spec.health, Stated::Given(Health::Disabled));
    assert_eq!(spec.limits.pids, Stated::Absent);
    assert_eq!(spec.limits.ulimits["nofile"], (512, 1024));
    assert_eq!(spec.device_requests[0].capabilities, ["gpu"]);
    assert_eq!(
        (spec.ports.len(), spec.ports[0].host_address.as_str(), spec.ports[0].host_port),
        (1, "::", Some(81))
    );
    let mounts: Vec<_> = spec.mounts.iter().map(|m| (m.kind, m.source.as_str(), m.is_writable())).collect();
    assert_eq!(mounts[0], (MountKind::Bind, "/etc", false));
    assert_eq!(mounts[1], (MountKind::Bind, "/run", true));
    assert!(spec.mounts[2].is_anonymous);
    assert_eq!(mounts[3].0, MountKind::Tmpfs);
    assert!(spec.environment[1].secret.is_some() && spec.environment[0].secret.is_none());
}

#[test]
fn a_specification_survives_json_without_its_secrets() {
    let spec = read_inspect(INSPECTED.as_bytes()).unwrap().specs.remove(0);
    let text = serde_json::to_string(&spec).unwrap();
    assert!(!text.contains("hunter2"));
    let back: ContainerSpec = serde_json::from_str(&text).unwrap();
    assert_eq!(back.mounts, spec.mounts);
    assert_eq!(back.environment[1].secret, spec.environment[1].secret);
    assert_eq!((back.limits, back.security), (spec.limits, spec.security));
}

#[test]
fn a_request_is_read_as_the_engine_reads_it() {
    let body = br#"{"Image":"a","HostConfig":{"Privileged":false,"Mounts":[{"Type":"volume","Target":"/x","VolumeOptions":
        {"DriverConfig":{"Name":"local","Options":{"type":"none","o":"bind","device":"/etc"}}}}]},
        "hostConfig":{"PRIVILEGED":true,"capadd":["sys_admin"]},"User":"","Volumes":{"/v":{}}}"#;
    let spec = read_create(body).unwrap();
    assert!(spec.privileged.is_true());
    assert_eq!(spec.capabilities_added, Stated::Given(vec!["SYS_ADMIN".to_owned()]));
    assert!(spec.user.is_absent());
    assert_eq!((spec.mounts[0].kind, spec.mounts[0].source.as_str()), (MountKind::Bind, "/etc"));
    assert!(spec.mounts[1].is_anonymous);
}

#[test]
fn wrong_types_are_unknown_and_nothing_panics() {
    let spec = read_create(br#"{"HostConfig":{"Privileged":"maybe","Memory":{},"CapAdd":{"a":1}}}"#).unwrap();
    assert!(spec.privileged.unknown().is_some() && spec.limits.memory_bytes.unknown().is_some());
    assert!(spec.capabilities_added.unknown().is_some());
    let bytes = INSPECTED.as_bytes();
    for end in 0..bytes.len() {
        let _ = read_inspect(&bytes[..end]);
        let mut changed = bytes.to_vec();
        changed[end] ^= 0x10;
        let _ = read_inspect(&changed);
    }
    assert!(read_create(b"[]").is_err() && read_inspect(b"7").is_err());
}

#[test]
fn names_cannot_speak_to_the_terminal() {
    let spec = read_inspect(br#"{"Name":"/a\u001b[31m"}"#).unwrap().specs.remove(0);
    assert!(!spec.object.contains('\u{1b}'));
}
