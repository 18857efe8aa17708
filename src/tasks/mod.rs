//! Tasks that make a container ready to work in: what is declared, in which order it runs, and what need not run again. Pure.
//!
//! [`Declaration`] is what `customizations.devc.prebuild` says, and [`check()`] finds its mistakes. [`Graph`] knows who waits
//! for whom, and [`Schedule`] says what may start now: a state machine that is told what has ended and starts nothing itself.
//! [`Stamp`] is what a task depends on, [`Record`] remembers the stamps of those that are done, and [`verdict()`] holds one
//! against the other.

mod check;
mod declaration;
mod graph;
mod limits;
mod look;
mod pattern;
mod proposal;
mod record;
mod schedule;
mod verdict;

pub use check::check;
pub use declaration::{Declaration, OnFailure, Phase, Task, TaskId, Where};
pub use graph::{Graph, Mistake};
pub use limits::Limits;
pub use look::{ANSWERED, Inputs, Question, Sight};
pub use pattern::Pattern;
pub use proposal::propose;
pub use record::{Last, LastState, Record};
pub use schedule::{Ending, Schedule, State};
pub use verdict::{Reason, Stamp, Verdict, verdict};
