//! docker-archives, OCI archives and tars of root file systems, in files.

use crate::archive_images::{ArchiveName, WantedLayer, archive_images};
use crate::compression::{Compression, Decoder, MAGIC_BYTES};
use crate::docker_archive::{is_archive_member, normal_path};
use crate::find_images::{Documents, keep_platform};
use crate::layout::read_bounded;
use crate::tar_entry::{TarKind, TarStep};
use crate::tar_reader::{TarInput, TarReader};
use crate::unpacked::{InlineFeed, Input};
use crate::{
    BlobLayer, Image, ImageConfig, ImageLayer, LayerSource, OpenError, OpenOptions, Outcome, Visitor,
};
use model::{Gap, Layer, LayerPath, Limits, Target, TargetKind};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead, Read},
    os::unix::fs::FileExt,
    path::Path,
    sync::Arc,
};

/// What an archive file gives.
pub enum Archive {
    /// Images whose layers are read in place.
    Images(Vec<Image>),
    /// A compressed archive, or one in a pipe, which can only be read once, front to back, with
    /// [`walk_archive_stream`](crate::walk_archive_stream).
    Stream(Box<dyn Read + Send>),
}

/// Entries of an archive of images.
const MEMBERS_MAX: usize = 200_000;
/// Entries after which a tar without anything of an archive is taken for a root file system.
const PROBED_MEMBERS: usize = 64;
/// Links from one layer to another.
const LINKS_MAX: usize = 8;

/// Opens a docker-archive (`docker save`), an OCI archive, or both in one; or the tar of a root file system
/// (`docker export`), which becomes an image of one layer. Which it is, and whether it is compressed, is told by
/// the content.
///
/// # Errors
/// When it is none of these, or none of its images is meant.
pub fn open_archive(path: &Path, options: &OpenOptions<'_>) -> Result<Archive, OpenError> {
    let name = path.display().to_string();
    let read_error = |source| OpenError::Read { what: name.clone(), source };
    let file = File::open(path).map_err(read_error)?;
    let metadata = file.metadata().map_err(read_error)?;
    if metadata.is_dir() {
        return Err(OpenError::NotAnArchive(name, "it is a directory".to_owned()));
    }
    if !metadata.is_file() {
        return Ok(Archive::Stream(Box::new(file)));
    }
    let file = Arc::new(file);
    let mut start = [0; MAGIC_BYTES];
    let count = file.read_at(&mut start, 0).map_err(read_error)?;
    if Compression::detect(&start[..count]) != Compression::Plain {
        let mut reader = FileSection::new(file.clone(), 0, metadata.len());
        let mut input = unpack(&mut reader, &options.limits).map_err(read_error)?;
        let probe = Members::read(&mut input, PROBED_MEMBERS);
        if let (Some(failure), true) = (input.feed.decoder.failure(), probe.is_empty()) {
            return Err(OpenError::NotAnArchive(name, failure.detail.clone()));
        }
        if probe.is_empty() {
            return Err(OpenError::NotAnArchive(name, probe.why_empty()));
        }
        if probe.is_archive {
            return Ok(Archive::Stream(Box::new(FileSection::new(file, 0, metadata.len()))));
        }
        return Ok(Archive::Images(vec![root_file_system(&name, file, metadata.len(), options)]));
    }
    open_plain(file, metadata.len(), ArchiveName { kind: TargetKind::Archive, name }, options)
        .map(Archive::Images)
}

/// Opens an archive that is in a file and not compressed.
pub(crate) fn open_plain(
    file: Arc<File>,
    size_bytes: u64,
    name: ArchiveName,
    options: &OpenOptions<'_>,
) -> Result<Vec<Image>, OpenError> {
    let mut input = SeekInput::new(&file, size_bytes);
    let members = Members::read(&mut input, MEMBERS_MAX);
    if members.is_empty() {
        return Err(OpenError::NotAnArchive(name.name, members.why_empty()));
    }
    if !members.is_archive {
        return Ok(vec![root_file_system(&name.name, file, size_bytes, options)]);
    }
    let archive = ArchiveFile { file, members };
    let images = archive_images(&archive, &name, options, &mut |wanted| archive.layer(wanted, options))?;
    let mut images: Vec<Image> = images.into_iter().map(|image| image.image).collect();
    keep_platform(&mut images, &options.platform)?;
    for image in &mut images {
        image.gaps.extend(archive.members.fault.clone());
    }
    Ok(images)
}

fn unpack<'a>(reader: &'a mut FileSection, limits: &Limits) -> io::Result<Input<InlineFeed<'a>>> {
    Ok(Input::new(InlineFeed::new(Decoder::new(reader, None, u64::MAX, limits)?), None))
}

fn root_file_system(name: &str, file: Arc<File>, size_bytes: u64, options: &OpenOptions<'_>) -> Image {
    let open = move || Ok(Box::new(FileSection::new(file.clone(), 0, size_bytes)) as Box<dyn Read + Send>);
    let source = Box::new(BlobLayer::new(open, None, None, "").with_threads(options.threads));
    let layer = Arc::new(Layer { size_bytes: Some(size_bytes), ..Layer::default() });
    let target = Target::new(TargetKind::Archive, name.to_owned());
    let layers = vec![ImageLayer { layer, source }];
    Image { target, config: ImageConfig::default(), layers, mismatches: Vec::new(), gaps: Vec::new() }
}

/// Where the members of an archive lie.
#[derive(Default)]
pub(crate) struct Members {
    files: HashMap<String, (u64, u64)>,
    links: HashMap<String, String>,
    is_archive: bool,
    fault: Option<Gap>,
}

impl Members {
    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.links.is_empty()
    }

    // Zeros are an empty tar; nothing to look at must not pass for nothing found.
    fn why_empty(&self) -> String {
        self.fault.as_ref().map_or_else(|| "it holds no files".to_owned(), |fault| fault.detail.clone())
    }

    // Stops at what cannot be an archive of images, or after `members_max` members.
    fn read(input: &mut dyn TarInput, members_max: usize) -> Self {
        let mut members = Self::default();
        let mut tar = TarReader::new(input);
        for count in 1.. {
            let entry = match tar.next() {
                Ok(TarStep::Entry(entry)) => entry,
                Ok(TarStep::End { .. }) => break,
                Err(fault) => {
                    let what = format!("archive from byte {} on", fault.offset);
                    members.fault = Some(Gap::new(what, fault.reason, fault.problem));
                    break;
                }
            };
            if count > members_max || (count > PROBED_MEMBERS && !members.is_archive) {
                if members.is_archive && members_max == MEMBERS_MAX {
                    let detail = format!("more than {members_max} members");
                    members.fault = Some(Gap::new("archive", model::GapReason::LimitReached, detail));
                }
                break;
            }
            let path = LayerPath::from_bytes(tar.name()).as_str().to_owned();
            members.is_archive |= is_archive_member(&path);
            match entry.kind {
                TarKind::File => {
                    members.links.remove(&path);
                    members.files.insert(path, (entry.data_offset, entry.stored_bytes));
                }
                TarKind::Symlink | TarKind::HardLink => {
                    let target = link_target(&path, tar.link(), entry.kind);
                    members.links.insert(path, target);
                }
                _ => {
                    // Directories count as content for the question whether there is any.
                    members.files.entry(path).or_insert((0, 0));
                }
            }
        }
        members
    }

    fn find(&self, path: &str) -> Option<(u64, u64)> {
        let mut path = path;
        for _ in 0..LINKS_MAX {
            match self.links.get(path) {
                Some(target) => path = target,
                None => return self.files.get(path).copied(),
            }
        }
        None
    }
}

/// The path inside the archive that a link leads to.
pub(crate) fn link_target(path: &str, link: &[u8], kind: TarKind) -> String {
    let link = crate::layer_tar::escape(link);
    let target = if kind == TarKind::HardLink {
        LayerPath::new(&link)
    } else {
        LayerPath::new(path).resolve_link(&link)
    };
    target.as_str().to_owned()
}

struct ArchiveFile {
    file: Arc<File>,
    members: Members,
}

impl ArchiveFile {
    fn layer(&self, wanted: &WantedLayer<'_>, options: &OpenOptions<'_>) -> Box<dyn LayerSource> {
        let Some((offset, length)) = self.members.find(wanted.path) else {
            return Box::new(MissingLayer { path: wanted.path.to_owned() });
        };
        let file = self.file.clone();
        let open =
            move || Ok(Box::new(FileSection::new(file.clone(), offset, length)) as Box<dyn Read + Send>);
        let layer = BlobLayer::new(open, wanted.digest.cloned(), wanted.diff_id.cloned(), wanted.media_type);
        Box::new(layer.with_size_bytes(wanted.size_bytes.unwrap_or(length)).with_threads(options.threads))
    }
}

impl Documents for ArchiveFile {
    fn document(&self, path: &str, bytes_max: u64) -> io::Result<Vec<u8>> {
        let Some((offset, length)) = self.members.find(&normal_path(path)) else {
            return Err(io::Error::new(io::ErrorKind::NotFound, "it is not in the archive"));
        };
        read_bounded(&mut FileSection::new(self.file.clone(), offset, length), bytes_max)
    }
}

/// A layer that a manifest names and an archive does not have.
pub(crate) struct MissingLayer {
    pub(crate) path: String,
}

impl LayerSource for MissingLayer {
    fn walk(&self, _limits: &Limits, _visitor: &mut dyn Visitor) -> io::Result<Outcome> {
        Err(io::Error::new(io::ErrorKind::NotFound, format!("the archive has no {}", self.path)))
    }
}

/// A part of a file, read by position, so that any number of readers share it.
struct FileSection {
    file: Arc<File>,
    offset: u64,
    left: u64,
}

impl FileSection {
    fn new(file: Arc<File>, offset: u64, left: u64) -> Self {
        Self { file, offset, left }
    }
}

impl Read for FileSection {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        let count = self.file.read_at(&mut out[..wanted], self.offset)?;
        self.offset += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

/// A file of which only the headers are read.
struct SeekInput<'a> {
    file: &'a File,
    size: u64,
    offset: u64,
    buffer: Vec<u8>,
    start: usize,
}

impl<'a> SeekInput<'a> {
    fn new(file: &'a File, size: u64) -> Self {
        Self { file, size, offset: 0, buffer: Vec::new(), start: 0 }
    }
}

impl BufRead for SeekInput<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        const BUFFER_BYTES: usize = 4_096;
        if self.start == self.buffer.len() {
            self.buffer.resize(BUFFER_BYTES, 0);
            let count = self.file.read_at(&mut self.buffer, self.offset)?;
            self.buffer.truncate(count);
            self.offset += count as u64;
            self.start = 0;
        }
        Ok(&self.buffer[self.start..])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
    }
}

impl Read for SeekInput<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        crate::buffered::read(self, out)
    }
}

impl TarInput for SeekInput<'_> {
    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let buffered = (self.buffer.len() - self.start) as u64;
        if count <= buffered {
            self.start += usize::try_from(count).expect("it is no more than the length of the buffer");
            return Ok(count);
        }
        let beyond = (count - buffered).min(self.size.saturating_sub(self.offset));
        self.offset += beyond;
        self.buffer.clear();
        self.start = 0;
        Ok(buffered + beyond)
    }
}
