//! What differs between two archives whose entries are in our order.

use std::cmp::Ordering;
use std::io::Read;
use std::sync::mpsc::{IntoIter, SyncSender, sync_channel};
use std::thread;

use crate::backup::digest::Digest;
use crate::backup::{self, Entry, Late, Received};
use crate::error::{Error, ErrorKind, Result};

/// Something that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only the first has it.
    Removed(Entry),
    /// Only the second has it.
    Added(Entry),
    /// Both have it, and these things are different: `content`, `mode` ...
    Changed(Entry, Vec<&'static str>),
}

type Listed = (Entry, Option<Digest>);

/// How far one side may be ahead of the other.
const AHEAD: usize = 256;

/// Tells `each` what differs, in the order of the paths. Memory stays bounded whatever the archives hold.
pub fn compare(
    first: impl Read + Send,
    second: impl Read + Send,
    mut each: impl FnMut(Difference),
) -> Result<(Received, Received)> {
    thread::scope(|scope| {
        let (first_entries, first_list) = sync_channel(AHEAD);
        let (second_entries, second_list) = sync_channel(AHEAD);
        let first = scope.spawn(move || list(first, &first_entries));
        let second = scope.spawn(move || list(second, &second_entries));
        merge(first_list.into_iter(), second_list.into_iter(), &mut each);
        let ended = || Error::new(ErrorKind::Host, "a thread has ended before its work was done");
        Ok((first.join().map_err(|_| ended())??, second.join().map_err(|_| ended())??))
    })
}

fn list(mut input: impl Read + Send, entries: &SyncSender<Listed>) -> Result<Received> {
    let mut large = None;
    let received = backup::read(
        &mut input,
        1,
        false,
        |_, _| Ok(()),
        |late| {
            let listed = match late {
                Late::Entry(entry, digest) => (entry.clone(), digest),
                Late::Begin(entry) => {
                    large = Some(entry.clone());
                    return Ok(());
                }
                Late::Piece(_) => return Ok(()),
                Late::Complete(digest) => match large.take() {
                    Some(entry) => (entry, Some(digest)),
                    None => return Ok(()),
                },
            };
            // Nobody takes them any more when the other side has failed.
            let _ = entries.send(listed);
            Ok(())
        },
    )?;
    // Whoever writes the archive may not have come to its end yet.
    let _ = std::io::copy(&mut input, &mut std::io::sink());
    Ok(received)
}

fn merge(first: IntoIter<Listed>, second: IntoIter<Listed>, each: &mut impl FnMut(Difference)) {
    let (mut first, mut second) = (first.peekable(), second.peekable());
    loop {
        let order = match (first.peek(), second.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((one, _)), Some((other, _))) => in_walk(&one.path).cmp(in_walk(&other.path)),
        };
        match order {
            Ordering::Less => {
                first.next().into_iter().for_each(|(entry, _)| each(Difference::Removed(entry)))
            }
            Ordering::Greater => {
                second.next().into_iter().for_each(|(entry, _)| each(Difference::Added(entry)))
            }
            Ordering::Equal => {
                if let (Some(one), Some(other)) = (first.next(), second.next()) {
                    let what = changes(&one, &other);
                    if !what.is_empty() {
                        each(Difference::Changed(other.0, what));
                    }
                }
            }
        }
    }
}

/// A path's place in a walk: the root first, and each folder right before what is in it.
fn in_walk(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|name| !name.is_empty())
}

fn changes((one, content): &Listed, (other, other_content): &Listed) -> Vec<&'static str> {
    let is_other_kind = std::mem::discriminant(&one.kind) != std::mem::discriminant(&other.kind);
    let differs = one.kind != other.kind || content != other_content;
    let tests = [
        ("kind", is_other_kind),
        ("content", differs && !is_other_kind),
        ("mode", one.mode != other.mode),
        ("owner", (one.uid, one.gid) != (other.uid, other.gid)),
        ("time", one.modified != other.modified),
        ("attributes", one.attributes != other.attributes),
    ];
    tests.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}
