//! Differences between two short texts.

/// Lines of a text for which a difference is worked out; longer ones are shown as replaced.
const LINES_MAX: usize = 2000;
/// Lines of context.
const CONTEXT: usize = 3;

/// A unified difference of two texts, empty when they are equal.
#[must_use]
pub fn unified(path: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let prefix = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let suffix =
        old[prefix..].iter().rev().zip(new[prefix..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_middle, new_middle) = (&old[prefix..old.len() - suffix], &new[prefix..new.len() - suffix]);
    let mut text = format!("--- {path}\n+++ {path}\n");
    let first = prefix.saturating_sub(CONTEXT);
    let behind = suffix.min(CONTEXT);
    let lead = prefix - first;
    text.push_str(&format!(
        "@@ -{},{} +{},{} @@\n",
        first + 1,
        lead + old_middle.len() + behind,
        first + 1,
        lead + new_middle.len() + behind
    ));
    old[first..prefix].iter().for_each(|line| text.push_str(&format!(" {line}\n")));
    for (sign, line) in middle(old_middle, new_middle) {
        text.push_str(&format!("{sign}{line}\n"));
    }
    old[old.len() - suffix..].iter().take(behind).for_each(|line| text.push_str(&format!(" {line}\n")));
    text
}

/// The longest common subsequence, by the table of Wagner and Fischer.
fn middle<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    if old.len().saturating_mul(new.len()) > LINES_MAX * LINES_MAX / 4 {
        let gone = old.iter().map(|line| ('-', *line));
        return gone.chain(new.iter().map(|line| ('+', *line))).collect();
    }
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len()
            && (j == new.len() || common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            lines.push(('-', old[i]));
            i += 1;
        } else {
            lines.push(('+', new[j]));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown_with_its_surroundings() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let after = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n";
        assert_eq!(
            unified("f", before, after),
            "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        );
        assert_eq!(unified("f", "", "a\n"), "--- f\n+++ f\n@@ -1,0 +1,1 @@\n+a\n");
        assert_eq!(unified("f", "a\n", "a\n"), "");
        assert!(unified("f", "a\nb\nc\n", "b\nx\nc\n").ends_with("-a\n b\n+x\n c\n"));
    }
}
