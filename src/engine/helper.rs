//! A helper: a container for a while that has nothing but one program and some volumes.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, HostConfig, HostConfigLogConfig, Mount, MountType, MountVolumeOptions,
};
use bollard::query_parameters::{
    AttachContainerOptions, CreateContainerOptions, CreateImageOptions, ListContainersOptions,
    ListImagesOptions, WaitContainerOptions,
};
use futures_util::{StreamExt, TryStreamExt};

use crate::engine::exec::split_output;
use crate::engine::{Engine, ExecInput, ExecStream, Removal};
use crate::error::{Error, ErrorKind, Result};
use crate::host::{ProgramFile, now_seconds, unique_id};
use crate::name::ContainerId;

/// Says that a container or an image is a helper's.
pub(super) const LABEL: &str = "devc.helper";

/// What the program needs to keep owners, modes, devices and capabilities of files as they are.
const CAPABILITIES: [&str; 6] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "MKNOD", "SETFCAP"];

/// A container that was made so many seconds ago and has not been started belongs to a run that was killed.
const FORGOTTEN: i64 = 60;

/// An image that holds a program and its libraries.
#[derive(Clone, Debug, Default)]
pub struct HelperImage {
    /// Its name.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Where the libraries are: the loader has no cache that tells.
    pub library_folders: Vec<String>,
}

/// A helper's container as it is made.
#[derive(Clone, Debug)]
pub struct HelperSpec {
    /// Its image.
    pub image: HelperImage,
    /// Its volumes.
    pub mounts: Vec<HelperMount>,
}

/// A volume in a helper.
#[derive(Clone, Debug)]
pub struct HelperMount {
    /// Its name.
    pub volume: String,
    /// Where it is.
    pub target: String,
    /// Whether the helper can only read it.
    pub is_read_only: bool,
}

/// A helper that runs. Once `input` and `output` are dropped it ends, and the engine removes it.
pub struct HelperSession {
    /// Its container.
    pub id: ContainerId,
    /// What it reads.
    pub input: ExecInput,
    /// What it writes.
    pub output: ExecStream,
}

impl Engine {
    /// Makes an image from nothing but these files.
    pub async fn make_helper_image(&self, name: &str, files: &[ProgramFile]) -> Result<()> {
        let doing = format!("make image {name}");
        let archive = archive_of(files)
            .map_err(|error| Error::new(ErrorKind::Host, format!("could not {doing}")).because(error))?;
        let options = CreateImageOptions {
            from_src: Some("-".to_owned()),
            repo: Some(name.to_owned()),
            // Podman takes one line here: what is run is said to each container.
            changes: vec![format!("LABEL {LABEL}=1")],
            ..Default::default()
        };
        let mut made =
            self.docker.create_image(Some(options), Some(bollard::body_full(archive.into())), None);
        while let Some(message) = made.next().await {
            message.map_err(|error| self.failed(&doing, error))?;
        }
        Ok(())
    }

    /// The helper image of this run, for which `find` is asked once.
    pub async fn helper_image(
        &self,
        find: impl Future<Output = Result<HelperImage>>,
    ) -> Result<&HelperImage> {
        self.helper_image.get_or_try_init(|| find).await
    }

    /// All helper images that were made before a moment, in seconds since the epoch, by their names.
    pub async fn helper_images(&self, before: i64) -> Result<Vec<String>> {
        let options = ListImagesOptions { filters: Some(labelled()), ..Default::default() };
        let images = self.docker.list_images(Some(options)).await;
        let images = images.map_err(|error| self.failed("look for images", error))?;
        let old = images.into_iter().filter(|image| image.created < before);
        // One that two runs have made at the same time has lost its name.
        Ok(old.map(|image| image.repo_tags.into_iter().next().unwrap_or(image.id)).collect())
    }

    /// The architecture of its machine, in the words of images: `amd64`, `arm64`.
    pub async fn architecture(&self) -> Result<String> {
        let version = self.docker.version().await;
        let version = version.map_err(|error| self.failed("ask the engine about itself", error))?;
        Ok(version.arch.unwrap_or_default())
    }

    /// Starts a helper that ends as soon as nobody speaks to it.
    pub async fn start_helper(&self, spec: &HelperSpec) -> Result<HelperSession> {
        let name = format!("devc-helper-{}", &unique_id()[..12]);
        let options = CreateContainerOptions { name: Some(name), ..Default::default() };
        let made = self.docker.create_container(Some(options), to_create_body(spec)).await;
        let id = ContainerId::new(made.map_err(|error| self.failed("make a helper", error))?.id);
        let started = self.attach_and_start(&id).await;
        if started.is_err() {
            self.remove(&id, Removal::ContainerOnly).await?;
        }
        started
    }

    async fn attach_and_start(&self, id: &ContainerId) -> Result<HelperSession> {
        let options = AttachContainerOptions {
            stdin: true,
            stdout: true,
            stderr: true,
            stream: true,
            ..Default::default()
        };
        let attached = self.docker.attach_container(id.as_str(), Some(options)).await;
        let attached = attached.map_err(|error| self.failed("speak to a helper", error))?;
        self.start(id).await?;
        let engine = self.clone();
        let output = attached.output.map_err(move |error| engine.failed("listen to a helper", error));
        let output = Box::pin(output.map(|chunk| chunk.map(split_output)));
        Ok(HelperSession { id: id.clone(), input: attached.input, output })
    }

    /// Waits until no other helper has these volumes while one of the two writes: what a killed run has begun ends by itself,
    /// and not before all of it is undone.
    pub async fn until_free(&self, mounts: &[HelperMount]) -> Result<()> {
        let users = self.volume_users().await?;
        for mount in mounts {
            let others = users.get(&mount.volume).into_iter().flatten();
            let at_work = others.filter(|other| other.is_helper && other.is_running);
            for other in at_work.filter(|other| other.may_write || !mount.is_read_only) {
                self.until_removed(&other.id).await;
            }
        }
        Ok(())
    }

    /// Waits until a helper is gone with its hold on volumes.
    pub async fn until_removed(&self, id: &ContainerId) {
        let options = WaitContainerOptions { condition: "removed".to_owned() };
        // It ends with its exit code, or at once with an error when the container is gone.
        let _gone = self.docker.wait_container(id.as_str(), Some(options)).next().await;
    }

    /// Removes helpers that runs have made and could not start because they were killed.
    pub async fn remove_forgotten_helpers(&self) -> Result<()> {
        let mut filters = labelled();
        filters.insert("status".to_owned(), vec!["created".to_owned()]);
        let options = ListContainersOptions { all: true, filters: Some(filters), ..Default::default() };
        let containers = self.docker.list_containers(Some(options)).await;
        let containers = containers.map_err(|error| self.failed("look for containers", error))?;
        let limit = now_seconds() - FORGOTTEN;
        for container in
            containers.into_iter().filter(|container| container.created.is_some_and(|at| at < limit))
        {
            let id = ContainerId::new(container.id.unwrap_or_default());
            self.remove(&id, Removal::ContainerOnly).await?;
        }
        Ok(())
    }
}

fn labelled() -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![LABEL.to_owned()])])
}

fn archive_of(files: &[ProgramFile]) -> std::io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for file in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(file.content.len() as u64);
        header.set_mode(0o755);
        builder.append_data(&mut header, file.path.trim_start_matches('/'), &file.content[..])?;
    }
    builder.into_inner()
}

fn to_create_body(spec: &HelperSpec) -> ContainerCreateBody {
    let mounts = spec.mounts.iter().map(|mount| Mount {
        typ: Some(MountType::VOLUME),
        source: Some(mount.volume.clone()),
        target: Some(mount.target.clone()),
        read_only: Some(mount.is_read_only),
        volume_options: Some(MountVolumeOptions { no_copy: Some(true), ..Default::default() }),
        ..Default::default()
    });
    let list = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    ContainerCreateBody {
        image: Some(spec.image.name.clone()),
        entrypoint: Some(spec.image.command.clone()),
        env: Some(vec![format!("LD_LIBRARY_PATH={}", spec.image.library_folders.join(":"))]),
        user: Some("0:0".to_owned()),
        open_stdin: Some(true),
        // The end of our connection, however it comes, is the end of its input.
        stdin_once: Some(true),
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        labels: Some(HashMap::from([(LABEL.to_owned(), "1".to_owned())])),
        host_config: Some(HostConfig {
            auto_remove: Some(true),
            network_mode: Some("none".to_owned()),
            readonly_rootfs: Some(true),
            cap_drop: list(&["ALL"]),
            cap_add: list(&CAPABILITIES),
            security_opt: list(&["no-new-privileges"]),
            log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
            mounts: Some(mounts.collect()),
            ..Default::default()
        }),
        ..Default::default()
    }
}
