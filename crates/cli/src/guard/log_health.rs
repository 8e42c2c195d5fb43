//! Says on standard error when the audit log cannot be kept, once for each time, and when copies of it go nowhere.

use crate::remark::remark;
use ledger::Health;
use std::time::Duration;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// Looks after a log from a thread of its own.
pub(super) fn watch(health: Health) {
    std::thread::spawn(move || {
        let mut told = Told::default();
        loop {
            let counters = health.counters();
            told.look(health.problem(), counters.written, counters.copies_dropped)
                .iter()
                .for_each(|line| remark(line));
            std::thread::sleep(EVERY);
        }
    });
}

/// What was said so far.
#[derive(Debug, Default)]
struct Told {
    problem: Option<String>,
    written: u64,
    dropped: u64,
    is_dropping: bool,
}

impl Told {
    fn look(&mut self, problem: Option<String>, written: u64, dropped: u64) -> Vec<String> {
        let mut lines = Vec::new();
        match (&self.problem, &problem) {
            (None, Some(problem)) => lines.push(format!(
                "warning: the audit log cannot be written, so what must be recorded first is refused: {problem}"
            )),
            (Some(_), None) => lines.push("the audit log is written again".to_owned()),
            _ => {}
        }
        self.problem = problem;
        if dropped > self.dropped {
            if !self.is_dropping {
                lines.push(format!(
                    "warning: journald or syslog does not take copies of the audit log: {dropped} copies are lost so \
                     far (hint: is its socket there?)"
                ));
            }
            self.is_dropping = true;
        } else if written > self.written {
            self.is_dropping = false;
        }
        (self.written, self.dropped) = (written, dropped);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_problem_is_told_once_for_each_time() {
        let mut told = Told::default();
        let full = || Some("No space left on device".to_owned());
        assert!(told.look(None, 1, 0).is_empty());
        assert!(told.look(full(), 1, 0)[0].ends_with("refused: No space left on device"));
        assert!(told.look(full(), 1, 0).is_empty());
        assert_eq!(told.look(None, 2, 0), ["the audit log is written again"]);
        assert_eq!(told.look(full(), 2, 0).len(), 1);
        told.look(None, 2, 0);
        assert!(told.look(None, 5, 3)[0].contains("3 copies are lost"));
        assert!(told.look(None, 6, 4).is_empty());
        assert!(told.look(None, 9, 4).is_empty(), "it takes them again");
        assert_eq!(told.look(None, 10, 5).len(), 1);
    }
}
