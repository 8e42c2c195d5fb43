//! An archive that can be read only once, front to back: a daemon's export, a compressed file, a pipe.

use crate::archive::{MissingLayer, link_target};
use crate::archive_images::{ArchiveName, archive_images};
use crate::blob_walk::{BlobFacts, walk_blob};
use crate::compression::{Compression, Decoder};
use crate::docker_archive::{blob_digest, normal_path};
use crate::find_images::{Documents, keep_platform};
use crate::tar_entry::{TarKind, TarStep};
use crate::tar_header::{BLOCK_BYTES, Header};
use crate::tar_reader::TarReader;
use crate::unpacked::{InlineFeed, Input};
use crate::{Image, LayerThreads, Mismatch, OpenError, OpenOptions, Outcome, Visitor};
use model::{Digest, Gap, GapReason, LayerPath, Limits, TargetKind};
use std::{
    collections::HashMap,
    io::{self, Read},
};

/// Bytes of all documents of one archive that are kept until its end.
const DOCUMENTS_BYTES_MAX: u64 = 64 << 20;
/// Members of an archive.
const MEMBERS_MAX: usize = 200_000;
/// Links from one layer to another.
const LINKS_MAX: usize = 8;

/// A layer of an archive that streams past; it can be walked at most once.
pub struct PassingLayer<'a> {
    index: usize,
    path: &'a str,
    digest: Option<&'a Digest>,
    size_bytes: u64,
    content: &'a mut (dyn Read + Send),
    limits: &'a Limits,
    threads: LayerThreads,
    found: Option<(Option<Digest>, Option<Digest>)>,
}

/// What is known of a layer that streamed past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedLayer {
    /// Its path in the archive.
    pub path: String,
    /// Bytes in the archive.
    pub size_bytes: u64,
    /// The digest of the blob as it was; `None` when it was not walked to its end.
    pub digest: Option<Digest>,
    /// The digest of what it unpacks to; `None` when it was not walked to its end.
    pub diff_id: Option<Digest>,
}

/// What an archive held that streamed past.
pub struct StreamedArchive {
    /// Its images, joined with the layers that passed.
    pub images: Vec<StreamedImage>,
    /// The layers in the order in which they passed: [`PassingLayer::index`] counts here.
    pub layers: Vec<PassedLayer>,
}

/// An image of an archive that streamed past.
pub struct StreamedImage {
    /// The image. Its layers cannot be walked: that was done while they passed. Diff ids that did not match
    /// are among its mismatches.
    pub image: Image,
    /// For each of its layers, lowest first, the index in [`StreamedArchive::layers`]; `None` for one that the
    /// archive did not have, which is also a gap of the image.
    pub layers: Vec<Option<usize>>,
}

impl PassingLayer<'_> {
    /// Its place in [`StreamedArchive::layers`].
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its path in the archive.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path
    }

    /// The digest of the blob that its path promises.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest
    }

    /// Bytes in the archive.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Walks the layer, as [`LayerSource::walk`](crate::LayerSource::walk) does. The blob is verified against
    /// the digest that its path promises; its diff id is compared when the configuration is known.
    ///
    /// # Errors
    /// When it was walked before, or the stream cannot be read at all.
    pub fn walk(&mut self, visitor: &mut dyn Visitor) -> io::Result<Outcome> {
        if self.found.is_some() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a layer of a stream is walked once"));
        }
        let size_bytes = Some(self.size_bytes);
        let facts = BlobFacts { digest: self.digest, diff_id: None, media_type: "", size_bytes };
        self.found = Some((None, None));
        let walk = walk_blob(self.content, &facts, self.threads, self.limits, visitor)?;
        self.found = Some((walk.digest, walk.diff_id));
        Ok(walk.outcome)
    }
}

/// Reads a docker-archive or OCI archive from a stream once, without writing anything to disk.
///
/// Layers are handed to `on_layer` as they pass, in the order of the archive, which need not be that of any
/// image, and before anything is known of the images: the manifest may come last. What is not wanted need not be
/// walked. At the end the manifests, which were kept, tell which layers make which image. Layers that no image
/// names stay in [`StreamedArchive::layers`] and belong to nothing. A compressed stream is decompressed on the
/// way.
///
/// `name` is what reports call the archive, and `kind` where it comes from.
///
/// ```
/// # fn scan(export: &mut (dyn std::io::Read + Send), visitor: &mut dyn oci::Visitor) -> Result<(), oci::OpenError> {
/// let options = oci::OpenOptions::default();
/// let mut outcomes = Vec::new();
/// let archive = oci::walk_archive_stream(export, model::TargetKind::Docker, "alpine:3.18", &options, &mut |layer| {
///     outcomes.push(layer.walk(visitor));
/// })?;
/// for image in &archive.images {
///     let of_image: Vec<_> = image.layers.iter().flatten().map(|index| &outcomes[*index]).collect();
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When the stream is no such archive, or none of its images is meant.
pub fn walk_archive_stream(
    reader: &mut (dyn Read + Send),
    kind: TargetKind,
    name: &str,
    options: &OpenOptions<'_>,
    on_layer: &mut dyn FnMut(&mut PassingLayer<'_>),
) -> Result<StreamedArchive, OpenError> {
    // Many layers make an archive: the limits of one do not bound it, but its ratio does.
    let outer_limits = Limits { layer_bytes_max: u64::MAX, ..options.limits.clone() };
    let decoder = Decoder::new(reader, None, u64::MAX, &outer_limits)
        .map_err(|source| OpenError::Read { what: name.to_owned(), source })?;
    let mut input = Input::new(InlineFeed::new(decoder), None);
    let mut passed = Passed::default();
    let mut tar = TarReader::new(&mut input);
    for count in 1.. {
        let entry = match tar.next() {
            Ok(TarStep::Entry(entry)) => entry,
            Ok(TarStep::End { .. }) => break,
            Err(fault) => {
                let what = format!("archive from byte {} on", fault.offset);
                passed.gaps.push(Gap::new(what, fault.reason, fault.problem));
                break;
            }
        };
        if count > MEMBERS_MAX {
            let detail = format!("more than {MEMBERS_MAX} members");
            passed.gaps.push(Gap::new("archive", GapReason::LimitReached, detail));
            break;
        }
        let path = LayerPath::from_bytes(tar.name()).as_str().to_owned();
        match entry.kind {
            TarKind::File => {
                let size_bytes = entry.stored_bytes;
                tar.with_content(|content| passed.member(path, size_bytes, content, options, on_layer));
            }
            TarKind::Symlink | TarKind::HardLink => {
                let target = link_target(&path, tar.link(), entry.kind);
                passed.links.insert(path, target);
            }
            _ => {}
        }
    }
    // A daemon may want its stream read to the end.
    drop(tar);
    let _ = io::copy(&mut input, &mut io::sink());
    passed.gaps.extend(input.feed.decoder.finish().failure);
    passed.join(&ArchiveName { kind, name: name.to_owned() }, options)
}

#[derive(Default)]
struct Passed {
    documents: HashMap<String, Vec<u8>>,
    documents_bytes: u64,
    links: HashMap<String, String>,
    layers: Vec<PassedLayer>,
    gaps: Vec<Gap>,
}

/// What a member of an archive is, by its name and its first bytes.
enum MemberKind {
    Document,
    Layer,
    Other,
}

impl Passed {
    fn member(
        &mut self,
        path: String,
        size_bytes: u64,
        content: &mut (dyn Read + Send),
        options: &OpenOptions<'_>,
        on_layer: &mut dyn FnMut(&mut PassingLayer<'_>),
    ) {
        let mut head = Vec::with_capacity(BLOCK_BYTES);
        if content.take(BLOCK_BYTES as u64).read_to_end(&mut head).is_err() {
            // The reader of the archive meets the end again and tells of it.
            return;
        }
        match member_kind(&path, &head) {
            MemberKind::Other => {}
            MemberKind::Document => self.keep(path, size_bytes, &mut head.as_slice().chain(content), options),
            MemberKind::Layer => {
                let digest = blob_digest(&path);
                let mut content = head.as_slice().chain(content);
                let mut layer = PassingLayer {
                    index: self.layers.len(),
                    path: &path,
                    digest: digest.as_ref(),
                    size_bytes,
                    content: &mut content,
                    limits: &options.limits,
                    threads: options.threads,
                    found: None,
                };
                on_layer(&mut layer);
                let (digest, diff_id) = layer.found.unwrap_or_default();
                self.layers.push(PassedLayer { path, size_bytes, digest, diff_id });
            }
        }
    }

    fn keep(&mut self, path: String, size_bytes: u64, content: &mut dyn Read, options: &OpenOptions<'_>) {
        // What is too large and turns out to be wanted is missed, and told of, at the end.
        if size_bytes > options.limits.manifest_bytes_max
            || self.documents_bytes + size_bytes > DOCUMENTS_BYTES_MAX
        {
            return;
        }
        let mut bytes = Vec::new();
        if content.take(size_bytes).read_to_end(&mut bytes).is_ok() {
            self.documents_bytes += size_bytes;
            self.documents.insert(path, bytes);
        }
    }

    fn join(self, name: &ArchiveName, options: &OpenOptions<'_>) -> Result<StreamedArchive, OpenError> {
        let found = archive_images(&self, name, options, &mut |wanted| {
            Box::new(MissingLayer {
                path: format!("{} that could be read twice: it streamed past", wanted.path),
            })
        });
        let found = match (found, self.gaps.first()) {
            (Ok(found), _) => found,
            // The archive that was cut off has its manifest behind the cut.
            (Err(OpenError::NoManifest(name)), Some(gap)) => {
                return Err(OpenError::NotAnArchive(name, format!("{}: {}", gap.what, gap.detail)));
            }
            (Err(error), _) => return Err(error),
        };
        let mut images = Vec::new();
        let mut platform_error = None;
        for found in found {
            let mut one = vec![found.image];
            if let Err(error) = keep_platform(&mut one, &options.platform) {
                platform_error = Some(error);
                continue;
            }
            let mut image = one.remove(0);
            image.gaps.extend(self.gaps.iter().cloned());
            let mut layers = Vec::new();
            for (path, wanted) in found.layer_paths.iter().zip(&image.layers) {
                let layer = self.find_layer(path, wanted.layer.diff_id.as_ref());
                layers.push(layer);
                match (layer, &wanted.layer.diff_id) {
                    (None, _) => {
                        let detail = "the archive does not have this layer";
                        image.gaps.push(Gap::new(path.clone(), GapReason::Truncated, detail));
                    }
                    (Some(at), Some(expected)) => {
                        if let Some(actual) = &self.layers[at].diff_id
                            && actual.algorithm() == expected.algorithm()
                            && actual != expected
                        {
                            let (expected, actual) = (expected.clone(), actual.clone());
                            image.mismatches.push(Mismatch { what: "diff id", expected, actual });
                        }
                    }
                    (Some(_), None) => {}
                }
            }
            images.push(StreamedImage { image, layers });
        }
        match platform_error {
            Some(error) if images.is_empty() => Err(error.into()),
            _ => Ok(StreamedArchive { images, layers: self.layers }),
        }
    }

    // An archive may have two members of one path: the one that is what the image wants counts, else the last,
    // which is what unpacking would leave.
    fn find_layer(&self, path: &str, diff_id: Option<&Digest>) -> Option<usize> {
        let path = self.follow(path);
        let mut of_path = self.layers.iter().enumerate().filter(|(_, layer)| layer.path == path);
        let matching =
            of_path.clone().find(|(_, layer)| diff_id.is_some() && layer.diff_id.as_ref() == diff_id);
        matching.or_else(|| of_path.next_back()).map(|(at, _)| at)
    }

    fn follow<'a>(&'a self, path: &'a str) -> &'a str {
        let mut path = path;
        for _ in 0..LINKS_MAX {
            match self.links.get(path) {
                Some(target) => path = target,
                None => break,
            }
        }
        path
    }
}

impl Documents for Passed {
    fn document(&self, path: &str, bytes_max: u64) -> io::Result<Vec<u8>> {
        let path = normal_path(path);
        let Some(bytes) = self.documents.get(self.follow(&path)) else {
            return Err(io::Error::new(io::ErrorKind::NotFound, "it is not in the archive, or too large"));
        };
        if bytes.len() as u64 > bytes_max {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("it has more than {bytes_max} bytes"),
            ));
        }
        Ok(bytes.clone())
    }
}

fn member_kind(path: &str, head: &[u8]) -> MemberKind {
    if matches!(path, "manifest.json" | "index.json") {
        return MemberKind::Document;
    }
    if matches!(path, "repositories" | "oci-layout") || path.ends_with("/VERSION") {
        return MemberKind::Other;
    }
    let block: Option<&[u8; BLOCK_BYTES]> = head.try_into().ok();
    let is_tar =
        block.is_some_and(|block| Header::check(block).is_some() || block.iter().all(|byte| *byte == 0));
    if is_tar || Compression::detect(head) != Compression::Plain {
        return MemberKind::Layer;
    }
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => MemberKind::Document,
        // What looks like nothing but lies where layers lie is walked, and its gaps tell.
        _ if path.starts_with("blobs/") || path.contains(".tar") => MemberKind::Layer,
        _ => MemberKind::Other,
    }
}
