//! Members of a tar.

use crate::walk::{MemberHead, Step, Walk};
use crate::{ProblemKind, meter::Fault};
use model::GapReason;
use oci::TarMemberKind;
use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Shows the members; the reader is the one of layers.
pub(crate) fn walk(walk: &mut Walk<'_>, input: &mut (dyn BufRead + Send)) -> Step {
    let mut result = Ok(());
    let meter = Arc::clone(&walk.meter);
    let problems = oci::walk_tar_members(input, &mut |member, content| {
        result = match member.kind {
            TarMemberKind::Directory => walk.check_time(),
            TarMemberKind::Link | TarMemberKind::Special => walk.link(member.name, member.link),
            TarMemberKind::File => {
                let mut head = MemberHead::new(member.name, Some(member.size), member.mode);
                head.uid = member.uid;
                // What is in the tar was counted when it came out of its own decompressor; holes were not.
                if member.is_sparse {
                    walk.member(&head, &mut meter.read(content)).map(|_| ())
                } else {
                    walk.member(&head, content).map(|_| ())
                }
            }
        };
        if result.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    result?;
    for problem in problems {
        let kind = match problem.reason {
            GapReason::Truncated => ProblemKind::Truncated,
            GapReason::LimitReached => ProblemKind::Limit,
            GapReason::Unsupported => ProblemKind::Unsupported,
            _ => ProblemKind::Malformed,
        };
        walk.fault(&Fault::new(kind, format!("at byte {}: {}", problem.offset, problem.detail)))?;
    }
    Ok(())
}
