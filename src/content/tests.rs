use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use rustix::fs::{FileType, Mode, XattrFlags};
use tempfile::TempDir;

use super::*;
use crate::backup::{Compression, Damage, Entry, Filling, Head, Kind, Source, Tail, Time, User, read};
use crate::error::Result;

fn head() -> Head {
    Head {
        format: crate::backup::VERSION,
        tool: "devc test".into(),
        created: "2026-01-01T00:00:00Z".into(),
        volume: Source { name: "data".into(), driver: "local".into(), ..Source::default() },
        containers: vec![User {
            id: "1".into(),
            name: "db".into(),
            image: "i".into(),
            image_id: "2".into(),
            state: "paused".into(),
        }],
    }
}

fn packed_as(folder: &Path, compression: Compression) -> Result<(Vec<u8>, Tail)> {
    let head = head();
    pack(&Root::open(folder)?, &Packing { head: Some(&head), compression }, Vec::new(), |_| {})
}

fn packed(folder: &Path) -> Vec<u8> {
    packed_as(folder, Compression::Zstd).unwrap().0
}

/// Restores as users do: beside what is there, then in its place.
fn restored(archive: &[u8], folder: &Path) -> Result<()> {
    let volume = Root::open(folder)?;
    repair(&volume)?;
    let replacement = Replacement::begin(&volume, "test")?;
    match unpack(Cursor::new(archive), &replacement.folder()?, |_| {}) {
        Ok(_) => replacement.commit(),
        Err(error) => {
            replacement.give_up()?;
            Err(error)
        }
    }
}

fn copied(from: &Path, to: &Path) -> Copied {
    copy(&Root::open(from).unwrap(), &Root::open(to).unwrap(), |_| {}).unwrap()
}

fn differences(one: &Path, other: &Path) -> Vec<Difference> {
    let mut differences = Vec::new();
    let (one, other) = (packed(one), packed(other));
    compare(Cursor::new(one), Cursor::new(other), |difference| differences.push(difference)).unwrap();
    differences
}

fn damages(archive: &[u8]) -> Vec<Damage> {
    let received = read(Cursor::new(archive), 2, true, |_, _| Ok(()), |_| Ok(()));
    received.map_or_else(
        |error| vec![Damage { what: format!("{error}: {:?}", error.reasons()), paths: Vec::new() }],
        |received| received.damages,
    )
}

fn volume() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Numbers that no compression makes smaller; each length has its own.
fn noise(length: usize) -> Vec<u8> {
    let mut state = length as u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// One of everything that a file system knows.
fn odd_volume() -> TempDir {
    let volume = volume();
    let at = |path: &str| volume.path().join(path);
    fs::create_dir_all(at("empty")).unwrap();
    fs::create_dir_all(at("deep").join("a".repeat(200)).join("b".repeat(200))).unwrap();
    fs::write(at("deep").join("a".repeat(200)).join("b".repeat(200)).join("long"), "x").unwrap();
    fs::write(at("small"), "small").unwrap();
    fs::write(at("nothing"), "").unwrap();
    fs::write(at("large"), noise(5 * 1024 * 1024 + 17)).unwrap();
    fs::write(at("one-piece"), noise(2 * 1024 * 1024)).unwrap();
    fs::hard_link(at("small"), at("second-name")).unwrap();
    fs::hard_link(at("large"), at("second-name-of-large")).unwrap();
    symlink("/etc/passwd", at("link-out")).unwrap();
    symlink("../../..", at("link-up")).unwrap();
    symlink("small", at("link")).unwrap();
    let holes = fs::File::create(at("holes")).unwrap();
    holes.set_len(300 << 20).unwrap();
    holes.write_all_at(b"begin", 1 << 20).unwrap();
    holes.write_all_at(&noise(3 << 20), 100 << 20).unwrap();
    fs::File::create(at("only-a-hole")).unwrap().set_len(1 << 40).unwrap();
    fs::write(volume.path().join(std::ffi::OsStr::from_bytes(b"not \xff UTF-8\n = %")), "y").unwrap();
    rustix::fs::setxattr(at("small"), "user.a=b%", b"\0value\n", XattrFlags::empty()).unwrap();
    rustix::fs::setxattr(at("empty"), "user.empty", b"", XattrFlags::empty()).unwrap();
    let here = rustix::fs::CWD;
    rustix::fs::mknodat(here, at("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    if rustix::process::getuid().is_root() {
        let null = rustix::fs::makedev(1, 3);
        rustix::fs::mknodat(here, at("null"), FileType::CharacterDevice, Mode::RWXU, null).unwrap();
        rustix::fs::mknodat(here, at("disk"), FileType::BlockDevice, Mode::RWXU, rustix::fs::makedev(7, 300))
            .unwrap();
        std::os::unix::fs::chown(at("small"), Some(3_000_000_000), Some(70_000)).unwrap();
        std::os::unix::fs::lchown(at("link"), Some(1000), Some(1000)).unwrap();
        fs::write(at("capable"), "#!").unwrap();
        let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        rustix::fs::setxattr(at("capable"), "security.capability", &capability, XattrFlags::empty()).unwrap();
    }
    fs::set_permissions(at("nothing"), fs::Permissions::from_mode(0o4711)).unwrap();
    fs::set_permissions(at("empty"), fs::Permissions::from_mode(0o1777)).unwrap();
    fs::set_permissions(volume.path(), fs::Permissions::from_mode(0o2750)).unwrap();
    let times = |path: &str, time: &str| {
        assert!(Command::new("touch").args(["-h", "-d", time]).arg(at(path)).status().unwrap().success());
    };
    times("link", "1960-01-01T00:00:00.123456789Z");
    times("deep", "2001-09-09T01:46:40.000000001Z");
    times("empty", "2500-01-01T00:00:00.999999999Z");
    times(".", "1999-12-31T23:59:59.5Z");
    volume
}

#[test]
fn everything_that_a_file_system_knows_is_restored() {
    let (volume, target) = (odd_volume(), volume());
    restored(&packed(volume.path()), target.path()).unwrap();
    assert_eq!(differences(volume.path(), target.path()), []);
    let allocated = |name: &str| {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(target.path().join(name)).unwrap().blocks() * 512
    };
    assert!(allocated("holes") < 8 << 20 && allocated("only-a-hole") < 1 << 20, "holes stay holes");
    use std::os::unix::fs::MetadataExt;
    let inode = |name: &str| fs::metadata(target.path().join(name)).unwrap().ino();
    assert_eq!(inode("small"), inode("second-name"));
    assert_eq!(inode("large"), inode("second-name-of-large"));
}

#[test]
fn everything_that_a_file_system_knows_is_copied() {
    let (volume, target) = (odd_volume(), volume());
    let copied = copied(volume.path(), target.path());
    assert_eq!(differences(volume.path(), target.path()), []);
    assert_eq!(copied.counts, packed_as(volume.path(), Compression::None).unwrap().1.counts);
    use std::os::unix::fs::MetadataExt;
    let facts = |name: &str| fs::metadata(target.path().join(name)).unwrap();
    assert!(facts("holes").blocks() * 512 < 8 << 20, "holes stay holes");
    assert_eq!(facts("large").ino(), facts("second-name-of-large").ino());
}

#[test]
fn gzip_and_plain_tar_hold_the_same() {
    let volume = odd_volume();
    for compression in [Compression::Gzip, Compression::None] {
        let target = self::volume();
        let (archive, _) = packed_as(volume.path(), compression).unwrap();
        restored(&archive, target.path()).unwrap();
        assert_eq!(differences(volume.path(), target.path()), [], "{compression:?}");
    }
}

#[test]
fn a_plain_archive_holds_the_same() {
    let (volume, target) = (odd_volume(), self::volume());
    let packing = Packing { head: None, compression: Compression::Zstd };
    let (archive, _) = pack(&Root::open(volume.path()).unwrap(), &packing, Vec::new(), |_| {}).unwrap();
    restored(&archive, target.path()).unwrap();
    assert_eq!(differences(volume.path(), target.path()), []);
}

#[test]
fn the_same_volume_gives_the_same_bytes() {
    let volume = odd_volume();
    assert!(packed(volume.path()) == packed(volume.path()));
}

#[test]
fn any_tar_unpacks_a_backup() {
    let (volume, target) = (odd_volume(), self::volume());
    let archive = target.path().join("backup.tar.zst");
    fs::write(&archive, packed(volume.path())).unwrap();
    let out = self::volume();
    let script = "zstd -dcq \"$0\" | tar --warning=no-timestamp --xattrs --xattrs-include='*' --numeric-owner -xpf - -C \"$1\"";
    let output = Command::new("sh").args(["-c", script]).arg(&archive).arg(out.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nothing for tar to wonder about");
    let left = differences(volume.path(), out.path()).into_iter().filter(|difference| {
        // GNU tar gives the root no time, as it creates it before.
        !matches!(difference, Difference::Changed(entry, _) if entry.path.is_empty())
    });
    assert_eq!(left.collect::<Vec<_>>(), []);
}

#[test]
fn archives_of_other_tools_are_read() {
    let (volume, out) = (odd_volume(), self::volume());
    for (format, target) in [("posix", self::volume()), ("gnu", self::volume())] {
        let archive = out.path().join(format);
        let words =
            ["--xattrs", "--xattrs-include=*", "--numeric-owner", "--exclude=only-a-hole", "--exclude=holes"];
        let mut tar = Command::new("tar");
        tar.args(["-c", &format!("--format={format}")]).args(words.iter().skip(if format == "gnu" {
            2
        } else {
            0
        }));
        let status =
            tar.arg("-f").arg(&archive).args(["--sort=name", "-C"]).arg(volume.path()).arg(".").status();
        assert!(status.unwrap().success());
        restored(&fs::read(&archive).unwrap(), target.path()).unwrap();
        let names = |folder: &Path| fs::read_dir(folder).unwrap().count();
        assert_eq!(names(target.path()), names(volume.path()) - 2);
        assert_eq!(
            fs::read(target.path().join("large")).unwrap(),
            fs::read(volume.path().join("large")).unwrap()
        );
    }
}

/// A few small files and a large one, so that each of a block's parts is there.
fn small_backup() -> (TempDir, Vec<u8>) {
    let volume = volume();
    for name in ["a", "b/c", "b/d", "e"] {
        let path = volume.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name.repeat(40)).unwrap();
    }
    fs::write(volume.path().join("large"), vec![b'l'; 5 << 20]).unwrap();
    let archive = packed(volume.path());
    (volume, archive)
}

#[test]
fn every_flipped_byte_is_told() {
    let (_volume, sound) = small_backup();
    assert_eq!(damages(&sound), []);
    for at in 0..sound.len() {
        let mut archive = sound.clone();
        archive[at] ^= 1 << (at % 8);
        let told = damages(&archive);
        assert!(!told.is_empty(), "byte {at} of {}", sound.len());
    }
}

#[test]
fn a_flip_in_one_file_names_this_file() {
    let volume = volume();
    for number in 0..8 {
        fs::write(volume.path().join(format!("file-{number}")), noise(900_000 + number)).unwrap();
    }
    let mut archive = packed(volume.path());
    let middle = archive.len() / 2;
    archive[middle] ^= 4;
    let told = damages(&archive);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].paths.len(), 1, "{told:?}");
}

#[test]
fn a_large_file_that_is_hit_or_cut_off_is_named_once() {
    let volume = volume();
    fs::write(volume.path().join("large"), noise(7 << 20)).unwrap();
    for compression in [Compression::Zstd, Compression::Gzip, Compression::None] {
        let (sound, _) = packed_as(volume.path(), compression).unwrap();
        let mut hit = sound.clone();
        hit[sound.len() / 2] ^= 4;
        for (what, archive) in [("hit", &hit[..]), ("cut off", &sound[..sound.len() / 2])] {
            let told = damages(archive);
            let named: Vec<&str> = told
                .iter()
                .flat_map(|damage| &damage.paths)
                .map(|path| std::str::from_utf8(path).unwrap())
                .collect();
            assert_eq!(named, ["large"], "{compression:?}, {what}: {told:?}");
        }
    }
}

#[test]
fn a_backup_that_is_cut_off_anywhere_is_refused() {
    let (volume, sound) = small_backup();
    for length in (0..sound.len()).step_by(7) {
        assert!(!damages(&sound[..length]).is_empty(), "{length} of {} bytes", sound.len());
    }
    for compression in [Compression::Gzip, Compression::None] {
        let (sound, _) = packed_as(volume.path(), compression).unwrap();
        assert_eq!(damages(&sound), []);
        for length in (0..sound.len() - 1024).step_by(sound.len() / 97) {
            assert!(!damages(&sound[..length]).is_empty(), "{length} of {} bytes", sound.len());
        }
    }
}

#[test]
fn a_failed_restore_leaves_the_old_content() {
    let (_volume, archive) = small_backup();
    let target = volume();
    fs::write(target.path().join("precious"), "old").unwrap();
    fs::set_permissions(target.path(), fs::Permissions::from_mode(0o710)).unwrap();
    let before = packed(target.path());
    for length in [3, 100, archive.len() / 2, archive.len() - 1] {
        restored(&archive[..length], target.path()).unwrap_err();
        assert!(packed(target.path()) == before, "{length} bytes");
    }
    restored(&archive, target.path()).unwrap();
    assert!(!target.path().join("precious").exists());
}

#[test]
fn a_restore_that_was_killed_is_undone_or_finished() {
    let (volume, archive) = small_backup();
    let target = self::volume();
    let root = Root::open(target.path()).unwrap();
    fs::write(target.path().join("a"), "old").unwrap();
    fs::write(target.path().join("old"), "old").unwrap();
    let before = packed(target.path());

    let begun = Replacement::begin(&root, "killed").unwrap();
    unpack(Cursor::new(&archive), &begun.folder().unwrap(), |_| {}).unwrap();
    drop(begun);
    assert!(repair(&root).unwrap());
    assert!(packed(target.path()) == before, "without the mark nothing has happened");

    let begun = Replacement::begin(&root, "killed").unwrap();
    unpack(Cursor::new(&archive), &begun.folder().unwrap(), |_| {}).unwrap();
    begun.complete().unwrap();
    drop(begun);
    fs::rename(target.path().join("a"), target.path().join(".devc-restore-killed/old/a")).unwrap();
    assert!(repair(&root).unwrap());
    assert_eq!(differences(volume.path(), target.path()), []);
    assert!(!repair(&root).unwrap());
}

fn plain(path: &str, kind: Kind) -> Entry {
    let modified = Time { seconds: 1, nanoseconds: 0 };
    Entry { path: path.into(), kind, mode: 0o644, uid: 0, gid: 0, modified, attributes: BTreeMap::new() }
}

/// The archive of somebody who means harm.
fn hostile(entries: &[(Entry, &[u8])]) -> Vec<u8> {
    let mut filling = Filling::default();
    entries.iter().for_each(|(entry, content)| filling.entry(entry, content));
    filling.end();
    filling.finish().0.bytes
}

#[test]
fn hostile_archives_are_refused_and_write_nothing_outside() {
    let parent = volume();
    let target = parent.path().join("volume");
    fs::create_dir(&target).unwrap();
    fs::write(parent.path().join("outside"), "untouched").unwrap();
    let file = |path| (plain(path, Kind::File(crate::backup::Content::plain(4))), &b"evil"[..]);
    let link = |path, to: &str| (plain(path, Kind::SymbolicLink(to.into())), &b""[..]);
    let hard = |path, to: &str| (plain(path, Kind::HardLink(to.into())), &b""[..]);
    let up = parent.path().to_str().unwrap();
    let check = |entries: &[(Entry, &[u8])]| {
        let error = restored(&hostile(entries), &target).unwrap_err();
        assert!(fs::read_dir(&target).unwrap().next().is_none(), "{error}");
        assert_eq!(fs::read(parent.path().join("outside")).unwrap(), b"untouched");
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 2, "{error}");
    };
    check(&[file("../evil")]);
    check(&[file("a/../../evil")]);
    check(&[file("/tmp/evil")]);
    check(&[file("a//b")]);
    check(&[link("out", up), file("out/evil")]);
    check(&[link("out", ".."), file("out/outside")]);
    check(&[hard("a", "../outside")]);
    check(&[hard("a", &format!("{up}/outside"))]);
    check(&[link("out", ".."), hard("a", "out/outside")]);
    check(&[file("a"), file("a")]);
    check(&[file("a"), file("a/b")]);
    check(&[(plain("..", Kind::Folder), &b""[..])]);
}

#[test]
fn an_archive_that_claims_more_than_there_can_be_is_refused() {
    let target = volume();
    let check = |entry: Entry, reason: &str| {
        let error = restored(&hostile(&[(entry, b"")]), target.path()).unwrap_err();
        let told = format!("{error}: {}", error.reasons().join(": "));
        assert!(told.contains(reason) && told.len() < 400, "{told}");
        assert!(fs::read_dir(target.path()).unwrap().next().is_none(), "{told}");
    };
    let file = |size, stored, is_sparse| Kind::File(crate::backup::Content { size, stored, is_sparse });
    check(plain("endless", file(u64::MAX, u64::MAX, false)), "endless");
    check(plain("bomb", file(1 << 40, 1 << 40, false)), "bomb");
    check(plain("all-holes", file(u64::MAX, 0, true)), "all-holes");
    check(plain(&["a"; 100_000].join("/"), Kind::Folder), "too long");
    check(plain(&"a".repeat(2 << 20), Kind::Folder), "too large");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_told() {
    let volume = volume();
    let log = volume.path().join("log");
    fs::write(&log, noise(40 << 20)).unwrap();
    let (root, head) = (Root::open(volume.path()).unwrap(), head());
    let packing = Packing { head: Some(&head), compression: Compression::Zstd };
    let mut writes = 0_u64;
    let (archive, tail) = pack(&root, &packing, Vec::new(), |_| {
        writes += 1;
        fs::OpenOptions::new()
            .append(true)
            .open(&log)
            .unwrap()
            .write_all_at(b"x", (40 << 20) + writes)
            .unwrap();
    })
    .unwrap();
    assert_eq!(tail.changed.first, ["log"]);
    assert_eq!(damages(&archive), [], "it is a sound backup of what was seen");
}

#[derive(Clone, Debug)]
enum Node {
    File(Vec<u8>),
    /// So long, with data only at the end.
    Holes(u64, Vec<u8>),
    Link(Vec<u8>),
    Pipe,
    Device(u32, u32),
    /// Another name of the file that came last.
    HardLink,
    Folder(BTreeMap<Vec<u8>, Known>),
}

/// Something with what a file system knows of it.
#[derive(Clone, Debug)]
struct Known {
    node: Node,
    mode: u32,
    /// Only root may give things away.
    owner: (u32, u32),
    modified: (i64, u32),
    attribute: Option<(Vec<u8>, Vec<u8>)>,
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![9 => 1..20_usize, 1 => 200..=255_usize];
    let byte = prop_oneof![b'a'..=b'e', 1..=46_u8, 48..=255_u8];
    length
        .prop_flat_map(move |length| prop::collection::vec(byte.clone(), length))
        .prop_filter("a name", |name| !matches!(&name[..], b"." | b".."))
}

fn known(node: impl Strategy<Value = Node>) -> impl Strategy<Value = Known> {
    let id = || prop_oneof![0..2000_u32, 65_530..70_000_u32, 2_999_999_990..3_000_000_000_u32];
    // What ext4 can hold.
    let modified = (-2_000_000_000..15_000_000_000_i64, 0..1_000_000_000_u32);
    let value = prop::collection::vec(any::<u8>(), 0..100);
    let attribute = prop::option::of(("user\\.[a-z=%.]{1,30}".prop_map(String::into_bytes), value));
    (node, 0o400..=0o7777_u32, (id(), id()), modified, attribute)
        .prop_map(|(node, mode, owner, modified, attribute)| Known { node, mode, owner, modified, attribute })
}

fn tree() -> impl Strategy<Value = BTreeMap<Vec<u8>, Known>> {
    let leaf = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..2000).prop_map(Node::File),
        1 => (0..1_u64 << 40, prop::collection::vec(any::<u8>(), 0..2000)).prop_map(|(at, end)| Node::Holes(at, end)),
        1 => prop::collection::vec(1..=255_u8, 1..300).prop_map(Node::Link),
        1 => Just(Node::Pipe),
        1 => (0..4096_u32, 0..1_048_576_u32).prop_map(|(major, minor)| Node::Device(major, minor)),
        1 => Just(Node::HardLink),
    ];
    let tree = known(leaf).prop_recursive(6, 40, 6, |node| {
        known(prop::collection::btree_map(name(), node, 0..6).prop_map(Node::Folder))
    });
    prop::collection::btree_map(name(), tree, 0..6)
}

fn plant(folder: &Path, nodes: &BTreeMap<Vec<u8>, Known>, last_file: &mut Option<PathBuf>) {
    for (name, known) in nodes {
        let path: PathBuf = folder.join(std::ffi::OsStr::from_bytes(name));
        // What we may not make is not there.
        if make(&path, &known.node, last_file) {
            adorn(&path, known);
        }
    }
}

fn make(path: &Path, node: &Node, last_file: &mut Option<PathBuf>) -> bool {
    let here = rustix::fs::CWD;
    match node {
        Node::File(bytes) => {
            fs::write(path, bytes).unwrap();
            *last_file = Some(path.to_owned());
        }
        Node::Holes(at, end) => fs::File::create(path).unwrap().write_all_at(end, *at).unwrap(),
        Node::Link(target) => symlink(std::ffi::OsStr::from_bytes(target), path).unwrap(),
        Node::Pipe => rustix::fs::mknodat(here, path, FileType::Fifo, Mode::RWXU, 0).unwrap(),
        Node::Device(major, minor) => {
            let number = rustix::fs::makedev(*major, *minor);
            return rustix::fs::mknodat(here, path, FileType::CharacterDevice, Mode::RWXU, number).is_ok();
        }
        Node::HardLink => {
            return last_file.as_ref().is_some_and(|first| fs::hard_link(first, path).is_ok());
        }
        Node::Folder(nodes) => {
            fs::create_dir(path).unwrap();
            plant(path, nodes, last_file);
        }
    }
    true
}

fn adorn(path: &Path, known: &Known) {
    if rustix::process::getuid().is_root() {
        std::os::unix::fs::lchown(path, Some(known.owner.0), Some(known.owner.1)).unwrap();
    }
    if let Some((name, value)) = &known.attribute {
        // Only files and folders have those of users.
        let _ = rustix::fs::lsetxattr(path, std::ffi::OsStr::from_bytes(name), value, XattrFlags::empty());
    }
    if !path.is_symlink() {
        // Who is not root has to be able to read it.
        let readable = if path.is_dir() { 0o500 } else { 0o400 };
        fs::set_permissions(path, fs::Permissions::from_mode(known.mode | readable)).unwrap();
    }
    let modified = Time { seconds: known.modified.0, nanoseconds: known.modified.1 };
    let times = attributes::times(modified);
    rustix::fs::utimensat(rustix::fs::CWD, path, &times, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_tree_is_restored_and_copied_as_it_was(tree in tree()) {
        let (volume, target, copy) = (volume(), volume(), self::volume());
        plant(volume.path(), &tree, &mut None);
        restored(&packed(volume.path()), target.path()).unwrap();
        prop_assert_eq!(differences(volume.path(), target.path()), []);
        copied(volume.path(), copy.path());
        prop_assert_eq!(differences(volume.path(), copy.path()), []);
    }
}
