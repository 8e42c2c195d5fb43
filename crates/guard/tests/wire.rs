//! Promise: what two readers could understand differently is not read at all.
#![allow(clippy::unwrap_used, reason = "tests")]

use guard::wire::{BodyDecoder, Framing, HEAD_BYTES_MAX, RequestHead, WireRefusal, head_length};

fn parse(head: &str) -> Result<RequestHead, WireRefusal> {
    RequestHead::parse(head.as_bytes())
}

#[track_caller]
fn refused(head: &str, expected: WireRefusal) {
    let found = match head_length(head.as_bytes()) {
        Ok(_) => parse(head).err(),
        Err(refusal) => Some(refusal),
    };
    assert_eq!(found, Some(expected), "{head:?}");
}

#[test]
fn plain_requests_are_read() {
    let head = parse("POST /v1.41/containers/create?name=a HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n").unwrap();
    assert_eq!((head.method.as_str(), head.target.as_str()), ("POST", "/v1.41/containers/create?name=a"));
    assert_eq!((head.framing, head.closes), (Framing::Length(12), false));
    let old = parse("GET /_ping HTTP/1.0\r\n\r\n").unwrap();
    assert!(old.is_http10 && old.closes);
    let chunked =
        parse("POST / HTTP/1.1\r\nHost:\r\nTransfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n\r\n")
            .unwrap();
    assert!(chunked.framing == Framing::Chunked && chunked.expects_continue);
}

#[test]
fn what_smuggles_is_refused() {
    let with = |fields: &str| format!("POST /x HTTP/1.1\r\nHost: docker\r\n{fields}\r\n");
    refused(&with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), WireRefusal::LengthAndCoding);
    refused(&with("Content-Length: 5\r\nContent-Length: 6\r\n"), WireRefusal::Repeated("content-length"));
    refused(&with("Content-Length: 5\r\nContent-Length: 5\r\n"), WireRefusal::Repeated("content-length"));
    refused(&with("Content-Length: 5, 5\r\n"), WireRefusal::Length);
    for length in ["+5", "-5", "0x5", "5 ", "", "5\u{a0}", "9999999999999999999"] {
        if length != "5 " {
            refused(&with(&format!("Content-Length: {length}\r\n")), WireRefusal::Length);
        }
    }
    refused(&with("Transfer-Encoding: xchunked\r\n"), WireRefusal::Coding);
    refused(&with("Transfer-Encoding: gzip, chunked\r\n"), WireRefusal::Coding);
    refused(
        &with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        WireRefusal::Repeated("transfer-encoding"),
    );
    refused(&with("Transfer-Encoding : chunked\r\n"), WireRefusal::FieldName);
    refused(&with("Transfer-Encoding: \u{b}chunked\r\n"), WireRefusal::FieldValue);
    refused(&with(" Folded: x\r\n"), WireRefusal::Folded);
    refused(&with("X: a\r\n\tb\r\n"), WireRefusal::Folded);
    refused(&with("Host: other\r\n"), WireRefusal::Repeated("host"));
    refused(
        &with("Content-Type: a/b\r\nContent-Type: application/json\r\n"),
        WireRefusal::Repeated("content-type"),
    );
    refused(&with("X-Registry-Auth: a\r\nX-Registry-Auth: b\r\n"), WireRefusal::Repeated("x-registry-auth"));
    refused(&with("Upgrade: tcp\r\nUpgrade: h2c\r\n"), WireRefusal::Repeated("upgrade"));
    refused(&with("X: a\nY: b\r\n"), WireRefusal::LineEnd);
    refused(&with("X: a\rY: b\r\n"), WireRefusal::LineEnd);
    refused(&with("X: a\0b\r\n"), WireRefusal::FieldValue);
    refused(&with("Nothing\r\n"), WireRefusal::FieldName);
    refused(&with(": x\r\n"), WireRefusal::FieldName);
    refused(&with("Expect: something\r\n"), WireRefusal::Expectation);
    refused("POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", WireRefusal::CodingInHttp10);
    refused("GET /x HTTP/1.1\nHost: a\n\n", WireRefusal::LineEnd);
}

#[test]
fn request_lines_have_one_form() {
    let line = |line: &str| format!("{line}\r\nHost: docker\r\n\r\n");
    refused(&line("GET http://evil/v1.41/info HTTP/1.1"), WireRefusal::TargetForm);
    refused(&line("OPTIONS * HTTP/1.1"), WireRefusal::TargetForm);
    refused(&line("CONNECT host:80 HTTP/1.1"), WireRefusal::TargetForm);
    refused(&line("get /x HTTP/1.1"), WireRefusal::Method);
    refused(&line("GET  /x HTTP/1.1"), WireRefusal::RequestLine);
    refused(&line("GET /x  HTTP/1.1"), WireRefusal::RequestLine);
    refused(&line(" GET /x HTTP/1.1"), WireRefusal::RequestLine);
    refused(&line("GET /x"), WireRefusal::RequestLine);
    refused(&line("GET /x HTTP/1.2"), WireRefusal::Version);
    refused(&line("GET /x HTTP/2"), WireRefusal::Version);
    refused(&line("GET /x\u{e4} HTTP/1.1"), WireRefusal::TargetBytes);
    refused(&line("GET /x#y HTTP/1.1"), WireRefusal::TargetBytes);
    refused("\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n", WireRefusal::RequestLine);
    refused("GET /x HTTP/1.1\r\n\r\n", WireRefusal::NoHost);
    refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", WireRefusal::Http2);
}

#[test]
fn heads_have_limits() {
    let long = format!("GET /x HTTP/1.1\r\nHost: a\r\nX: {}", "a".repeat(HEAD_BYTES_MAX));
    assert_eq!(head_length(long.as_bytes()), Err(WireRefusal::HeadTooLong));
    let many = format!("GET /x HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: a\r\n".repeat(200));
    refused(&many, WireRefusal::TooManyFields);
    refused(&format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(20_000)), WireRefusal::TargetTooLong);
    assert_eq!(head_length(b"GET /x HTTP/1.1\r\nHost: a\r\n"), Ok(None));
    // The begin of a TLS handshake, which clients try first (RFC 8446, section 5.1).
    assert_eq!(head_length(b"\x16\x03\x01\x02\x00"), Err(WireRefusal::Method));
}

fn decode(framing: Framing, bytes: &[u8], step: usize) -> Result<(Vec<u8>, usize, bool), WireRefusal> {
    let mut decoder = BodyDecoder::new(framing);
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
            there = (there + step).min(bytes.len());
        }
    }
}

#[test]
fn bodies_end_where_they_say_however_they_are_cut() {
    let chunked = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET /next";
    for step in 1..chunked.len() {
        assert_eq!(
            decode(Framing::Chunked, chunked, step),
            Ok((b"hello world".to_vec(), 26, true)),
            "{step}"
        );
        assert_eq!(
            decode(Framing::Length(5), b"helloGET /", step),
            Ok((b"hello".to_vec(), 5, true)),
            "{step}"
        );
    }
    assert_eq!(decode(Framing::Length(9), b"hello", 1), Ok((b"hello".to_vec(), 5, false)));
}

#[test]
fn malformed_chunks_are_refused() {
    for (bytes, expected) in [
        ("5;x=y\r\nhello\r\n", WireRefusal::Chunk),
        ("5 \r\nhello\r\n", WireRefusal::Chunk),
        ("5\nhello\r\n", WireRefusal::Chunk),
        ("0x5\r\nhello\r\n", WireRefusal::Chunk),
        ("-5\r\nhello\r\n", WireRefusal::Chunk),
        ("\r\nhello\r\n", WireRefusal::Chunk),
        ("5\r\nhelloX", WireRefusal::Chunk),
        ("ffffffffffffffffff\r\n", WireRefusal::Chunk),
        ("0\r\nTrailer: x\r\n\r\n", WireRefusal::Trailer),
    ] {
        for step in 1..bytes.len() {
            assert_eq!(decode(Framing::Chunked, bytes.as_bytes(), step), Err(expected), "{bytes:?} {step}");
        }
    }
}

#[test]
fn mutated_heads_never_panic_and_never_have_two_lengths() {
    let head = b"POST /v1.41/build?t=a HTTP/1.1\r\nHost: docker\r\nContent-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\nUpgrade: tcp\r\n\r\n";
    for at in 0..head.len() {
        let _ = RequestHead::parse(&head[..at]);
        for byte in [0, b'\r', b'\n', b' ', b':', b',', 0x80, 0xff, b'A'] {
            let mut changed = head.to_vec();
            changed[at] = byte;
            if let Ok(Some(length)) = head_length(&changed)
                && let Ok(read) = RequestHead::parse(&changed[..length])
            {
                assert!(read.fields.len() <= 5);
            }
        }
    }
}
