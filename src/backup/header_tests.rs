use proptest::prelude::*;

use super::*;

fn bytes(longest: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(1..=255_u8, 1..longest)
}

/// A path as file systems have them: no empty parts, no dots, any other byte.
fn path() -> impl Strategy<Value = Vec<u8>> {
    let part = bytes(120).prop_map(|mut part| {
        part.iter_mut().filter(|byte| **byte == b'/').for_each(|byte| *byte = b'_');
        if part.iter().all(|byte| *byte == b'.') { b"x".to_vec() } else { part }
    });
    prop::collection::vec(part, 1..5).prop_map(|parts| parts.join(&b'/'))
}

fn kind() -> impl Strategy<Value = Kind> {
    let device = (0..0o7_777_777_u32, 0..0o7_777_777_u32).prop_map(|(major, minor)| Device { major, minor });
    prop_oneof![
        any::<u64>().prop_map(|size| Kind::File(Content::plain(size))),
        (any::<u64>(), any::<u64>()).prop_map(|(size, stored)| Kind::File(Content {
            size,
            stored,
            is_sparse: true
        })),
        Just(Kind::Folder),
        bytes(300).prop_map(Kind::SymbolicLink),
        path().prop_map(Kind::HardLink),
        Just(Kind::Pipe),
        device.clone().prop_map(Kind::CharacterDevice),
        device.prop_map(Kind::BlockDevice),
    ]
}

prop_compose! {
    fn entry()(
        path in path(), kind in kind(), mode in 0..=0o7777_u32, uid in any::<u32>(), gid in any::<u32>(),
        seconds in -100_000_000_000..100_000_000_000_i64, nanoseconds in 0..1_000_000_000_u32,
        attributes in prop::collection::btree_map(bytes(40), prop::collection::vec(any::<u8>(), 0..200), 0..3),
    ) -> Entry {
        Entry { path, kind, mode, uid, gid, modified: Time { seconds, nanoseconds }, attributes }
    }
}

proptest! {
    #[test]
    fn every_attribute_of_an_entry_is_kept(entry in entry(), digest in any::<Option<[u8; 32]>>()) {
        let bytes = encode(&entry, digest.as_ref());
        prop_assert_eq!(bytes.len() % RECORD, 0);
        let Token::Entry(head) = decode(&bytes).unwrap() else { panic!("no entry") };
        prop_assert_eq!(&head.entry, &entry);
        prop_assert_eq!(head.digest, digest);
        prop_assert_eq!(head.length, bytes.len());
    }

    #[test]
    fn a_part_of_the_headers_asks_for_more(entry in entry(), part in 0.0..1.0_f64) {
        let bytes = encode(&entry, None);
        let length = (bytes.len() as f64 * part) as usize;
        let Token::Needs(needed) = decode(&bytes[..length]).unwrap() else { panic!("{length} were enough") };
        prop_assert!(needed > length && needed <= bytes.len());
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
        let _ = decode(&bytes);
    }
}

#[test]
fn the_root_is_a_folder_with_a_dot() {
    let root = Entry {
        path: Vec::new(),
        kind: Kind::Folder,
        mode: 0o755,
        uid: 0,
        gid: 0,
        modified: Time::default(),
        attributes: BTreeMap::new(),
    };
    let bytes = encode(&root, None);
    assert!(bytes.starts_with(b"./\0"));
    let Token::Entry(head) = decode(&bytes).unwrap() else { panic!() };
    assert_eq!(head.entry, root);
}

#[test]
fn times_before_1970_count_backwards() {
    let check = |seconds, nanoseconds, text: &str| {
        let time = Time { seconds, nanoseconds };
        assert_eq!(decimal(time), text);
        assert_eq!(time_of(text.as_bytes()), Some(time));
    };
    check(1, 500_000_000, "1.500000000");
    check(-1, 500_000_000, "-0.500000000");
    check(-2, 1, "-1.999999999");
    check(-7, 0, "-7");
}

#[test]
fn a_header_with_a_flipped_bit_is_refused() {
    let entry = Entry {
        path: b"a".to_vec(),
        kind: Kind::Pipe,
        mode: 0o644,
        uid: 1,
        gid: 1,
        modified: Time::default(),
        attributes: BTreeMap::new(),
    };
    let sound = encode(&entry, None);
    for at in 0..500 {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        let told = decode(&bytes);
        assert!(told.is_err() || matches!(told, Ok(Token::Entry(head)) if head.entry == entry), "byte {at}");
    }
}

#[test]
fn an_extended_header_that_claims_more_than_one_may_be_is_refused() {
    let of_size = |kind, size| {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_cksum();
        header.as_bytes().to_vec()
    };
    let before = extension(EntryType::XHeader, b"7 a=b\n".repeat(200).as_slice());
    for kind in [EntryType::XHeader, EntryType::XGlobalHeader, EntryType::GNULongName, EntryType::GNULongLink]
    {
        for size in [u64::MAX, u64::MAX - 511, u64::MAX - 1023, 1 << 63, (1 << 20) + 1] {
            let header = of_size(kind, size);
            assert!(decode(&header).is_err(), "{kind:?} of {size} bytes");
            assert!(decode(&[&before[..], &header].concat()).is_err(), "another {kind:?} of {size} bytes");
        }
    }
}
