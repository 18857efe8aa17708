//! Cuts an archive into chunks, and puts into packs those that nobody has yet.

use std::collections::HashMap;
use std::io::Read;

use super::chunks::Chunks;
use super::codec;
use super::digest::{self, Digest};
use super::packs::{Chunk, FULL_PACK, Packs, Run, bytes_of};
use crate::error::Result;

/// A pack that is at least this long ends with a chunk whose digest begins with a small byte. Thus packs begin again at
/// the same places after a change, and what was sent by a run that was broken off is of use.
const SHORT_PACK: usize = FULL_PACK / 2;
const ENDS_BELOW: u8 = 4;

/// Where a chunk lies: in which pack, and which of its chunks it is.
type Place = (u32, u32);

/// The new packs of an archive, not yet compressed.
pub struct Cutter<R: Read, B> {
    chunks: Chunks<R>,
    packs: Packs<B>,
    places: HashMap<Digest, Place>,
    filling: Vec<u8>,
}

impl<R: Read, B> Cutter<R, B> {
    /// Cuts `input`, of which `known` holds an earlier state. Packs of that which are mostly out of use are left to
    /// fade away: what is needed of them is packed again.
    pub fn new(input: R, known: Packs<B>) -> Self {
        let packs = known.worthwhile();
        let mut places = HashMap::new();
        for (pack, chunks) in (0..).zip(&packs.chunks) {
            places.extend((0..).zip(chunks).map(|(at, chunk): (u32, &Chunk)| (chunk.digest, (pack, at))));
        }
        Self { chunks: Chunks::new(input), packs, places, filling: Vec::new() }
    }

    /// The archive, when all has been cut and the new packs are found so.
    pub fn finish(mut self, sent: Vec<B>) -> Packs<B> {
        self.packs.blobs.extend(sent);
        self.packs.without_unused()
    }

    /// Takes the next chunk in; returns a pack that is full with it.
    fn take(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let digest = digest::of(bytes);
        if let Some(place) = self.places.get(&digest) {
            let place = *place;
            self.packs.append(place);
            return None;
        }
        if self.filling.is_empty() {
            self.packs.chunks.push(Vec::new());
        }
        let pack = self.packs.chunks.len() - 1;
        let chunks = &mut self.packs.chunks[pack];
        let place = (pack as u32, chunks.len() as u32);
        chunks.push(Chunk { digest, length: bytes.len() as u32 });
        self.places.insert(digest, place);
        self.packs.append(place);
        self.filling.extend_from_slice(bytes);
        let may_end = self.filling.len() >= SHORT_PACK && digest[0] < ENDS_BELOW;
        (may_end || self.filling.len() >= FULL_PACK).then(|| std::mem::take(&mut self.filling))
    }
}

impl<R: Read, B> Iterator for Cutter<R, B> {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(chunk) = self.chunks.next() {
            match chunk {
                Ok(chunk) => {
                    if let Some(pack) = self.take(&chunk) {
                        return Some(Ok(pack));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
        let rest = std::mem::take(&mut self.filling);
        (!rest.is_empty()).then_some(Ok(rest))
    }
}

/// A pack as it is kept.
pub fn compressed(pack: &[u8]) -> Result<Vec<u8>> {
    codec::zstd(pack)
}

impl<B> Packs<B> {
    /// Makes the archive longer by a chunk.
    fn append(&mut self, (pack, at): Place) {
        match self.runs.last_mut() {
            Some(run) if run.pack == pack && run.first + run.count == at => run.count += 1,
            _ => self.runs.push(Run { pack, first: at, count: 1 }),
        }
    }

    /// The packs of which the archive uses at least a half, without the archive.
    fn worthwhile(mut self) -> Self {
        let mut used: Vec<Vec<bool>> = self.chunks.iter().map(|chunks| vec![false; chunks.len()]).collect();
        for run in std::mem::take(&mut self.runs) {
            used[run.pack as usize][run.first as usize..][..run.count as usize].fill(true);
        }
        let is_worthwhile = |chunks: &Vec<Chunk>, used: &[bool]| {
            let in_use = chunks.iter().zip(used).filter(|(_, used)| **used);
            2 * in_use.map(|(chunk, _)| chunk.length as usize).sum::<usize>() >= bytes_of(chunks)
        };
        let kept = self.chunks.iter().zip(&used).map(|(chunks, used)| is_worthwhile(chunks, used)).collect();
        self.only(kept)
    }

    fn without_unused(self) -> Self {
        let mut kept = vec![false; self.chunks.len()];
        self.runs.iter().for_each(|run| kept[run.pack as usize] = true);
        self.only(kept)
    }

    /// The same with only these packs, which are all that the archive uses.
    fn only(self, kept: Vec<bool>) -> Self {
        let before: Vec<u32> = kept
            .iter()
            .scan(0, |count, kept| {
                let before = *count;
                *count += u32::from(*kept);
                Some(before)
            })
            .collect();
        let renumbered = |run: Run| Run { pack: before[run.pack as usize], ..run };
        let packs = self.blobs.into_iter().zip(self.chunks).zip(&kept);
        let (blobs, chunks) = packs.filter(|(_, kept)| **kept).map(|(pack, _)| pack).unzip();
        Self { blobs, chunks, runs: self.runs.into_iter().map(renumbered).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::packs::{Assembled, LARGEST_CHUNK};
    use super::super::testing::{archive, noise};
    use super::*;

    /// An archive of one file.
    fn of(content: &[u8]) -> Vec<u8> {
        archive(&[content.to_vec()])
    }

    /// Cuts an archive; each pack is found by its own bytes. Also says how many bytes were new.
    fn push(archive: &[u8], known: Packs<Vec<u8>>) -> (Packs<Vec<u8>>, usize) {
        let mut cutter = Cutter::new(archive, known);
        let sent: Vec<Vec<u8>> = cutter.by_ref().map(|pack| compressed(&pack.unwrap()).unwrap()).collect();
        let bytes = sent.iter().map(Vec::len).sum();
        (cutter.finish(sent), bytes)
    }

    fn pull(packs: &Packs<Vec<u8>>) -> Vec<u8> {
        let packs = Packs::of_index(&packs.to_index().unwrap(), packs.blobs().to_vec()).unwrap();
        let mut archive = Vec::new();
        let mut assembled = Assembled::new(packs, |blob: &Vec<u8>| Ok(std::io::Cursor::new(blob.clone())));
        assembled.read_to_end(&mut archive).unwrap();
        archive
    }

    #[test]
    fn an_archive_comes_back_and_what_stands_in_it_twice_is_sent_once() {
        let once = noise(1, 10 << 20);
        let archive = archive(&[once.clone(), noise(2, 3 << 20), once]);
        let (packs, sent) = push(&archive, Packs::default());
        assert!(sent < 14 << 20, "{sent}");
        assert_eq!(pull(&packs), archive);
        assert_eq!(pull(&push(b"", Packs::default()).0), b"");
    }

    #[test]
    fn a_small_change_is_a_small_push_wherever_it_is() {
        let mut content = noise(1, 20 << 20);
        let (before, _) = push(&of(&content), Packs::default());
        content.splice(5_000_000..5_000_010, noise(2, 50_000));
        content.drain(..3);
        let (after, sent) = push(&of(&content), before.clone());
        assert!(sent < 200_000, "{sent}");
        assert_eq!(pull(&after), of(&content));
        let shared = after.blobs().iter().filter(|blob| before.blobs().contains(blob)).count();
        assert_eq!(shared, before.blobs().len());
    }

    #[test]
    fn packs_are_the_same_again_behind_a_change_also_for_those_who_know_nothing() {
        let mut content = noise(1, 40 << 20);
        let (before, _) = push(&of(&content), Packs::default());
        content.splice(5_000_000..5_000_000, noise(2, 50_000));
        let (after, _) = push(&of(&content), Packs::default());
        let shared = after.blobs().iter().filter(|blob| before.blobs().contains(blob)).count();
        assert!(shared * 3 > before.blobs().len() * 2, "{shared} of {}", before.blobs().len());
    }

    #[test]
    fn what_is_mostly_out_of_use_fades_away() {
        let content = noise(1, 20 << 20);
        let rest = of(&content[..FULL_PACK / 8]);
        let (all, _) = push(&of(&content), Packs::default());
        let (few, sent) = push(&rest, all);
        // The first pack, that with the end, and what is new.
        assert!(few.blobs().len() == 3 && sent < LARGEST_CHUNK + 2_000, "{sent}");
        let (fresh, sent) = push(&rest, few);
        assert!(sent > FULL_PACK / 16, "{sent}");
        assert_eq!(pull(&fresh), rest);
    }

    #[test]
    fn an_index_that_lies_is_refused() {
        let (packs, _) = push(&of(&noise(1, 100_000)), Packs::default());
        assert!(Packs::of_index(&packs.to_index().unwrap(), Vec::<()>::new()).is_err());
        let beyond = Packs { runs: vec![Run { pack: 0, first: 1, count: u32::MAX }], ..packs.clone() };
        assert!(Packs::of_index(&beyond.to_index().unwrap(), packs.blobs.clone()).is_err());
        let mut huge = packs.clone();
        huge.chunks[0][0].length = 1 << 30;
        assert!(Packs::of_index(&huge.to_index().unwrap(), packs.blobs.clone()).is_err());
        let mut other = packs.clone();
        other.chunks[0][0].length += 1;
        let mut assembled = Assembled::new(other, |blob: &Vec<u8>| Ok(std::io::Cursor::new(blob.clone())));
        assert!(assembled.read_to_end(&mut Vec::new()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_damage_to_an_index_is_too_strange(at: usize, byte: u8) {
            let (packs, _) = push(&of(&noise(1, 100_000)), Packs::default());
            let mut index = packs.to_index().unwrap();
            let at = at % index.len();
            index[at] = byte;
            let _ = Packs::of_index(&index, packs.blobs);
        }
    }
}
