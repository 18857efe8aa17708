//! Builds that are made for what can be learned from them, and leave nothing but build cache behind.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use crate::archive::root_files::{RootFiles, root_files};
use crate::build::{BuildOutcome, BuildRequest, Dockerfile, Output};
use crate::config::csv;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::Builder;
use crate::host::files;

/// The build of an image that nobody wants to keep.
pub struct Trial<'a> {
    builder: &'a Builder<'a>,
    request: BuildRequest,
}

impl<'a> Trial<'a> {
    /// For an image with the names in `request`, which are only used here.
    pub fn new(builder: &'a Builder<'a>, request: BuildRequest) -> Self {
        Self { builder, request: BuildRequest { output: Output::Load, ..request } }
    }

    /// For a Dockerfile as it is written: `devc` adds nothing but what the network of this machine needs.
    pub async fn of_text(
        builder: &'a Builder<'a>,
        text: &str,
        context: &Path,
        target: Option<&str>,
        name: String,
    ) -> Result<Self> {
        let mut request = BuildRequest {
            context: Some(context.to_owned()),
            args: builder.proxies(),
            tags: vec![name],
            target: target.map(str::to_owned),
            ..builder.request()
        };
        let text = builder.trusting(text.to_owned(), &mut request).await?;
        request.dockerfile = Dockerfile::Text { text, original: None };
        Ok(Self::new(builder, request))
    }

    /// The image's name.
    pub fn name(&self) -> &str {
        self.request.tags.first().map_or("", String::as_str)
    }

    /// Builds the image and removes it, so that all is as in a real build.
    pub async fn build(&self, title: &str) -> Result<BuildOutcome> {
        let outcome = self.build_and_keep(title).await?;
        self.remove_image().await?;
        Ok(outcome)
    }

    /// Builds the image, for somebody who has to look at it.
    pub async fn build_and_keep(&self, title: &str) -> Result<BuildOutcome> {
        self.builder.run(&self.request, title).await
    }

    /// Removes the image; what the builder has cached of it stays.
    pub async fn remove_image(&self) -> Result<()> {
        self.builder.engine.remove_image(self.name()).await.map(drop)
    }

    /// Builds one stage and what it needs.
    pub async fn build_stage(&self, stage: &str) -> Result<BuildOutcome> {
        let target = Some(stage.to_owned());
        self.builder.run(&self.discarding(target), &format!("Building the stage {stage}")).await
    }

    /// Builds the image with these stages run again, whatever is cached of them.
    pub async fn run_again(&self, stages: &[&str]) -> Result<BuildOutcome> {
        let mut request = self.discarding(self.request.target.clone());
        request.options.extend(["--no-cache-filter".to_owned(), stages.join(",")]);
        self.builder.run(&request, "Running independent stages again").await
    }

    /// Builds the image once more, and reads what is in it.
    pub async fn files(&self, title: &str) -> Result<RootFiles> {
        let folder = files::temporary_folder("devc-image-")?;
        let archive = folder.path().join("image.tar");
        let output = csv::record(&["type=tar".to_owned(), format!("dest={}", archive.display())]);
        let request =
            BuildRequest { tags: Vec::new(), output: Output::Custom(output), ..self.request.clone() };
        self.builder.run(&request, title).await?;
        let read = move || File::open(&archive).and_then(|file| root_files(BufReader::new(file)));
        let unreadable = || Error::new(ErrorKind::Host, "could not read the image that was built");
        tokio::task::spawn_blocking(read)
            .await
            .map_err(|error| unreadable().because(error))?
            .map_err(|error| unreadable().because(error))
    }

    fn discarding(&self, target: Option<String>) -> BuildRequest {
        BuildRequest { target, tags: Vec::new(), output: Output::discarded(), ..self.request.clone() }
    }
}
