//! Leaked credentials by rule: gitleaks and Trivy formats, own rules.
