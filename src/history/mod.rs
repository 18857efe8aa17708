//! What earlier runs took: a run as a record, and what many of them tell together.
//!
//! | module | what it knows |
//! |---|---|
//! | `recorder` | the events of a run become a record |
//! | `run` | the record: one line of JSON, and how lines are read again |
//! | `phases` | the time of a run by phase: wall time, work, reuse |
//! | `metrics` | the newest run beside those before it |

mod metrics;
mod phases;
mod recorder;
mod run;

pub use metrics::{Metrics, Row, Trend};
pub use phases::{Phase, phases};
pub use recorder::Recorder;
pub use run::{Run, Span, read};
