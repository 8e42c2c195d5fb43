//! Which shards are the whole list of their publisher.

/// Whether a shard that was built from whole feeds is its publisher's whole list: all but upstream software, for
/// which nobody keeps one.
pub(crate) fn is_complete(shard: &str) -> bool {
    shard != model::Ecosystem::Generic.purl_type()
}
