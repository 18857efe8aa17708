//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// How often a condition is looked at.
const INTERVAL: Duration = Duration::from_millis(10);

/// How long a condition may take unless told otherwise. Generous: a busy machine must not fail a test.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long a program may take to notice that something is gone: long enough for a busy machine, far below any time-out.
pub const SOON: Duration = Duration::from_secs(20);

/// Asks until there is an answer, and returns it.
#[track_caller]
pub fn eventually<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, ask).unwrap_or_else(|| panic!("waited {} s in vain: {what}", PATIENCE.as_secs()))
}

/// Asks until there is an answer; `None` when there is none in time.
pub fn within<T>(patience: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::sleep(INTERVAL);
    }
}
