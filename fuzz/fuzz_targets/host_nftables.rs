//! Rules as nft prints them.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let _ = host::read_nftables(&String::from_utf8_lossy(input));
});
