//! From facts to a diagnosis: what is well, what is not, and what to do about it.

use super::caches::BuildCaches;
use super::facts::{BuilderFacts, EngineFacts, Facts, Found, Version};

/// Builds fail in many ways below this.
const TOO_LITTLE: u64 = 2_000_000_000;
/// A few images more and the disk is full.
const LITTLE: u64 = 10_000_000_000;

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Nothing to do.
    Ok,
    /// It works, but not as well as it could.
    Warning,
    /// Something does not work.
    Problem,
}

/// What was found about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// What was looked at.
    pub name: &'static str,
    /// How well it is.
    pub health: Health,
    /// What was found.
    pub found: String,
    /// What to do about it, or what to know of it.
    pub advice: Option<String>,
}

impl Diagnosis {
    fn new(name: &'static str, health: Health, found: impl Into<String>) -> Self {
        Self { name, health, found: found.into(), advice: None }
    }

    fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

/// Looks at everything; `bytes` writes a size as people read it.
pub fn examine(facts: &Facts, bytes: impl Fn(u64) -> String) -> Vec<Diagnosis> {
    let engine = facts.engine.as_ref().ok();
    let mut all = vec![engine_row(facts), buildkit(facts), buildx(&facts.buildx), compose(&facts.compose)];
    all.extend(engine.map(|engine| builder(&facts.builder, engine)));
    all.extend(engine.map(store));
    all.extend(engine.zip(facts.builder.as_ref().ok()).map(|(engine, builder)| caches(builder, engine)));
    all.extend(facts.free_bytes.map(|free| disk(free, bytes(free))));
    all.push(network(facts));
    all.push(user(facts));
    all
}

fn engine_row(facts: &Facts) -> Diagnosis {
    match &facts.engine {
        Ok(engine) => {
            let rootless = if engine.is_rootless { ", rootless" } else { "" };
            let found = format!("{} (API {}{rootless}) at {}", engine.version, engine.api, facts.endpoint);
            Diagnosis::new("engine", Health::Ok, found)
        }
        Err(reason) => {
            Diagnosis::new("engine", Health::Problem, format!("not reached at {}: {reason}", facts.endpoint))
                .advice("Start the engine, and check that you may use it: `docker version`.")
        }
    }
}

/// BuildKit came with 18.09 and is what `docker build` uses since 23.0.
fn buildkit(facts: &Facts) -> Diagnosis {
    let advice = "Unset them, or let `devc setup` set DOCKER_BUILDKIT=1 and COMPOSE_DOCKER_CLI_BUILD=1 in your shell's profile.";
    if !facts.against_buildkit.is_empty() {
        let found = format!("turned off for other tools by {}", facts.against_buildkit.join(" and "));
        return Diagnosis::new("buildkit", Health::Warning, found).advice(advice);
    }
    match &facts.engine {
        Ok(engine) if engine.version.is_at_least(23, 0) => {
            let on =
                Diagnosis::new("buildkit", Health::Ok, "on: devc always uses it, and so does `docker build`");
            match engine.has_slow_secrets() {
                true => on.advice(
                    "This version reads the whole image before each `RUN` with a secret or an ssh key, which takes seconds; \
                     Docker Engine 27.3 does not.",
                ),
                false => on,
            }
        }
        Ok(_) => Diagnosis::new(
            "buildkit",
            Health::Warning,
            "`docker build` of this engine does not use it by itself",
        )
        .advice("Let `devc setup` set DOCKER_BUILDKIT=1 in your shell's profile."),
        Err(_) => Diagnosis::new("buildkit", Health::Problem, "unknown without an engine"),
    }
}

fn buildx(found: &Found<Version>) -> Diagnosis {
    const INSTALL: &str =
        "Install version 0.13 or later: on Debian and Ubuntu with `apt-get install docker-buildx`.";
    match found {
        Ok(version) if version.is_at_least(0, 13) => {
            Diagnosis::new("buildx", Health::Ok, version.to_string())
        }
        Ok(version) => {
            Diagnosis::new("buildx", Health::Problem, format!("{version}, which is too old")).advice(INSTALL)
        }
        Err(reason) => Diagnosis::new("buildx", Health::Problem, reason.clone()).advice(INSTALL),
    }
}

/// Only projects with a compose file need it.
fn compose(found: &Found<Version>) -> Diagnosis {
    const INSTALL: &str =
        "Install version 2.20 or later, if one of your projects has a \"dockerComposeFile\".";
    match found {
        Ok(version) => Diagnosis::new("compose", Health::Ok, version.to_string()),
        Err(reason) => Diagnosis::new("compose", Health::Warning, reason.clone()).advice(INSTALL),
    }
}

fn builder(found: &Found<BuilderFacts>, engine: &EngineFacts) -> Diagnosis {
    let builder = match found {
        Ok(builder) => builder,
        Err(reason) => {
            return Diagnosis::new("builder", Health::Problem, reason.clone())
                .advice("Choose another one: `docker buildx use default`.");
        }
    };
    let what = format!("{} (driver {}, {})", builder.name, builder.driver, builder.status);
    match (builder.driver.as_str(), builder.status.as_str()) {
        (_, "running") if builder.driver == "docker" => Diagnosis::new("builder", Health::Ok, what),
        (_, "running") => Diagnosis::new("builder", Health::Ok, what).advice(format!(
            "Images have to be copied from it to the engine ({}) after each build.",
            engine.version
        )),
        _ => Diagnosis::new("builder", Health::Warning, what).advice(format!(
            "It starts with the next build, or now: `docker buildx inspect --bootstrap {}`.",
            builder.name
        )),
    }
}

fn store(engine: &EngineFacts) -> Diagnosis {
    match engine.has_containerd_store {
        true => Diagnosis::new("image store", Health::Ok, format!("containerd ({})", engine.driver)),
        false => Diagnosis::new("image store", Health::Ok, format!("the engine's own ({})", engine.driver))
            .advice("Images for several platforms and attestations cannot be loaded into it, only pushed from another builder."),
    }
}

fn caches(builder: &BuilderFacts, engine: &EngineFacts) -> Diagnosis {
    let caches = BuildCaches::of(builder, engine);
    let found = format!("to {}; from {}", caches.to, caches.from);
    let diagnosis = Diagnosis::new("build caches", Health::Ok, found);
    caches.advice.into_iter().fold(diagnosis, Diagnosis::advice)
}

fn disk(free: u64, shown: String) -> Diagnosis {
    let health = match free {
        0..TOO_LITTLE => Health::Problem,
        TOO_LITTLE..LITTLE => Health::Warning,
        _ => return Diagnosis::new("disk", Health::Ok, format!("{shown} free")),
    };
    Diagnosis::new("disk", health, format!("only {shown} free where the engine keeps its data")).advice(
        "See what fills it with `docker system df`, and remove build cache with `docker builder prune`.",
    )
}

fn network(facts: &Facts) -> Diagnosis {
    let certificates = match facts.certificates {
        0 => None,
        1 => Some("1 certificate of your own".to_owned()),
        count => Some(format!("{count} certificates of your own")),
    };
    let handed_on: Vec<String> = certificates.into_iter().chain(facts.proxies.iter().cloned()).collect();
    let found = match handed_on.is_empty() {
        true => "no proxy, and no certificates but the public ones".to_owned(),
        false => format!("builds and containers get {}", handed_on.join(", ")),
    };
    Diagnosis::new("network", Health::Ok, found)
}

fn user(facts: &Facts) -> Diagnosis {
    match facts.uid {
        0 => Diagnosis::new("user", Health::Ok, "root")
            .advice("The remote user's ids are not changed to yours, as that would make root of everybody."),
        uid => Diagnosis::new("user", Health::Ok, format!("uid {uid}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            endpoint: "unix:///s (DOCKER_HOST)".to_owned(),
            engine: Ok(EngineFacts {
                version: Version::new("26.1.5"),
                api: "1.45".to_owned(),
                driver: "overlay2".to_owned(),
                ..EngineFacts::default()
            }),
            buildx: Ok(Version::new("0.13.1")),
            compose: Ok(Version::new("2.26.1")),
            builder: Ok(BuilderFacts {
                name: "default".to_owned(),
                driver: "docker".to_owned(),
                status: "running".to_owned(),
            }),
            free_bytes: Some(50_000_000_000),
            proxies: Vec::new(),
            certificates: 1,
            against_buildkit: Vec::new(),
            uid: 1000,
        }
    }

    fn shown(facts: &Facts) -> String {
        let row = |row: &Diagnosis| format!("{:?} {}: {}", row.health, row.name, row.found);
        examine(facts, |bytes| bytes.to_string()).iter().map(row).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_healthy_machine_has_nothing_to_mend() {
        insta::assert_snapshot!(shown(&facts()), @"
        Ok engine: 26.1.5 (API 1.45) at unix:///s (DOCKER_HOST)
        Ok buildkit: on: devc always uses it, and so does `docker build`
        Ok buildx: 0.13.1
        Ok compose: 2.26.1
        Ok builder: default (driver docker, running)
        Ok image store: the engine's own (overlay2)
        Ok build caches: to inline; from local and registry (inline only)
        Ok disk: 50000000000 free
        Ok network: builds and containers get 1 certificate of your own
        Ok user: uid 1000
        ");
    }

    #[test]
    fn without_an_engine_the_rest_is_still_looked_at() {
        let facts = Facts {
            engine: Err("no socket".to_owned()),
            compose: Err("it is not there".to_owned()),
            free_bytes: None,
            ..facts()
        };
        insta::assert_snapshot!(shown(&facts), @"
        Problem engine: not reached at unix:///s (DOCKER_HOST): no socket
        Problem buildkit: unknown without an engine
        Ok buildx: 0.13.1
        Warning compose: it is not there
        Ok network: builds and containers get 1 certificate of your own
        Ok user: uid 1000
        ");
    }

    #[test]
    fn what_is_old_small_or_turned_off_is_told() {
        let facts = Facts {
            buildx: Ok(Version::new("0.9.1")),
            free_bytes: Some(3_000_000_000),
            against_buildkit: vec!["DOCKER_BUILDKIT=0".to_owned()],
            ..facts()
        };
        let told = examine(&facts, |bytes| bytes.to_string());
        let told = |name: &str| told.iter().find(|row| row.name == name).map(|row| row.health);
        assert_eq!(told("buildx"), Some(Health::Problem));
        assert_eq!(told("disk"), Some(Health::Warning));
        assert_eq!(told("buildkit"), Some(Health::Warning));
    }

    #[test]
    fn which_caches_can_be_kept_depends_on_builder_and_store() {
        let builder = |driver: &str| BuilderFacts { driver: driver.to_owned(), ..BuilderFacts::default() };
        let engine = |has_containerd_store| EngineFacts { has_containerd_store, ..EngineFacts::default() };
        assert_eq!(BuildCaches::of(&builder("docker"), &engine(false)).to, "inline");
        assert!(BuildCaches::of(&builder("docker"), &engine(true)).to.contains("registry"));
        assert!(BuildCaches::of(&builder("docker-container"), &engine(false)).to.contains("s3"));
    }
}
