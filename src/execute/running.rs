//! Processes of ours inside containers, so that Ctrl-C ends them too.
//!
//! The engine has no call that signals an exec'd process. Each one gets a variable with an id of its own, which its
//! children inherit, and a small script signals every process that carries it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::engine::{Engine, ExecOutput, ExecRequest};
use crate::error::Result;
use crate::host::unique_id;
use crate::name::ContainerId;

/// The variable that marks our processes.
pub(super) const TAG_VARIABLE: &str = "DEVC_PROCESS";

/// How long to wait for the engine when everything is being given up.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long processes have to end by themselves, and how often to look.
const GRACE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(100);

/// `$1` is the tag, `$2` the signal. Succeeds when there was a process to send it to.
const SIGNAL_SCRIPT: &str = r#"
found=1
for file in /proc/[0-9]*/environ; do
  if grep -qs "$1" "$file"; then
    process=${file%/environ}
    kill -"$2" "${process#/proc/}" 2>/dev/null && found=0
  fi
done
exit $found"#;

/// Marks one process and what it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessTag(String);

impl ProcessTag {
    /// A tag that no other process has.
    pub fn unique() -> Self {
        Self(unique_id())
    }

    /// The tag of a process that an earlier run has remembered.
    pub fn remembered(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The tag as text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// A tag for one of several processes; what is done to the whole is done to all parts.
    pub fn part(&self) -> Self {
        Self(format!("{}-{}", self.0, unique_id()))
    }

    /// Puts the tag into a process's environment.
    pub fn mark(&self, environment: &mut BTreeMap<String, String>) {
        environment.insert(TAG_VARIABLE.to_owned(), self.0.clone());
    }

    /// Sends a signal (`INT`, `TERM`, `KILL`) to everything that carries the tag. A container without `grep` or
    /// one that has stopped is left alone.
    ///
    /// The environment of another user's process is hidden even from root, unless root has all capabilities. An engine
    /// that maps user ids may refuse that; then at least root's own processes are found.
    ///
    /// Returns whether there was a process to send it to.
    pub async fn signal(&self, engine: &Engine, container: &ContainerId, signal: &str) -> bool {
        for privileged in [true, false] {
            let sent = tokio::time::timeout(PATIENCE, self.send(engine, container, signal, privileged)).await;
            if let Ok(Ok(output)) = sent {
                return output.code == 0;
            }
        }
        false
    }

    /// Asks everything that carries the tag to end, and ends what has not ended after a moment. Returns whether there
    /// was anything.
    pub(super) async fn end(&self, engine: &Engine, container: &ContainerId) -> bool {
        let deadline = Instant::now() + GRACE;
        let was_there = self.signal(engine, container, "TERM").await;
        let mut is_there = was_there;
        while is_there && Instant::now() < deadline {
            tokio::time::sleep(LOOK).await;
            is_there = self.signal(engine, container, "0").await;
        }
        if is_there {
            self.signal(engine, container, "KILL").await;
        }
        was_there
    }

    async fn send(
        &self,
        engine: &Engine,
        container: &ContainerId,
        signal: &str,
        privileged: bool,
    ) -> Result<ExecOutput> {
        let pattern = format!("{TAG_VARIABLE}={}", self.0);
        let command = ["/bin/sh", "-c", SIGNAL_SCRIPT, "sh", &pattern, signal];
        let request = ExecRequest {
            command: command.map(str::to_owned).to_vec(),
            user: Some("0".to_owned()),
            privileged,
            ..ExecRequest::default()
        };
        engine.exec_output(container, request).await
    }
}

type Entry = (Engine, ContainerId, ProcessTag);

/// All processes that run right now. Cheap to clone.
#[derive(Clone, Default)]
pub struct RunningProcesses {
    entries: Arc<Mutex<Vec<Entry>>>,
}

/// Takes a process off the list when it has ended. Dropped earlier, it leaves the process on the list.
pub struct Running {
    list: RunningProcesses,
    tag: ProcessTag,
}

impl RunningProcesses {
    /// Puts a process on the list.
    pub fn add(&self, engine: &Engine, container: &ContainerId, tag: ProcessTag) -> Running {
        self.lock().push((engine.clone(), container.clone(), tag.clone()));
        Running { list: self.clone(), tag }
    }

    /// Ends everything that is still on the list.
    pub async fn end_all(&self) {
        let entries = std::mem::take(&mut *self.lock());
        join_all(entries.iter().map(|(engine, container, tag)| tag.end(engine, container))).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// The process has ended by itself.
    pub fn ended(self) {
        self.list.lock().retain(|(_, _, tag)| *tag != self.tag);
    }
}
