//! A learned profile is read or refused; it may be asked, merged and made arguments of, whatever is in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use profiles::{Done, Profile, run_flags};

fuzz_target!(|data: &[u8]| {
    if let Ok(mut read) = Profile::parse(data) {
        let _ = read.knows(&Done::Read("/etc/hosts"));
        let other = read.clone();
        read.merge(&other);
        let _ = run_flags(&read);
    }
});
