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
    /// What the commands of `table` can be lent; `None` where they have no cache that an image can do without.
    pub(super) fn by(table: &Table, ground: &Ground, lending: Lending) -> Option<Self> {
        match lending {
            Lending::Unseen => Self::unseen(table, ground),
            Lending::Written => Self::written(table, ground),
        }
    }

    fn unseen(table: &Table, ground: &Ground) -> Option<Self> {
        if table.reuse.through_fast_apt {
            return Some(Self {
                mounts: vec![fast_apt::mounts_with_scripts()],
                prefix: fast_apt::runner(fast_apt::SCRIPTS),
                options: String::new(),
                meaning:
                    "packages come from a cache of verified archives, and dpkg does not wait for the disk"
                        .to_owned(),
            });
        }
        let caches: Vec<(&Cache, &str)> = table.caches.iter().filter_map(movable).collect();
        let mut words: Vec<String> =
            caches.iter().map(|(cache, variable)| format!("{variable}={}", place(cache))).collect();
        words.extend(table.reuse.variables.iter().map(|(name, value)| format!("{name}={value}")));
        (!caches.is_empty()).then(|| Self {
            mounts: caches.iter().flat_map(|(cache, _)| mounts(cache, ground)).collect(),
            prefix: words.join(" "),
            options: String::new(),
            meaning: meaning(&caches),
        })
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

/// Where the tool finds the cache, in the words of the shell: for a user who cannot write there, where it always was.
///
/// The mount belongs to root. Its option `mode` would let others in, but engines whose umask is 022 make nothing of it.
fn place(cache: &Cache) -> String {
    let lent = format!("{FOLDER}/{}", cache.name);
    format!("$(test -w {lent} && echo {lent} || echo {})", cache.path)
}

/// The mount of a cache, and those of its folders that are the same for all images.
fn mounts(cache: &Cache, ground: &Ground) -> Vec<String> {
    let sharing = sharing(cache);
    let mount = |id: &str, target: &str| {
        format!("--mount=type=cache,id=devc-{id},sharing={sharing},target={FOLDER}/{target}")
    };
    let name = &cache.name;
    let whole = match cache.holds {
        Holds::Builds => mount(&format!("{name}-{}", ground.name()), name),
        Holds::Content | Holds::Downloads => mount(name, name),
    };
    let downloads =
        cache.downloads.iter().map(|part| mount(&format!("{name}-{part}"), &format!("{name}/{part}")));
    std::iter::once(whole).chain(downloads).collect()
}

fn meaning(caches: &[(&Cache, &str)]) -> String {
    let names: Vec<&str> = caches.iter().map(|(cache, _)| cache.name.as_str()).collect();
    let depends = caches.iter().any(|(cache, _)| cache.holds == Holds::Builds && cache.downloads.is_empty());
    let condition = if depends { ", as long as the steps before stay the same" } else { "" };
    format!("the cache {} outlives the build{condition}", names.join(", "))
}
