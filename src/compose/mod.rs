//! Docker Compose as a child process. It is the user's own; what it says becomes a [`Model`], what it does becomes events.
//!
//! Nothing of the model is ever logged: it holds the values of all variables.

mod find;
mod run;

pub use find::{Compose, Places};
pub use run::Invocation;
