//! This program as files with which it runs elsewhere.

use std::fs;
use std::io;
use std::process::Command;

use crate::error::{Error, ErrorKind, Result};

/// Our own file, also when another one has taken its place meanwhile.
const OWN: &str = "/proc/self/exe";

/// A file that the program needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramFile {
    /// Its absolute path.
    pub path: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// The program itself as `/devc`, and the shared libraries that it needs, with the loader: none where it is linked
/// statically.
pub fn program_files() -> Result<Vec<ProgramFile>> {
    let read = |path: &str, from: &str| -> io::Result<ProgramFile> {
        Ok(ProgramFile { path: path.to_owned(), content: fs::read(from)? })
    };
    let files = || -> io::Result<Vec<ProgramFile>> {
        let listing = listing()?;
        let libraries = libraries(&listing).into_iter().map(|path| read(path, path));
        std::iter::once(read("/devc", OWN)).chain(libraries).collect()
    };
    files().map_err(|error| {
        Error::new(ErrorKind::Host, "could not read the files of this program").because(error)
    })
}

/// What the loader says that it would load, as `ldd` asks it. A static program has no loader, and says its version.
fn listing() -> io::Result<String> {
    let output =
        Command::new(OWN).arg("--version").env_clear().env("LD_TRACE_LOADED_OBJECTS", "1").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The paths in such a listing; what the kernel brings along has none.
fn libraries(listing: &str) -> Vec<&str> {
    let paths = listing.lines().filter_map(|line| {
        let found = line.split_once("=>").map_or(line, |(_, found)| found);
        found.split_whitespace().next()
    });
    paths.filter(|path| path.starts_with('/')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_found_with_their_loader() {
        let listing = "\tlinux-vdso.so.1 (0x00007f39dcb58000)\n\
                       \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f39d9f3e000)\n\
                       \t/lib64/ld-linux-x86-64.so.2 (0x00007f39dcb5a000)\n";
        assert_eq!(libraries(listing), ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"]);
    }

    #[test]
    fn a_static_program_needs_nothing_but_itself() {
        assert_eq!(libraries("devc 0.1.0\n"), [""; 0]);
    }
}
