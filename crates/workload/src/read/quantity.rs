//! Amounts with units.

use crate::node::Node;
use crate::spec::Stated;

/// Bytes as compose writes them: a number, or one with `b`, `k`, `m`, `g`, `t`, `p` and an optional `b` or `ib`, all
/// powers of 1024 (docker/go-units, `RAMInBytes`).
pub(super) fn compose_bytes(node: &Node) -> Stated<i64> {
    let Some(text) = node.text() else { return Stated::Unknown("an amount that is no text".to_owned()) };
    if let Some(number) = node.integer() {
        return Stated::Given(number);
    }
    let lower = text.trim().to_ascii_lowercase();
    let digits_end =
        lower.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(lower.len());
    let (number, unit) = lower.split_at(digits_end);
    let power = match unit.trim().trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return Stated::Unknown(format!("'{}' is no amount of bytes", cut(text))),
    };
    scaled(number, 1024_f64.powi(power))
        .map_or_else(|| Stated::Unknown(format!("'{}' is no amount of bytes", cut(text))), Stated::Given)
}

/// A quantity of Kubernetes in thousandths of its unit: `500m`, `1.5`, `64Mi`, `1e3` (apimachinery,
/// `pkg/api/resource/quantity.go`).
pub(super) fn kubernetes_nanos_or_bytes(node: &Node, factor: f64) -> Stated<i64> {
    let Some(text) = node.text().map(str::trim) else {
        return Stated::Unknown("a quantity that is no text".to_owned());
    };
    let unknown = || Stated::Unknown(format!("'{}' is no quantity", cut(text)));
    let suffixes: [(&str, f64); 15] = [
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1.125_899_906_842_624e15),
        ("Ei", 1.152_921_504_606_847e18),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];
    for (suffix, scale) in suffixes {
        if let Some(number) = text.strip_suffix(suffix) {
            return scaled(number, scale * factor).map_or_else(unknown, Stated::Given);
        }
    }
    scaled(text, factor).map_or_else(unknown, Stated::Given)
}

/// Processors in 10⁻⁹.
pub(super) fn cpu_nanos(node: &Node) -> Stated<i64> {
    let Some(text) = node.text() else { return Stated::Unknown("an amount that is no text".to_owned()) };
    scaled(text, 1e9)
        .map_or_else(|| Stated::Unknown(format!("'{}' is no number of processors", cut(text))), Stated::Given)
}

fn scaled(number: &str, scale: f64) -> Option<i64> {
    let number: f64 = number.trim().parse().ok()?;
    let value = number * scale;
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and no bound depends on the last digit")]
    value.is_finite().then_some(value.ceil() as i64)
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_units() {
        let read = |text: &str| compose_bytes(&Node::text_of(text));
        assert_eq!(read("512m"), Stated::Given(512 << 20));
        assert_eq!(read("1.5GB"), Stated::Given(3 << 29));
        assert_eq!(read("64MiB"), Stated::Given(64 << 20));
        assert_eq!(read("100"), Stated::Given(100));
        assert!(read("${MEM}").unknown().is_some());
    }

    #[test]
    fn quantities_of_kubernetes_have_suffixes() {
        let read = |text: &str| kubernetes_nanos_or_bytes(&Node::text_of(text), 1.0);
        assert_eq!(read("64Mi"), Stated::Given(64 << 20));
        assert_eq!(read("1e3"), Stated::Given(1000));
        assert_eq!(kubernetes_nanos_or_bytes(&Node::text_of("500m"), 1e9), Stated::Given(500_000_000));
        assert!(read("lots").unknown().is_some());
    }
}
