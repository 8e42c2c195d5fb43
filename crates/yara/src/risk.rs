//! Capabilities and threats combined to risks, as GuardDog does for packages.
//!
//! GuardDog's rules carry `identifies = "threat.network.outbound"` or `"capability.…"`. A capability alone is what every
//! program does, and most threats alone are too: only together they count (DataDog/guarddog,
//! `guarddog/analyzer/risk_engine.py`, whose rules, weights and labels are followed here).

/// A level in GuardDog's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `low`.
    Low,
    /// `medium`, also when nothing is said.
    Medium,
    /// `high`.
    High,
}

impl Level {
    /// Reads `low` and `high`; anything else is medium.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "low" => Self::Low,
            "high" => Self::High,
            _ => Self::Medium,
        }
    }

    const fn lowered(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }

    /// In thousandths.
    const fn weight(self) -> u32 {
        match self {
            Self::Low => 300,
            Self::Medium => 700,
            Self::High => 1_000,
        }
    }
}

/// One place where a rule with `identifies` matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskFinding {
    /// The rule.
    pub rule: String,
    /// The file, below the package's folder or in the image; only compared.
    pub path: String,
    /// `threat.process.spawn`, `capability.network`.
    pub identifies: String,
    /// How bad.
    pub severity: Level,
    /// MITRE ATT&CK tactics, the first is the main one.
    pub tactics: Vec<String>,
    /// How specific for malware the pattern is.
    pub specificity: Level,
    /// How advanced the technique is.
    pub sophistication: Level,
    /// Findings of the rule that count at most.
    pub hits_max: Option<usize>,
}

impl RiskFinding {
    fn part(&self, index: usize) -> Option<&str> {
        self.identifies.split('.').nth(index)
    }

    /// Whether it is a threat; else a capability.
    #[must_use]
    pub fn is_threat(&self) -> bool {
        self.part(0) == Some("threat")
    }

    fn category(&self) -> &str {
        self.part(1).unwrap_or_default()
    }

    fn goes_with(&self, capability: &Self) -> bool {
        let details = (self.part(2), capability.part(2));
        self.category() == capability.category()
            && (details.0.is_none() || details.1.is_none() || details.0 == details.1)
    }
}

/// A threat that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk<'a> {
    /// The threat.
    pub threat: &'a RiskFinding,
    /// What it was combined with; none for threats that stand alone.
    pub capability: Option<&'a RiskFinding>,
    /// Severity of the threat, one lower when the capability is in another file, two lower when it is of another
    /// category.
    pub severity: Level,
}

/// What GuardDog calls a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskLabel {
    /// No risk was formed.
    None,
    /// Below 5.
    Low,
    /// Below 7.
    Suspicious,
    /// 7 and above.
    High,
}

/// Findings of one package (or file) combined.
#[must_use]
pub fn form_risks(findings: &[RiskFinding]) -> Vec<Risk<'_>> {
    let counted: Vec<&RiskFinding> = findings
        .iter()
        .enumerate()
        .filter(|(at, finding)| {
            let before = findings[..*at].iter().filter(|other| other.rule == finding.rule).count();
            finding.hits_max.is_none_or(|max| before < max)
        })
        .map(|(_, finding)| finding)
        .collect();
    let capabilities: Vec<&RiskFinding> = counted.iter().copied().filter(|f| !f.is_threat()).collect();
    let mut risks = Vec::new();
    for threat in counted.iter().copied().filter(|finding| finding.is_threat()) {
        let stands_alone = matches!(threat.category(), "runtime" | "metadata" | "setup" | "npm")
            || threat.specificity == Level::High;
        if stands_alone {
            risks.push(Risk { threat, capability: None, severity: threat.severity });
            continue;
        }
        let fitting = || capabilities.iter().copied().filter(|capability| threat.goes_with(capability));
        let (capability, severity) = if let Some(same_file) = fitting().find(|c| c.path == threat.path) {
            (same_file, threat.severity)
        } else if let Some(other_file) = fitting().next() {
            (other_file, threat.severity.lowered())
        } else if let Some(other_category) = capabilities.first() {
            (*other_category, threat.severity.lowered().lowered())
        } else {
            continue;
        };
        risks.push(Risk { threat, capability: Some(capability), severity });
    }
    risks
}

/// Score in tenths (0 to 100) and label of the risks of one package (or file): severity 30 %, stages of an attack 20 %,
/// specificity 30 %, sophistication 20 %.
#[must_use]
pub fn score(risks: &[Risk<'_>]) -> (u32, RiskLabel) {
    let Some(worst) = risks.iter().map(|risk| risk.severity).max() else { return (0, RiskLabel::None) };
    let severity = (worst as u32 + 1) * 100;
    let mut stages: Vec<u8> = risks.iter().filter_map(|r| stage(r.threat.tactics.first()?)).collect();
    stages.sort_unstable();
    stages.dedup();
    let has =
        |risk: &Risk<'_>, names: &[&str]| risk.threat.tactics.iter().any(|t| names.contains(&t.as_str()));
    let steals_and_sends = risks.iter().any(|risk| has(risk, &["credential-access"]))
        && risks.iter().any(|risk| {
            risk.threat.category() == "network" && has(risk, &["exfiltration", "command-and-control"])
        });
    let is_chain = stages.len() >= 3 || steals_and_sends;
    let chain = if is_chain {
        200
    } else if stages.len() == 2 {
        140
    } else {
        80
    };
    let specificities: Vec<Level> = risks.iter().map(|risk| risk.threat.specificity).collect();
    let dominant_specificity = dominant(&specificities);
    let specificity = dominant_specificity.weight() * 3 / 10;
    let sophistications: Vec<Level> = risks.iter().map(|risk| risk.threat.sophistication).collect();
    let sophistication = dominant(&sophistications).weight() * 2 / 10;
    let mut tenths = (severity + chain + specificity + sophistication + 5) / 10;
    let mut categories: Vec<&str> = risks.iter().map(|risk| risk.threat.category()).collect();
    categories.sort_unstable();
    categories.dedup();
    // Libraries that use dangerous calls honestly: nothing but unspecific threats of few kinds.
    if specificities.iter().all(|level| *level == Level::Low) && !is_chain && categories.len() < 3 {
        tenths = tenths.min(49);
    }
    if categories == ["metadata"] {
        tenths = tenths.min(69);
    }
    let label = match tenths {
        0 => RiskLabel::None,
        1..50 => RiskLabel::Low,
        50..70 => RiskLabel::Suspicious,
        _ => RiskLabel::High,
    };
    (tenths, label)
}

fn dominant(levels: &[Level]) -> Level {
    let low = levels.iter().filter(|level| **level == Level::Low).count();
    if low * 2 > levels.len() {
        Level::Low
    } else if levels.contains(&Level::High) {
        Level::High
    } else {
        Level::Medium
    }
}

/// Early, middle or late phase of an attack.
fn stage(tactic: &str) -> Option<u8> {
    match tactic {
        "reconnaissance" | "resource-development" | "initial-access" | "execution" => Some(0),
        "persistence" | "privilege-escalation" | "defense-evasion" | "credential-access" | "discovery" => {
            Some(1)
        }
        "lateral-movement" | "collection" | "command-and-control" | "exfiltration" | "impact" => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(identifies: &str, path: &str, specificity: Level) -> RiskFinding {
        RiskFinding {
            rule: identifies.replace('.', "_"),
            path: path.to_owned(),
            identifies: identifies.to_owned(),
            severity: Level::High,
            tactics: vec!["execution".to_owned()],
            specificity,
            sophistication: Level::Medium,
            hits_max: None,
        }
    }

    #[track_caller]
    fn check(findings: &[RiskFinding], expected: &[(Level, bool)]) {
        let risks: Vec<(Level, bool)> =
            form_risks(findings).iter().map(|risk| (risk.severity, risk.capability.is_some())).collect();
        assert_eq!(risks, expected);
    }

    #[test]
    fn a_threat_counts_only_with_a_capability() {
        let threat = finding("threat.network.outbound", "a.py", Level::Medium);
        check(std::slice::from_ref(&threat), &[]);
        check(&[finding("capability.network", "a.py", Level::Low)], &[]);
        check(&[threat.clone(), finding("capability.network", "a.py", Level::Low)], &[(Level::High, true)]);
        check(
            &[threat.clone(), finding("capability.network.outbound", "b.py", Level::Low)],
            &[(Level::Medium, true)],
        );
        check(
            &[threat.clone(), finding("capability.network.inbound", "a.py", Level::Low)],
            &[(Level::Low, true)],
        );
        check(&[threat, finding("capability.filesystem", "a.py", Level::Low)], &[(Level::Low, true)]);
    }

    #[test]
    fn some_threats_stand_alone() {
        check(&[finding("threat.runtime.obfuscation", "a.py", Level::Low)], &[(Level::High, false)]);
        check(&[finding("threat.process.hooks", "a.py", Level::High)], &[(Level::High, false)]);
    }

    #[test]
    fn the_most_hits_of_a_rule_are_kept() {
        let mut threat = finding("threat.runtime.x", "a.py", Level::Low);
        threat.hits_max = Some(2);
        check(&[threat.clone(), threat.clone(), threat], &[(Level::High, false), (Level::High, false)]);
    }

    #[test]
    fn scores_follow_the_weights() {
        let high = finding("threat.process.hooks", "a.py", Level::High);
        // 0.30 + 0.08 + 0.30 + 0.14
        assert_eq!(score(&form_risks(std::slice::from_ref(&high))), (82, RiskLabel::High));
        let low = finding("threat.runtime.x", "a.py", Level::Low);
        // 0.30 + 0.08 + 0.09 + 0.14 would be 6.1; unspecific threats of one kind are capped.
        assert_eq!(score(&form_risks(&[low])), (49, RiskLabel::Low));
        assert_eq!(score(&[]), (0, RiskLabel::None));
        let mut steals = finding("threat.runtime.read", "a.py", Level::Medium);
        steals.tactics = vec!["credential-access".to_owned()];
        let mut sends = finding("threat.network.outbound", "a.py", Level::High);
        sends.tactics = vec!["exfiltration".to_owned()];
        let both = [steals, sends];
        assert_eq!(
            score(&form_risks(&both)),
            (94, RiskLabel::High),
            "a full chain: 0.30 + 0.20 + 0.30 + 0.14"
        );
    }
}
