//! How a service starts again, is watched and logs.

use super::Reader;
use crate::node::Node;
use crate::read::engine::printable;
use crate::spec::{Health, Logging, Restart, Stated};

impl Reader<'_> {
    pub(super) fn life(&mut self) {
        self.spec.restart = match self.string("restart", "restart") {
            Stated::Given(text) => restart(&text),
            Stated::Unknown(reason) => Stated::Unknown(reason),
            Stated::Absent => self.deploy_restart(),
        };
        if let Some(check) = self.node.get("healthcheck").filter(|check| check.is_map()) {
            self.note("healthcheck", "health");
            let test: Vec<String> = match check.get("test") {
                Some(test) if test.is_list() => {
                    test.items().iter().filter_map(Node::text).map(str::to_owned).collect()
                }
                Some(test) => {
                    test.text().map(|text| vec!["CMD-SHELL".to_owned(), text.to_owned()]).unwrap_or_default()
                }
                None => Vec::new(),
            };
            let is_off = check.get("disable").and_then(Node::boolean) == Some(true);
            self.spec.health = match test.first().map(String::as_str) {
                _ if is_off => Stated::Given(Health::Disabled),
                Some("NONE") => Stated::Given(Health::Disabled),
                Some(_) => Stated::Given(Health::Checked(test)),
                None => Stated::Absent,
            };
        }
        if let Some(logging) = self.node.get("logging").filter(|logging| logging.is_map()) {
            self.note("logging", "logging");
            let options = logging.get("options").map_or(&[][..], Node::entries);
            self.spec.logging = Stated::Given(Logging {
                driver: logging.get("driver").and_then(Node::text).unwrap_or_default().to_owned(),
                options: options
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.value.text().unwrap_or_default().to_owned()))
                    .collect(),
            });
        }
    }

    fn deploy_restart(&mut self) -> Stated<Restart> {
        let Some(policy) = self.node.at(&["deploy", "restart_policy"]).filter(|policy| policy.is_map())
        else {
            return Stated::Absent;
        };
        self.spec.places.note("restart", policy.place);
        let attempts = policy.get("max_attempts").and_then(Node::integer);
        match policy.get("condition").and_then(Node::text) {
            Some("none") => Stated::Given(Restart::No),
            Some("on-failure") => Stated::Given(Restart::OnFailure(attempts)),
            // "any" with a bound restarts as often as the bound says.
            _ if attempts.is_some() => Stated::Given(Restart::OnFailure(attempts)),
            _ => Stated::Given(Restart::Always),
        }
    }
}

fn restart(text: &str) -> Stated<Restart> {
    match text.split_once(':').unwrap_or((text, "")) {
        ("no" | "false", _) => Stated::Given(Restart::No),
        ("always", _) => Stated::Given(Restart::Always),
        ("unless-stopped", _) => Stated::Given(Restart::UnlessStopped),
        ("on-failure", count) => Stated::Given(Restart::OnFailure(count.parse().ok())),
        _ => Stated::Unknown(format!("restart '{}' is not known", printable(text))),
    }
}
