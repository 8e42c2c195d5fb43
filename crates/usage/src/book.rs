//! What a watch sees, image by image.

use crate::image_use::{FILES_MAX, keep};
use crate::{How, ImageUse};
use std::collections::{BTreeSet, HashMap};

/// What an engine says of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageNames {
    /// Its id.
    pub id: String,
    /// The name it was started by.
    pub name: String,
    /// Its digest in a registry.
    pub digest: String,
}

/// Bounds of a book.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Images.
    pub images_max: usize,
    /// Files of one image.
    pub files_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { images_max: 1000, files_max: 20_000 }
    }
}

/// What a watch sees, image by image.
#[derive(Debug)]
pub struct Book {
    host: String,
    sees_opened: bool,
    limits: Limits,
    images: HashMap<String, ImageUse>,
    changed: BTreeSet<String>,
    images_left_out: u64,
}

impl Book {
    /// An empty book of a machine; `sees_opened` is whether opened files are told too.
    #[must_use]
    pub fn new(host: &str, sees_opened: bool, limits: Limits) -> Self {
        let limits = Limits { files_max: limits.files_max.min(FILES_MAX), ..limits };
        Self {
            host: host.to_owned(),
            sees_opened,
            limits,
            images: HashMap::new(),
            changed: BTreeSet::new(),
            images_left_out: 0,
        }
    }

    /// Whether an image has a page, so that an earlier record of it need not be looked for.
    #[must_use]
    pub fn has(&self, image: &str) -> bool {
        self.images.contains_key(image)
    }

    /// Goes on from an earlier record.
    pub fn load(&mut self, earlier: &ImageUse) {
        let names = ImageNames { id: earlier.image.clone(), ..ImageNames::default() };
        if let Some(page) = self.page(&names) {
            page.merge(earlier);
        }
    }

    /// A container of an image was seen for the first time.
    pub fn container(&mut self, image: &ImageNames, at: u64) {
        if let Some(page) = self.page(image) {
            page.containers += 1;
            page.from = if page.from == 0 { at } else { page.from.min(at) };
            page.to = page.to.max(at);
            self.changed.insert(image.id.clone());
        }
    }

    /// A file of an image was used.
    pub fn seen(&mut self, image: &ImageNames, path: &str, how: How, count: u64, at: u64) {
        let files_max = self.limits.files_max;
        if let Some(page) = self.page(image) {
            page.seen(path, how, count, at, files_max);
            self.changed.insert(image.id.clone());
        }
    }

    /// Containers of an image were watched for so long.
    pub fn watched(&mut self, image: &str, secs: u64, at: u64) {
        if let Some(page) = self.images.get_mut(image) {
            page.watched_secs = page.watched_secs.saturating_add(secs);
            page.to = page.to.max(at);
            self.changed.insert(image.to_owned());
        }
    }

    /// Events of a container of an image were lost.
    pub fn lost(&mut self, image: &str, events: u64) {
        if let Some(page) = self.images.get_mut(image) {
            page.lost = page.lost.saturating_add(events);
            self.changed.insert(image.to_owned());
        }
    }

    /// Images that found no room.
    #[must_use]
    pub fn images_left_out(&self) -> u64 {
        self.images_left_out
    }

    /// Pages that changed since the last call.
    pub fn take_changed(&mut self) -> Vec<ImageUse> {
        let changed = std::mem::take(&mut self.changed);
        changed.iter().filter_map(|image| self.images.get(image).cloned()).collect()
    }

    fn page(&mut self, image: &ImageNames) -> Option<&mut ImageUse> {
        if image.id.is_empty() {
            return None;
        }
        if !self.images.contains_key(&image.id) {
            if self.images.len() >= self.limits.images_max {
                self.images_left_out += 1;
                return None;
            }
            let mut page = ImageUse::new(&image.id);
            page.sees_opened = self.sees_opened;
            page.hosts.insert(self.host.clone());
            self.images.insert(image.id.clone(), page);
        }
        let page = self.images.get_mut(&image.id)?;
        keep(&mut page.names, &image.name);
        keep(&mut page.digests, &image.digest);
        Some(page)
    }
}
