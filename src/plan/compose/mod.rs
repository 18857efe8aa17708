//! What a compose project needs: the file with our settings that is put over the user's, and the services to start.

mod services;
mod start_override;

pub use services::{Sibling, down};
pub use start_override::{StartOverride, own_command, start_override};
