use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::backup::{Content, Entry, Filling, Kind, Time, read};

fn damages(archive: &[u8]) -> Vec<Damage> {
    read(Cursor::new(archive), 1, true, |_, _| Ok(()), |_| Ok(())).unwrap().damages
}

/// A block that is as large as blocks get, and takes next to nothing.
fn bomb() -> Block {
    let kind = Kind::File(Content::plain(0));
    let modified = Time { seconds: 1, nanoseconds: 0 };
    let entry = Entry {
        path: b"a".to_vec(),
        kind,
        mode: 0o644,
        uid: 0,
        gid: 0,
        modified,
        attributes: std::collections::BTreeMap::new(),
    };
    let mut filling = Filling::default();
    while filling.len() < LARGEST_BLOCK {
        filling.entry(&entry, b"");
    }
    filling.finish().0
}

fn part() -> impl Strategy<Value = Part> {
    let place = || prop_oneof![any::<u64>(), (0..9_u64).prop_map(|count| count * (PIECE as u64 / 2))];
    let length = prop_oneof![any::<u32>(), 0..5_u32, Just(PIECE as u32)];
    let content = (place(), length, place());
    content.prop_map(|(offset, length, total)| Part::Content { offset, length, total })
}

proptest! {
    #[test]
    fn a_piece_may_claim_any_place(part in part(), records in 0..3_usize, paths in 0..3_usize) {
        let block = Block { part, bytes: vec![0; records * RECORD] };
        let archive = encode(&block, &vec![b"a".to_vec(); paths]).unwrap();
        prop_assert!(!damages(&archive).is_empty());
    }
}

#[test]
fn an_index_names_no_more_entries_than_its_block_holds() {
    let block = Block { part: Part::Entries, bytes: vec![0; 2 * RECORD] };
    let archive = encode(&block, &vec![Vec::new(); 1 << 20]).unwrap();
    assert!(archive.len() < 2_000, "{} bytes claim a million paths", archive.len());
    let told = damages(&archive);
    assert!(told[0].what.contains("the index of a block is damaged"), "{told:?}");
}

#[test]
fn a_frame_gives_no_more_than_its_index_says() {
    let block = bomb();
    let bytes = codec::zstd(&block.bytes).unwrap();
    let index = Index {
        part: Part::Entries,
        compressed: bytes.len() as u32,
        length: RECORD as u32,
        digest: digest::of(&bytes),
        paths: vec![b"a".to_vec()],
    };
    let (opened, damage) = Frame { index, bytes }.open();
    assert_eq!(opened.bytes, block.bytes[..RECORD]);
    assert_eq!(damage.unwrap().paths, [b"a"]);
}

#[test]
fn what_is_lost_names_no_more_entries_than_a_block_holds() {
    let lost = codec::zstd(&bomb().bytes).unwrap().repeat(100);
    assert!(lost.len() < LARGEST_BLOCK / 10, "{} bytes", lost.len());
    assert_eq!(paths_in(&lost).len(), LARGEST_BLOCK / RECORD);
}
