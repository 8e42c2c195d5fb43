//! Heads of requests with their bodies: what is read once is read the same however it is cut, and has one length.
#![no_main]

use guard::wire::{BodyDecoder, RequestHead, ResponseHead, head_length};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(Some(length)) = head_length(input) else { return };
    assert!(length <= input.len() && input[..length].ends_with(b"\r\n\r\n"));
    if let Ok(head) = ResponseHead::parse(&input[..length]) {
        let _ = head.framing(false);
    }
    let Ok(head) = RequestHead::parse(&input[..length]) else { return };
    let of = |name: &str| head.fields.iter().filter(|field| field.name == name).count();
    assert!(of("content-length") + of("transfer-encoding") <= 1, "two lengths");
    assert!(of("host") <= 1 && of("content-type") <= 1 && of("upgrade") <= 1);
    assert!(head.target.starts_with('/') && head.method.bytes().all(|byte| byte.is_ascii_uppercase()));
    for field in &head.fields {
        assert!(!field.value.contains(['\r', '\n', '\0']));
    }
    let whole = decode(&head, &input[length..], usize::MAX);
    for step in [1, 7] {
        assert_eq!(decode(&head, &input[length..], step), whole);
    }
});

/// Content, bytes used, and whether it ended well; bytes come in steps.
fn decode(
    head: &RequestHead,
    bytes: &[u8],
    step: usize,
) -> Result<(Vec<u8>, usize, bool), guard::wire::WireRefusal> {
    let mut decoder = BodyDecoder::new(head.framing);
    let (mut content, mut used, mut there) = (Vec::new(), 0, 0);
    loop {
        let decoded = decoder.next(&bytes[used..there])?;
        content.extend_from_slice(&bytes[used + decoded.skip..used + decoded.skip + decoded.content]);
        used += decoded.skip + decoded.content;
        if decoder.is_done() {
            return Ok((content, used, true));
        }
        if decoded.skip + decoded.content == 0 {
            if there == bytes.len() {
                return Ok((content, used, false));
            }
            there = there.saturating_add(step).min(bytes.len());
        }
    }
}
