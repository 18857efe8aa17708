//! The checks, by name, and the limits that they are held against.

use std::time::Duration;

/// Something that should hold for the builds of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "see `Check::description`")]
pub enum Check {
    CacheMounts,
    Stages,
    Parallel,
    Cached,
    Rebuild,
    SourceEdit,
    DependencyEdit,
    ContextSize,
    ContextReduction,
    ContextSecrets,
    ImageSecrets,
}

/// What counts as good enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The longest that a rebuild may take.
    pub rebuild: Duration,
    /// The share of steps that an unchanged build should find in the cache, in percent.
    pub cached: f64,
    /// The most that a build context may weigh, in bytes.
    pub context: u64,
    /// How much smaller `.dockerignore` should make it, in percent.
    pub reduction: f64,
    /// How many stages should run at the same time, where so many are independent.
    pub parallel: usize,
}

impl Check {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 11] = [
        Self::CacheMounts,
        Self::Stages,
        Self::Parallel,
        Self::Cached,
        Self::Rebuild,
        Self::SourceEdit,
        Self::DependencyEdit,
        Self::ContextSize,
        Self::ContextReduction,
        Self::ContextSecrets,
        Self::ImageSecrets,
    ];

    /// What it is called on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::CacheMounts => "cache-mounts",
            Self::Stages => "stages",
            Self::Parallel => "parallel",
            Self::Cached => "cached",
            Self::Rebuild => "rebuild",
            Self::SourceEdit => "source-edit",
            Self::DependencyEdit => "dependency-edit",
            Self::ContextSize => "context-size",
            Self::ContextReduction => "context-reduction",
            Self::ContextSecrets => "context-secrets",
            Self::ImageSecrets => "image-secrets",
        }
    }

    /// What it is about.
    pub fn description(self) -> &'static str {
        match self {
            Self::CacheMounts => {
                "BuildKit builds, and a cache mount keeps its content from one build to the next"
            }
            Self::Stages => "Every named stage builds on its own",
            Self::Parallel => "Stages that do not need each other run at the same time",
            Self::Cached => "The share of steps that a second, unchanged build finds in the cache",
            Self::Rebuild => "How long a second, unchanged build takes",
            Self::SourceEdit => "How long a build takes after a change to a source file",
            Self::DependencyEdit => "How long a build takes after a change to the dependencies",
            Self::ContextSize => "What is sent along with a build",
            Self::ContextReduction => "How much of the folder .dockerignore leaves out",
            Self::ContextSecrets => "Files with secrets that are sent along with a build",
            Self::ImageSecrets => "Secrets in the layers, the environment and the history of the image",
        }
    }

    /// Whether it cannot be made without an engine.
    pub fn needs_engine(self) -> bool {
        self == Self::CacheMounts || self.builds()
    }

    /// Whether the image has to be built for it.
    pub fn builds(self) -> bool {
        !matches!(self, Self::CacheMounts | Self::ContextSize | Self::ContextReduction | Self::ContextSecrets)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_check_is_listed_once_under_a_name_of_its_own() {
        let names: BTreeSet<&str> = Check::ALL.iter().map(|check| check.name()).collect();
        assert_eq!(names.len(), Check::ALL.len());
        assert!(Check::ALL.is_sorted());
    }
}
