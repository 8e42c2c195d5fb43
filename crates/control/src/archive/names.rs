//! Names that an archive of images gives (image-spec of Docker 1.2, `manifest.json` and `repositories`; OCI image-layout,
//! `index.json` with the annotations that engines read).

use super::{ArchiveRefused, Inspection};
use crate::client::clean;
use crate::judge::image;
use calls::{Field, Json, Limits, Object, Refusal, Shape};

pub(super) const NOT_ALLOWED: &str = "guard/loaded-name-not-allowed";
pub(super) const LISTED: &str = "guard/listed-name-given";

/// Names of one document.
const NAMES_MAX: usize = 10_000;

static ENTRY: Object = Object {
    name: "an entry of manifest.json",
    fields: &[&[Field { name: "RepoTags", shape: Shape::List(&Shape::Text) }]],
    refused: &[],
};
static INDEX: Object = Object {
    name: "index.json",
    fields: &[&[Field { name: "manifests", shape: Shape::List(&Shape::Object(&DESCRIPTOR)) }]],
    refused: &[],
};
static DESCRIPTOR: Object = Object {
    name: "an entry of index.json",
    fields: &[&[Field { name: "annotations", shape: Shape::Map(&Shape::Text) }]],
    refused: &[],
};
static MANIFEST_SHAPE: Shape = Shape::List(&Shape::Object(&ENTRY));
static REPOSITORIES_SHAPE: Shape = Shape::Map(&Shape::Map(&Shape::Text));
static INDEX_SHAPE: Shape = Shape::Object(&INDEX);

/// Whether names of images stand there.
pub(super) fn is_document(path: &str) -> bool {
    matches!(path, "manifest.json" | "repositories" | "index.json")
}

/// The names that a document gives.
pub(super) fn given(path: &str, content: &[u8]) -> Result<Vec<String>, ArchiveRefused> {
    let shape = match path {
        "manifest.json" => &MANIFEST_SHAPE,
        "repositories" => &REPOSITORIES_SHAPE,
        _ => &INDEX_SHAPE,
    };
    let json = calls::parse(content, shape, &Limits::default(), &mut Vec::new()).map_err(|refusal| {
        let message = format!("{path}: {}", refusal.message);
        ArchiveRefused::from(Refusal { message, ..refusal })
    })?;
    let mut names: Vec<String> = Vec::new();
    match path {
        "manifest.json" => {
            for entry in json.items() {
                names.extend(entry.texts_of("RepoTags").map(str::to_owned));
            }
        }
        "repositories" => {
            for (name, tags) in json.entries() {
                names.extend(tags.entries().iter().map(|(tag, _)| format!("{name}:{tag}")));
            }
        }
        _ => {
            for entry in json.get("manifests").map(Json::items).unwrap_or_default() {
                let of = |key: &str| entry.at(&["annotations", key]).and_then(Json::text);
                names.extend(of("io.containerd.image.name").map(str::to_owned));
                // Often a tag alone, which is no name of an image.
                let reference = of("org.opencontainers.image.ref.name");
                names.extend(reference.filter(|text| text.contains([':', '/'])).map(str::to_owned));
            }
        }
    }
    if names.len() > NAMES_MAX {
        let message = format!("{path} gives too many names");
        return Err(ArchiveRefused { rule: super::MALFORMED, status: 400, message });
    }
    Ok(names)
}

impl Inspection {
    /// An image of the archive gets a name.
    pub(super) fn named(&mut self, name: &str) -> Result<(), ArchiveRefused> {
        let fits = |allowed: &[String]| allowed.iter().any(|pattern| image::is_allowed(pattern, name));
        let shown = clean(&image::full_name(name));
        self.hit_named(NOT_ALLOWED, &shown, fits, |name| {
            format!("{name} is not on the list of names that an archive may give")
        })?;
        self.hit_named(
            LISTED,
            &shown,
            |allowed| !fits(allowed),
            |name| format!("an image of the archive gets the name {name}, which is on the list of images"),
        )
    }
}
