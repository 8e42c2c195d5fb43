//! Support channels: the same release with other fixes.

use model::Distribution;

/// How a row of a channel counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// The plain release.
    Plain,
    /// A channel that is in use; its rows count instead of the plain ones.
    Enabled,
    /// A channel that is not in use and goes on where the plain release ends, with the same versions: it tells
    /// that the package is vulnerable, but its fix cannot be had.
    Extends,
    /// A channel that is not in use and has versions of its own; its rows say nothing.
    Foreign,
}

/// The channels in use: what the image and the user tell.
pub(super) fn enabled(distribution: Option<&Distribution>, asked: &[String]) -> Vec<String> {
    let mut channels: Vec<String> = asked.iter().map(|channel| channel.to_lowercase()).collect();
    let Some(distribution) = distribution else { return channels };
    for channel in distribution.channel.iter().flat_map(|channels| channels.split([',', ' '])) {
        if !channel.is_empty() && !channel.starts_with("cpe:") {
            channels.push(channel.to_lowercase());
        }
    }
    let names = [distribution.cpe.as_deref(), distribution.channel.as_deref()];
    channels.extend(names.into_iter().flatten().filter_map(channel_of_cpe));
    channels
}

/// `cpe:/o:redhat:rhel_eus:9.2` is the channel `eus:9.2`.
fn channel_of_cpe(cpe: &str) -> Option<String> {
    let mut parts = cpe.split_once("redhat:")?.1.split(':');
    let product = parts.next()?;
    let kind = product.strip_prefix("rhel_").or_else(|| product.strip_prefix("enterprise_linux_"))?;
    let version = parts.next().filter(|version| !version.is_empty())?;
    match kind {
        "els" => Some("els".to_owned()),
        "eus" | "aus" | "tus" | "e4s" => Some(format!("{kind}:{version}")),
        _ => None,
    }
}

/// How a row of `channel` counts for an installed version.
pub(super) fn standing(channel: &str, enabled: &[String], version: &str) -> Standing {
    if channel.is_empty() {
        return Standing::Plain;
    }
    // `esm` in use means `esm-infra` and `esm-apps` too.
    let covers = |used: &str| {
        channel
            .strip_prefix(used)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-') || rest.starts_with(':'))
    };
    let family = channel.split(['-', ':']).next().unwrap_or(channel);
    // Ubuntu marks the versions of its channels: `1.2-3ubuntu0.1~esm1`, `…+Fips.2`.
    let is_marked = matches!(family, "esm" | "fips") && version.to_ascii_lowercase().contains(family);
    if is_marked || enabled.iter().any(|used| covers(used)) {
        return Standing::Enabled;
    }
    match family {
        "esm" | "els" | "ltss" => Standing::Extends,
        _ => Standing::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_count_by_what_is_in_use() {
        let esm = ["esm".to_owned()];
        assert_eq!(standing("", &[], "1"), Standing::Plain);
        assert_eq!(standing("esm-infra", &esm, "1"), Standing::Enabled);
        assert_eq!(standing("esm-infra", &[], "1"), Standing::Extends);
        assert_eq!(standing("esm", &[], "1.2ubuntu0.1~esm1"), Standing::Enabled);
        assert_eq!(standing("eus:9.2", &["eus:9.2".to_owned()], "1"), Standing::Enabled);
        assert_eq!(standing("eus:9.2", &["eus:9.4".to_owned()], "1"), Standing::Foreign);
        assert_eq!(standing("fips-updates", &[], "1"), Standing::Foreign);
    }

    #[test]
    fn cpe_names_of_extended_support_are_channels() {
        let mut distribution = Distribution::new("rhel", "9.2");
        distribution.cpe = Some("cpe:/o:redhat:rhel_eus:9.2".to_owned());
        assert_eq!(enabled(Some(&distribution), &[]), ["eus:9.2"]);
        distribution.cpe = Some("cpe:/o:redhat:enterprise_linux:9::baseos".to_owned());
        assert_eq!(enabled(Some(&distribution), &[]), [] as [String; 0]);
    }
}
