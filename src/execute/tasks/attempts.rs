//! One task until it succeeds, or until it may not be tried again.

use std::time::Duration;

use tokio::sync::watch;

use crate::error::Result;
use crate::event::{Exit, Step};
use crate::execute::tasks::{Ended, How, Site, Stop, TaskCommand, TaskLog, TaskOutput};
use crate::tasks::Task;

/// No pause before a retry is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What all tries together have come to.
pub(super) struct Outcome {
    pub(super) ended: Result<Ended>,
    pub(super) tries: u32,
    pub(super) bytes: u64,
}

/// Runs a task, and again if it fails and says so. `gave_up` turns true when all has to end.
pub(super) async fn attempt(
    task: &Task,
    site: &Site<'_>,
    (log, step): (&mut TaskLog, &Step),
    mut gave_up: watch::Receiver<bool>,
) -> Outcome {
    let command = TaskCommand::from(task);
    let mut bytes = 0;
    let mut tries = 0;
    loop {
        tries += 1;
        let mut output = TaskOutput::new(log, step);
        let ended = site.run(&command, &mut output, stop(task.timeout, gave_up.clone())).await;
        bytes += output.finish();
        if let Ok(Ended { how: How::Code(code), cpu, peak_memory, .. }) = ended {
            step.exited(Exit { code, cpu, peak_memory });
        }
        let why = match &ended {
            Ok(Ended { how, .. }) => failure(*how, task),
            Err(error) => Some(error.to_string()),
        };
        let Some(why) = why.filter(|_| tries <= task.retries && !is_given_up(&ended)) else {
            return Outcome { ended, tries, bytes };
        };
        let pause = pause(task.backoff, tries);
        let line = format!("devc: {why}; try {} of {} in {pause:?}", tries + 1, task.retries + 1);
        log.line(line.as_bytes());
        step.line(line);
        let _ended = tokio::time::timeout(pause, gave_up.wait_for(|gave_up| *gave_up)).await;
        step.retried(tries + 1);
    }
}

fn is_given_up(ended: &Result<Ended>) -> bool {
    matches!(ended, Ok(Ended { how: How::Stopped(Stop::GivenUp), .. }))
}

/// Why a process has to end before its time.
async fn stop(timeout: Option<Duration>, mut gave_up: watch::Receiver<bool>) -> Stop {
    let late = async {
        match timeout {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = late => Stop::Timeout,
        Ok(_) = gave_up.wait_for(|gave_up| *gave_up) => Stop::GivenUp,
    }
}

/// Why the end of a process is a failure, if it is one.
pub(super) fn failure(how: How, task: &Task) -> Option<String> {
    match how {
        How::Code(0) | How::NotNeeded => None,
        How::Code(code @ 129..=192) => Some(format!("ended by signal {}", code - 128)),
        How::Code(code) => Some(format!("exit code {code}")),
        How::Stopped(Stop::Timeout) => Some(format!("not done after {:?}", task.timeout.unwrap_or_default())),
        How::Stopped(Stop::GivenUp) => Some("another task failed".to_owned()),
    }
}

/// Twice as long before each further try.
fn pause(first: Duration, tries: u32) -> Duration {
    first.saturating_mul(1_u32.checked_shl(tries - 1).unwrap_or(u32::MAX)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let seconds = |tries| pause(Duration::from_secs(1), tries).as_secs();
        assert_eq!([1, 2, 3, 6, 7, 99].map(seconds), [1, 2, 4, 32, 60, 60]);
    }
}
