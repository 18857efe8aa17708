//! The folder of a test's dev container.

use std::path::Path;

use super::{Test, TestProject};
use crate::collection::indented;
use crate::error::Result;
use crate::host::files;

/// What test scripts read their functions from.
const LIBRARY: &str = include_str!("../../../templates/dev-container-features-test-lib.sh");
/// The name by which they do that.
const LIBRARY_NAME: &str = "dev-container-features-test-lib";

impl TestProject {
    /// Makes the project in `folder`: devcontainer.json and the Features beside it. Any user may change it, for it is not known
    /// yet which one will.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let configuration = folder.join(".devcontainer");
        files::create_folder(&configuration)?;
        for (from, name) in &self.features {
            files::copy_folder(from, &configuration.join(name))?;
        }
        let text = indented(&self.configuration.clone().into());
        files::write(&configuration.join("devcontainer.json"), text.as_bytes())?;
        if let Some(more) = &self.more {
            files::copy_folder(more, &configuration)?;
        }
        files::open_to_all(folder)
    }
}

impl Test {
    /// Puts the script, what is beside it and the library of functions into the project.
    pub fn write(&self, folder: &Path) -> Result<()> {
        files::copy_folder(&self.folder, folder)?;
        files::write(&folder.join(LIBRARY_NAME), LIBRARY.as_bytes())?;
        files::open_to_all(folder)
    }
}
