//! Numbers of statuses and severities in a shard; they are part of the format.

use model::{Severity, Status};

pub(crate) const fn status_code(status: Status) -> u32 {
    match status {
        Status::Fixed => 1,
        Status::Affected => 2,
        Status::WillNotFix => 3,
        Status::Deferred => 4,
        Status::EndOfLife => 5,
        Status::NotAffected => 6,
        Status::UnderInvestigation => 7,
    }
}

pub(crate) const fn status_of(code: u32) -> Option<Status> {
    Some(match code {
        1 => Status::Fixed,
        2 => Status::Affected,
        3 => Status::WillNotFix,
        4 => Status::Deferred,
        5 => Status::EndOfLife,
        6 => Status::NotAffected,
        7 => Status::UnderInvestigation,
        _ => return None,
    })
}

pub(crate) const fn severity_code(severity: Severity) -> u32 {
    match severity {
        Severity::Unknown => 0,
        Severity::Negligible => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

pub(crate) const fn severity_of(code: u32) -> Option<Severity> {
    Some(match code {
        0 => Severity::Unknown,
        1 => Severity::Negligible,
        2 => Severity::Low,
        3 => Severity::Medium,
        4 => Severity::High,
        5 => Severity::Critical,
        _ => return None,
    })
}
