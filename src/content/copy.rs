//! A folder as another one.

use serde::{Deserialize, Serialize};

use super::place::{OpenFolders, link, place};
use super::source::Source;
use super::unpack::Growing;
use super::walk::{Found, Walk};
use super::{Root, threads};
use crate::backup::{Counts, Entry, Named, in_order, shown};
use crate::error::Result;

/// What was copied.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Copied {
    /// How much it is.
    pub counts: Counts,
    /// How many files changed while they were read, and the first of them.
    pub changed: Named,
    /// How many things only mean something to a running program, such as sockets, and the first of them.
    pub left_out: Named,
}

/// How many things one thread copies before it asks for more.
const PORTION: usize = 256;

/// Copies everything in a folder into an empty one. Where the file system can do that, files share their content until
/// one of them is written to. `progress` is told how many bytes are done by now.
pub fn copy(from: &Root, to: &Root, mut progress: impl FnMut(u64)) -> Result<Copied> {
    let mut walk = Walk::new(from);
    let portions = std::iter::from_fn(|| {
        let portion: Result<Vec<Found>> = walk.by_ref().take(PORTION).collect();
        portion.map(|portion| (!portion.is_empty()).then_some(portion)).transpose()
    });
    let mut folders = OpenFolders::new(to);
    let mut copied = Copied::default();
    let work = |portion: Vec<Found>| portion.into_iter().map(|found| one(from, to, found)).collect();
    in_order(threads(), portions, work, |outcomes: Vec<Outcome>| {
        for outcome in &outcomes {
            if let Outcome::Copied(entry) | Outcome::Changed(entry) = outcome {
                folders.pass(entry)?;
                link(to, entry)?;
            }
            copied.count(outcome);
        }
        progress(copied.counts.bytes);
        Ok(())
    })?;
    folders.close_all()?;
    Ok(copied)
}

/// What became of something.
enum Outcome {
    Copied(Entry),
    /// Copied while somebody wrote to it.
    Changed(Entry),
    Gone,
    LeftOut(Vec<u8>),
}

fn one(from: &Root, to: &Root, found: Found) -> Result<Outcome> {
    if found.is_transient() {
        return Ok(Outcome::LeftOut(found.path));
    }
    if found.is_file() {
        return file(from, to, &found);
    }
    let Some(entry) = found.entry(from)? else { return Ok(Outcome::Gone) };
    place(to, &entry)?;
    Ok(Outcome::Copied(entry))
}

fn file(from: &Root, to: &Root, found: &Found) -> Result<Outcome> {
    let Some(source) = Source::open(from, found)? else { return Ok(Outcome::Gone) };
    let mut file = Growing::create(to, &source.entry)?;
    if !file.shares(source.file()) {
        for offset in source.offsets() {
            file.append(&source.read(offset)?.0)?;
        }
    }
    let has_changed = source.has_changed();
    file.finish()?;
    Ok(if has_changed { Outcome::Changed(source.entry) } else { Outcome::Copied(source.entry) })
}

impl Copied {
    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Copied(entry) => self.counts += Counts::of(entry),
            Outcome::Changed(entry) => {
                self.counts += Counts::of(entry);
                self.changed.push(shown(&entry.path));
            }
            Outcome::Gone => {}
            Outcome::LeftOut(path) => self.left_out.push(shown(path)),
        }
    }
}
