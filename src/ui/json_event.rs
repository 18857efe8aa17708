//! The shapes of the reference CLI's JSON log, field by field in its order.

use crate::event::Level;
use serde::{Serialize, Serializer};

/// One line of the log.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum JsonEvent<'a> {
    /// Something told.
    Text(Told<'a>),
    /// Output of a process, with its line ends.
    Raw(Told<'a>),
    /// Something began.
    Start(Told<'a>),
    /// It ended.
    Stop {
        /// How loud.
        level: JsonLevel,
        /// When, in milliseconds since the Unix epoch.
        timestamp: u64,
        /// What.
        text: &'a str,
        /// When it began.
        #[serde(rename = "startTimestamp")]
        start_timestamp: u64,
    },
    /// How far something is. Without a level and a time, as in the reference.
    Progress {
        /// What.
        name: &'a str,
        /// How it stands.
        status: Status,
        /// What of it.
        #[serde(rename = "stepDetail", skip_serializing_if = "Option::is_none")]
        step_detail: Option<&'a str>,
        /// Whose.
        #[serde(skip_serializing_if = "Option::is_none")]
        channel: Option<Channel>,
    },
}

/// What text, raw and start events have in common.
#[derive(Serialize)]
pub(super) struct Told<'a> {
    /// How loud.
    pub(super) level: JsonLevel,
    /// When, in milliseconds since the Unix epoch.
    pub(super) timestamp: u64,
    /// What.
    pub(super) text: &'a str,
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) channel: Option<Channel>,
}

/// Whose event it is. The reference calls all hooks after their oldest one.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Channel {
    /// Any lifecycle hook.
    PostCreate,
}

/// How something stands.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// Under way.
    Running,
    /// Done.
    Succeeded,
    /// Failed, or given up.
    Failed,
}

/// A level as the reference numbers it.
#[derive(Clone, Copy)]
pub(super) struct JsonLevel(pub(super) Level);

impl Serialize for JsonLevel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(match self.0 {
            Level::Trace => 1,
            Level::Debug => 2,
            Level::Info => 3,
            Level::Warning => 4,
            Level::Error => 5,
        })
    }
}
