//! Paths of the file system that the event is about: `fs.path.*`.

use super::table::fields;

fields! {
    /// Fields of paths.
    PathField {
        Name "fs.path.name" Text;
        RawName "fs.path.nameraw" Text;
        Source "fs.path.source" Text;
        RawSource "fs.path.sourceraw" Text;
        Target "fs.path.target" Text;
        RawTarget "fs.path.targetraw" Text;
    }
}
