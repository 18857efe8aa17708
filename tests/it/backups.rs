//! Backups that nobody would make, and somebody may hand over: they are read within bounds.

use std::fs::File;
use std::io::BufWriter;

use devc::backup::{
    Block, Compression, Content, Counts, Entry, Filling, Head, Kind, PIECE, Source, Tail, Time, Writer, pack,
};

use crate::sandbox::Sandbox;

/// More than reading a backup may take, whatever is in it.
const MOST_MEMORY: u64 = 64 << 20;

/// How many empty files are in a block.
const FILES: usize = 2000;

type Backup = Writer<BufWriter<File>>;

fn file(path: String, size: u64) -> Entry {
    let modified = Time { seconds: 1, nanoseconds: 0 };
    let kind = Kind::File(Content::plain(size));
    let attributes = std::collections::BTreeMap::new();
    Entry { path: path.into_bytes(), kind, mode: 0o644, uid: 1000, gid: 1000, modified, attributes }
}

fn put(backup: &mut Backup, filling: Filling) {
    let (block, paths, digests) = filling.finish();
    backup.put(pack(&block, &paths, digests, Compression::Zstd).unwrap()).unwrap();
}

/// So many blocks of empty files. What this takes itself would count as memory of the run that follows.
fn crowd(backup: &mut Backup, blocks: usize) -> Counts {
    let mut counts = Counts::default();
    for block in 0..blocks {
        let mut filling = Filling::default();
        for number in 0..FILES {
            let entry = file(format!("{block:04}/{number:04}"), 0);
            counts += Counts::of(&entry);
            filling.entry(&entry, b"");
        }
        put(backup, filling);
    }
    counts
}

/// A file that is so large, and takes next to nothing.
fn bomb(backup: &mut Backup, size: u64) -> Counts {
    let entry = file("one/zeros".to_owned(), size);
    let mut filling = Filling::default();
    filling.begin(&entry);
    put(backup, filling);
    for offset in (0..size).step_by(PIECE) {
        let block = Block::piece(vec![0; PIECE], offset, size);
        let packed = pack(&block, std::slice::from_ref(&entry.path), Vec::new(), Compression::Zstd);
        backup.put(packed.unwrap()).unwrap();
    }
    Counts::of(&entry)
}

/// Makes a backup, and returns its size and how much memory it takes to verify it.
fn verified(content: impl FnOnce(&mut Backup) -> Counts) -> (u64, u64) {
    let sandbox = Sandbox::new();
    let path = sandbox.root().join("backup.tar.zst");
    let head = Head {
        format: devc::backup::VERSION,
        tool: "test".into(),
        created: "2026-01-01T00:00:00Z".into(),
        volume: Source { name: "data".into(), driver: "local".into(), ..Source::default() },
        containers: Vec::new(),
    };
    let output = BufWriter::new(File::create(&path).unwrap());
    let mut backup = Writer::begin(output, Compression::Zstd, Some(&head)).unwrap();
    let counts = content(&mut backup);
    backup.finish(counts, Some(Tail::default())).unwrap();
    let peak = sandbox.devc(["volume", "verify", path.to_str().unwrap()]).peak_memory();
    (path.metadata().unwrap().len(), peak)
}

#[test]
fn a_backup_of_very_many_files_is_verified_in_little_memory() {
    let (_, peak) = verified(|backup| crowd(backup, 100));
    assert!(peak < MOST_MEMORY, "{peak} bytes");
}

#[test]
fn a_backup_that_expands_to_far_more_is_verified_in_little_memory() {
    let size = 1 << 30;
    let (length, peak) = verified(|backup| bomb(backup, size));
    assert!(length * 1000 < size, "{length} bytes are no bomb");
    assert!(peak < MOST_MEMORY, "{peak} bytes");
}
