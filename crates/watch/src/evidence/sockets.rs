//! Sockets of a network namespace (`/proc/PID/net`, proc_pid_net(5)).

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde_json::{Value, json};

const SOCKETS_MAX: usize = 10_000;
const FILE_BYTES_MAX: u64 = 4 << 20;
/// include/net/tcp_states.h
const STATES: [&str; 12] = [
    "established",
    "syn sent",
    "syn received",
    "fin wait 1",
    "fin wait 2",
    "time wait",
    "closed",
    "close wait",
    "last ack",
    "listening",
    "closing",
    "new syn received",
];

/// Sockets of the network that a process is in, with the processes that hold them.
pub(super) fn of(process: i64, owners: &HashMap<u64, Vec<i64>>) -> Value {
    let mut sockets = Vec::new();
    for protocol in ["tcp", "tcp6", "udp", "udp6"] {
        let text = read(&format!("/proc/{process}/net/{protocol}"));
        let listed = text.lines().skip(1).filter_map(|line| socket(protocol, line, owners));
        sockets.extend(listed.take(SOCKETS_MAX));
    }
    let unix = read(&format!("/proc/{process}/net/unix"));
    // Those of nobody here are of other containers when the network is the host's.
    let held = unix.lines().skip(1).filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let holders = owners.get(&words.get(6)?.parse().ok()?)?;
        Some(json!({ "protocol": "unix", "path": words.get(7), "processes": holders }))
    });
    sockets.extend(held.take(SOCKETS_MAX));
    Value::from(sockets)
}

fn socket(protocol: &str, line: &str, owners: &HashMap<u64, Vec<i64>>) -> Option<Value> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (local, remote) = (address(words.get(1)?)?, address(words.get(2)?)?);
    let state = usize::from_str_radix(words.get(3)?, 16).ok()?;
    let state = STATES.get(state.checked_sub(1)?)?;
    let holders = owners.get(&words.get(9)?.parse().ok()?);
    Some(json!({
        "protocol": protocol, "local": local.to_string(), "remote": remote.to_string(),
        // Sockets of UDP have but two states, which are called so.
        "state": if protocol.starts_with("udp") && *state == "closed" { "open" } else { *state },
        "uid": words.get(7), "processes": holders,
    }))
}

/// Words of 32 bits in the order of the machine, then the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| Some(u32::from_str_radix(ip.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    let ip: IpAddr = match ip.len() {
        8 => Ipv4Addr::from(word(0)?).into(),
        32 => {
            let words: Option<Vec<[u8; 4]>> = [0, 8, 16, 24].into_iter().map(word).collect();
            let octets: [u8; 16] = words?.concat().try_into().ok()?;
            Ipv6Addr::from(octets).into()
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn read(path: &str) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = fs::File::open(path) {
        // What cannot be read to its end is shown as far as it goes.
        let _ = file.take(FILE_BYTES_MAX).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[cfg(target_endian = "little")]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_kernel_are_read() {
        let line = "   0: 0100007F:1F90 0202000A:01BB 01 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 20 4 30 10 -1";
        let shown = socket("tcp", line, &HashMap::from([(4242, vec![7])])).unwrap();
        assert_eq!((&shown["local"], &shown["remote"]), (&json!("127.0.0.1:8080"), &json!("10.0.2.2:443")));
        assert_eq!((&shown["state"], &shown["processes"]), (&json!("established"), &json!([7])));
        let six = address("B80D0120000000000000000001000000:0050").unwrap();
        assert_eq!(six, "[2001:db8::1]:80".parse().unwrap());
        for wrong in ["", "x", "0100007F", "0100007F:zz", "01:50"] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }
}
