//! What `up` would do, as data: steps in order, each with its cause in words. Deciding happens here, doing in
//! `execute`.
//!
//! There are three plans in a run, because each depends on what the one before it made: the image, the container,
//! the hooks. `devc up --plan` prints all three; on an unchanged project they are empty.

pub mod compose;
mod container;
mod drift;
mod hooks;
mod image;
mod render;

pub use container::{
    ContainerDecision, ContainerOptions, ContainerSpec, Existing, OwnCommand, Rebuild, SpecInputs, decide,
    name_changes, spec,
};
pub use drift::{Change, DOCKERFILE_LABEL, FINGERPRINT_LABEL, Part, changes, entries_for_hooks, fingerprint};
pub use hooks::{DOTFILES, HookOptions, HookPlan, HookStep, HooksResult, Timestamps, plan_hooks};
pub use image::{ImageDecision, decide_image, feature_lines};
pub use render::{PlanLine, render_text, to_json};
