//! What the labels of a container tell about the compose project that it belongs to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{ComposeFiles, ENV_FILES_LABEL, FILES_LABEL, FOLDER_LABEL, PROJECT_LABEL, SERVICE_LABEL};

/// A container's project, with the files that compose was given when it made the container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The name of the project.
    pub project: String,
    /// The name of the service.
    pub service: String,
    /// The folder of the project.
    pub folder: Option<PathBuf>,
    /// What compose was given to read; our file with settings included.
    pub files: ComposeFiles,
}

impl Recorded {
    /// Reads the labels; `None` for a container that compose did not make.
    pub fn from_labels(labels: &BTreeMap<String, String>) -> Option<Self> {
        let paths = |name: &str| {
            let list = labels.get(name).map(String::as_str).unwrap_or_default();
            list.split(',').filter(|path| !path.is_empty()).map(PathBuf::from).collect()
        };
        Some(Self {
            project: labels.get(PROJECT_LABEL)?.clone(),
            service: labels.get(SERVICE_LABEL)?.clone(),
            folder: labels.get(FOLDER_LABEL).map(PathBuf::from),
            files: ComposeFiles { files: paths(FILES_LABEL), env_files: paths(ENV_FILES_LABEL) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_how_compose_was_called() {
        let labels = [
            (PROJECT_LABEL, "shop"),
            (SERVICE_LABEL, "app"),
            (FOLDER_LABEL, "/w"),
            (FILES_LABEL, "/w/compose.yml,/state/override.yml"),
        ];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let recorded = Recorded::from_labels(&labels).unwrap();
        assert_eq!(recorded.files.files, [PathBuf::from("/w/compose.yml"), "/state/override.yml".into()]);
        assert!(recorded.files.env_files.is_empty());
        assert_eq!((recorded.project.as_str(), recorded.folder), ("shop", Some("/w".into())));
        assert_eq!(Recorded::from_labels(&BTreeMap::new()), None);
    }
}
