//! Templates: what a project's dev container begins as.
//!
//! A Template is a folder of files and `devcontainer-template.json`, which names options. Applying it means to copy the
//! files into a project with each `${templateOption:NAME}` replaced by the option's value. Nothing here reads or
//! writes files: a package comes in, and the files to write come out.

pub mod built_in;
mod metadata;
mod options;
mod render;
mod source;
mod substitute;
mod well_known;

pub use metadata::{Choices, FILE_NAME, Kind, TemplateMetadata, TemplateOption};
pub use options::{Values, mistakes, with_defaults};
pub use render::{Request, configuration, render};
pub use source::Source;
pub use substitute::substitute;
pub use well_known::FEATURES;

use crate::archive::Package;

/// A Template with all that it holds.
#[derive(Clone, Debug)]
pub struct Template {
    /// What it says about itself.
    pub metadata: TemplateMetadata,
    /// Its files, those that describe it included.
    pub package: Package,
}
