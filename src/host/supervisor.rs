//! Many processes of this machine at once, each with all that it started, none of which outlives `devc`.

use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::task::JoinHandle;
use wait4::Wait4;

use crate::error::{Error, ErrorKind, Result};
use crate::host::HostCommand;

/// How long a group has to end by itself.
const GRACE: Duration = Duration::from_secs(2);

/// How long to wait for output after the end of a process that has left something running in the background.
const LINGER: Duration = Duration::from_millis(500);

/// How much output is read at once.
const CHUNK: usize = 64 * 1024;

/// Hears which groups there are. When the pipe closes, `devc` has ended or has been killed: the groups that are left are asked
/// to end, and killed after two seconds. One shell for all of them, apart from `devc`, since it must outlive it.
const WATCH: &str = r#"
groups=' '
while read -r what group; do
  case $what in
    +) groups="$groups$group " ;;
    -) groups="${groups%% $group *} ${groups#* $group }" ;;
  esac
done
all() { for group in $groups; do kill -s "$1" -- "-$group" 2>/dev/null && found=1; done; }
all TERM
looks=20
while [ $looks -gt 0 ]; do
  found=
  all 0
  [ "$found" ] || exit
  sleep 0.1
  looks=$((looks - 1))
done
all KILL
"#;

/// Starts processes and watches over them.
#[derive(Clone, Default)]
pub struct Supervisor {
    /// What the watcher hears, from the first process on; it ends when all who hold this are gone. Where no shell can be
    /// started, groups end with `devc` only if it is not killed.
    watcher: Arc<OnceLock<Option<Mutex<ChildStdin>>>>,
}

/// A process in a group of its own. Dropped before its end, the group is asked to end.
pub struct Supervised {
    /// What it and all that it started write: both streams in one, in order.
    output: Receiver,
    group: Pid,
    end: JoinHandle<io::Result<(ExitStatus, ResourceUse)>>,
    supervisor: Supervisor,
    has_ended: bool,
}

/// What a process has used, with all of its children that it waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResourceUse {
    /// Time on processors.
    pub cpu: Duration,
    /// The most memory that one of its processes had at once, in bytes.
    pub peak_memory: u64,
}

impl Supervisor {
    /// Starts a process. Ctrl-C on the terminal reaches `devc` alone, which decides what happens.
    pub fn spawn(&self, command: &HostCommand) -> Result<Supervised> {
        self.start(command).map_err(|error| {
            let program = &command.argv[0];
            Error::new(ErrorKind::Host, format!("could not run {program} on this machine")).because(error)
        })
    }

    fn start(&self, command: &HostCommand) -> io::Result<Supervised> {
        let (reader, writer) = io::pipe()?;
        let child = Command::new(&command.argv[0])
            .args(&command.argv[1..])
            .current_dir(&command.current_dir)
            .envs(&command.environment)
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .process_group(0)
            .spawn()?;
        let group = Pid::from_child(&child);
        self.tell('+', group);
        let end = tokio::task::spawn_blocking(move || wait(child));
        let output = Receiver::from_owned_fd(OwnedFd::from(reader))?;
        Ok(Supervised { output, group, end, supervisor: self.clone(), has_ended: false })
    }

    fn tell(&self, what: char, group: Pid) {
        if let Some(watcher) = self.watcher.get_or_init(watcher) {
            let mut pipe = watcher.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writeln!(pipe, "{what} {group}");
        }
    }
}

fn watcher() -> Option<Mutex<ChildStdin>> {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", WATCH, "devc-watch"]).process_group(0);
    let watcher = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    watcher.ok()?.stdin.take().map(Mutex::new)
}

impl Supervised {
    /// Hands on what it writes until it has ended, though not what somebody writes whom it has left in the background.
    /// Returns its exit code, 128 + n for signal n.
    pub async fn follow(&mut self, mut take: impl FnMut(&[u8])) -> Result<(i64, ResourceUse)> {
        let mut buffer = vec![0; CHUNK];
        let ended = loop {
            tokio::select! {
                biased;
                count = self.output.read(&mut buffer) => match count {
                    Ok(count @ 1..) => take(&buffer[..count]),
                    _ => break (&mut self.end).await,
                },
                ended = &mut self.end => {
                    let rest = async {
                        while let Ok(count @ 1..) = self.output.read(&mut buffer).await {
                            take(&buffer[..count]);
                        }
                    };
                    let _background = tokio::time::timeout(LINGER, rest).await;
                    break ended;
                }
            }
        };
        self.has_ended = true;
        self.supervisor.tell('-', self.group);
        let ended = ended.map_err(io::Error::other).and_then(|ended| ended);
        let (status, used) = ended
            .map_err(|error| Error::new(ErrorKind::Host, "could not wait for a process").because(error))?;
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        Ok((i64::from(code), used))
    }

    /// Asks the whole group to end, and kills after a moment what is left of it.
    pub async fn end(&mut self) {
        let _ = kill_process_group(self.group, Signal::TERM);
        if !self.has_ended {
            let _ = tokio::time::timeout(GRACE, self.follow(|_| ())).await;
        }
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        // The watcher kills what does not listen, as soon as `devc` has ended.
        if !self.has_ended {
            let _ = kill_process_group(self.group, Signal::TERM);
        }
    }
}

fn wait(child: Child) -> io::Result<(ExitStatus, ResourceUse)> {
    let ended = child.wait4()?;
    let cpu = ended.rusage.utime + ended.rusage.stime;
    Ok((ended.status, ResourceUse { cpu, peak_memory: ended.rusage.maxrss }))
}
