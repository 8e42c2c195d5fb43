//! Base scores of CVSS vectors.

/// Base score in tenths of a CVSS vector of version 2 (`AV:N/AC:L/Au:N/C:P/I:P/A:P`, also in parentheses), 3.0,
/// 3.1 or 4.0; `None` when it is not one.
///
/// Temporal, threat, environmental and supplemental metrics are left out, so that the scores of all publishers
/// are about the same thing (CVSS v2 guide, section 3.2.1; v3.1 specification, section 7.1; v4.0 specification,
/// section 8).
#[must_use]
pub fn base_score_tenths(vector: &str) -> Option<u8> {
    const VECTOR_BYTES_MAX: usize = 512;
    let vector = vector.trim().trim_start_matches('(').trim_end_matches(')');
    if vector.is_empty() || vector.len() > VECTOR_BYTES_MAX {
        return None;
    }
    let (prefix, metrics) = match vector.strip_prefix("CVSS:") {
        Some(rest) => rest.split_once('/')?,
        None => ("2.0", vector),
    };
    let wanted: &[&str] = match prefix {
        "2.0" => &["AV", "AC", "Au", "C", "I", "A"],
        "3.0" | "3.1" => &["AV", "AC", "PR", "UI", "S", "C", "I", "A"],
        "4.0" => &["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"],
        _ => return None,
    };
    let mut base = if prefix == "2.0" { String::new() } else { format!("CVSS:{prefix}") };
    for name in wanted {
        let mut values =
            metrics.split('/').filter_map(|metric| metric.split_once(':')).filter(|(key, _)| key == name);
        let (_, value) = values.next()?;
        if values.next().is_some() {
            return None;
        }
        if !base.is_empty() {
            base.push('/');
        }
        base.push_str(name);
        base.push(':');
        base.push_str(value);
    }
    let score = base.parse::<cvss::Cvss>().ok()?.score();
    let tenths = (score * 10.0).round();
    (0.0..=100.0).contains(&tenths).then_some(tenths as u8)
}

/// Version of a CVSS vector as a rank: 4 is version 4, 0 is no vector.
#[must_use]
pub(crate) fn version_rank(vector: &str) -> u8 {
    match vector {
        "" => 0,
        v if v.starts_with("CVSS:4") => 4,
        v if v.starts_with("CVSS:3") => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_score_as_published() {
        for (vector, tenths) in [
            // CVSS v2 guide, section 3.3: CVE-2002-0392, CVE-2003-0818, CVE-2003-0062.
            ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 78),
            ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 100),
            ("(AV:L/AC:H/Au:N/C:C/I:C/A:C)", 62),
            // CVSS v3.1 examples document: CVE-2013-1937, CVE-2013-0375, CVE-2014-3566, CVE-2014-0160,
            // CVE-2014-6271.
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 61),
            ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 64),
            ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 31),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 75),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100),
            // CVSS v4.0 examples document: CVE-2022-41741, CVE-2020-3549, CVE-2014-0160.
            ("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 73),
            ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 77),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N", 87),
        ] {
            assert_eq!(base_score_tenths(vector), Some(tenths), "{vector}");
        }
    }

    #[test]
    fn only_base_metrics_count() {
        assert_eq!(base_score_tenths("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O"), Some(98));
        assert_eq!(
            base_score_tenths("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N/E:U"),
            Some(87)
        );
        assert_eq!(base_score_tenths("AV:N/AC:L/Au:N/C:N/I:N/A:C/E:U/RL:OF/RC:C"), Some(78));
    }

    #[test]
    fn what_is_no_vector_has_no_score() {
        for bad in
            ["", "7.5", "CVSS:3.1/AV:N", "CVSS:9.0/AV:N", "AV:X/AC:L/Au:N/C:N/I:N/A:C", "CVSS:3.1/", "é/è"]
        {
            assert_eq!(base_score_tenths(bad), None, "{bad}");
        }
    }
}
