//! The services of a compose project: their images, and their start.

use futures_util::future::{try_join, try_join_all};

use crate::build::{BuildRequest, Dockerfile, read_dockerfile};
use crate::compose::{Compose, Invocation};
use crate::error::Result;
use crate::event::{Events, StepKind};
use crate::execute::Builder;
use crate::project::{DockerfileBuild, ImageBase, ImageBuild};
use crate::recipe::dockerfile::{self, Variables};

/// Builds the images of services while `own` prepares the dev container's, all at once. They get neither Features nor a label.
pub async fn build_services<T>(
    builder: &Builder<'_>,
    builds: &[ImageBuild],
    own: impl Future<Output = Result<T>>,
) -> Result<T> {
    let dockerfiles = builds.iter().filter_map(|build| match &build.base {
        ImageBase::Dockerfile(dockerfile) => Some((build, dockerfile)),
        ImageBase::Image(_) => None,
    });
    let services = dockerfiles.map(|(build, dockerfile)| build_as_it_is(builder, build, dockerfile));
    let (_, own) = try_join(try_join_all(services), own).await?;
    Ok(own)
}

async fn build_as_it_is(builder: &Builder<'_>, build: &ImageBuild, from: &DockerfileBuild) -> Result<()> {
    let text = read_dockerfile(&from.dockerfile, "build.dockerfile")?;
    let mut request = BuildRequest {
        context: Some(from.context.clone()),
        target: from.target.clone(),
        tags: build.tags.clone(),
        args: [builder.proxies(), from.args.clone()].concat(),
        cache_from: from.cache_from.clone(),
        options: from.options.clone(),
        no_cache: builder.options.no_cache,
        inline_cache: true,
        ..BuildRequest::default()
    };
    let variables = Variables { build_args: from.args.iter().cloned().collect(), ..Variables::default() };
    let facts = dockerfile::scan(&text, &variables, from.target.as_deref())?;
    let cached = builder.cached(text, &facts, from).await?;
    request.bring_caches(&cached)?;
    let text = builder.trusting(cached.text, &mut request).await?;
    request.dockerfile = Dockerfile::Text { text, original: Some(from.dockerfile.clone()) };
    builder.run(&request, "Building image").await.map(drop)
}

/// Runs a command of compose that changes containers, under a step of its own.
pub async fn run_compose(
    compose: &Compose,
    invocation: &Invocation,
    words: &[&str],
    (title, doing): (&str, &str),
    events: &Events,
) -> Result<()> {
    let project = invocation.project.clone().unwrap_or_default();
    let doing = format!("Docker Compose could not {doing} of the project {project}");
    let step = events.step_with_detail(StepKind::Container, title, project);
    let ended = compose.run(invocation, words, &step, &doing).await;
    step.conclude(ended)
}
