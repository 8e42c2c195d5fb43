//! A rule of the audit system as the kernel keeps it: `struct audit_rule_data` (linux/audit.h).

use facts::AuditRule;

/// `AUDIT_BITMASK_SIZE` and `AUDIT_MAX_FIELDS`.
const WORDS: usize = 64;
/// `flags`, `action`, `field_count`; four tables of [`WORDS`] numbers; `buflen`.
const HEAD_BYTES: usize = 4 * (3 + 4 * WORDS + 1);

/// `AUDIT_FILTER_EXIT`: the list of rules for system calls and files.
const FILTER_EXIT: u32 = 4;
/// `AUDIT_FILTER_PREPEND`, a flag beside the list's number.
const FILTER_PREPEND: u32 = 0x10;
/// `AUDIT_NEVER`.
const NEVER: u32 = 0;
/// `AUDIT_EQUAL`.
const EQUAL: u32 = 0x4000_0000;

const ARCH: u32 = 11;
const WATCH: u32 = 105;
const PERM: u32 = 106;
const DIR: u32 = 107;
const EXE: u32 = 112;
const FILTER_KEY: u32 = 210;
/// `AUDIT_SUBJ_USER` to `AUDIT_SUBJ_CLR`, and `AUDIT_OBJ_USER` to `AUDIT_OBJ_LEV_HIGH`: labels, which are texts too.
const LABELS: [u32; 10] = [13, 14, 15, 16, 17, 19, 20, 21, 22, 23];

/// Reads a rule; none for one that names no path, as those about system calls alone.
///
/// # Errors
/// When the bytes are no such structure.
pub fn read_audit_rule(bytes: &[u8]) -> Result<Option<AuditRule>, MalformedRule> {
    let words: Vec<u32> = bytes
        .get(..HEAD_BYTES)
        .ok_or(MalformedRule)?
        .as_chunks::<4>()
        .0
        .iter()
        .map(|word| u32::from_ne_bytes(*word))
        .collect();
    let (head, tables) = words.split_at(3);
    let (mask, tables) = tables.split_at(WORDS);
    let (fields, tables) = tables.split_at(WORDS);
    let (values, tables) = tables.split_at(WORDS);
    let (operators, _) = tables.split_at(WORDS);
    let count = usize::try_from(head[2]).ok().filter(|count| *count <= WORDS).ok_or(MalformedRule)?;
    let mut rule = AuditRule {
        // Without a field for it, every kind of access counts (`auditctl(8)`, -p).
        permissions: "rwxa".to_owned(),
        is_exclusion: head[1] == NEVER,
        // `-S all` sets every bit; the kernel clears those of the last word, which stand for classes of calls
        // (audit_to_entry_common in kernel/auditfilter.c).
        is_narrowed: mask[..WORDS - 1].iter().any(|word| *word != u32::MAX),
        ..AuditRule::default()
    };
    let mut texts = bytes.get(HEAD_BYTES..).ok_or(MalformedRule)?;
    for ((field, value), operator) in fields.iter().zip(values).zip(operators).take(count) {
        let mut text = || take_text(&mut texts, *value);
        match *field {
            WATCH => (rule.path, rule.is_directory) = (text()?, Some(false)),
            DIR => (rule.path, rule.is_directory) = (text()?, Some(true)),
            PERM if *operator == EQUAL => rule.permissions = letters(*value),
            FILTER_KEY => rule.key = Some(text()?).filter(|key| !key.is_empty()),
            ARCH => {}
            EXE => {
                text()?;
                rule.is_narrowed = true;
            }
            label if LABELS.contains(&label) => {
                text()?;
                rule.is_narrowed = true;
            }
            _ => rule.is_narrowed = true,
        }
    }
    let is_of_files = head[0] & !FILTER_PREPEND == FILTER_EXIT;
    Ok(Some(rule).filter(|rule| is_of_files && rule.path.starts_with('/')))
}

/// The bytes are no rule.
#[derive(Debug, thiserror::Error)]
#[error("the kernel's answer is no audit rule")]
pub struct MalformedRule;

// Values of textual fields are lengths; the texts follow each other without a separator.
fn take_text(texts: &mut &[u8], length: u32) -> Result<String, MalformedRule> {
    let length = usize::try_from(length).map_err(|_| MalformedRule)?;
    let (text, rest) = texts.split_at_checked(length).ok_or(MalformedRule)?;
    *texts = rest;
    Ok(String::from_utf8_lossy(text).into_owned())
}

// `AUDIT_PERM_EXEC`, `_WRITE`, `_READ`, `_ATTR`, in the order that auditctl prints.
fn letters(bits: u32) -> String {
    [(4, 'r'), (2, 'w'), (1, 'x'), (8, 'a')]
        .into_iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, letter)| letter)
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What the kernel answers for a rule.
    pub(crate) fn rule(list: u32, action: u32, mask: u32, fields: &[(u32, u32, u32, &str)]) -> Vec<u8> {
        let mut words = vec![list, action, u32::try_from(fields.len()).unwrap()];
        words.extend([mask; WORDS]);
        for column in 0..3 {
            let cell = |field: &(u32, u32, u32, &str)| match column {
                0 => field.0,
                1 if field.3.is_empty() => field.2,
                1 => u32::try_from(field.3.len()).unwrap(),
                _ => field.1,
            };
            words.extend(fields.iter().map(cell).chain(std::iter::repeat(0)).take(WORDS));
        }
        let texts: String = fields.iter().map(|field| field.3).collect();
        words.push(u32::try_from(texts.len()).unwrap());
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        bytes.extend(texts.bytes());
        bytes
    }

    /// Path, whether it is a directory, permissions, key, whether it excludes, whether it is narrowed.
    type Shown<'s> = (&'s str, Option<bool>, &'s str, Option<&'s str>, bool, bool);

    #[track_caller]
    fn check(bytes: &[u8], expected: Option<Shown<'_>>) {
        let rule = read_audit_rule(bytes).unwrap();
        let seen = rule.as_ref().map(|r| {
            let key = r.key.as_deref();
            (r.path.as_str(), r.is_directory, r.permissions.as_str(), key, r.is_exclusion, r.is_narrowed)
        });
        assert_eq!(seen, expected);
    }

    const ALL: u32 = u32::MAX;
    const ALWAYS: u32 = 2;

    #[test]
    fn a_watch_has_its_path_permissions_and_key() {
        let fields =
            [(DIR, EQUAL, 0, "/etc/docker"), (PERM, EQUAL, 10, ""), (FILTER_KEY, EQUAL, 0, "docker")];
        let expected = ("/etc/docker", Some(true), "wa", Some("docker"), false, false);
        check(&rule(FILTER_EXIT, ALWAYS, ALL, &fields), Some(expected));
        let fields = [(WATCH, EQUAL, 0, "/usr/bin/runc"), (PERM, EQUAL, 15, "")];
        let expected = ("/usr/bin/runc", Some(false), "rwxa", None, false, false);
        check(&rule(FILTER_EXIT | FILTER_PREPEND, ALWAYS, ALL, &fields), Some(expected));
    }

    #[test]
    fn a_rule_with_further_conditions_is_narrowed_and_texts_stay_in_step() {
        let fields = [
            (ARCH, EQUAL, 0xc000_003e, ""),
            (EXE, EQUAL, 0, "/usr/bin/vi"),
            (15, EQUAL, 0, "container_t"),
            (WATCH, EQUAL, 0, "/a"),
        ];
        check(&rule(FILTER_EXIT, ALWAYS, ALL, &fields), Some(("/a", Some(false), "rwxa", None, false, true)));
        let fields = [(DIR, EQUAL, 0, "/a")];
        check(&rule(FILTER_EXIT, ALWAYS, 4, &fields), Some(("/a", Some(true), "rwxa", None, false, true)));
        check(&rule(FILTER_EXIT, NEVER, ALL, &fields), Some(("/a", Some(true), "rwxa", None, true, false)));
    }

    #[test]
    fn rules_about_no_path_are_left_out() {
        check(&rule(FILTER_EXIT, ALWAYS, 1, &[(ARCH, EQUAL, 1, "")]), None);
        check(&rule(5, ALWAYS, ALL, &[(12, EQUAL, 1300, "")]), None);
    }

    #[test]
    fn damaged_rules_never_panic() {
        let whole =
            rule(FILTER_EXIT, ALWAYS, ALL, &[(DIR, EQUAL, 0, "/etc/docker"), (FILTER_KEY, EQUAL, 0, "k")]);
        assert!(read_audit_rule(&whole[..whole.len() - 1]).is_err());
        for step in 0..4_000 {
            let mut broken = whole.clone();
            let at = (step * 7919) % broken.len();
            if step % 3 == 0 {
                broken.truncate(at);
            } else {
                broken[at] ^= 1 << (step % 8);
            }
            let _ = read_audit_rule(&broken);
        }
    }
}
