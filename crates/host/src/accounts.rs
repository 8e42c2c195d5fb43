//! Users and groups.

use crate::{Roots, read};
use facts::{Accounts, Fact, Group, SubordinateRange, User};

/// Reads `passwd(5)`, `group(5)`, `subuid(5)` and `subgid(5)`. Directory services are not asked.
pub(crate) fn collect(roots: &Roots) -> Accounts {
    Accounts {
        groups: lines(roots, "/etc/group", |f| {
            Some(Group {
                name: f.first()?.to_string(),
                gid: f.get(2)?.parse().ok()?,
                members: members(f.get(3).copied()),
            })
        }),
        users: lines(roots, "/etc/passwd", |f| {
            Some(User {
                name: f.first()?.to_string(),
                uid: f.get(2)?.parse().ok()?,
                gid: f.get(3)?.parse().ok()?,
            })
        }),
        subordinate_uids: lines(roots, "/etc/subuid", range),
        subordinate_gids: lines(roots, "/etc/subgid", range),
    }
}

fn members(field: Option<&str>) -> Vec<String> {
    field
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn range(fields: &[&str]) -> Option<SubordinateRange> {
    Some(SubordinateRange {
        name: fields.first()?.to_string(),
        first: fields.get(1)?.parse().ok()?,
        count: fields.get(2)?.parse().ok()?,
    })
}

fn lines<T>(roots: &Roots, path: &str, parse: impl Fn(&[&str]) -> Option<T>) -> Fact<Vec<T>> {
    let path = roots.at(path);
    match read::optional_text(&path) {
        Ok(text) => {
            let text = text.unwrap_or_default();
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            Fact::Known(
                lines
                    .filter_map(|line| parse(&line.split(':').collect::<Vec<_>>()))
                    .take(read::ENTRIES_MAX)
                    .collect(),
            )
        }
        Err(error) => read::missing(&path, &error),
    }
}
