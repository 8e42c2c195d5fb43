//! Which images of an index are meant.

use crate::{Descriptor, Platform, PlatformChoice};

/// No image of an index is for the platform that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no image for {wanted}, only for {available}\nhint: choose one with --platform, or --all-platforms"
)]
pub struct NoPlatform {
    /// The platform asked for.
    pub wanted: String,
    /// The platforms there are, joined by commas.
    pub available: String,
}

/// The descriptors of an index that are meant by `choice`, in the order of the index. Attestations are never
/// meant. Entries without a platform (nested indexes, images whose configuration alone tells) are taken only
/// when no other fits; the caller looks into them.
///
/// # Errors
/// When none fits.
pub fn select_manifests<'a>(
    manifests: &'a [Descriptor],
    choice: &PlatformChoice,
) -> Result<Vec<&'a Descriptor>, NoPlatform> {
    let images: Vec<&Descriptor> =
        manifests.iter().filter(|descriptor| !descriptor.is_attestation()).collect();
    let wanted = match choice {
        PlatformChoice::All if !images.is_empty() => return Ok(images),
        PlatformChoice::All => "any platform".to_owned(),
        PlatformChoice::One(platform) => platform.to_string(),
        PlatformChoice::Host => Platform::host().to_string(),
    };
    let platform = match choice {
        PlatformChoice::One(platform) => platform.clone(),
        _ => Platform::host(),
    };
    let best = images
        .iter()
        .filter_map(|image| Some((platform.distance(image.platform.as_ref()?)?, *image)))
        .min_by_key(|(distance, _)| *distance);
    if let Some((_, image)) = best {
        return Ok(vec![image]);
    }
    let unlabelled: Vec<&Descriptor> =
        images.iter().filter(|image| image.platform.is_none()).copied().collect();
    if !unlabelled.is_empty() {
        return Ok(unlabelled);
    }
    // A single image for another machine is what is meant when nobody asked for a platform.
    if *choice == PlatformChoice::Host && images.len() == 1 {
        return Ok(images);
    }
    let mut names: Vec<String> =
        images.iter().filter_map(|image| image.platform.as_ref()).map(Platform::to_string).take(30).collect();
    names.dedup();
    let available = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Err(NoPlatform { wanted, available })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Digest;

    fn image(platform: Option<&str>) -> Descriptor {
        Descriptor {
            media_type: crate::media_type::OCI_MANIFEST.to_owned(),
            digest: Digest::from_sha256(&[1; 32]),
            size_bytes: 1,
            platform: platform.map(|text| text.parse().unwrap()),
            annotations: std::collections::BTreeMap::new(),
        }
    }

    #[track_caller]
    fn check(available: &[&str], choice: &PlatformChoice, expected: Result<&[usize], ()>) {
        let images: Vec<Descriptor> =
            available.iter().map(|text| image((!text.is_empty()).then_some(*text))).collect();
        let chosen = select_manifests(&images, choice).map_err(|_| ()).map(|chosen| {
            let at = |one: &Descriptor| images.iter().position(|image| std::ptr::eq(image, one)).unwrap();
            chosen.into_iter().map(at).collect::<Vec<_>>()
        });
        assert_eq!(chosen.as_deref().map_err(|_| ()), expected);
    }

    #[test]
    fn the_nearest_variant_is_chosen_and_attestations_never() {
        let arm = PlatformChoice::One("linux/arm/v7".parse().unwrap());
        check(&["unknown/unknown", "linux/arm/v5", "linux/arm/v6", "linux/arm64"], &arm, Ok(&[2]));
        check(&["linux/amd64"], &arm, Err(()));
        check(&["unknown/unknown", "linux/amd64", "linux/arm64"], &PlatformChoice::All, Ok(&[1, 2]));
    }

    #[test]
    fn a_single_image_for_another_machine_is_taken_unless_a_platform_was_asked_for() {
        check(&["linux/s390x", "unknown/unknown"], &PlatformChoice::Host, Ok(&[0]));
        check(&["linux/s390x", "linux/mips"], &PlatformChoice::Host, Err(()));
        check(&["", "linux/mips"], &PlatformChoice::Host, Ok(&[0]));
    }
}
