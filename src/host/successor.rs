//! A command that runs if this process ends before it could finish something.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Waits for a line: nothing is left to do. When the pipe closes without one, `devc` gives up or has been killed.
const WAIT: &str = r#"read -r line || exec "$@""#;

/// Takes over when it is dropped, and also when `devc` is killed; unless it was dismissed.
pub struct Successor(Child);

impl Successor {
    /// Has `program` started with `words` then, in a process group of its own, so that what ends ours does not end it.
    pub fn appoint(program: &Path, words: &[&str]) -> std::io::Result<Self> {
        let child = Command::new("/bin/sh")
            .args(["-c", WAIT, "devc-watch"])
            .arg(program)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self(child))
    }

    /// There is nothing left to do.
    pub fn dismiss(mut self) {
        if let Some(stdin) = &mut self.0.stdin {
            let _ = stdin.write_all(b"done\n");
        }
        let _ = self.0.wait();
    }
}
