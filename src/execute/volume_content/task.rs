//! What can be done to the content of volumes, as values: whoever has the folders does it, and answers in JSON.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::failed;
use crate::backup::{Compression, Head, Received};
use crate::content::{self, Packing, Replacement, Root};
use crate::error::{Error, ErrorKind, Result};
use crate::host::leftovers::{self, Leftover};
use crate::host::usage::Census;
use crate::host::{Look, allow_deep_folders, glob, unique_id};
use crate::volumes::{Fact, Leftovers};

/// Work on one volume, or on two.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Tell what is in it.
    Look(Glance),
    /// Tell whether nothing is in it but what a killed restore has left.
    IsEmpty,
    /// Remove everything in it.
    Empty,
    /// Remove what its tool does not need.
    Optimize {
        /// What that is.
        leftovers: Leftovers,
        /// What was used before this moment, in seconds since the epoch, is old.
        old_before: i64,
        /// Whether it is only counted.
        is_rehearsal: bool,
    },
    /// Write it to the output: a backup, or without a head a plain archive.
    Pack {
        /// What the backup says about itself.
        head: Option<Head>,
        /// How it is compressed.
        compression: Compression,
    },
    /// Put an archive from the input in the place of what is in it.
    Restore {
        /// Whether an archive that is no backup is taken, too.
        is_plain_fine: bool,
    },
    /// Put the content of the first in the place of what is in the second.
    Copy {
        /// Whether it has to be on the disk, since the first is to go.
        is_to_replace: bool,
    },
}

/// What can go from a volume, or has gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freed {
    /// How many files, and folders with all that is in them.
    pub items: usize,
    /// What they take on the disk.
    pub bytes: u64,
}

/// What is told of a volume besides how much is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Glance {
    /// What is counted.
    pub facts: Vec<Fact>,
    /// What could go, if anything is known of that.
    pub leftovers: Option<Leftovers>,
    /// What was used before this moment, in seconds since the epoch, is old.
    pub old_before: i64,
}

impl Glance {
    /// Looks into a volume's folder.
    pub fn take(&self, folder: &Path) -> Result<Look> {
        allow_deep_folders();
        let count = |fact: &Fact| {
            let number = fact.paths.iter().map(|pattern| glob::paths(folder, pattern).len() as u64).sum();
            (fact.what.clone(), number)
        };
        let freeable = match &self.leftovers {
            Some(leftovers) => optimize(folder, leftovers, self.old_before, true)?.bytes,
            None => 0,
        };
        Ok(Look {
            census: Census::take(folder).map_err(|error| failed("count").because(error))?,
            holds: self.facts.iter().map(count).collect(),
            freeable,
        })
    }
}

impl Task {
    /// Whether it reads its input.
    pub fn takes_input(&self) -> bool {
        matches!(self, Self::Restore { .. })
    }

    /// Whether it changes the volume with this number.
    pub fn writes(&self, index: usize) -> bool {
        match self {
            Self::Look(_) | Self::IsEmpty | Self::Pack { .. } => false,
            Self::Copy { .. } => index == 1,
            Self::Optimize { is_rehearsal, .. } => !is_rehearsal,
            Self::Empty | Self::Restore { .. } => true,
        }
    }

    /// Does it to the volumes in these folders. `progress` is told how many bytes are done.
    pub fn perform(
        &self,
        folders: &[PathBuf],
        input: impl Read + Send,
        output: impl Write,
        progress: impl FnMut(u64),
    ) -> Result<Value> {
        allow_deep_folders();
        let folder = &folders[0];
        match self {
            Self::Look(glance) => {
                let look = glance.take(folder)?;
                // Nobody elsewhere can look at these folders again.
                answer(&Look { census: Census::counted_elsewhere(look.census.usage), ..look })
            }
            Self::IsEmpty => answer(&!content::has_content(&Root::open(folder)?)?),
            Self::Empty => {
                leftovers::empty(folder).map_err(|error| failed("empty").because(error))?;
                answer(&())
            }
            Self::Optimize { leftovers, old_before, is_rehearsal } => {
                answer(&optimize(folder, leftovers, *old_before, *is_rehearsal)?)
            }
            Self::Pack { head, compression } => {
                let packing = Packing { head: head.as_ref(), compression: *compression };
                let (_, tail) = content::pack(&Root::open(folder)?, &packing, output, progress)?;
                answer(&tail)
            }
            Self::Restore { is_plain_fine } => {
                let received = replace(folder, |target| restore(input, target, *is_plain_fine, progress))?;
                answer(&received.counts)
            }
            Self::Copy { is_to_replace } => {
                let from = Root::open(folder)?;
                let copied = replace(&folders[1], |target| content::copy(&from, target, progress))?;
                if *is_to_replace {
                    content::flush(&Root::open(&folders[1])?)?;
                }
                answer(&copied)
            }
        }
    }
}

fn answer(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| failed("answer").because(error))
}

fn optimize(folder: &Path, known: &Leftovers, old_before: i64, is_rehearsal: bool) -> Result<Freed> {
    let always = known.always.iter().flat_map(|pattern| leftovers::find(folder, pattern));
    let old = known.old.iter().flat_map(|pattern| leftovers::find(folder, pattern));
    let found: Vec<Leftover> = always.chain(old.filter(|leftover| leftover.used < old_before)).collect();
    if !is_rehearsal {
        let removed: std::io::Result<()> = found.iter().try_for_each(leftovers::remove);
        removed.map_err(|error| failed("optimize").because(error))?;
    }
    Ok(Freed { items: found.len(), bytes: found.iter().map(|leftover| leftover.bytes).sum() })
}

fn restore(
    input: impl Read + Send,
    target: &Root,
    is_plain_fine: bool,
    progress: impl FnMut(u64),
) -> Result<Received> {
    let received = content::unpack(input, target, progress)?;
    match received.head {
        None if !is_plain_fine => Err(Error::new(ErrorKind::Usage, "this is an archive, but no backup")
            .hint("Take it in with `devc volume import`.")),
        _ => Ok(received),
    }
}

/// Writes new content beside the old, and puts it in its place only after `fill` has succeeded. What a killed run left in
/// the volume is finished or undone first.
fn replace<T>(folder: &Path, fill: impl FnOnce(&Root) -> Result<T>) -> Result<T> {
    let volume = Root::open(folder)?;
    content::repair(&volume)?;
    let replacement = Replacement::begin(&volume, &unique_id())?;
    match replacement.folder().and_then(|target| fill(&target)) {
        Ok(filled) => replacement.commit().map(|()| filled),
        Err(error) => {
            // The failure itself is what matters; what stays behind is removed by the next run.
            let _ = replacement.give_up();
            Err(error)
        }
    }
}
