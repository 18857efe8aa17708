//! The caches that a command is lent.

use super::ground::Ground;
use crate::recipe::fast_apt;
use crate::stack::{Cache, Holds, Sharing, Table};

const FOLDER: &str = "/dev/devc-cache";

/// The build argument with the platform's name, which BuildKit gives to stages that ask for it.
pub(super) const PLATFORM: &str = "TARGETARCH";

/// For whom caches are lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lending {
    /// For one build, without a trace in the image.
    Unseen,
    /// For the Dockerfile itself, which people read and other builders build.
    Written,
}

/// What is added to a `RUN` and to a command in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lent {
    /// Options of the `RUN`.
    pub(super) mounts: Vec<String>,
    /// What comes before the command.
    pub(super) prefix: String,
    /// What follows its program.
    pub(super) options: String,
    /// What that means, for people.
    pub(super) meaning: String,
}

impl Lent {
    /// What the commands of `table` can be lent, or why nothing.
    pub(super) fn by(
        table: &Table,
        ground: &Ground,
        lending: Lending,
        through_sudo: bool,
    ) -> Result<Self, String> {
        let lent = match (lending, &ground.user, &table.reuse.set_aside) {
            (Lending::Written, None, _) => Self::written(table, ground),
            (Lending::Written, Some(user), _) => {
                return Err(format!("it runs as {user}, and the caches belong to root"));
            }
            (Lending::Unseen, ..) if table.reuse.through_fast_apt => {
                return Self::by_fast_apt(ground, through_sudo);
            }
            (Lending::Unseen, _, Some(set_aside)) => Some(Self::in_place(&set_aside.caches)),
            (Lending::Unseen, _, None) => Self::unseen(table, ground),
        };
        lent.ok_or_else(|| "what it fetches stays in the image".to_owned())
    }

    fn unseen(table: &Table, ground: &Ground) -> Option<Self> {
        let caches: Vec<(&Cache, &str)> = table.caches.iter().filter_map(movable).collect();
        (!caches.is_empty()).then(|| Self {
            mounts: caches.iter().flat_map(|(cache, _)| mounts(cache, ground)).collect(),
            prefix: prefix(table, &caches),
            options: String::new(),
            meaning: meaning(table, &caches, ground),
        })
    }

    /// Caches where the tool looks for them, in a stage of which the image gets nothing of that kind.
    fn in_place(caches: &[Cache]) -> Self {
        let names: Vec<&str> = caches.iter().map(|cache| cache.name.as_str()).collect();
        Self {
            mounts: caches.iter().map(|cache| mount(cache, &cache.name, &cache.path)).collect(),
            meaning: format!("the caches {} outlive the build, and no image has them", names.join(", ")),
            ..Self::default()
        }
    }

    fn by_fast_apt(ground: &Ground, through_sudo: bool) -> Result<Self, String> {
        let runner = fast_apt::runner(fast_apt::SCRIPTS);
        let prefix = match (through_sudo, &ground.user) {
            // Where sudo runs some programs only, the script is none of them.
            (true, _) => only_if(&format!("sudo -nl {runner} >/dev/null 2>&1"), &runner),
            (false, None) => runner,
            (false, Some(user)) => return Err(format!("it runs as {user}, and apt is for root")),
        };
        let meaning = "packages come from a cache of verified archives, and dpkg does not wait for the disk";
        let mounts = vec![fast_apt::mounts_with_scripts()];
        Ok(Self { mounts, prefix, options: String::new(), meaning: meaning.to_owned() })
    }

    /// The caches where the tool looks for them by itself.
    fn written(table: &Table, ground: &Ground) -> Option<Self> {
        let caches: Vec<&Cache> = table.caches.iter().filter(|cache| cache.holds != Holds::Content).collect();
        let names: Vec<&str> = caches.iter().map(|cache| cache.name.as_str()).collect();
        (!caches.is_empty()).then(|| Self {
            mounts: caches.iter().map(|cache| written_mount(cache, ground)).collect(),
            prefix: String::new(),
            options: table.reuse.keeps.clone(),
            meaning: names.join(", "),
        })
    }
}

/// The mount of a cache where root's tools look for it. What was built is kept for one platform and base image.
fn written_mount(cache: &Cache, ground: &Ground) -> String {
    let id = match cache.holds {
        Holds::Builds => format!("{}-${PLATFORM}-{}", cache.name, ground.base),
        Holds::Content | Holds::Downloads => cache.name.clone(),
    };
    let target = cache.path.replacen('~', "/root", 1);
    format!("--mount=type=cache,id={id},target={target},sharing={}", sharing(cache))
}

fn sharing(cache: &Cache) -> &'static str {
    match cache.sharing {
        Sharing::Shared => "shared",
        Sharing::Locked => "locked",
    }
}

/// A cache that can be elsewhere, with the variable that says where.
pub(super) fn movable(cache: &Cache) -> Option<(&Cache, &str)> {
    let variable = cache.variable.as_deref().filter(|_| cache.holds != Holds::Content)?;
    Some((cache, variable))
}

/// Points the tool to the caches, unless it would find that it cannot use them.
fn prefix(table: &Table, caches: &[(&Cache, &str)]) -> String {
    let place = |cache: &Cache| format!("{FOLDER}/{}", cache.name);
    let is_usable = caches.iter().map(|(cache, _)| format!("test -w {}", place(cache)));
    let conditions: Vec<String> =
        is_usable.chain(table.reuse.condition.iter().map(|condition| condition.test.clone())).collect();
    let moved = caches.iter().map(|(cache, variable)| format!("{variable}={}", place(cache)));
    let others = table.reuse.variables.iter().map(|(name, value)| format!("{name}={value}"));
    let variables: Vec<String> = moved.chain(others).collect();
    only_if(&conditions.join(" && "), &format!("env {}", variables.join(" ")))
}

/// Words of a command that are there under a condition, as the shell finds it.
fn only_if(condition: &str, words: &str) -> String {
    format!("$({condition} && echo {words})")
}

fn mount(cache: &Cache, id: &str, target: &str) -> String {
    format!("--mount=type=cache,id=devc-{id},sharing={},target={target}", sharing(cache))
}

/// The mount of a cache, and those of its folders that are the same for all images.
fn mounts(cache: &Cache, ground: &Ground) -> Vec<String> {
    // The option `mode` would let all users in, but engines whose umask is 022 make nothing of it.
    let owner = ground.user_id().map(|id| format!(",uid={id}")).unwrap_or_default();
    let mount =
        |id: &str, target: &str| format!("{}{owner}", mount(cache, id, &format!("{FOLDER}/{target}")));
    let name = &cache.name;
    let whole = match cache.holds {
        Holds::Builds => mount(&format!("{name}-{}", ground.name()), name),
        Holds::Content | Holds::Downloads => mount(name, name),
    };
    let downloads =
        cache.downloads.iter().map(|part| mount(&format!("{name}-{part}"), &format!("{name}/{part}")));
    std::iter::once(whole).chain(downloads).collect()
}

fn meaning(table: &Table, caches: &[(&Cache, &str)], ground: &Ground) -> String {
    let names: Vec<&str> = caches.iter().map(|(cache, _)| cache.name.as_str()).collect();
    let depends = caches.iter().any(|(cache, _)| cache.holds == Holds::Builds && cache.downloads.is_empty());
    let user = ground.user.as_ref().zip(ground.user_id());
    let conditions = [
        depends.then(|| "as long as the steps before stay the same".to_owned()),
        table.reuse.condition.as_ref().map(|condition| condition.meaning.clone()),
        user.filter(|(name, id)| **name != id.to_string())
            .map(|(name, id)| format!("if {name} has the id {id}")),
    ];
    let what = format!("the cache {} outlives the build", names.join(", "));
    std::iter::once(what).chain(conditions.into_iter().flatten()).collect::<Vec<_>>().join(", ")
}
