//! A process on this machine with all that it started.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

/// Waits for a line: the group has ended by itself. When the pipe closes without one, `devc` gives up or has been killed,
/// and the group is asked to end, and killed after ten seconds; the folder that was made for it is removed. This runs apart
/// from `devc`, since it must outlive it.
const WATCH: &str = r#"
read -r line && exit
trap '[ -z "$3" ] || rm -rf -- "$3"' EXIT
kill -s "$1" -- "-$2" 2>/dev/null || exit
looks=100
while [ $looks -gt 0 ]; do
  sleep 0.1
  kill -s 0 -- "-$2" 2>/dev/null || exit
  looks=$((looks - 1))
done
kill -s KILL -- "-$2" 2>/dev/null
"#;

/// Ends a process group when it is dropped before its leader has ended, and also when `devc` itself is killed.
///
/// The leader must have been started with `process_group(0)`. Then Ctrl-C on the terminal reaches `devc` alone, which
/// decides what happens.
pub struct ProcessGroup {
    leader: Option<Pid>,
    ask: Signal,
    watcher: Option<std::process::Child>,
}

impl ProcessGroup {
    /// Watches over a child that is asked to end with SIGTERM.
    pub fn terminated(child: &Child) -> Self {
        Self::of(child, Signal::TERM, None)
    }

    /// Watches over a child that is asked to end with SIGINT, as Ctrl-C would, and whose `folder` goes with it.
    pub fn interrupted(child: &Child, folder: &Path) -> Self {
        Self::of(child, Signal::INT, Some(folder))
    }

    fn of(child: &Child, ask: Signal, folder: Option<&Path>) -> Self {
        let leader = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let watcher = leader.and_then(|leader| watch(leader, ask, folder).ok());
        Self { leader, ask, watcher }
    }

    /// The leader has ended by itself.
    pub fn ended(mut self) {
        self.leader = None;
        if let Some(mut watcher) = self.watcher.take() {
            if let Some(stdin) = &mut watcher.stdin {
                let _ = stdin.write_all(b"ended\n");
            }
            let _ = watcher.wait();
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        // The watcher's pipe closes with this value. Without a watcher, asking has to do.
        if let Some(group) = self.leader.filter(|_| self.watcher.is_none()) {
            let _ = kill_process_group(group, self.ask);
        }
    }
}

/// Starts the watcher, in a group of its own, so that what ends ours does not end it.
fn watch(leader: Pid, ask: Signal, folder: Option<&Path>) -> std::io::Result<std::process::Child> {
    let name = if ask == Signal::INT { "INT" } else { "TERM" };
    Command::new("/bin/sh")
        .args(["-c", WATCH, "devc-watch", name, &leader.to_string()])
        .args(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}
