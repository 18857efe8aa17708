//! The content of a volume: a folder, read and written with everything that its file system keeps.
//!
//! The same code runs on this machine, where the folder can be reached, and inside a container that has nothing but
//! `devc` and the volume. Nothing here follows a symbolic link, and nothing leaves the folder.
//!
//! | module | what it does |
//! |---|---|
//! | `root` | opens what is in the folder, and only that |
//! | `walk` | finds all of it, in one order |
//! | `attributes`, `holes` | what there is besides names and content |
//! | `pack`, `source` | the folder as an archive |
//! | `unpack`, `place` | an archive as a folder |
//! | `copy` | a folder as another one |
//! | `replace` | new content in the place of old, all of it or nothing |
//! | `compare` | what differs between two archives |

mod attributes;
mod compare;
mod copy;
mod holes;
mod pack;
mod place;
mod replace;
mod root;
mod source;
mod unpack;
mod walk;

pub use compare::{Difference, compare};
pub use copy::{Copied, copy};
pub use pack::{Packing, pack};
pub use replace::{Replacement, flush, has_content, repair};
pub use root::Root;
pub use unpack::unpack;

use crate::error::{Error, ErrorKind};

/// How many threads read, compress and write.
pub fn threads() -> usize {
    /// More would not fit into the memory that this may take.
    const MOST: usize = 4;
    std::thread::available_parallelism().map_or(2, |cores| cores.get().min(MOST))
}

fn failed(verb: &str, path: &[u8], error: impl Into<std::io::Error>) -> Error {
    let name = crate::backup::shown(path);
    Error::new(ErrorKind::Host, format!("could not {verb} {name} in the volume")).because(error.into())
}

#[cfg(test)]
mod sharing_tests;
#[cfg(test)]
mod tests;
