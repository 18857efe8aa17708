//! Reading a backup: everything is proven on the way.

use std::io::Read;

use super::block::{Contents, reason};
use super::cut::Cut;
use super::digest::{self, Digest, Pieces, Seal, is_one_piece};
use super::frame::{self, Frame, Frames};
use super::header::digest_in;
use super::manifest::{Counts, Head, Tail};
use super::{Block, Damage, Entry, Item, Part, codec, damaged, in_order};
use crate::error::Result;
use crate::name::hex;

/// What comes in the order of the archive, after what could be done before.
pub enum Late<'a> {
    /// An entry with all of its content, which has been handed out before, and the digest of that.
    Entry(&'a Entry, Option<Digest>),
    /// A file whose content follows in pieces.
    Begin(&'a Entry),
    /// The next piece of its stored content.
    Piece(&'a [u8]),
    /// All pieces have come, they have this digest, and they are sound as far as the archive tells.
    Complete(Digest),
}

/// What an archive turned out to be.
#[derive(Debug, Default)]
pub struct Received {
    /// What it said at its beginning; `None` for archives of other tools.
    pub head: Option<Head>,
    /// What it said at its end.
    pub tail: Option<Tail>,
    /// What was in it.
    pub counts: Counts,
    /// What is wrong with it.
    pub damages: Vec<Damage>,
}

/// A block as it comes from the stream.
enum Raw {
    Framed(Frame),
    Cut(Block),
    Lost(Damage),
}

/// A block that has been read and, as far as it is sound, handed out.
struct Opened {
    block: Block,
    contents: Contents,
    piece: Option<Digest>,
}

/// Reads an archive of ours or of another tool, compressed or not.
///
/// `early` gets each entry with its stored content, at the same time as others; `late` gets everything in order. A
/// block that is damaged is handed to neither. With `to_the_end`, damage is collected; else the first one ends it.
pub fn read(
    mut input: impl Read + Send,
    threads: usize,
    to_the_end: bool,
    early: impl Fn(&Entry, &[u8]) -> Result<()> + Sync,
    late: impl FnMut(Late<'_>) -> Result<()>,
) -> Result<Received> {
    let mut begin = [0; frame::BEGIN];
    input.read_exact(&mut begin).map_err(|error| damaged("this is no archive").because(error))?;
    let raw: Box<dyn Iterator<Item = Result<Raw>>> = if frame::is_framed(begin) {
        Box::new(Frames::new(begin, input).map(|frame| Ok(frame?.map_or_else(Raw::Lost, Raw::Framed))))
    } else {
        Box::new(Cut::new(codec::decoder(begin, input)?).map(cut))
    };
    let mut order = Order::new(late, to_the_end);
    in_order(threads, raw, |raw| open(raw, &early), |opened| order.take(&opened))?;
    order.finish()
}

/// Reads no more of a backup than what it says about itself at its beginning; `None` for other archives.
pub fn read_head(mut input: impl Read + Send) -> Result<Option<Head>> {
    let mut begin = [0; frame::BEGIN];
    input.read_exact(&mut begin).map_err(|error| damaged("this is no archive").because(error))?;
    let block = if frame::is_framed(begin) {
        match Frames::new(begin, input).next().transpose()? {
            Some(Ok(frame)) => Some(frame.open().0),
            _ => None,
        }
    } else {
        Cut::new(codec::decoder(begin, input)?).next().transpose()?
    };
    match block.map(|block| Contents::of(&block.bytes).items).unwrap_or_default().first() {
        Some(Item::Comment(comment)) => Head::in_comment(comment),
        _ => Ok(None),
    }
}

/// Where an archive without frames is damaged, nothing that follows can be understood.
fn cut(block: Result<Block>) -> Result<Raw> {
    Ok(block.map_or_else(|error| Raw::Lost(Damage { what: reason(&error), paths: Vec::new() }), Raw::Cut))
}

fn open(raw: Raw, early: &impl Fn(&Entry, &[u8]) -> Result<()>) -> Result<Opened> {
    let (block, damage) = match raw {
        Raw::Framed(frame) => frame.open(),
        Raw::Cut(block) => (block, None),
        Raw::Lost(damage) => (Block { part: Part::Entries, bytes: Vec::new() }, Some(damage)),
    };
    let mut opened = match block.part {
        Part::Entries => Opened { contents: Contents::of(&block.bytes), piece: None, block },
        Part::Content { offset, length, total } => {
            let piece = block.bytes.get(..length as usize).map(|bytes| match is_one_piece(total) {
                true => digest::of(bytes),
                false => digest::of_piece(offset, bytes),
            });
            Opened { contents: Contents::default(), piece, block }
        }
    };
    if let Some(damage) = damage {
        opened.contents.damages = vec![narrowed(damage, &opened.contents)];
    }
    if opened.contents.damages.is_empty() {
        for item in &opened.contents.items {
            if let Item::Entry(entry, range, _) = item {
                early(entry, &opened.block.bytes[range.clone()])?;
            }
        }
    }
    Ok(opened)
}

/// Leaves out the paths of entries that are sound in spite of the damage, unless that leaves none.
fn narrowed(damage: Damage, contents: &Contents) -> Damage {
    let is_hit =
        |path: &[u8]| contents.damages.iter().any(|damage| damage.paths.iter().any(|hit| hit == path));
    let sound: std::collections::BTreeSet<&[u8]> = contents
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Entry(entry, content, _) if !content.is_empty() && !is_hit(&entry.path) => {
                Some(&entry.path[..])
            }
            _ => None,
        })
        .collect();
    let hit: Vec<Vec<u8>> = damage.paths.iter().filter(|path| !sound.contains(&path[..])).cloned().collect();
    if hit.is_empty() { damage } else { Damage { paths: hit, ..damage } }
}

/// What only the order of the blocks can tell.
struct Order<F> {
    late: F,
    to_the_end: bool,
    received: Received,
    seal: Seal,
    /// The file whose content is under way, and how much of it has come.
    file: Option<(Entry, u64)>,
    pieces: Pieces,
    /// A file whose digest has to come next.
    unproven: Option<(Entry, Digest)>,
    has_ended: bool,
}

impl<F: FnMut(Late<'_>) -> Result<()>> Order<F> {
    fn new(late: F, to_the_end: bool) -> Self {
        Self {
            late,
            to_the_end,
            received: Received::default(),
            seal: Seal::default(),
            file: None,
            pieces: Pieces::default(),
            unproven: None,
            has_ended: false,
        }
    }

    fn take(&mut self, opened: &Opened) -> Result<()> {
        if !opened.contents.damages.is_empty() {
            return self.lose(&opened.contents.damages);
        }
        if let Part::Content { offset, length, total } = opened.block.part {
            return self.piece(offset, total, &opened.block.bytes[..length as usize], opened.piece);
        }
        if let Some((entry, _)) = self.file.take() {
            self.cut_short(&entry)?;
        }
        self.seal.push(&opened.contents.digests);
        opened.contents.items.iter().try_for_each(|item| self.item(item))
    }

    /// A damaged block has come. Where nothing says what it hits, it hits at least the file that is under way.
    fn lose(&mut self, damages: &[Damage]) -> Result<()> {
        self.unproven = None;
        let hit: Vec<Vec<u8>> = self.file.take().into_iter().map(|(entry, _)| entry.path).collect();
        damages.iter().cloned().try_for_each(|damage| {
            let paths = if damage.paths.is_empty() { hit.clone() } else { damage.paths };
            self.damaged(Damage { paths, ..damage })
        })
    }

    fn item(&mut self, item: &Item) -> Result<()> {
        if self.has_ended {
            return self.damaged(unnamed("something stands behind the end"));
        }
        if !matches!(item, Item::Comment(comment) if digest_in(comment).is_some()) {
            self.settle()?;
        }
        match item {
            Item::Comment(comment) => self.comment(comment),
            Item::End => {
                self.has_ended = true;
                Ok(())
            }
            Item::Entry(entry, _, digest) => {
                self.received.counts += Counts::of(entry);
                (self.late)(Late::Entry(entry, *digest))
            }
            Item::Begin(entry) => {
                self.received.counts += Counts::of(entry);
                self.file = Some((entry.clone(), 0));
                (self.late)(Late::Begin(entry))
            }
        }
    }

    fn comment(&mut self, comment: &[u8]) -> Result<()> {
        if let Some(digest) = digest_in(comment) {
            return match self.unproven.take() {
                Some((entry, expected)) if expected != digest => self.damaged(Damage {
                    what: "its content has another digest than it says".to_owned(),
                    paths: vec![entry.path],
                }),
                Some(_) => (self.late)(Late::Complete(digest)),
                // It is of a file that has been told already.
                None if !self.received.damages.is_empty() => Ok(()),
                None => self.damaged(unnamed("a digest belongs to no file")),
            };
        }
        if let Some(head) = Head::in_comment(comment)? {
            self.received.head = Some(head);
        } else if let Some(tail) = Tail::in_comment(comment)? {
            self.received.tail = Some(tail);
        }
        Ok(())
    }

    fn piece(&mut self, offset: u64, total: u64, bytes: &[u8], digest: Option<Digest>) -> Result<()> {
        let Some((entry, done)) = &mut self.file else {
            // A file of which an earlier piece is damaged has been told already.
            return if self.received.damages.is_empty() {
                self.damaged(unnamed("a piece belongs to no file"))
            } else {
                Ok(())
            };
        };
        if *done != offset || entry.stored() != total {
            let entry = entry.clone();
            return self.cut_short(&entry);
        }
        *done += bytes.len() as u64;
        let is_last = *done == total;
        match digest {
            Some(digest) if is_one_piece(total) => self.pieces.push_only(digest),
            Some(digest) => self.pieces.push(digest),
            None => {}
        }
        (self.late)(Late::Piece(bytes))?;
        if !is_last {
            return Ok(());
        }
        let digest = std::mem::take(&mut self.pieces).finish();
        self.seal.push(&digest);
        self.unproven = self.file.take().map(|(entry, _)| (entry, digest));
        Ok(())
    }

    /// No digest has come for a file. Other tools write none; a backup has one for each.
    fn settle(&mut self) -> Result<()> {
        match (self.unproven.take(), &self.received.head) {
            (None, _) => Ok(()),
            (Some((_, digest)), None) => (self.late)(Late::Complete(digest)),
            (Some((entry, _)), Some(_)) => self.cut_short(&entry),
        }
    }

    fn cut_short(&mut self, entry: &Entry) -> Result<()> {
        self.file = None;
        self.pieces = Pieces::default();
        self.damaged(Damage { what: "a piece of it is missing".to_owned(), paths: vec![entry.path.clone()] })
    }

    fn damaged(&mut self, damage: Damage) -> Result<()> {
        if !self.to_the_end {
            return Err(damage.into_error());
        }
        self.received.damages.push(damage);
        Ok(())
    }

    /// What is known when everything has come: is it all there?
    fn finish(mut self) -> Result<Received> {
        self.settle()?;
        if let Some((entry, _)) = self.file.take() {
            self.cut_short(&entry)?;
        }
        let digest = hex(&self.seal.finish());
        let is_sound = self.received.damages.is_empty();
        match (&self.received.head, &self.received.tail) {
            (Some(_), None) => self.damaged(unnamed("the end is missing"))?,
            (_, Some(tail)) if is_sound && (tail.digest != digest || tail.counts != self.received.counts) => {
                self.damaged(unnamed("the whole has another digest than it says"))?;
            }
            _ if !self.has_ended => self.damaged(unnamed("the end is missing"))?,
            _ => {}
        }
        Ok(self.received)
    }
}

fn unnamed(what: &str) -> Damage {
    Damage { what: what.to_owned(), paths: Vec::new() }
}

impl Damage {
    /// The damage as a reason not to go on.
    pub fn into_error(self) -> crate::error::Error {
        let names: Vec<String> = self.paths.iter().map(|path| super::shown(path)).collect();
        let error = damaged("the archive is damaged");
        match names.first() {
            None => error.because(self.what),
            Some(first) if names.len() == 1 => error.because(format!("{first}: {}", self.what)),
            Some(first) => error.because(format!("{first} and {} others: {}", names.len() - 1, self.what)),
        }
    }
}
