//! A request for a container of 3 KiB, read and decided.
//!
//! `cargo bench -p control` tells the median; the test `percentiles` of the benchmark's own output tells what one call in a
//! hundred takes at least.
#![allow(missing_docs, reason = "criterion makes public functions")]
#![allow(clippy::disallowed_methods, reason = "benchmarks look at the clock")]

use calls::{Head, Limits, read};
use control::{Asked, Client, Facts, Policy, Verdict};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Instant;

/// What `docker compose up` sends for a service with a dozen variables, labels, two mounts and a port.
fn body() -> String {
    let variables: Vec<String> =
        (0..14).map(|at| format!("\"APP_SETTING_{at}=value-of-setting-{at}\"")).collect();
    let labels: Vec<String> = (0..12)
        .map(|at| format!("\"com.docker.compose.label-{at}\":\"some value of a label {at}\""))
        .collect();
    let body = format!(
        r#"{{"Hostname":"","Domainname":"","User":"1000:1000","AttachStdin":false,"AttachStdout":true,"AttachStderr":true,"ExposedPorts":{{"8080/tcp":{{}}}},"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":[{}],"Cmd":["serve","--listen","0.0.0.0:8080"],"Healthcheck":{{"Test":["CMD","curl","-f","http://localhost:8080/health"],"Interval":30000000000,"Retries":3}},"Image":"example.com/shop/web:1.4.2","Volumes":null,"WorkingDir":"/app","Entrypoint":null,"Labels":{{{}}},"HostConfig":{{"Binds":null,"ContainerIDFile":"","LogConfig":{{"Type":"json-file","Config":{{"max-size":"10m"}}}},"NetworkMode":"shop_default","PortBindings":{{"8080/tcp":[{{"HostIp":"127.0.0.1","HostPort":"8080"}}]}},"RestartPolicy":{{"Name":"on-failure","MaximumRetryCount":5}},"AutoRemove":false,"VolumeDriver":"","VolumesFrom":null,"ConsoleSize":[0,0],"CapAdd":null,"CapDrop":["ALL"],"CgroupnsMode":"","Dns":[],"DnsOptions":[],"DnsSearch":[],"ExtraHosts":[],"GroupAdd":null,"IpcMode":"","Cgroup":"","Links":null,"OomScoreAdj":0,"PidMode":"","Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":true,"SecurityOpt":["no-new-privileges:true"],"UTSMode":"","UsernsMode":"","ShmSize":0,"Isolation":"","CpuShares":0,"Memory":536870912,"NanoCpus":1000000000,"CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":null,"CpuPeriod":0,"CpuQuota":0,"CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"","Devices":null,"DeviceCgroupRules":null,"DeviceRequests":null,"MemoryReservation":0,"MemorySwap":0,"MemorySwappiness":null,"OomKillDisable":null,"PidsLimit":200,"Ulimits":[{{"Name":"nofile","Hard":1024,"Soft":1024}}],"Mounts":[{{"Type":"bind","Source":"/srv/shop/config","Target":"/etc/shop","ReadOnly":true,"BindOptions":{{"CreateMountpoint":true}}}},{{"Type":"volume","Source":"shop_data","Target":"/data","VolumeOptions":{{}}}}],"MaskedPaths":null,"ReadonlyPaths":null}},"NetworkingConfig":{{"EndpointsConfig":{{"shop_default":{{"IPAMConfig":null,"Links":null,"Aliases":["shop-web-1","web"],"MacAddress":"","DriverOpts":null,"GwPriority":0}}}}}}}}"#,
        variables.join(","),
        labels.join(",")
    );
    assert!((2_800..3_400).contains(&body.len()), "{}", body.len());
    body
}

fn decide(policy: &Policy, client: &Client, facts: &Facts, body: &str) -> usize {
    let head = Head {
        method: "POST",
        target: "/v1.48/containers/create?name=shop-web-1",
        content_type: Some("application/json"),
        has_body: true,
        upgrade: None,
    };
    let limits: &Limits = policy.limits();
    let call =
        read(&head, limits).and_then(|call| call.with_body(body.as_bytes(), limits)).expect("a good call");
    let decision = policy.decide(Asked { client, call, facts, today: "2026-11-22".parse().expect("a day") });
    assert_ne!(decision.verdict, Verdict::Deny, "{}", control::explain(&decision));
    decision.call.body_bytes().len()
}

fn create(criterion: &mut Criterion) {
    let policy = Policy::profile("guarded").expect("it is built in");
    let client = Client { uid: Some(1000), ..Client::default() };
    let body = body();
    let head = Head {
        method: "POST",
        target: "/containers/create",
        content_type: Some("application/json"),
        has_body: true,
        upgrade: None,
    };
    let call = read(&head, policy.limits())
        .and_then(|call| call.with_body(body.as_bytes(), policy.limits()))
        .expect("a good call");
    let facts = Facts::plain(&policy.needs(&client, &call));
    let mut nanos: Vec<u128> = (0..20_000)
        .map(|_| {
            let start = Instant::now();
            black_box(decide(&policy, &client, &facts, black_box(&body)));
            start.elapsed().as_nanos()
        })
        .collect();
    nanos.sort_unstable();
    println!(
        "read, decided and written anew: {} bytes, p50 {:.1} µs, p99 {:.1} µs",
        body.len(),
        nanos[nanos.len() / 2] as f64 / 1e3,
        nanos[nanos.len() * 99 / 100] as f64 / 1e3
    );
    criterion.bench_function("create_decided", |bencher| {
        bencher.iter(|| decide(&policy, &client, &facts, black_box(&body)));
    });
    criterion.bench_function("create_read", |bencher| {
        bencher.iter(|| {
            let call = read(&head, policy.limits())
                .and_then(|call| call.with_body(black_box(body.as_bytes()), policy.limits()));
            black_box(call.expect("a good call"))
        });
    });
}

criterion_group!(benches, create);
criterion_main!(benches);
