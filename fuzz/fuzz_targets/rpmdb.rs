//! RPM databases of all three kinds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut packages = 0;
    let summary = rpmdb::read(bytes, &mut |header| {
        packages += 1;
        if let Ok(files) = header.files() {
            // Every file takes at least a byte of the input.
            assert!(files.count() <= bytes.len());
        }
    });
    assert_eq!(summary.packages, packages);
});
