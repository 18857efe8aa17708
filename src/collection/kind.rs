//! What Features and Templates call their files.

/// What a collection is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Dev container Features.
    Feature,
    /// Dev container Templates.
    Template,
}

impl Kind {
    /// The word for one of them.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Feature => "Feature",
            Self::Template => "Template",
        }
    }

    /// The word for `count` of them, with the number.
    pub fn counted(self, count: usize) -> String {
        format!("{count} {}{}", self.noun(), if count == 1 { "" } else { "s" })
    }

    /// The file in which each says what it is.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Feature => crate::features::metadata::FILE_NAME,
            Self::Template => "devcontainer-template.json",
        }
    }

    /// The archive's file. It is a plain tar archive in spite of its name (reference CLI).
    pub fn archive_name(self, id: &str) -> String {
        format!("devcontainer-{}-{id}.tgz", self.tag())
    }

    /// The property of the table of contents that lists them.
    pub fn list_name(self) -> &'static str {
        match self {
            Self::Feature => "features",
            Self::Template => "templates",
        }
    }

    /// What GitHub's registry wants to have in the annotation `com.github.package.type`.
    pub fn package_type(self) -> String {
        format!("devcontainer_{}", self.tag())
    }

    fn tag(self) -> &'static str {
        match self {
            Self::Feature => "feature",
            Self::Template => "template",
        }
    }
}
