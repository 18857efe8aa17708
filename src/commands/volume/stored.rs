//! Where backups are, and which one is meant.

use std::fs;
use std::path::{Path, PathBuf};

use crate::backup::Compression;
use crate::commands::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::host::{now, unique_id};

/// A backup in its usual place.
pub(super) struct Stored {
    /// The volume that it is of.
    pub(super) volume: String,
    /// Its file.
    pub(super) path: PathBuf,
    /// When it was taken: `20260102T030405Z`.
    pub(super) taken: String,
    /// How large it is.
    pub(super) bytes: u64,
    /// What it was a precaution for, until that has been undone.
    pub(super) occasion: Option<Occasion>,
}

/// Something that takes content away from volumes, for which that content is kept. Names of files hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Occasion {
    /// All backups of one run have the same.
    pub(super) id: String,
    /// What was done: `clean`, `prune` ...
    pub(super) verb: String,
}

impl Occasion {
    /// One that is about to be.
    pub(super) fn of(verb: &str) -> Self {
        Self { id: short_id(), verb: verb.to_owned() }
    }
}

/// Where the backups of a volume are.
pub(super) fn folder(volume: &str, context: &Context) -> PathBuf {
    context.environment.data_dir.join("backups").join(volume)
}

/// A name for a backup that is taken now, which sorts by time.
pub(super) fn new_name(compression: Compression, occasion: Option<&Occasion>) -> String {
    let time = now().replace(['-', ':'], "");
    let mark = occasion.map_or_else(short_id, |occasion| format!("{}-{}", occasion.id, occasion.verb));
    format!("{time}-{mark}{}", compression.suffix())
}

fn short_id() -> String {
    unique_id()[..8].to_owned()
}

/// The backups of these volumes, or of all that have any: by volume, the newest first.
pub(super) fn stored(volumes: &[String], context: &Context) -> Vec<Stored> {
    let mut names = volumes.to_vec();
    if names.is_empty() {
        let all = names_in(&folder("", context));
        names.extend(all.into_iter().map(|(name, _)| name));
    }
    names.sort_unstable();
    names.into_iter().flat_map(|volume| of_volume(&volume, context)).collect()
}

fn of_volume(volume: &str, context: &Context) -> Vec<Stored> {
    let folder = folder(volume, context);
    let mut files = names_in(&folder);
    files.retain(|(name, _)| Compression::of_name(name).is_some() && !name.starts_with('.'));
    files.sort_unstable_by(|one, other| other.cmp(one));
    files.into_iter().map(|(name, bytes)| Stored::of(volume, &folder, &name, bytes)).collect()
}

impl Stored {
    fn of(volume: &str, folder: &Path, name: &str, bytes: u64) -> Self {
        let bare = name.split('.').next().unwrap_or_default();
        let mut words = bare.splitn(3, '-').map(str::to_owned);
        let taken = words.next().unwrap_or_default();
        let occasion = words.next().zip(words.next()).map(|(id, verb)| Occasion { id, verb });
        Self { volume: volume.to_owned(), path: folder.join(name), taken, bytes, occasion }
    }

    /// When it was taken, as RFC 3339 has it.
    pub(super) fn time(&self) -> String {
        let part = |from: usize, to: usize| self.taken.get(from..to).unwrap_or_default();
        let (day, time) = ([part(0, 4), part(4, 6), part(6, 8)], [part(9, 11), part(11, 13), part(13, 15)]);
        format!("{}T{}Z", day.join("-"), time.join(":"))
    }

    /// What it was a precaution for has been undone: from here on it is a backup like any other.
    pub(super) fn settle(&self) -> Result<()> {
        let Some(Occasion { verb, .. }) = &self.occasion else { return Ok(()) };
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let settled = self.path.with_file_name(name.replacen(&format!("-{verb}."), ".", 1));
        fs::rename(&self.path, &settled).map_err(|error| {
            Error::new(ErrorKind::Host, format!("could not rename {}", self.path.display())).because(error)
        })
    }
}

fn names_in(folder: &Path) -> Vec<(String, u64)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.metadata().ok()?.len())));
    named.collect()
}

/// The file that is meant by a path, or by the name of a volume: its newest backup.
pub(super) fn find(word: &str, context: &Context) -> Result<PathBuf> {
    let path = context.environment.absolute(Path::new(word));
    if path.is_file() {
        return Ok(path);
    }
    of_volume(word, context).into_iter().next().map(|stored| stored.path).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("there is no backup {word}"))
            .because("it is neither a file nor a volume that has backups")
            .hint("See what there is with `devc volume backups`.")
    })
}

/// Opens a backup.
pub(super) fn open(path: &Path) -> Result<fs::File> {
    fs::File::open(path).map_err(|error| {
        Error::new(ErrorKind::Host, format!("could not read {}", path.display())).because(error)
    })
}
