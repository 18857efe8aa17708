//! Another try, after a while.

use std::time::Duration;

use crate::event::{Events, Level};
use crate::registry::Timeouts;
use crate::registry::failure::{Failure, Remedy};

/// Counts tries and waits between them, each time twice as long.
pub(super) struct Retry<'a> {
    timeouts: &'a Timeouts,
    events: &'a Events,
    left: u32,
    wait: Duration,
}

impl<'a> Retry<'a> {
    /// Allows `tries` tries in all.
    pub(super) fn new(tries: u32, timeouts: &'a Timeouts, events: &'a Events) -> Self {
        Self { timeouts, events, left: tries.saturating_sub(1), wait: timeouts.first_retry }
    }

    /// Waits, and says so, when another try makes sense; else hands the failure back.
    pub(super) async fn pause(&mut self, failure: Failure) -> Result<(), Failure> {
        let Some(wait) = self.next(&failure) else { return Err(failure) };
        let text = format!("{}. Trying again in {} s.", failure.reason(), wait.as_secs_f32());
        self.events.notice(Level::Warning, text);
        tokio::time::sleep(wait).await;
        Ok(())
    }

    fn next(&mut self, failure: &Failure) -> Option<Duration> {
        let Remedy::Retry(asked) = failure.remedy else { return None };
        let wait = asked.unwrap_or_default().max(self.wait);
        self.left = self.left.checked_sub(1)?;
        self.wait *= 2;
        (wait <= self.timeouts.longest_retry.max(self.timeouts.first_retry)).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_come_to_an_end() {
        let timeouts = Timeouts::default();
        let events = Events::silent();
        let mut retry = Retry::new(4, &timeouts, &events);
        let waits: Vec<u128> =
            std::iter::from_fn(|| retry.next(&Failure::passing("x"))).map(|wait| wait.as_millis()).collect();
        assert_eq!(waits, [250, 500, 1000]);
    }

    #[test]
    fn a_server_may_ask_for_patience_but_not_for_too_much() {
        let timeouts = Timeouts::default();
        let ask = |seconds| {
            let failure = Failure::new(Remedy::Retry(Some(Duration::from_secs(seconds))), "x");
            Retry::new(4, &timeouts, &Events::silent()).next(&failure).map(|wait| wait.as_secs())
        };
        assert_eq!((ask(3), ask(20), ask(3600)), (Some(3), Some(20), None));
    }

    #[test]
    fn what_stays_is_not_tried_again() {
        let timeouts = Timeouts::default();
        for remedy in [Remedy::Login, Remedy::Absent, Remedy::Nothing] {
            assert_eq!(Retry::new(4, &timeouts, &Events::silent()).next(&Failure::new(remedy, "x")), None);
        }
    }
}
