//! Tar headers: an [`Entry`] as bytes, and bytes as an entry.
//!
//! Written is the pax format, which every tar of today reads: the plain header holds what fits, and extended records
//! hold the rest. Digests travel as `comment` records, which readers are told to ignore. Read is more than is written:
//! the long names of GNU tar too, for archives of other tools.

use std::collections::BTreeMap;

use tar::{EntryType, Header};

use super::digest::Digest;
use super::entry::{Content, Device, Entry, Kind, Time};
use super::{RECORD, damaged, pax};
use crate::error::Result;

/// The largest extended header that is read; the Go tools have the same limit.
const LARGEST_EXTENSION: usize = 1 << 20;

/// Begins the `comment` that holds a digest.
const DIGEST: &[u8] = b"blake3 ";

/// The beginning of what stands in an archive at some place.
#[derive(Debug)]
pub enum Token {
    /// More bytes are needed to tell: this many in all.
    Needs(usize),
    /// An entry begins.
    Entry(Box<Head>),
    /// A comment on the archive or on what came before.
    Comment {
        /// The text, without what other keywords may stand beside it.
        text: Vec<u8>,
        /// How many bytes it takes.
        length: usize,
    },
    /// The archive ends.
    End,
}

/// An entry's headers.
#[derive(Debug)]
pub struct Head {
    /// What they say.
    pub entry: Entry,
    /// The digest of its stored content, where it stands before it.
    pub digest: Option<Digest>,
    /// How many bytes the headers take.
    pub length: usize,
}

/// The headers of an entry; with a `digest` of its content if that is known by now.
pub fn encode(entry: &Entry, digest: Option<&Digest>) -> Vec<u8> {
    let mut records = Vec::new();
    let mut header = Header::new_ustar();
    header.set_mode(entry.mode & 0o7777);
    header.set_entry_type(entry_type(&entry.kind));
    set_number(entry.uid.into(), 0o7_777_777, b"uid", &mut records, |number| header.set_uid(number));
    set_number(entry.gid.into(), 0o7_777_777, b"gid", &mut records, |number| header.set_gid(number));
    set_number(entry.stored(), 0o77_777_777_777, b"size", &mut records, |number| header.set_size(number));
    set_time(entry.modified, &mut header, &mut records);
    set_names(entry, &mut header, &mut records);
    if let Kind::CharacterDevice(device) | Kind::BlockDevice(device) = &entry.kind
        && let Some(ustar) = header.as_ustar_mut()
    {
        ustar.set_device_major(device.major);
        ustar.set_device_minor(device.minor);
    }
    for (name, value) in &entry.attributes {
        pax::push(&mut records, &[b"SCHILY.xattr.", &escaped(name)[..]].concat(), value);
    }
    if let Some(digest) = digest {
        pax::push(&mut records, b"comment", &digest_comment(digest));
    }
    let mut bytes = if records.is_empty() { Vec::new() } else { extension(EntryType::XHeader, &records) };
    header.set_cksum();
    bytes.extend_from_slice(header.as_bytes());
    bytes
}

/// A comment on the archive, which every tar ignores.
pub fn encode_comment(text: &[u8]) -> Vec<u8> {
    let mut records = Vec::new();
    pax::push(&mut records, b"comment", text);
    extension(EntryType::XGlobalHeader, &records)
}

/// The text of a comment that holds a digest.
pub fn digest_comment(digest: &Digest) -> Vec<u8> {
    [DIGEST, crate::name::hex(digest).as_bytes()].concat()
}

/// The digest in a comment; `None` when it is about something else.
pub fn digest_in(comment: &[u8]) -> Option<Digest> {
    let digits = std::str::from_utf8(comment.strip_prefix(DIGEST)?).ok()?;
    blake3::Hash::from_hex(digits).ok().map(Into::into)
}

fn extension(kind: EntryType, records: &[u8]) -> Vec<u8> {
    let mut header = Header::new_ustar();
    set_text(&mut header.as_old_mut().name, b"pax_header");
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(kind);
    header.set_size(records.len() as u64);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(records);
    bytes.resize(bytes.len().next_multiple_of(RECORD), 0);
    bytes
}

fn set_number(number: u64, largest: u64, keyword: &[u8], records: &mut Vec<u8>, mut set: impl FnMut(u64)) {
    if number > largest {
        pax::push(records, keyword, number.to_string().as_bytes());
    }
    set(if number > largest { 0 } else { number });
}

fn set_time(time: Time, header: &mut Header, records: &mut Vec<u8>) {
    let plain = u64::try_from(time.seconds).ok().filter(|seconds| *seconds <= 0o77_777_777_777);
    header.set_mtime(plain.unwrap_or(0));
    if plain.is_none() || time.nanoseconds != 0 {
        pax::push(records, b"mtime", decimal(time).as_bytes());
    }
}

/// A moment as a decimal fraction. Before 1970 that counts backwards, while [`Time`] never does.
fn decimal(time: Time) -> String {
    match (time.seconds, time.nanoseconds) {
        (seconds, 0) => seconds.to_string(),
        (seconds @ 0.., nanoseconds) => format!("{seconds}.{nanoseconds:09}"),
        (seconds, nanoseconds) => format!("-{}.{:09}", -(seconds + 1), 1_000_000_000 - nanoseconds),
    }
}

fn set_names(entry: &Entry, header: &mut Header, records: &mut Vec<u8>) {
    let mut path = entry.path.clone();
    if path.is_empty() {
        path.push(b'.');
    }
    if entry.kind == Kind::Folder {
        path.push(b'/');
    }
    let is_sparse = matches!(&entry.kind, Kind::File(content) if content.is_sparse);
    let target = match &entry.kind {
        Kind::SymbolicLink(target) | Kind::HardLink(target) => &target[..],
        _ => b"",
    };
    if is_sparse {
        let size = if let Kind::File(content) = &entry.kind { content.size } else { 0 };
        pax::push(records, b"GNU.sparse.major", b"1");
        pax::push(records, b"GNU.sparse.minor", b"0");
        pax::push(records, b"GNU.sparse.name", &path);
        pax::push(records, b"GNU.sparse.realsize", size.to_string().as_bytes());
    } else if !fits(&path, 100) {
        pax::push(records, b"path", &path);
    }
    if !fits(target, 100) {
        pax::push(records, b"linkpath", target);
    }
    let names = header.as_old_mut();
    set_text(&mut names.name, if is_sparse { b"GNUSparseFile.0" } else { &path });
    set_text(&mut names.linkname, target);
}

fn fits(text: &[u8], room: usize) -> bool {
    text.len() <= room && text.is_ascii()
}

fn set_text(field: &mut [u8; 100], text: &[u8]) {
    let length = text.len().min(field.len());
    field.fill(0);
    field[..length].copy_from_slice(&text[..length]);
}

fn entry_type(kind: &Kind) -> EntryType {
    match kind {
        Kind::File(_) => EntryType::Regular,
        Kind::Folder => EntryType::Directory,
        Kind::SymbolicLink(_) => EntryType::Symlink,
        Kind::HardLink(_) => EntryType::Link,
        Kind::Pipe => EntryType::Fifo,
        Kind::CharacterDevice(_) => EntryType::Char,
        Kind::BlockDevice(_) => EntryType::Block,
    }
}

/// A keyword ends at its `=`, so names that hold one have it spelled as in a URL, as GNU tar does.
fn escaped(name: &[u8]) -> Vec<u8> {
    let spelled = |byte: &u8| match byte {
        b'=' => b"%3D".to_vec(),
        b'%' => b"%25".to_vec(),
        other => vec![*other],
    };
    name.iter().flat_map(spelled).collect()
}

fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut rest = name;
    while let [first, tail @ ..] = rest {
        let (byte, length) = match rest {
            [b'%', b'3', b'D', ..] => (b'=', 3),
            [b'%', b'2', b'5', ..] => (b'%', 3),
            _ => (*first, 1),
        };
        plain.push(byte);
        rest = &tail[length - 1..];
    }
    plain
}

/// What the headers before an entry say about it.
#[derive(Default)]
struct Extensions {
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    length: usize,
}

/// Tells what begins at the start of `bytes`.
pub fn decode(bytes: &[u8]) -> Result<Token> {
    let mut extensions = Extensions::default();
    loop {
        let at = extensions.length;
        let Some(block) = bytes.get(at..at + RECORD) else { return Ok(Token::Needs(at + RECORD)) };
        if block.iter().all(|byte| *byte == 0) {
            return if at == 0 { Ok(Token::End) } else { Err(damaged("an extended header stands alone")) };
        }
        let header = checked(block)?;
        let kind = header.entry_type();
        let is_comment = kind == EntryType::XGlobalHeader;
        if !is_comment && kind != EntryType::XHeader && !matches!(kind.as_byte(), b'L' | b'K') {
            let length = at + RECORD;
            return Ok(Token::Entry(Box::new(entry_of(header, extensions.records, length)?)));
        }
        let size = header.size().map_err(|error| damaged("a header is malformed").because(error))?;
        let room = LARGEST_EXTENSION.saturating_sub(at);
        let size = usize::try_from(size).ok().filter(|size| *size <= room);
        let size = size.ok_or_else(|| damaged("an extended header is too large"))?;
        let end = at + RECORD + size.next_multiple_of(RECORD);
        let Some(data) = bytes.get(at + RECORD..end) else { return Ok(Token::Needs(end)) };
        let data = &data[..size];
        match kind.as_byte() {
            b'g' if at > 0 => return Err(damaged("a comment stands between the headers of an entry")),
            b'g' => return Ok(Token::Comment { text: comment_in(data)?, length: end }),
            b'L' => extensions.put(b"path", without_end(data)),
            b'K' => extensions.put(b"linkpath", without_end(data)),
            _ => pax::parse(data)?.into_iter().for_each(|(name, value)| extensions.put(name, value)),
        }
        extensions.length = end;
    }
}

impl Extensions {
    fn put(&mut self, keyword: &[u8], value: &[u8]) {
        self.records.insert(keyword.to_vec(), value.to_vec());
    }
}

fn checked(block: &[u8]) -> Result<&Header> {
    let header = Header::from_byte_slice(block);
    let sum: u32 =
        block[..148].iter().chain(&block[156..]).map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32;
    match header.cksum() {
        Ok(expected) if expected == sum => Ok(header),
        _ => Err(damaged("a header has another checksum than it says")),
    }
}

fn comment_in(data: &[u8]) -> Result<Vec<u8>> {
    let records = pax::parse(data)?;
    let comment = records.into_iter().find(|(keyword, _)| *keyword == b"comment");
    Ok(comment.map(|(_, text)| text.to_vec()).unwrap_or_default())
}

fn without_end(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn entry_of(header: &Header, mut records: BTreeMap<Vec<u8>, Vec<u8>>, length: usize) -> Result<Head> {
    let malformed = |what: &str| damaged(format!("the {what} in a header is malformed"));
    let number = |records: &BTreeMap<Vec<u8>, Vec<u8>>, keyword: &str, plain: std::io::Result<u64>| {
        match records.get(keyword.as_bytes()) {
            Some(text) => std::str::from_utf8(text).ok().and_then(|text| text.parse::<u64>().ok()),
            None => plain.ok(),
        }
        .ok_or_else(|| malformed(keyword))
    };
    let small = |number: u64, what: &str| u32::try_from(number).map_err(|_| malformed(what));
    let size = number(&records, "size", header.entry_size())?;
    let modified = match records.get(&b"mtime"[..]) {
        Some(text) => time_of(text).ok_or_else(|| malformed("time"))?,
        None => Time { seconds: number(&records, "mtime", header.mtime())?.cast_signed(), nanoseconds: 0 },
    };
    let target = records
        .remove(&b"linkpath"[..])
        .or_else(|| header.link_name_bytes().map(Into::into))
        .unwrap_or_default();
    let path = records.remove(&b"path"[..]).unwrap_or_else(|| header.path_bytes().into());
    let sparse_name = records.remove(&b"GNU.sparse.name"[..]);
    let is_sparse = sparse_name.is_some();
    let real_size = if is_sparse { number(&records, "GNU.sparse.realsize", Ok(size))? } else { size };
    let path = sparse_name.unwrap_or(path);
    let device = || -> Result<Device> {
        let part =
            |number: std::io::Result<Option<u32>>| number.ok().flatten().ok_or_else(|| malformed("device"));
        Ok(Device { major: part(header.device_major())?, minor: part(header.device_minor())? })
    };
    let kind = match header.entry_type() {
        EntryType::Regular | EntryType::Continuous if path.ends_with(b"/") => Kind::Folder,
        EntryType::Regular | EntryType::Continuous => {
            Kind::File(Content { size: real_size, stored: size, is_sparse })
        }
        EntryType::Directory => Kind::Folder,
        EntryType::Symlink => Kind::SymbolicLink(target),
        EntryType::Link => Kind::HardLink(without_dot(&target).to_vec()),
        EntryType::Fifo => Kind::Pipe,
        EntryType::Char => Kind::CharacterDevice(device()?),
        EntryType::Block => Kind::BlockDevice(device()?),
        other => return Err(unknown_kind(other.as_byte(), &path)),
    };
    let entry = Entry {
        path: without_dot(&path).to_vec(),
        mode: header.mode().map_err(|_| malformed("mode"))? & 0o7777,
        uid: small(number(&records, "uid", header.uid())?, "owner")?,
        gid: small(number(&records, "gid", header.gid())?, "group")?,
        modified,
        attributes: attributes_in(&records),
        kind,
    };
    if !matches!(entry.kind, Kind::File(_)) && size != 0 {
        return Err(malformed("size"));
    }
    let digest = records.get(&b"comment"[..]).and_then(|comment| digest_in(comment));
    Ok(Head { entry, digest, length })
}

fn unknown_kind(kind: u8, path: &[u8]) -> crate::error::Error {
    let path = super::entry::shown(path);
    damaged(format!("{path:?} is of a kind that is not known here ({:?})", char::from(kind)))
        .hint("Make the archive with `tar --format=posix`.")
}

/// `./a/` is `a`, and `./` is the root.
fn without_dot(path: &[u8]) -> &[u8] {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let path = path.strip_prefix(b"./").unwrap_or(path);
    if path == b"." { b"" } else { path }
}

fn time_of(text: &[u8]) -> Option<Time> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let (seconds, nanoseconds): (i64, u32) = (whole.parse().ok()?, digits.parse().ok()?);
    Some(match (text.starts_with('-'), nanoseconds) {
        (true, 1..) => Time { seconds: seconds.checked_sub(1)?, nanoseconds: 1_000_000_000 - nanoseconds },
        _ => Time { seconds, nanoseconds },
    })
}

fn attributes_in(records: &BTreeMap<Vec<u8>, Vec<u8>>) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let named =
        records.iter().filter_map(|(keyword, value)| Some((keyword.strip_prefix(b"SCHILY.xattr.")?, value)));
    named.map(|(name, value)| (unescaped(name), value.clone())).collect()
}

#[cfg(test)]
#[path = "header_tests.rs"]
mod tests;
