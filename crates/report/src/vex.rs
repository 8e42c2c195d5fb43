//! What a suppressed finding means in the words of exploitability exchange formats.

use model::Suppressed;

/// How strong the word is that took a finding out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Somebody states that the product is not affected.
    NotAffected,
    /// Somebody accepts the risk.
    Accepted,
    /// Only the view was narrowed (a baseline, fixable findings alone).
    OutOfView,
}

/// How strong the word is that took this finding out.
pub(crate) fn standing(suppressed: &Suppressed) -> Standing {
    match suppressed.by.as_str() {
        "vex" | "package-owner" | "kernel-headers" | "not-affected" => Standing::NotAffected,
        "ignore-file" => Standing::Accepted,
        _ => Standing::OutOfView,
    }
}

/// The OpenVEX justification that the reason names, with its CycloneDX counterpart (OpenVEX 0.2.0, "Status
/// Justifications"; CycloneDX 1.6, impactAnalysisJustification).
pub(crate) fn justification(suppressed: &Suppressed) -> Option<(&'static str, Option<&'static str>)> {
    const LABELS: [(&str, Option<&str>); 5] = [
        ("component_not_present", Some("code_not_present")),
        ("vulnerable_code_not_present", Some("code_not_present")),
        ("vulnerable_code_not_in_execute_path", Some("code_not_reachable")),
        ("vulnerable_code_cannot_be_controlled_by_adversary", None),
        ("inline_mitigations_already_exist", Some("protected_by_mitigating_control")),
    ];
    if standing(suppressed) != Standing::NotAffected {
        return None;
    }
    if suppressed.by == "kernel-headers" {
        return Some(LABELS[1]);
    }
    LABELS.into_iter().find(|(label, _)| suppressed.reason.contains(label))
}
