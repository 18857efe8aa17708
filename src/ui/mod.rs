//! Everything that a person or a program sees of a run.
//!
//! Work speaks through [`Events`](crate::event::Events); this folder listens. [`Ui`] is the door: it picks the
//! listeners that fit the place where `devc` runs, and writes the result and the error at the end.
//!
//! | module | what it knows |
//! |---|---|
//! | `console` | which listeners a run gets; the result and the error |
//! | `live`, `frame`, `painter` | the moving view on a terminal: when, what, how |
//! | `plain` | numbered lines for CI, pipes and debugging |
//! | `json`, `json_event`, `hook_title` | the reference CLI's JSON log: when, its shapes, its names of hooks |
//! | `event_file` | the events of a run for programs: names and times |
//! | `log_file` | the full log of a run on disk |
//! | `mask` | secrets, hidden before anybody listens |
//! | `steps` | what the steps of a run have told so far |
//! | `failure` | an error as text |
//! | `diff` | what changes in a text file |
//! | `table`, `words`, `text`, `style` | columns, phrases, display width, colours |
//! | `prompt` | questions |
//! | `clock`, `sink`, `ticker` | the doors to time, to file handles and to a thread |

mod clock;
mod console;
mod diff;
mod event_file;
mod failure;
mod frame;
mod hook_title;
mod json;
mod json_event;
mod live;
mod log_file;
mod mask;
mod painter;
mod plain;
pub mod prompt;
#[cfg(test)]
mod script;
mod sink;
mod steps;
mod style;
mod table;
mod text;
mod ticker;
pub mod words;

pub use console::{Format, Options, Ui};
pub use diff::unified_diff;
pub use event_file::EventFile;
pub use live::Suspension;
pub use log_file::prune;
pub use prompt::{choose, confirm};
pub use sink::print;
pub use style::{Color, Palette};
pub use table::Table;
