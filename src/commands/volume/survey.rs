//! The volumes there are, what they say about themselves, and who uses them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::engine::{Engine, Volume, VolumeUser};
use crate::error::{Error, ErrorKind, Result};
use crate::ui::words;
use crate::volumes::{Labels, Scope, VERSION_LABEL};

/// A volume with all that the engine knows about it.
pub(super) struct Surveyed {
    pub(super) volume: Volume,
    /// What it says about itself; `None` where it is none of ours.
    pub(super) labels: Option<Labels>,
    /// The containers that have it, running or not.
    pub(super) users: Vec<VolumeUser>,
    /// Whether the folder of its project is not there any more.
    pub(super) is_orphan: bool,
}

/// Which volumes are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that devc has made.
    Ours,
    /// All of the engine's.
    All,
}

/// The volumes with these names, whoever made them; all that are meant by `which` without names.
pub(super) async fn survey(engine: &Engine, which: Which, names: &[String]) -> Result<Vec<Surveyed>> {
    let filter: &[String] = match which {
        Which::Ours if names.is_empty() => &[VERSION_LABEL.to_owned()],
        _ => &[],
    };
    let mut volumes = engine.volumes(filter).await?;
    if !names.is_empty() {
        require_all(names, &volumes)?;
        volumes.retain(|volume| names.contains(&volume.name));
    }
    let mut users: BTreeMap<String, Vec<VolumeUser>> = engine.volume_users().await?;
    users.values_mut().for_each(|users| users.retain(|user| !user.is_helper));
    let is_here = engine.endpoint().is_on_this_machine();
    let surveyed = volumes.into_iter().map(|volume| {
        let labels = Labels::read(&volume.labels);
        let folder = labels.as_ref().and_then(|labels| labels.folder.as_deref());
        // Folders of another machine cannot be looked for.
        let is_orphan = is_here && folder.is_some_and(|folder| !Path::new(folder).exists());
        Surveyed { users: users.remove(&volume.name).unwrap_or_default(), labels, is_orphan, volume }
    });
    Ok(surveyed.collect())
}

fn require_all(names: &[String], volumes: &[Volume]) -> Result<()> {
    let known: Vec<&str> = volumes.iter().map(|volume| volume.name.as_str()).collect();
    let Some(missing) = names.iter().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
    let error = Error::new(ErrorKind::NotFound, format!("there is no volume {missing}"));
    Err(match words::did_you_mean(missing, known) {
        Some(hint) => error.hint(hint),
        None => error.hint("See what there is with `devc volume list --all`."),
    })
}

impl Surveyed {
    /// Whether a running container has it.
    pub(super) fn is_in_use(&self) -> bool {
        self.users.iter().any(|user| user.is_running)
    }

    /// Whether it belongs to a project that is gone, and nobody and nothing holds it back.
    pub(super) fn is_prunable(&self) -> bool {
        let is_free = self.labels.as_ref().is_some_and(|labels| !labels.is_protected);
        self.is_orphan && is_free && self.users.is_empty()
    }

    /// The cache, or nothing where the volume is none of ours.
    pub(super) fn cache(&self) -> &str {
        self.labels.as_ref().map_or("", |labels| &labels.cache)
    }

    /// For whom it is: the folder of its project, or everybody.
    pub(super) fn belongs_to(&self) -> String {
        match &self.labels {
            None => String::new(),
            Some(Labels { scope: Scope::Shared, .. }) => "all projects".to_owned(),
            Some(labels) => {
                let folder = labels.folder.clone().unwrap_or_default();
                if self.is_orphan { format!("{folder} (gone)") } else { folder }
            }
        }
    }

    /// The names of the containers that have it.
    pub(super) fn user_names(&self) -> String {
        let names = self.users.iter().map(|user| match user.is_running {
            true => user.name.clone(),
            false => format!("{} (stopped)", user.name),
        });
        names.collect::<Vec<_>>().join(", ")
    }

    /// What is known, for programs.
    pub(super) fn to_json(&self) -> Value {
        let labels = self.labels.as_ref();
        json!({
            "name": self.volume.name,
            "driver": self.volume.driver,
            "created": self.volume.created,
            "cache": labels.map(|labels| &labels.cache),
            "scope": labels.map(|labels| labels.scope.name()),
            "workspaceFolder": labels.and_then(|labels| labels.folder.as_ref()),
            "workspaceIsGone": self.is_orphan,
            "protected": labels.is_some_and(|labels| labels.is_protected),
            "containers": self.users.iter()
                .map(|user| json!({"id": user.id.as_str(), "name": user.name, "running": user.is_running}))
                .collect::<Vec<_>>(),
        })
    }
}
