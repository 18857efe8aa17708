//! Digests: BLAKE3 of each file's stored bytes, and one over all of them in their order.
//!
//! BLAKE3 is a tree, so the pieces of a large file can be hashed at the same time and then be joined. The result is the
//! same as that of `b3sum`.

use blake3::Hasher;
use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};

use super::PIECE;

/// A BLAKE3 digest.
pub type Digest = [u8; 32];

/// The digest of bytes that are all there.
pub fn of(bytes: &[u8]) -> Digest {
    *blake3::hash(bytes).as_bytes()
}

/// What is known of a piece of a file that has several.
pub fn of_piece(offset: u64, bytes: &[u8]) -> ChainingValue {
    Hasher::new().set_input_offset(offset).update(bytes).finalize_non_root()
}

/// Joins the pieces of one file, in their order.
#[derive(Default)]
pub struct Pieces {
    /// Digests of whole subtrees, the largest first: one for each binary digit of the number of pieces.
    subtrees: Vec<ChainingValue>,
    count: u64,
    only: Option<Digest>,
}

impl Pieces {
    /// Takes the next piece. All but the last are of [`PIECE`] bytes.
    pub fn push(&mut self, piece: ChainingValue) {
        while self.subtrees.len() > self.count.count_ones() as usize {
            self.merge_last();
        }
        self.subtrees.push(piece);
        self.count += 1;
    }

    /// Takes the digest of the only piece.
    pub fn push_only(&mut self, digest: Digest) {
        self.only = Some(digest);
    }

    /// The digest of the whole file.
    pub fn finish(mut self) -> Digest {
        while self.subtrees.len() > 2 {
            self.merge_last();
        }
        match (self.only, &self.subtrees[..]) {
            (Some(only), _) => only,
            (None, [left, right]) => *merge_subtrees_root(left, right, Mode::Hash).as_bytes(),
            (None, _) => of(&[]),
        }
    }

    fn merge_last(&mut self) {
        if let (Some(right), Some(left)) = (self.subtrees.pop(), self.subtrees.pop()) {
            self.subtrees.push(merge_subtrees_non_root(&left, &right, Mode::Hash));
        }
    }
}

/// Whether a file of this many stored bytes is one piece.
pub fn is_one_piece(stored: u64) -> bool {
    stored <= PIECE as u64
}

/// The digest of a whole backup: over the digests of headers and contents, in their order.
#[derive(Default)]
pub struct Seal(Hasher);

impl Seal {
    /// Takes the next digests.
    pub fn push(&mut self, digests: &[u8]) {
        self.0.update(digests);
    }

    /// The digest of all.
    pub fn finish(&self) -> Digest {
        *self.0.finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_digest_of_the_whole() {
        for size in [PIECE + 1, 2 * PIECE, 2 * PIECE + 7, 3 * PIECE, 5 * PIECE + 1, 8 * PIECE] {
            let bytes: Vec<u8> = (0..size).map(|number| (number % 251) as u8).collect();
            let mut pieces = Pieces::default();
            for (index, piece) in bytes.chunks(PIECE).enumerate() {
                pieces.push(of_piece((index * PIECE) as u64, piece));
            }
            assert_eq!(pieces.finish(), of(&bytes), "{size} bytes");
        }
    }
}
