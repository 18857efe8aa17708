use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tar::{Builder, EntryType, Header};

use super::*;

/// An archive as a stranger may make it: names are taken as they are.
fn archive(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, text) in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o4755);
        let is_file = *kind == EntryType::Regular;
        header.set_size(if is_file { text.len() as u64 } else { 0 });
        if !is_file {
            header.as_old_mut().linkname[..text.len()].copy_from_slice(text.as_bytes());
        }
        header.set_cksum();
        builder.append(&header, if is_file { text.as_bytes() } else { b"" }).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn listing(package: &Package) -> String {
    let line = |entry: &Entry| match &entry.content {
        Content::Folder => format!("{:o} {}/", entry.mode, entry.path),
        Content::File(bytes) => {
            format!("{:o} {}: {}", entry.mode, entry.path, String::from_utf8_lossy(bytes))
        }
        Content::Link(target) => format!("{:o} {} -> {target}", entry.mode, entry.path),
    };
    package.entries().iter().map(line).collect::<Vec<_>>().join("\n")
}

fn reason(bytes: &[u8]) -> String {
    let error = Package::read(bytes).unwrap_err();
    std::error::Error::source(&error).unwrap().to_string()
}

#[test]
fn archives_are_read_gzipped_or_not() {
    let bytes = archive(&[
        ("./", EntryType::Directory, ""),
        ("./install.sh", EntryType::Regular, "echo"),
        ("lib/b", EntryType::Regular, "b"),
        ("lib/", EntryType::Directory, ""),
        ("again", EntryType::Link, "./lib/b"),
        ("away", EntryType::Symlink, "/etc/os-release"),
        ("install.sh", EntryType::Regular, "echo 2"),
    ]);
    let package = Package::read(&bytes).unwrap();
    insta::assert_snapshot!(listing(&package), @r"
    755 again: b
    755 away -> /etc/os-release
    755 install.sh: echo 2
    755 lib/
    755 lib/b: b
    ");
    assert_eq!(package.text("install.sh"), Some("echo 2"));
    assert_eq!(package.text("away"), None, "links are not followed");
    assert_eq!(Package::read(&gzipped(&bytes)).unwrap(), package);
}

#[test]
fn nothing_is_longer_in_memory_than_it_may_be() {
    let refused = |bytes: &[u8]| {
        let error = Package::read_within(bytes, 1 << 20).unwrap_err();
        std::error::Error::source(&error).unwrap().to_string()
    };
    let mut header = Header::new_gnu();
    header.as_gnu_mut().unwrap().name[0] = b'x';
    header.set_entry_type(EntryType::GNUSparse);
    header.set_size(0);
    let sparse = header.as_gnu_mut().unwrap();
    sparse.realsize = *b"10000000000\0";
    sparse.sparse[0].offset = *b"10000000000\0";
    sparse.sparse[0].numbytes = *b"00000000000\0";
    header.set_cksum();
    let mut builder = Builder::new(Vec::new());
    builder.append(&header, &b""[..]).unwrap();
    assert_eq!(refused(&builder.into_inner().unwrap()), "it holds more than 512 MiB");

    let text = "x".repeat(100_000);
    let names: Vec<String> = (0..20).map(|number| format!("link-{number}")).collect();
    let mut entries = vec![("file", EntryType::Regular, text.as_str())];
    entries.extend(names.iter().map(|name| (name.as_str(), EntryType::Link, "file")));
    assert_eq!(refused(&archive(&entries)), "it holds more than 512 MiB");

    let mut builder = Builder::new(Vec::new());
    let mut header = Header::new_gnu();
    header.set_size(0);
    builder.append_data(&mut header, "a/".repeat(3000) + "a", &b""[..]).unwrap();
    assert_eq!(refused(&builder.into_inner().unwrap()), "one of its names is longer than 4096 bytes");
}

#[test]
fn names_that_lead_out_are_refused() {
    let one = |name, kind, target| reason(&archive(&[(name, kind, target)]));
    assert_eq!(one("../x", EntryType::Regular, "x"), "its entry '../x' leads out of it");
    assert_eq!(one("a/../../x", EntryType::Regular, "x"), "its entry 'a/../../x' leads out of it");
    assert_eq!(one("/etc/x", EntryType::Regular, "x"), "its entry '/etc/x' leads out of it");
    assert_eq!(one("dev", EntryType::Char, ""), "'dev' is neither file, folder nor link");
    assert_eq!(one("a", EntryType::Symlink, ""), "its link 'a' leads nowhere");
    assert_eq!(one("a", EntryType::Link, "b"), "'a' is a hard link to 'b', which is not in it");
    let behind = archive(&[("a", EntryType::Symlink, "/etc"), ("a/passwd", EntryType::Regular, "x")]);
    assert_eq!(reason(&behind), "'a/passwd' is inside 'a', which is no folder");
}

#[test]
fn damaged_archives_are_refused() {
    let whole = archive(&[("a", EntryType::Regular, &"x".repeat(2000))]);
    assert_eq!(reason(&whole[..1024]), "it is no tar archive, or its end is missing");
    assert_eq!(reason(b"<html>"), "it is no tar archive, or its end is missing");
    assert_eq!(reason(b""), "it is no tar archive, or its end is missing");
    let packed = gzipped(&whole);
    assert!(reason(&packed[..packed.len() / 2]).starts_with("it is damaged"));
    let mut flipped = whole;
    flipped[2] ^= 1;
    assert!(reason(&flipped).starts_with("it is damaged"));
}

#[test]
fn an_archive_that_unpacks_to_too_much_is_refused() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..513 {
        encoder.write_all(&vec![0; 1024 * 1024]).unwrap();
    }
    assert_eq!(reason(&encoder.finish().unwrap()), "it holds more than 512 MiB");
}

#[test]
fn folders_and_archives_hold_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(90);
    fs::create_dir_all(folder.path().join("src").join(&long)).unwrap();
    fs::write(folder.path().join("src").join(&long).join(&long), "deep").unwrap();
    fs::write(folder.path().join("run.sh"), "echo").unwrap();
    fs::set_permissions(folder.path().join("run.sh"), fs::Permissions::from_mode(0o700)).unwrap();
    symlink("run.sh", folder.path().join("alias")).unwrap();

    let package = Package::of_folder(folder.path()).unwrap();
    let archive = package.to_tar();
    assert!(archive.windows(9).any(|bytes| bytes == b"./run.sh\0"), "the reference CLI wants the dot");
    let read = Package::read(&archive).unwrap();
    assert_eq!(read.to_tar(), archive);
    assert_eq!(read.text(&format!("src/{long}/{long}")), Some("deep"));
    assert_eq!(listing(&read).lines().next(), Some("755 alias -> run.sh"));

    let copy = tempfile::tempdir().unwrap();
    read.write_to(&copy.path().join("new"), None).unwrap();
    assert_eq!(Package::of_folder(&copy.path().join("new")).unwrap().to_tar(), package.to_tar());
}

#[test]
fn one_mode_for_all_is_kept_whatever_the_umask() {
    let folder = tempfile::tempdir().unwrap();
    let package = Package::read(&archive(&[("a/b", EntryType::Regular, "x")])).unwrap();
    package.write_to(&folder.path().join("to"), Some(0o775)).unwrap();
    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode("to"), mode("to/a"), mode("to/a/b")], [0o775; 3]);
}

#[test]
fn what_exists_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("outside"), "kept").unwrap();
    fs::create_dir(folder.path().join("to")).unwrap();
    symlink("../outside", folder.path().join("to/a")).unwrap();
    let package = Package::read(&archive(&[("a", EntryType::Regular, "new")])).unwrap();
    assert!(package.write_to(&folder.path().join("to"), None).is_err());
    assert_eq!(fs::read_to_string(folder.path().join("outside")).unwrap(), "kept");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
        let _ = Package::read(&bytes);
    }

    #[test]
    fn texts_that_are_added_are_found_again(names in prop::collection::vec("[a-z]{1,3}", 1..8)) {
        let mut package = Package::default();
        for name in &names {
            package.add_text(name, name);
        }
        let read = Package::read(&package.to_tar()).unwrap();
        for name in &names {
            prop_assert_eq!(read.text(name), Some(name.as_str()));
        }
    }
}
