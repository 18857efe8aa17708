//! `devc doctor`: what builds and containers need, and what is there.

use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use crate::build::{self, Buildx};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::{EngineArgs, buildx_places};
use crate::compose::{self, Compose};
use crate::doctor::{self, BuilderFacts, Diagnosis, EngineFacts, Facts, Found, Health, Version};
use crate::engine::Endpoint;
use crate::error::{Error, Result};
use crate::host::free_bytes;
use crate::host::trust::HostTrust;
use crate::ui::{Table, words};

const EXAMPLES: &str = "\
Examples:
  devc doctor
  devc doctor --json | jq -r '.checks[] | select(.health != \"ok\") | .found'

It only looks: `devc setup` mends what can be mended. Exit code 1 if there is a problem.";

/// Variables that would make other tools build without BuildKit.
const SWITCHES: [&str; 2] = ["DOCKER_BUILDKIT", "COMPOSE_DOCKER_CLI_BUILD"];

/// Arguments of `devc doctor`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Looks, and says what it makes of it.
pub async fn run(args: &DoctorArgs, context: &Context) -> Result<Answer> {
    let facts = args.facts(context).await?;
    let diagnoses = doctor::examine(&facts, words::bytes);
    let is_ill = diagnoses.iter().any(|diagnosis| diagnosis.health == Health::Problem);
    let text = match args.json {
        true => format!("{}\n", to_json(&diagnoses, is_ill)),
        false => to_text(&diagnoses, context.columns),
    };
    Ok(Answer::Report(text, u8::from(is_ill)))
}

impl DoctorArgs {
    async fn facts(&self, context: &Context) -> Result<Facts> {
        let endpoint = Endpoint::discover(&context.environment)?;
        let buildx = Buildx::find(&buildx_places(&self.engine.docker_path, &endpoint.address, context));
        let compose_places = self.compose_places(context, &endpoint);
        let (engine, version, builder, compose) = futures_util::join!(
            self.engine_facts(context),
            buildx.version(),
            buildx.inspect_builder(None),
            compose_version(&compose_places),
        );
        let trust = HostTrust::gather(&context.environment);
        Ok(Facts {
            free_bytes: engine
                .as_ref()
                .ok()
                .filter(|_| is_local(&endpoint))
                .and_then(|engine| free_bytes(Path::new(&engine.root))),
            endpoint: format!("{} ({})", endpoint.address, endpoint.origin),
            engine,
            buildx: version.map(|version| Version::new(&version)),
            compose,
            builder: builder.and_then(|text| BuilderFacts::read(&text).ok_or(text)),
            proxies: trust.proxies.into_iter().map(|(name, _)| name).collect(),
            certificates: trust.extra.len(),
            against_buildkit: against_buildkit(context),
            uid: context.environment.uid,
        })
    }

    async fn engine_facts(&self, context: &Context) -> Found<EngineFacts> {
        let reason = |error: Error| error.reasons().pop().unwrap_or_else(|| error.summary().to_owned());
        let engine = context.engine(&self.engine).map_err(reason)?;
        engine.facts().await.map_err(reason)
    }

    fn compose_places(&self, context: &Context, endpoint: &Endpoint) -> compose::Places {
        let build::Places { docker, docker_config, home, engine } =
            buildx_places(&self.engine.docker_path, &endpoint.address, context);
        let compose =
            self.engine.docker_compose_path.clone().unwrap_or_else(|| "docker-compose".to_owned()).into();
        compose::Places { docker, compose, docker_config, home, engine }
    }
}

async fn compose_version(places: &compose::Places) -> Found<Version> {
    let compose = Compose::find(places).await.map_err(|error| error.summary().to_owned())?;
    Ok(Version::new(&compose.version().await.unwrap_or_default()))
}

/// Whether the engine's disk is one of this machine.
fn is_local(endpoint: &Endpoint) -> bool {
    endpoint.address.starts_with("unix://")
}

fn against_buildkit(context: &Context) -> Vec<String> {
    let off = |name: &&'static str| {
        context.environment.get(name).is_some_and(|value| matches!(value, "0" | "false"))
    };
    SWITCHES.into_iter().filter(off).map(|name| format!("{name}=0")).collect()
}

fn to_text(diagnoses: &[Diagnosis], columns: Option<usize>) -> String {
    let mut table = Table::new(["WHAT", "HEALTH", "FOUND"]);
    for diagnosis in diagnoses {
        table.row([diagnosis.name, health(diagnosis.health), &diagnosis.found]);
    }
    let advice = diagnoses.iter().filter_map(|diagnosis| {
        let advice = diagnosis.advice.as_ref()?;
        Some(format!("\n{}: {advice}\n", diagnosis.name))
    });
    table.render(columns) + &advice.collect::<String>()
}

fn to_json(diagnoses: &[Diagnosis], is_ill: bool) -> Value {
    let check = |diagnosis: &Diagnosis| {
        json!({
            "name": diagnosis.name,
            "health": health(diagnosis.health),
            "found": diagnosis.found,
            "advice": diagnosis.advice,
        })
    };
    json!({
        "version": 1,
        "outcome": if is_ill { "problem" } else { "ok" },
        "checks": diagnoses.iter().map(check).collect::<Vec<_>>(),
    })
}

fn health(health: Health) -> &'static str {
    match health {
        Health::Ok => "ok",
        Health::Warning => "warning",
        Health::Problem => "problem",
    }
}
