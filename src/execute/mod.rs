//! Does what the plans say: images, the container, its preparation, the environment probe, hooks, dotfiles, and
//! commands with a terminal. Decides nothing that a plan decides.

mod attach;
mod caching;
mod container;
mod dotfiles;
pub mod features;
mod hook_report;
mod hooks;
mod image;
mod journal;
mod kept;
mod known_image;
mod passwd;
mod place;
mod prepare;
mod probe;
mod quiet;
mod running;
mod services;
pub mod tasks;
mod template;
mod temporary;
mod top;
mod trial;
mod uid;
pub mod volume_content;

pub use attach::{Attachment, Ended, attach, copy_output};
pub use container::{REPLACED_SUFFIX, carry_out};
pub use dotfiles::Dotfiles;
pub use features::{FeatureSet, FeatureSources, Lock, LockPolicy, Resolved};
pub use hooks::{HookRunner, exec_lines, run_initialize};
pub use image::{Builder, BuilderOptions, make_image};
pub use journal::Journal;
pub use kept::{ImageLook, give_all as give_kept_folders};
pub use passwd::RemoteUser;
pub use place::{Effect, Placement, kept_folder, place, survey};
pub use prepare::{Folders, Prepared, data_folder, prepare, read_markers, trust_environment};
pub use probe::{ProbeRequest, probe};
pub use quiet::{Quiet, QuietContainers, resume_left};
pub use running::{ProcessTag, RunningProcesses};
pub use services::{build_services, run_compose};
pub use template::{Published, fetch_template, template_in};
pub use temporary::{Temporary, TemporaryContainers};
pub use trial::Trial;
pub use uid::update_user;
