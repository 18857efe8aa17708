//! The time, as a value that tests can hold in their hand.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tells the time since the Unix epoch; within one run it never goes backwards.
#[derive(Clone)]
pub(super) struct Clock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Clock {
    /// The time of this machine.
    pub(super) fn system() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let began = Instant::now();
        Self(Arc::new(move || wall + began.elapsed()))
    }

    /// The time since the Unix epoch.
    pub(super) fn now(&self) -> Duration {
        (self.0)()
    }
}

#[cfg(test)]
pub(super) mod by_hand {
    //! A clock that moves only when a test says so.

    use super::{Arc, Clock, Duration};
    use std::sync::atomic::{AtomicU64, Ordering};

    /// The hand of the clock.
    #[derive(Clone)]
    pub(in crate::ui) struct Hand(Arc<AtomicU64>);

    impl Hand {
        /// Starts at 2026-01-02T03:04:05Z.
        pub(in crate::ui) fn new() -> Self {
            Self(Arc::new(AtomicU64::new(1_767_323_045_000)))
        }

        /// Moves on.
        pub(in crate::ui) fn pass(&self, milliseconds: u64) {
            self.0.fetch_add(milliseconds, Ordering::Relaxed);
        }

        /// The clock that this hand moves.
        pub(in crate::ui) fn clock(&self) -> Clock {
            let milliseconds = self.0.clone();
            Clock(Arc::new(move || Duration::from_millis(milliseconds.load(Ordering::Relaxed))))
        }
    }
}
