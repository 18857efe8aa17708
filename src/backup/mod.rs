//! Backups of volumes: one file that holds everything, can be checked while it is read, and that any tar unpacks.
//!
//! A backup is a tar archive in the pax format, compressed in blocks. This folder knows bytes and streams only; what is
//! done to files is in `content`. The format is described in `docs/backup-format.md`.
//!
//! | module | what it knows |
//! |---|---|
//! | `entry` | what is kept of a file, folder, link or device |
//! | `header`, `pax`, `sparse` | how tar says it |
//! | `digest` | what proves that it is all there |
//! | `manifest` | what a backup says about itself, at its beginning and its end |
//! | `block`, `cut` | parts of an archive that can be made and read at the same time |
//! | `frame`, `codec` | blocks, compressed |
//! | `in_order` | many hands, one order |
//! | `write`, `read` | a whole backup |
//! | `chunks`, `cutter`, `packs` | a backup in parts of which some are known already |
//! | `retention` | which backups stay |

mod block;
mod chunks;
mod codec;
mod cut;
mod cutter;
pub mod digest;
mod entry;
mod frame;
mod header;
mod in_order;
mod manifest;
mod packs;
mod pax;
mod read;
mod retention;
pub mod sparse;
#[cfg(test)]
mod testing;
mod write;

pub use block::{Block, Damage, Filling, Item, Part};
pub use codec::Compression;
pub use cutter::{Cutter, compressed};
pub use entry::{Content, Device, Entry, Kind, Time, shown};
pub use in_order::in_order;
pub use manifest::{Counts, Head, Named, Source, Tail, User};
pub use packs::{Assembled, Packs};
pub use read::{Late, Received, read, read_head};
pub use retention::{Keep, kept};
pub use write::{Packed, Writer, pack};

use crate::error::{Error, ErrorKind};

/// The version of the format.
pub const VERSION: u32 = 1;

/// Tar counts in these.
const RECORD: usize = 512;

/// Large files are cut into pieces of this many bytes. A power of two, so that their digests join to a tree.
pub const PIECE: usize = 2 << 20;

/// Files up to this size are never cut.
pub const SMALL: usize = PIECE / 2;

/// A block is never larger than this: a full one, one more file and its headers.
const LARGEST_BLOCK: usize = 4 * PIECE;

/// What says that an archive is not as it should be.
fn damaged(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::Host, why)
}
