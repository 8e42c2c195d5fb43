//! How a flag is judged.

use crate::sink::Rule;
use model::Severity;

/// Programs whose arguments are judged.
pub(super) const COMPONENTS: [&str; 6] =
    ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kubelet", "kube-proxy"];

/// A rule about one flag of one component.
pub(super) struct FlagRule {
    pub(super) rule: Rule,
    pub(super) component: &'static str,
    pub(super) flag: &'static str,
    pub(super) test: Test,
}

/// What a flag should be.
pub(super) enum Test {
    /// This value; the second is what holds when it is absent.
    Is(&'static str, &'static str),
    /// One of the items separated by commas; the second is what holds when it is absent.
    Has(&'static str, &'static str),
    /// None of the items is this; the second is what holds when it is absent.
    HasNot(&'static str, &'static str),
    /// Not given, or empty.
    Absent,
    /// Given, and not empty.
    Present,
    /// Given, and this one too.
    PresentWith(&'static str),
    /// Given, and a number of at least this.
    AtLeast(i64),
    /// The items are all of this list, or it is not given and the defaults are fine.
    OnlyOf(&'static [&'static str]),
}

pub(super) const fn flag(
    component: &'static str,
    flag: &'static str,
    test: Test,
    id: &'static str,
    severity: Severity,
    texts: [&'static str; 3],
    aliases: &'static [&'static str],
) -> FlagRule {
    FlagRule { rule: Rule::new(id, severity, texts, aliases), component, flag, test }
}

/// Good with what was seen, or bad with it.
pub(super) fn judge(
    test: &Test,
    flag: &str,
    value: impl Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let own = value(flag).filter(|text| !text.is_empty());
    let given = own.as_deref();
    let shown = match given {
        Some(text) => format!(
            "--{flag}={}",
            text.chars().take(200).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect::<String>()
        ),
        None => format!("--{flag} is not given"),
    };
    let items = |text: &str| text.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>();
    let is_good = match test {
        Test::Is(wanted, default) => given.unwrap_or(default).eq_ignore_ascii_case(wanted),
        Test::Has(wanted, default) => items(given.unwrap_or(default)).iter().any(|item| item == wanted),
        Test::HasNot(unwanted, default) => {
            !items(given.unwrap_or(default)).iter().any(|item| item == unwanted)
        }
        Test::Absent => given.is_none(),
        Test::Present => given.is_some(),
        Test::PresentWith(other) => given.is_some() && value(other).is_some_and(|text| !text.is_empty()),
        Test::AtLeast(least) => {
            given.and_then(|text| text.parse::<i64>().ok()).is_some_and(|number| number >= *least)
        }
        Test::OnlyOf(values) => {
            given.is_none_or(|text| items(text).iter().all(|item| values.contains(&item.as_str())))
        }
    };
    if is_good { Ok(shown) } else { Err(shown) }
}
