//! Credential files of Docker and Podman.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(config) = registry::DockerConfig::parse(bytes) else { return };
    for (host, repository) in [("docker.io", "library/alpine"), ("reg.example:5000", "a/b/c"), ("", "")] {
        let _ = config.credential(host, repository);
        let _ = config.helper(host);
    }
});
