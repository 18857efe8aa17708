//! Where the record of a prebuild lives: with the container, and a copy on this machine for the next container.

use std::path::{Path, PathBuf};

use crate::engine::{Container, Engine, Upload};
use crate::error::Result;
use crate::execute::RemoteUser;
use crate::host::files;
use crate::tasks::{Declaration, Record};

/// Where the record is read and written.
pub enum Store<'a> {
    /// In a container.
    Container {
        /// The engine.
        engine: &'a Engine,
        /// The container.
        container: &'a Container,
        /// To whom the file belongs.
        user: &'a RemoteUser,
        /// The folder of the file.
        folder: String,
        /// Its name.
        name: String,
        /// The copy on this machine.
        copy: PathBuf,
    },
    /// In a file of this machine.
    Local(PathBuf),
}

impl Store<'_> {
    /// Where this machine keeps the copy for a dev container.
    pub fn copy(state_dir: &Path, dev_container: &str) -> PathBuf {
        state_dir.join("prebuilds").join(format!("{dev_container}.json"))
    }

    /// What is known of earlier runs.
    pub async fn load(&self, declaration: &Declaration) -> Result<Record> {
        match self {
            Self::Container { engine, container, folder, name, copy, .. } => {
                let own = engine.read_file(&container.id, &format!("{folder}/{name}")).await?;
                let own = own.and_then(|text| Record::parse(&text));
                Ok(Record::newest(container.id.as_str(), own, read(copy)?, declaration))
            }
            Self::Local(path) => Ok(read(path)?.unwrap_or_else(|| Record::of(""))),
        }
    }

    /// Writes the record, each file as a whole. Where both are written, a run that is killed between them is still known here.
    pub async fn save(&self, record: &Record) -> Result<()> {
        match self {
            Self::Local(path) => files::write_atomic(path, &record.to_text()),
            Self::Container { engine, container, user, folder, name, copy } => {
                files::write_atomic(copy, &record.to_text())?;
                let content = Some(record.to_text());
                let path = format!("{folder}/{name}");
                let mut uploads = vec![Upload { path, content, mode: 0o600, owner: user.owner }];
                if engine.stat(&container.id, folder).await?.is_none() {
                    let path = folder.clone();
                    uploads.insert(0, Upload { path, content: None, mode: 0o755, owner: user.owner });
                }
                engine.upload(&container.id, &uploads).await
            }
        }
    }
}

/// What this machine knows of the tasks of a dev container.
pub fn known_tasks(state_dir: &Path, dev_container: &str) -> Result<Option<Record>> {
    read(&Store::copy(state_dir, dev_container))
}

fn read(path: &Path) -> Result<Option<Record>> {
    Ok(files::read_optional(path)?.and_then(|text| Record::parse(&text)))
}
