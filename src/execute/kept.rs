//! Folders that outlive the container: what an image says about their places, and whose they are.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use crate::engine::{Container, Engine, ExecRequest, Folder, Removal, Upload};
use crate::error::{Error, ErrorKind, Result};
use crate::execute::RemoteUser;
use crate::name::ContainerId;
use crate::plan::ContainerSpec;
use crate::volumes::Kept;

/// The label of containers that are made to look into an image; its value is the project.
const LOOK_LABEL: &str = "devc.look";

/// A look into an image: a container of it that never starts.
pub struct ImageLook<'a> {
    engine: &'a Engine,
    container: Container,
}

impl<'a> ImageLook<'a> {
    /// Opens the image of `spec`, with its variables. What a killed look of the same project has left is removed.
    pub async fn open(engine: &'a Engine, spec: &ContainerSpec, project: &str) -> Result<Self> {
        for leftover in engine.find_containers(&[format!("{LOOK_LABEL}={project}")]).await? {
            engine.remove(&leftover.id, Removal::WithAnonymousVolumes).await?;
        }
        let bare = ContainerSpec {
            image: spec.image.clone(),
            labels: vec![(LOOK_LABEL.to_owned(), project.to_owned())],
            environment: spec.environment.clone(),
            ..ContainerSpec::default()
        };
        let id = engine.create(&bare).await?;
        let container = engine.inspect(id.as_str()).await?;
        let container =
            container.ok_or_else(|| Error::new(ErrorKind::NotFound, "Dev container not found."))?;
        Ok(Self { engine, container })
    }

    /// A user, as far as `/etc/passwd` knows it.
    pub async fn user(&self, name: &str) -> Result<Option<RemoteUser>> {
        RemoteUser::in_files(self.engine, &self.container, name).await
    }

    /// The variables that a container of the image has.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.container.environment
    }

    /// Whether the image has something in a folder.
    pub async fn fills(&self, path: &str) -> Result<bool> {
        let folder = self.engine.folder(&self.container.id, path).await?;
        Ok(folder.is_some_and(|folder| !folder.is_empty))
    }

    /// Ends the look.
    pub async fn close(self) -> Result<()> {
        self.engine.remove(&self.container.id, Removal::WithAnonymousVolumes).await
    }
}

/// Gives kept folders to their user before the container starts. Content that came from the image waits for
/// [`give_all`], since nothing can run yet.
pub(super) async fn give_empty(engine: &Engine, container: &ContainerId, kept: &Kept) -> Result<()> {
    let foreign = foreign(engine, container, kept).await?;
    hand_over(
        engine,
        container,
        kept,
        foreign.iter().filter(|(path, folder)| !kept.has(path) || folder.is_empty),
    )
    .await
}

/// Gives kept folders, with everything in them, to their user: those that are somebody else's, because the image or a
/// container of another user has filled them, or because the engine has just made them.
pub async fn give_all(engine: &Engine, container: &ContainerId, kept: &Kept) -> Result<()> {
    let foreign = foreign(engine, container, kept).await?;
    let (filled, bare): (Vec<_>, Vec<_>) =
        foreign.into_iter().partition(|(path, folder)| kept.has(path) && !folder.is_empty);
    hand_over(engine, container, kept, bare.iter()).await?;
    if filled.is_empty() {
        return Ok(());
    }
    let owner = format!("{}:{}", kept.owner.0, kept.owner.1);
    // The folder itself comes last, so that a run that was killed is done again.
    let words = ["chown", "-R", "-h", &owner, "--"].into_iter();
    let words = words.chain(filled.iter().map(|(path, _)| path.as_str()));
    let request = ExecRequest {
        command: words.map(str::to_owned).collect(),
        user: Some("0".to_owned()),
        ..ExecRequest::default()
    };
    let output = engine.exec_output(container, request).await?;
    if output.code == 0 {
        return Ok(());
    }
    let failed = Error::new(ErrorKind::Engine, "could not give the folders that are kept to the remote user");
    Err(failed.because(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

/// The folders that belong to somebody else than their user. To root, everybody's folders are as good as its own.
async fn foreign(engine: &Engine, container: &ContainerId, kept: &Kept) -> Result<Vec<(String, Folder)>> {
    if kept.owner.0 == 0 {
        return Ok(Vec::new());
    }
    let looks = kept.with_folders_above().into_iter().map(|path| async move {
        let folder = engine.folder(container, &path).await?;
        Ok::<_, Error>(folder.map(|folder| (path, folder)))
    });
    let found = try_join_all(looks).await?.into_iter().flatten();
    Ok(found.filter(|(_, folder)| folder.owner.0 != kept.owner.0).collect())
}

async fn hand_over<'a>(
    engine: &Engine,
    container: &ContainerId,
    kept: &Kept,
    folders: impl Iterator<Item = &'a (String, Folder)>,
) -> Result<()> {
    let uploads: Vec<Upload> = folders
        .map(|(path, folder)| Upload {
            path: path.clone(),
            content: None,
            mode: folder.mode,
            owner: kept.owner,
        })
        .collect();
    if uploads.is_empty() { Ok(()) } else { engine.upload(container, &uploads).await }
}
