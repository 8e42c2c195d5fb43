//! Keys and passwords of networks: wpa_supplicant, NetworkManager, WireGuard, PPP, IPsec, OpenVPN, ifupdown.

use super::{Family, Place, Recipe, Source};
use crate::naming::owned;
use crate::rules::NETWORK_PASSWORD;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, numbered, unquoted};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("wpa_supplicant.conf"),
        Place::Extension("nmconnection"),
        Place::Below("networkmanager/system-connections/"),
        Place::Below("etc/wireguard/"),
        Place::Name("wg0.conf"),
        Place::Name("wg1.conf"),
        Place::Name("chap-secrets"),
        Place::Name("pap-secrets"),
        Place::Name("ipsec.secrets"),
        Place::Name("hostapd.conf"),
        Place::Below("var/lib/iwd/"),
        Place::Below("etc/openvpn/"),
        Place::Name("auth-user-pass"),
        Place::Name("vpnc.conf"),
        Place::Path("vpnc/default.conf"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &NETWORK_PASSWORD,
    secrets: &[
        ("psk", "key of a wireless network"),
        ("wpa_passphrase", "passphrase of a wireless network"),
        ("passphrase", "passphrase of a wireless network"),
        ("presharedkey", "preshared key of WireGuard"),
        ("preshared-key", "preshared key of WireGuard"),
        ("privatekey", "private key of WireGuard"),
        ("private-key", "private key of WireGuard"),
        ("wep-key0", "key of a wireless network"),
        ("wep_key0", "key of a wireless network"),
        ("password", "password of a network"),
        ("private-key-password", "password of a private key"),
        ("private_key_passwd", "password of a private key"),
        ("leap-password", "password of a network"),
    ],
    users: &["identity", "user"],
    places: &["ssid", "Address", "Endpoint"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let name = source.path.rsplit('/').next().unwrap_or("");
    match name {
        "chap-secrets" | "pap-secrets" => ppp(source.text, sink),
        "ipsec.secrets" => ipsec(source.text, sink),
        "auth-user-pass" => user_and_password(source.text, sink),
        _ if source.path.contains("openvpn/") => {
            // The file of `auth-user-pass` has any name, and two lines without a space.
            let lines: Vec<&str> = source.text.lines().filter(|line| !line.trim().is_empty()).collect();
            let is_login = ["auth", "pass", "login", "cred"].iter().any(|word| name.contains(word));
            if is_login
                && lines.len() == 2
                && lines.iter().all(|line| !line.trim().contains(' ') && !line.starts_with('#'))
            {
                user_and_password(source.text, sink);
            }
        }
        // Blocks in braces with assignments, and sections in brackets, read alike.
        _ => RECIPE.apply(&ini::parse(&networks(source.text), Separator::Equals), sink),
    }
}

/// Each `network={` of wpa_supplicant becomes a section, so that a key finds its own network's name.
fn networks(text: &str) -> String {
    let mut count = 0;
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if line.trim_start().starts_with("network={") {
            count += 1;
            out.push_str(&format!("[network {count}]"));
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

/// `client server secret addresses` (pppd(8), "AUTHENTICATION").
fn ppp(text: &str, sink: &mut Sink<'_>) {
    for (number, line) in numbered(text) {
        let words: Vec<&str> = line.split_whitespace().collect();
        // Debian's own file denies logins by a lone `*` or `-` as the secret.
        if let [user, server, secret, ..] = words.as_slice()
            && !user.starts_with('#')
            && !matches!(unquoted(secret), "*" | "-" | "")
        {
            sink.secret(
                &NETWORK_PASSWORD,
                number,
                owned("password", Some(unquoted(user)), Some(server)),
                unquoted(secret),
            );
        }
    }
}

/// `host peer : PSK "secret"` (ipsec.secrets(5)).
fn ipsec(text: &str, sink: &mut Sink<'_>) {
    for (number, line) in numbered(text) {
        let line = line.trim();
        for kind in ["PSK ", "XAUTH ", "EAP ", "NTLM "] {
            if let Some((owner, secret)) = line.split_once(kind).filter(|_| !line.starts_with('#')) {
                let owner = owner.trim().trim_end_matches(':');
                sink.secret(
                    &NETWORK_PASSWORD,
                    number,
                    owned("secret of IPsec", None, Some(owner)),
                    unquoted(secret),
                );
            }
        }
    }
}

fn user_and_password(text: &str, sink: &mut Sink<'_>) {
    let mut lines = text.lines();
    if let (Some(user), Some(password)) = (lines.next(), lines.next()) {
        sink.secret(&NETWORK_PASSWORD, 2, owned("password of OpenVPN", Some(user), None), password);
    }
}
