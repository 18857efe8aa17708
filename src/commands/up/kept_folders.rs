//! The folders that outlive the container: which, where, and their mounts.

use super::bring_up::Up;
use crate::commands::compose::ComposeProject;
use crate::config::{Mount, MountKind, RequestedMount, customization};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Level, StepKind};
use crate::execute::{ImageLook, RemoteUser};
use crate::host::{self, Tree, files};
use crate::plan::{ContainerSpec, Part, PlanLine};
use crate::preferences::{CACHE_VOLUMES, VOLUMES_FOLDER};
use crate::stack::{Tables, detect};
use crate::volumes::{CACHES_LABEL, CacheMount, Kept, Offers, Place, Wanted, Wishes, wanted};

impl Up<'_> {
    /// What this project keeps; nothing where that is turned off, and nothing under the reference CLI's name, which keeps
    /// nothing either.
    pub(super) fn wanted_folders(&self) -> Result<Vec<Wanted>> {
        let configuration = &self.project.configuration;
        let is_on = self.context.preferences.is_on(&CACHE_VOLUMES, configuration);
        let is_off = self.args.no_cache_volumes || self.context.is_drop_in || !is_on;
        let (Some(wishes), Some(root), false) =
            (Wishes::read(configuration), self.project.workspace_folder(), is_off)
        else {
            return Ok(Vec::new());
        };
        let tables = Tables::embedded()?;
        let tree = Tree::walk(root)?;
        let offers = Offers::of(&tables, &detect(&tables, &tree))?;
        for name in wishes.unknown_to(&offers) {
            let text =
                format!("The cache {name:?} of \"customizations\" is not kept: nothing here makes it.");
            self.context.events.notice(Level::Warning, text);
        }
        let tools = configuration.get("customizations").and_then(|tools| tools.as_object());
        let tools: Vec<&str> = tools.into_iter().flat_map(|tools| tools.keys().map(String::as_str)).collect();
        Ok(wanted(&offers, &wishes, &tools))
    }

    /// What devcontainer.json says of folders to keep, if it does.
    pub(super) fn kept_folders_part(&self) -> Option<Part> {
        let said = customization(self.project.written(), "devc")?.get("volumes")?;
        Some(Part::new("\"volumes\" in \"customizations\"", said.to_string()))
    }

    /// What would be kept, for a plan.
    pub(super) fn folder_lines(&self) -> Result<Vec<PlanLine>> {
        let lines = self.wanted_folders()?.into_iter().map(|wanted| {
            let path = wanted.path.replace("${workspace}/", "");
            PlanLine::new("keep-folder", format!("{path} ({})", wanted.cache), wanted.cause)
        });
        Ok(lines.collect())
    }

    /// The container with the folders that it keeps; their volumes are there afterwards. `name` is the remote user.
    pub(super) async fn with_kept_folders(&self, spec: ContainerSpec, name: &str) -> Result<ContainerSpec> {
        let wanted = self.wanted_folders()?;
        if wanted.is_empty() {
            return Ok(spec);
        }
        let step = self.context.events.step(StepKind::Container, "Preparing volumes");
        let look = match ImageLook::open(self.engine, &spec, &self.project.id).await {
            Ok(look) => look,
            Err(error) => return step.conclude(Err(error)),
        };
        let kept = self.keep(&look, &spec, &wanted, name).await;
        let closed = look.close().await;
        let kept = step.conclude(kept.and_then(|kept| closed.map(|()| kept)))?;
        Ok(match kept {
            Some((mounts, user)) => with_mounts(spec, &mounts, &user),
            None => spec,
        })
    }

    /// Makes what the mounts need; `None` where the image does not know the user.
    async fn keep(
        &self,
        look: &ImageLook<'_>,
        spec: &ContainerSpec,
        wanted: &[Wanted],
        name: &str,
    ) -> Result<Option<(Vec<CacheMount>, RemoteUser)>> {
        let Some(user) = look.user(name).await? else {
            let text = format!("No folders are kept: /etc/passwd of the image has no user {name}.");
            self.context.events.notice(Level::Warning, text);
            return Ok(None);
        };
        let environment = &self.context.environment;
        let preferred = self.context.preferences.path(&VOLUMES_FOLDER, environment.home.as_deref());
        let host_folder = preferred.unwrap_or_else(|| environment.data_dir.join("volumes"));
        let place = Place {
            project: &self.project.id,
            folder: self.project.workspace_folder().unwrap_or(&environment.current_dir),
            workspace: self.project.remote_workspace_folder.as_deref(),
            user: environment.uid,
            user_home: environment.home.as_deref(),
            host_folder: &host_folder,
            owner: user.owner.0,
            home: &user.home,
            environment: look.environment(),
            taken: self.taken(spec),
            now: host::now(),
        };
        let mounts = place.mounts(wanted);
        for mount in &mounts {
            self.make(look, mount, &user).await?;
        }
        Ok(Some((mounts, user)))
    }

    /// Where the user has mounts of his own: in devcontainer.json, in `runArgs`, in the compose file.
    fn taken(&self, spec: &ContainerSpec) -> Vec<String> {
        let declared = spec.mounts.iter().filter_map(|requested| requested.mount.target.clone());
        let service = self.compose.get().and_then(|compose: &ComposeProject| compose.service().ok());
        let of_service = service.into_iter().flat_map(|service| service.targets());
        declared.chain(targets_of_run_args(&spec.run_args)).chain(of_service).collect()
    }

    /// Makes the volume or the folder behind a mount.
    async fn make(&self, look: &ImageLook<'_>, mount: &CacheMount, user: &RemoteUser) -> Result<()> {
        let source = mount.mount.source.as_deref().unwrap_or_default();
        if let Some(labels) = &mount.labels {
            return self.engine.create_volume(source, &labels.to_map()).await.map(drop);
        }
        if mount.mount.read_only {
            return Ok(());
        }
        if look.fills(mount.target()).await? {
            let text =
                format!("the cache {} would hide what the image has at {}", mount.cache, mount.target());
            return Err(Error::new(ErrorKind::Config, text)
                .hint("Keep it on a volume, which takes over what is there: leave out \"type\"."));
        }
        match mount.mount.kind {
            MountKind::Bind => files::create_folder_for(source.as_ref(), user.owner),
            _ => Ok(()),
        }
    }
}

fn with_mounts(mut spec: ContainerSpec, mounts: &[CacheMount], user: &RemoteUser) -> ContainerSpec {
    let kept = Kept::by(mounts, user.owner, &user.home);
    spec.labels.push((CACHES_LABEL.to_owned(), kept.to_label()));
    spec.mounts.extend(mounts.iter().map(|mount| requested(&mount.mount)));
    for (name, value) in mounts.iter().flat_map(|mount| &mount.environment) {
        if spec.environment.iter().all(|(own, _)| own != name) {
            spec.environment.push((name.clone(), value.clone()));
        }
    }
    spec
}

fn requested(mount: &Mount) -> RequestedMount {
    RequestedMount { text: mount.to_text(), mount: mount.clone() }
}

/// The targets in words for the docker client: of `-v source:target`, `--mount type=...` and `--tmpfs target`.
fn targets_of_run_args(run_args: &[String]) -> Vec<String> {
    const OPTIONS: [&str; 4] = ["-v", "--volume", "--mount", "--tmpfs"];
    let mut targets = Vec::new();
    let mut words = run_args.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word, None),
        };
        if OPTIONS.contains(&option) {
            targets.extend(value.or_else(|| words.next()).and_then(|value| target_of(option, value)));
        }
    }
    targets
}

fn target_of(option: &str, value: &str) -> Option<String> {
    let mut parts = value.split(':');
    match option {
        "--mount" => Mount::parse(value).target,
        "--tmpfs" => parts.next().map(str::to_owned),
        _ => parts
            .find(|part| part.starts_with('/') && !value.starts_with(&format!("{part}:")))
            .map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_found_in_words_for_the_docker_client() {
        let words =
            ["-v", "/a:/b:ro", "--volume=data:/c", "--mount", "type=volume,target=/d", "--tmpfs=/e:size=1m"];
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(targets_of_run_args(&words), ["/b", "/c", "/d", "/e"]);
    }
}
