//! The files of an image, as its builder exports them: what two images have in common, and what not.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

/// What may differ between two builds of the same: logs, caches, and files that hold times.
const PASSING: [&str; 11] = [
    "etc/hostname",
    "etc/hosts",
    "etc/machine-id",
    "etc/resolv.conf",
    "root/.cache",
    "root/.npm",
    "tmp",
    "var/cache/apt",
    "var/cache/ldconfig",
    "var/lib/dbus/machine-id",
    "var/log",
];

/// Folders of compiled Python, which holds the times of its sources.
const COMPILED: &str = "__pycache__";

/// All files of an image by path, without a slash at the beginning.
pub type RootFiles = BTreeMap<String, RootFile>;

/// A file, folder or link, without its times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootFile {
    kind: u8,
    mode: u32,
    owner: (u64, u64),
    target: Option<String>,
    content: Option<[u8; 32]>,
}

/// Reads an exported image as it comes.
pub fn root_files(archive: impl Read) -> io::Result<RootFiles> {
    let mut files = RootFiles::new();
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().trim_start_matches("./").trim_matches('/').to_owned();
        let header = entry.header();
        let mut file = RootFile {
            kind: header.entry_type().as_byte(),
            mode: header.mode()?,
            owner: (header.uid()?, header.gid()?),
            target: entry.link_name()?.map(|target| target.to_string_lossy().into_owned()),
            content: None,
        };
        if entry.header().entry_type().is_file() {
            file.content = Some(blake3::Hasher::new().update_reader(&mut entry)?.finalize().into());
        }
        files.insert(path, file);
    }
    Ok(files)
}

/// What is not the same in both, sorted by path, but for what may differ between two builds of the same.
pub fn differences(one: &RootFiles, other: &RootFiles) -> Vec<String> {
    let all: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    all.into_iter().filter(|path| !is_passing(path)).filter_map(|path| difference(path, one, other)).collect()
}

fn difference(path: &str, one: &RootFiles, other: &RootFiles) -> Option<String> {
    let (one, other) = match (one.get(path), other.get(path)) {
        (Some(one), Some(other)) => (one, other),
        (Some(_), None) => return Some(format!("/{path}: removed")),
        (None, _) => return Some(format!("/{path}: added")),
    };
    let parts = [
        ("kind", one.kind != other.kind),
        ("mode", one.mode != other.mode),
        ("owner", one.owner != other.owner),
        ("target", one.target != other.target),
        ("content", one.content != other.content),
    ];
    let parts: Vec<&str> = parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
    (!parts.is_empty()).then(|| format!("/{path}: {}", parts.join(", ")))
}

fn is_passing(path: &str) -> bool {
    let below = |passing: &&str| {
        path.strip_prefix(*passing).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    PASSING.iter().any(|passing| below(&passing)) || path.split('/').any(|part| part == COMPILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str, u32)]) -> RootFiles {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, content, mode) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(*mode);
            builder.append_data(&mut header, path, content.as_bytes()).unwrap();
        }
        root_files(builder.into_inner().unwrap().as_slice()).unwrap()
    }

    #[test]
    fn what_differs_is_told_with_its_part() {
        let one = files(&[("app/a", "1", 0o644), ("app/b", "1", 0o644), ("app/c", "1", 0o644)]);
        let other = files(&[("app/a", "2", 0o755), ("app/b", "1", 0o644), ("app/d", "1", 0o644)]);
        assert_eq!(differences(&one, &other), ["/app/a: mode, content", "/app/c: removed", "/app/d: added"]);
        assert!(differences(&one, &one).is_empty());
    }

    #[test]
    fn logs_caches_and_compiled_python_may_differ() {
        let one = files(&[("var/log/dpkg.log", "1", 0o644), ("a/__pycache__/b.pyc", "1", 0o644)]);
        let other = files(&[("var/log/dpkg.log", "2", 0o644), ("root/.npm/x", "1", 0o644)]);
        assert!(differences(&one, &other).is_empty());
        assert_eq!(differences(&files(&[("var/logs", "1", 0)]), &files(&[])), ["/var/logs: removed"]);
    }
}
