#![no_main]
//! Shell texts: parents stand before their children, offsets lie in the text.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let script = dockerfile::split_shell(&text);
    for (at, command) in script.commands.iter().enumerate() {
        assert!(command.parent.is_none_or(|parent| parent < at));
        assert!(command.offset <= text.len());
        let _ = (command.program(), command.arguments());
    }
});
