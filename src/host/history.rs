//! The file that holds what earlier runs took: one line each, the newest last.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::host::files;

/// A file that has grown beyond this loses its older half.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Adds a line. Failing to is no error: it costs a line of a statistic.
pub fn append_history(state_dir: &Path, line: &str) {
    let _lost = append(&path(state_dir), line);
}

/// All lines; nothing where there is no history.
pub fn read_history(state_dir: &Path) -> Vec<u8> {
    fs::read(path(state_dir)).unwrap_or_default()
}

fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("history").join("runs.jsonl")
}

/// One write at the end of the file, so that the lines of runs that end at the same time do not mix.
fn append(path: &Path, line: &str) -> io::Result<()> {
    files::create_private_folder(path.parent().unwrap_or(Path::new("/")))?;
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    if file.metadata()?.len() > LARGEST {
        halve(path)?;
        file = OpenOptions::new().read(true).append(true).open(path)?;
    }
    let begin = if is_torn(&mut file)? { "\n" } else { "" };
    file.write_all(format!("{begin}{line}\n").as_bytes())
}

/// Whether the last line has no end, as its writer was killed; a new line must not continue it.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn halve(path: &Path) -> io::Result<()> {
    let all = fs::read(path)?;
    let newer = &all[all.len() / 2..];
    let first = newer.iter().position(|byte| *byte == b'\n').map_or(newer.len(), |end| end + 1);
    let kept = String::from_utf8_lossy(&newer[first..]);
    files::write_atomic(path, &kept).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_line_after_a_torn_one_stands_alone_in_a_private_file() {
        let state = tempfile::tempdir().unwrap();
        append_history(state.path(), "one");
        let path = path(state.path());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "one\nto").unwrap();
        append_history(state.path(), "three");
        append_history(state.path(), "four");
        assert_eq!(read_history(state.path()), b"one\nto\nthree\nfour\n");
    }

    #[test]
    fn a_large_history_keeps_its_newer_half_in_whole_lines() {
        let state = tempfile::tempdir().unwrap();
        let path = path(state.path());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let lines: String = (0..500_000).map(|number| format!("line {number}\n")).collect();
        fs::write(&path, &lines).unwrap();
        append_history(state.path(), "last");
        let text = String::from_utf8(read_history(state.path())).unwrap();
        assert!(
            text.len() as u64 <= LARGEST
                && text.starts_with("line ")
                && text.ends_with("line 499999\nlast\n")
        );
    }
}
