//! The first byte picks a file name, the rest is the file: nothing panics, and a package has a name and a version.
#![no_main]

use binaries::{inspect, is_candidate, looks_like_executable};
use libfuzzer_sys::fuzz_target;
use model::{LayerPath, Limits};

const NAMES: [&str; 12] = [
    "usr/bin/program", "usr/bin/python3.11", "usr/bin/node", "usr/bin/redis-server", "usr/sbin/nginx", "usr/sbin/mysqld",
    "usr/lib/libcrypto.so.3", "usr/lib/libjvm.so", "usr/bin/envoy", "opt/jdk/release", "usr/local/go/VERSION", "usr/sbin/haproxy",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((pick, content)) = bytes.split_first() else { return };
    let path = LayerPath::new(NAMES[usize::from(*pick) % NAMES.len()]);
    let _ = (is_candidate(&path, content.len() as u64, 0o755), looks_like_executable(content));
    for package in inspect(content, &path, &Limits::default()).packages {
        assert!(package.version.len() <= content.len().max(64));
    }
});
