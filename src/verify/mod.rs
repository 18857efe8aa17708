//! What `devc verify` judges: measurements in, verdicts out. Pure.
//!
//! A [`Check`] has a name and one number that matters; a [`Row`] holds what was measured against a [`Limit`]. What a build
//! context weighs is counted by [`ContextSize`], what ran at the same time by [`most_at_once`], and what looks like a
//! secret is told by [`secrets::Rules`], which are data.

mod check;
mod context_size;
mod parallel;
mod row;
pub mod secrets;

pub use check::{Check, Limits};
pub use context_size::{ContextSize, WORTH_IGNORING};
pub use parallel::{Span, most_at_once};
pub use row::{Limit, Quantity, Row, Verdict};
