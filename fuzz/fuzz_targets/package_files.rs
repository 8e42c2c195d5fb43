//! A list of files of packages is read or refused; any path may be asked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use usage::PackageFiles;

fuzz_target!(|data: &[u8]| {
    if let Ok(read) = PackageFiles::parse(data) {
        for path in ["/usr/bin/a", "", "/", "a/__pycache__/b.c.pyc", "../x"] {
            let _ = read.package(path);
        }
    }
});
