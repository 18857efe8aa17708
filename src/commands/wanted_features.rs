//! The Features that a configuration and a command line ask for, on their way to being installed.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::archive::Package;
use crate::commands::Context;
use crate::commands::gather;
use crate::commands::options::{FeatureArgs, RegistryArgs};
use crate::error::Result;
use crate::event::{Events, Level};
use crate::execute::features::advised;
use crate::execute::{FeatureSet, FeatureSources, Lock, LockPolicy, Resolved};
use crate::features::order::Request;
use crate::features::{FeatureMetadata, Source, metadata, requested};
use crate::plan::Part;
use crate::project::Project;
use crate::registry::Registry;

/// What is asked for, and the lockfile that goes with it. Nothing has been fetched.
pub struct WantedFeatures {
    request: Request,
    /// `None` where there is no configuration that it could be beside, and nothing to lock.
    lock: Option<Lock>,
}

impl WantedFeatures {
    /// Collects what devcontainer.json and the command line name, and reads the lockfile if that is anything.
    pub fn gather(
        project: &Project,
        args: &FeatureArgs,
        policy: LockPolicy,
        context: &Context,
    ) -> Result<Self> {
        let requested = requested(&project.config.features, &args.additional()?)?;
        for warning in &requested.warnings {
            context.events.notice(Level::Warning, warning.clone());
        }
        let lock = match project.located().filter(|_| !requested.features.is_empty()) {
            Some(located) => Some(Lock::read(&located.identity_path, policy)?),
            None => None,
        };
        let request = Request {
            features: requested.features,
            override_order: project.config.override_feature_install_order.clone(),
            places: gather::feature_places(project),
            pins: lock.as_ref().map(Lock::pins).unwrap_or_default(),
        };
        Ok(Self { request, lock })
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.request.features.is_empty()
    }

    /// The install order. Fails when a frozen lockfile says something else.
    pub async fn resolve(&self, sources: FeatureSources<'_>) -> Result<Resolved> {
        let resolved = sources.resolve(self.request.clone()).await?;
        self.lock.iter().try_for_each(|lock| lock.check(&resolved.order))?;
        Ok(resolved)
    }

    /// The install order with all packages; what is odd about it is told.
    pub async fn load(&self, sources: FeatureSources<'_>) -> Result<FeatureSet> {
        let set = sources.load(&self.resolve(sources).await?).await?;
        for warning in set.warnings() {
            sources.events.notice(Level::Warning, warning);
        }
        Ok(set)
    }

    /// As [`WantedFeatures::load`], for Features that are going to be installed: fails when one of them must not be used.
    pub async fn load_to_install(&self, context: &Context, args: &RegistryArgs) -> Result<FeatureSet> {
        if self.is_empty() {
            return Ok(FeatureSet::default());
        }
        let registry = context.registry(args)?;
        let quiet = Registry::new(args.options(context)?, Events::silent());
        let loading = self.load(FeatureSources { registry: &registry, events: &context.events });
        advised(loading, &quiet, &context.environment.cache_dir, &context.events).await
    }

    /// Writes the lockfile, now that the Features are installed.
    pub fn keep(&self, set: &FeatureSet) -> Result<()> {
        self.lock.iter().try_for_each(|lock| lock.write(&set.order))
    }

    /// What a container's fingerprint remembers beyond the configuration: Features of the command line, the files of
    /// local ones, and which versions the lockfile names.
    pub fn parts(&self) -> Result<Vec<Part>> {
        let additional = self.request.features.iter().filter(|feature| feature.is_additional);
        let additional: Vec<Value> = additional
            .map(|feature| Value::from(vec![Value::from(feature.id.clone()), feature.options.clone()]))
            .collect();
        let mut parts = Vec::new();
        if !additional.is_empty() {
            parts.push(Part::new("--additional-features", Value::from(additional).to_string()));
        }
        let files =
            |(id, package): (&String, &Package)| Part::new(format!("the files of {id}"), package.to_tar());
        parts.extend(self.local().iter().map(files));
        parts.extend(self.lock.as_ref().and_then(Lock::text).map(|text| Part::new("the lockfile", text)));
        Ok(parts)
    }

    /// The local Features that are asked for, and the local ones that those depend on. One that cannot be read is told when
    /// it is needed, and is empty here.
    fn local(&self) -> BTreeMap<String, Package> {
        let mut found = BTreeMap::new();
        let mut open: Vec<String> = self.request.features.iter().map(|feature| feature.id.clone()).collect();
        while let Some(id) = open.pop() {
            if found.contains_key(&id) {
                continue;
            }
            if let Ok(Source::Local(folder)) = Source::of(&id, &self.request.places) {
                let package = Package::of_folder(&folder).unwrap_or_default();
                let text = package.text(metadata::FILE_NAME).unwrap_or_default();
                let metadata = FeatureMetadata::parse(text, metadata::FILE_NAME).unwrap_or_default();
                open.extend(metadata.depends_on().map(|(id, _)| id.to_owned()));
                found.insert(id, package);
            }
        }
        found
    }
}
