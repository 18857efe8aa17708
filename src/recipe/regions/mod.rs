//! Files of which parts are generated: each section stands between two marks, and all else is the team's own.
//!
//! ```text
//! # >>> devc: base 3f2a9c01
//! FROM debian:bookworm-slim AS base
//! # <<< devc: base
//! ```
//!
//! The first mark holds a hash of what was generated, so that an edit shows. The first section tells which ones the file
//! was made with: one that is named there and has no marks any more was removed on purpose, and stays away.

mod merge;
mod parse;

pub use merge::{Fate, Merged, merge};
pub use parse::is_marked;

use sha2::{Digest, Sha256};

use crate::name::hex;
use crate::recipe::image::Section;

/// The section that every file begins with.
pub const ABOUT: &str = "about";

/// How the line of the first section begins that names all sections.
const KNOWN: &str = "# Sections:";

/// The first section of a file: what it is, the command that makes it, and the names of the others.
pub fn about(command: &str, sections: &[Section]) -> Section {
    let names: Vec<&str> = sections.iter().map(|section| section.id.as_str()).collect();
    let text = format!(
        "# {command}\n\
         # Made by the command above, which keeps all that stands outside of the marks, and sections that were edited,\n\
         # moved or removed. To get a removed one back, write its two marks again, without the hash.\n\
         {KNOWN} {}\n",
        names.join(" ")
    );
    Section { id: ABOUT.to_owned(), text }
}

/// The command that a file was made with.
pub fn command(text: &str) -> Option<&str> {
    let about = parse::parse(text).ok()?.into_iter().find_map(parse::Piece::region)?;
    if about.id != ABOUT { None } else { about.body.lines().next()?.strip_prefix("# ") }
}

/// What the first mark says of a text. Line ends are git's affair and do not count.
fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.replace('\r', "").as_bytes());
    hex(&digest[..4])
}
