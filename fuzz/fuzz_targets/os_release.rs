//! The files that tell the distribution; they are divided by NUL bytes, in the order of their paths.
#![no_main]

use packages::distribution;

const PATHS: [&str; 9] = [
    "etc/os-release",
    "etc/lsb-release",
    "etc/debian_version",
    "etc/apt/sources.list",
    "etc/alpine-release",
    "etc/apk/repositories",
    "etc/oracle-release",
    "etc/redhat-release",
    "etc/SuSE-release",
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let contents: Vec<&[u8]> = bytes.split(|&byte| byte == 0).collect();
    let found = distribution::detect(&|path| {
        let position = PATHS.iter().position(|known| *known == path)?;
        contents.get(position).copied().filter(|content| !content.is_empty())
    });
    if let Some(found) = found {
        assert!(!found.id.is_empty());
        let _ = distribution::end_of_life(&found);
    }
});
