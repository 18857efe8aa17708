//! What is in volumes, on its way into files, out of them, and into other volumes.
//!
//! The work itself is in `content` and takes threads of its own; here it is run beside the engine's events.
//!
//! | module | what it does |
//! |---|---|
//! | `task` | what can be done, as values |
//! | `place` | decides who does it: this process, or a helper |
//! | `helper` | a helper as seen from here: its image, its container, the conversation |
//! | `share` | a volume's content in a registry |
//! | `serve` | the same program as a helper, inside that container |
//! | `wire` | what the two say to each other |

mod helper;
mod place;
mod serve;
mod share;
mod task;
mod wire;

use std::fs::File;
use std::io::{self, Read, Write};

pub use helper::{Helper, remove_helper_images};
pub use place::Place;
pub use serve::serve;
pub use share::Share;
pub use task::{Freed, Glance, Task};

use crate::backup::{self, Compression, Counts, Head, Received, Tail};
use crate::content::{self, Copied, Difference, Root};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Step;
use crate::host::usage::Census;
use crate::host::{Look, PendingFile};
use crate::volumes::Leftovers;

/// Tells what is in a volume.
pub async fn look(place: &Place, glance: Glance) -> Result<Look> {
    match place.clone() {
        Place::Here(folders) => aside(move || glance.take(&folders[0])).await,
        place => place.run(Task::Look(glance), io::empty(), io::sink(), None).await,
    }
}

/// Whether a volume still holds what was counted, as far as that can be told without counting.
pub fn still_holds(census: &Census, place: &Place) -> bool {
    matches!(place, Place::Here(folders) if census.still_holds(&folders[0]))
}

/// Whether a volume holds nothing but what a killed restore has left.
pub async fn is_empty(place: &Place) -> Result<bool> {
    place.run(Task::IsEmpty, io::empty(), io::sink(), None).await
}

/// Removes everything in a volume.
pub async fn empty(place: &Place, step: Step) -> Result<()> {
    place.run(Task::Empty, io::empty(), io::sink(), Some(step)).await
}

/// Tells what can go from a volume; `old_before` is in seconds since the epoch.
pub async fn find_leftovers(place: &Place, leftovers: &Leftovers, old_before: i64) -> Result<Freed> {
    let task = Task::Optimize { leftovers: leftovers.clone(), old_before, is_rehearsal: true };
    place.run(task, io::empty(), io::sink(), None).await
}

/// Removes what can go from a volume; what was used meanwhile stays.
pub async fn remove_leftovers(
    place: &Place,
    leftovers: &Leftovers,
    old_before: i64,
    step: Step,
) -> Result<Freed> {
    let task = Task::Optimize { leftovers: leftovers.clone(), old_before, is_rehearsal: false };
    place.run(task, io::empty(), io::sink(), Some(step)).await
}

/// Writes a volume's content to `output`: a backup, or without `head` a plain archive.
pub async fn pack(
    place: &Place,
    head: Option<Head>,
    compression: Compression,
    output: impl Write + Send + 'static,
    step: Step,
) -> Result<Tail> {
    place.run(Task::Pack { head, compression }, io::empty(), output, Some(step)).await
}

/// As [`pack`], into a file that is not there before it is complete and on the disk.
pub async fn write_file(
    place: &Place,
    head: Option<Head>,
    compression: Compression,
    file: PendingFile,
    step: Step,
) -> Result<Tail> {
    let tail = pack(place, head, compression, file.file()?, step).await?;
    aside(move || file.commit()).await?;
    Ok(tail)
}

/// Puts an archive's content in the place of a volume's, when all of it has come and is proven. A backup has to be whole;
/// a plain archive is taken if `is_plain_fine`.
pub async fn restore(
    input: impl Read + Send + 'static,
    place: &Place,
    is_plain_fine: bool,
    step: Step,
) -> Result<Counts> {
    place.run(Task::Restore { is_plain_fine }, input, io::sink(), Some(step)).await
}

/// Copies a volume's content into another volume. Only when it is on the disk may the first one go: then
/// `is_to_replace`.
pub async fn copy(both: &Place, is_to_replace: bool, step: Step) -> Result<Copied> {
    both.run(Task::Copy { is_to_replace }, io::empty(), io::sink(), Some(step)).await
}

/// Finishes or undoes what killed runs have left in a volume of this machine; returns whether there was anything. A
/// helper does so by itself, before it writes.
pub async fn repair(place: &Place) -> Result<bool> {
    let Place::Here(folders) = place.clone() else { return Ok(false) };
    aside(move || content::repair(&Root::open(&folders[0])?)).await
}

/// Reads an archive to its end and tells what is wrong with it.
pub async fn verify(input: impl Read + Send + 'static, step: Step) -> Result<Received> {
    aside(move || {
        let read = backup::read(input, content::threads(), true, |_, _| Ok(()), |_| Ok(()));
        step.conclude(read)
    })
    .await
}

/// One of two things that are compared.
pub enum Side {
    /// A volume.
    Volume(Box<Place>),
    /// A backup.
    Backup(File),
}

/// Tells what differs.
pub async fn compare(one: Side, other: Side, step: Step) -> Result<Vec<Difference>> {
    let ((one, one_packed), (other, other_packed)) = (one.open()?, other.open()?);
    let compared = aside(move || {
        let mut differences = Vec::new();
        content::compare(one, other, |difference| differences.push(difference))?;
        Ok(differences)
    });
    let (compared, one_packed, other_packed) = tokio::join!(compared, one_packed, other_packed);
    // A volume that could not be read says why; the reader only misses the end.
    step.conclude(one_packed.and(other_packed).and(compared))
}

impl Side {
    /// What is to be read, and what makes it: the end of both comes at the same time.
    fn open(self) -> Result<(Box<dyn Read + Send>, impl Future<Output = Result<()>>)> {
        let (input, place): (Box<dyn Read + Send>, _) = match self {
            Self::Backup(file) => (Box::new(file), None),
            Self::Volume(place) => {
                let (reader, writer) = io::pipe().map_err(|error| failed("compare").because(error))?;
                (Box::new(reader), Some((place, writer)))
            }
        };
        let packed = async move {
            let Some((place, writer)) = place else { return Ok(()) };
            let task = Task::Pack { head: None, compression: Compression::None };
            place.run::<Tail>(task, io::empty(), writer, None).await.map(drop)
        };
        Ok((input, packed))
    }
}

/// Runs what takes long on a thread, so that Ctrl-C is heard.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| failed("work").because(error))?
}

/// What could not be done to a volume.
fn failed(doing: &str) -> Error {
    Error::new(ErrorKind::Host, format!("could not {doing} the content of the volume"))
}
