//! `EXPOSE`.

use super::{File, Rule, Words, rule};
use dockerfile::Keyword;
use model::Severity;
use std::ops::Range;

/// The words of `EXPOSE` with their places.
fn ports<'f>(file: &'f File<'_>) -> impl Iterator<Item = (&'f str, Range<usize>)> {
    file.all(Keyword::Expose).flat_map(|step| step.instruction.word_places(file.parsed.escape))
}

pub(super) const PORT: Rule = rule(
    "dockerfile/invalid-port",
    Severity::High,
    &["DL3011", "DS-0008"],
    &Words(
        "EXPOSE names a port that does not exist",
        "Ports go from 0 to 65535 (RFC 793).",
        "Correct the number.",
    ),
    |file, hits| {
        for (word, bytes) in ports(file) {
            let number = word.split('/').next().unwrap_or_default().trim_matches('"');
            let is_wrong = number.split('-').any(|port| {
                !port.is_empty()
                    && port.bytes().all(|byte| byte.is_ascii_digit())
                    && port.parse::<u32>().map_or(true, |port| port > 65_535)
            });
            if is_wrong {
                hits.add(bytes, format!("EXPOSE of port {}", super::cut(word)));
            }
        }
    },
);

pub(super) const SSH_PORT: Rule = rule(
    "dockerfile/ssh-port-exposed",
    Severity::Medium,
    &["CIS-Docker-5.7", "CKV_DOCKER_1", "DS-0004"],
    &Words(
        "the port of SSH is exposed",
        "A container is entered by docker exec; a login service inside is one more thing to attack and to keep current, \
         with keys or passwords in the image.",
        "Remove the SSH server and the port.",
    ),
    |file, hits| {
        for (word, bytes) in ports(file) {
            if matches!(word.trim_matches('"'), "22" | "22/tcp") {
                hits.add(bytes, "EXPOSE of port 22, that of SSH");
            }
        }
    },
);

pub(super) const PROTOCOL: Rule = rule(
    "dockerfile/port-protocol-casing",
    Severity::Low,
    &["ExposeProtoCasing"],
    &Words(
        "the protocol of a port is not in lower case",
        "Tools compare tcp, udp and sctp as they are written.",
        "Write it in lower case.",
    ),
    |file, hits| {
        for (word, bytes) in ports(file) {
            let Some((port, protocol)) = word.split_once('/') else { continue };
            if protocol.chars().any(char::is_uppercase) && !protocol.contains('$') {
                hits.add(bytes.clone(), format!("protocol of {} is not in lower case", super::cut(word)))
                    .fix("match the case", vec![(bytes, format!("{port}/{}", protocol.to_lowercase()))]);
            }
        }
    },
);

pub(super) const PORT_FORMAT: Rule = rule(
    "dockerfile/port-with-host-part",
    Severity::Medium,
    &["ExposeInvalidFormat"],
    &Words(
        "EXPOSE names an address or a port of the host",
        "EXPOSE tells which port the program listens on; addresses and ports of the host belong to docker run -p.",
        "Write the container's port alone.",
    ),
    |file, hits| {
        for (word, bytes) in ports(file) {
            let without_variables = word.split("${").next().unwrap_or(word);
            if without_variables.contains(':') {
                hits.add(bytes, format!("EXPOSE {} names more than a port", super::cut(word)));
            }
        }
    },
);
