//! The images that an index leads to.

use crate::{
    Descriptor, Document, Index, Manifest, ManifestError, NoPlatform, OpenError, OpenOptions, Platform,
    PlatformChoice, Reference, parse_document, select_manifests,
};
use model::{Digest, Gap, GapReason};
use std::collections::BTreeMap;
use std::io;

/// Where the documents of a layout are read from.
pub(crate) trait Documents {
    /// The bytes of a small file by its path in the layout; more than `bytes_max` are an error.
    fn document(&self, path: &str, bytes_max: u64) -> io::Result<Vec<u8>>;
}

/// The documents of one image.
pub(crate) struct FoundImage {
    pub(crate) manifest_bytes: Vec<u8>,
    pub(crate) digest: Digest,
    pub(crate) manifest: Manifest,
    pub(crate) config: Vec<u8>,
    pub(crate) names: Vec<String>,
}

/// Images that an index led to, and what it led to besides.
#[derive(Default)]
pub(crate) struct FoundImages {
    pub(crate) images: Vec<FoundImage>,
    pub(crate) gaps: Vec<Gap>,
}

/// Indexes inside indexes.
const DEPTH_MAX: usize = 4;
/// Images and indexes of one layout.
const DOCUMENTS_MAX: usize = 4_096;

/// The path of a blob in a layout (OCI image-spec, image-layout.md, "Blobs").
pub(crate) fn blob_path(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

/// Finds the images that `index.json` leads to. Entries of one name are the platforms of one image; other
/// names are other images.
pub(crate) fn find_images(
    documents: &dyn Documents,
    options: &OpenOptions<'_>,
) -> Result<FoundImages, OpenError> {
    const INDEX: &str = "index.json";
    let bytes = read(documents, INDEX, options)?;
    let index = match parse_document(&bytes, None, &options.limits) {
        Ok(Document::Index(index)) => index,
        Ok(Document::Manifest(_)) => {
            let source = ManifestError::Unknown("an image manifest, where an index was expected".to_owned());
            return Err(OpenError::Manifest { what: INDEX.to_owned(), source });
        }
        Err(source) => return Err(OpenError::Manifest { what: INDEX.to_owned(), source }),
    };
    let mut search =
        Search { documents, options, found: FoundImages::default(), first_error: None, documents_read: 0 };
    search.note_problems(INDEX, &index);
    let mut groups: BTreeMap<Option<&str>, Vec<Descriptor>> = BTreeMap::new();
    for descriptor in index.manifests.iter().filter(|descriptor| is_meant(descriptor, options.reference)) {
        groups.entry(descriptor.ref_name()).or_default().push(descriptor.clone());
    }
    if let (true, Some(name)) = (groups.is_empty(), options.reference) {
        return Err(no_such_name(name, index.manifests.iter().filter_map(Descriptor::ref_name)));
    }
    for (name, group) in groups {
        let names = name.map(|name| vec![name.to_owned()]).unwrap_or_default();
        search.descend(&group, &names, 0);
    }
    match search.first_error {
        Some(error) if search.found.images.is_empty() => Err(error),
        None if search.found.images.is_empty() => Err(OpenError::NoManifest(INDEX.to_owned())),
        Some(error) => {
            search.found.gaps.push(error_gap(&error));
            Ok(search.found)
        }
        None => Ok(search.found),
    }
}

pub(crate) fn no_such_name<'a>(name: &str, available: impl Iterator<Item = &'a str>) -> OpenError {
    let names: Vec<&str> = available.take(30).collect();
    let available = if names.is_empty() { "images without a name".to_owned() } else { names.join(", ") };
    OpenError::NoSuchName { name: name.to_owned(), available }
}

/// Whether a name that an image bears is the one that was asked for.
pub(crate) fn is_same_name(name: &str, wanted: &str) -> bool {
    let parse = |text: &str| text.parse::<Reference>();
    name == wanted
        || parse(name).is_ok_and(|name| parse(wanted).is_ok_and(|wanted| wanted.is_same_tag(&name)))
}

fn is_meant(descriptor: &Descriptor, reference: Option<&str>) -> bool {
    let Some(wanted) = reference else { return true };
    let digest = wanted.rsplit_once('@').map_or(wanted, |(_, digest)| digest);
    let is_named = ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
        .iter()
        .filter_map(|key| descriptor.annotations.get(*key))
        .any(|name| is_same_name(name, wanted));
    is_named || descriptor.digest.as_str() == digest
}

fn error_gap(error: &OpenError) -> Gap {
    let detail = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    Gap::new(error.to_string(), GapReason::Unsupported, detail)
}

fn read(documents: &dyn Documents, path: &str, options: &OpenOptions<'_>) -> Result<Vec<u8>, OpenError> {
    documents
        .document(path, options.limits.manifest_bytes_max)
        .map_err(|source| OpenError::Read { what: path.to_owned(), source })
}

struct Search<'a> {
    documents: &'a dyn Documents,
    options: &'a OpenOptions<'a>,
    found: FoundImages,
    first_error: Option<OpenError>,
    documents_read: usize,
}

impl Search<'_> {
    fn descend(&mut self, manifests: &[Descriptor], names: &[String], depth: usize) {
        let chosen = match select_manifests(manifests, &self.options.platform) {
            Ok(chosen) => chosen,
            Err(error) => return self.fail(error.into()),
        };
        for descriptor in chosen {
            if let Err(error) = self.visit(descriptor, names, depth) {
                self.fail(error);
            }
        }
    }

    fn visit(&mut self, descriptor: &Descriptor, names: &[String], depth: usize) -> Result<(), OpenError> {
        let what = descriptor.digest.to_string();
        self.documents_read += 1;
        if depth > DEPTH_MAX || self.documents_read > DOCUMENTS_MAX {
            let problem =
                format!("more than {DEPTH_MAX} indexes deep, or more than {DOCUMENTS_MAX} manifests");
            return Err(OpenError::Limit { what, problem });
        }
        let bytes = read(self.documents, &blob_path(&descriptor.digest), self.options)?;
        match parse_document(&bytes, Some(&descriptor.media_type), &self.options.limits) {
            Ok(Document::Index(index)) => {
                self.note_problems(&what, &index);
                self.descend(&index.manifests, names, depth + 1);
                Ok(())
            }
            Ok(Document::Manifest(manifest)) => {
                let config = read(self.documents, &blob_path(&manifest.config.digest), self.options)?;
                let digest = descriptor.digest.clone();
                let names = names.to_vec();
                self.found.images.push(FoundImage { manifest_bytes: bytes, digest, manifest, config, names });
                Ok(())
            }
            Err(source) => Err(OpenError::Manifest { what, source }),
        }
    }

    fn note_problems(&mut self, what: &str, index: &Index) {
        for problem in &index.problems {
            self.found.gaps.push(Gap::new(what, GapReason::Malformed, problem.clone()));
        }
    }

    // The first error counts if there is no image at all; further ones are gaps.
    fn fail(&mut self, error: OpenError) {
        if self.first_error.is_none() {
            self.first_error = Some(error);
        } else if self.found.gaps.len() < 100 {
            self.found.gaps.push(error_gap(&error));
        }
    }
}

/// Leaves out the images whose configuration tells that they are not for the platform that was asked for.
pub(crate) fn keep_platform(
    images: &mut Vec<crate::Image>,
    choice: &PlatformChoice,
) -> Result<(), NoPlatform> {
    let PlatformChoice::One(wanted) = choice else { return Ok(()) };
    let platform = |image: &crate::Image| {
        image.target.platform.as_deref().and_then(|text| text.parse::<Platform>().ok())
    };
    let available: Vec<String> = images.iter().filter_map(|image| image.target.platform.clone()).collect();
    images.retain(|image| platform(image).is_none_or(|platform| wanted.distance(&platform).is_some()));
    if images.is_empty() {
        return Err(NoPlatform { wanted: wanted.to_string(), available: available.join(", ") });
    }
    Ok(())
}
