//! Images of the engine.

use crate::info::{map, text};
use docker::{Engine, ImageListing};
use facts::{Fact, HistoryStep, Image};
use model::GapReason;
use serde_json::Value;

/// Steps of one history.
const STEPS_MAX: usize = 1_000;

/// One image, inspected, with its history.
pub(crate) fn read(engine: &Engine, listing: ImageListing) -> Image {
    let mut image = Image {
        tags: listing.repo_tags.into_iter().filter(|tag| tag != "<none>:<none>").collect(),
        digests: listing.repo_digests.into_iter().filter(|digest| !digest.starts_with("<none>")).collect(),
        created_secs: listing.created,
        size_bytes: u64::try_from(listing.size).unwrap_or(0),
        scan: Fact::missing(GapReason::Unsupported, "no report of a scan was given"),
        signature: Fact::missing(
            GapReason::Unsupported,
            "no registry was asked for signatures (hint: --ask-registries)",
        ),
        id: listing.id,
        ..Image::default()
    };
    match engine.image_document(&image.id) {
        Ok(document) => configure(&mut image, &document),
        Err(error) => {
            let why = error.to_string();
            image.user = Fact::missing(GapReason::Unreadable, why.clone());
            image.has_health_check = Fact::missing(GapReason::Unreadable, why.clone());
            image.exposed_ports = Fact::missing(GapReason::Unreadable, why);
        }
    }
    image.history = match engine.history(&image.id) {
        Ok(steps) => Fact::Known(
            steps
                .into_iter()
                .take(STEPS_MAX)
                .map(|step| HistoryStep {
                    created_by: step.created_by,
                    created_secs: step.created,
                    size_bytes: step.size,
                })
                .collect(),
        ),
        Err(error) => Fact::missing(GapReason::Unreadable, error.to_string()),
    };
    image
}

fn configure(image: &mut Image, document: &Value) {
    let config = document.get("Config").unwrap_or(&Value::Null);
    image.user = Fact::Known(text(config, "User"));
    // `["NONE"]` switches off the check of the base.
    let test = config.pointer("/Healthcheck/Test").and_then(Value::as_array);
    image.has_health_check = Fact::Known(
        test.is_some_and(|test| test.first().and_then(Value::as_str).is_some_and(|word| word != "NONE")),
    );
    let ports = config.get("ExposedPorts").and_then(Value::as_object);
    image.exposed_ports =
        Fact::Known(ports.map(|ports| ports.keys().take(STEPS_MAX).cloned().collect()).unwrap_or_default());
    image.labels = map(config.get("Labels"));
}
