//! Where the folders of a project are in one image, for one user.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::labels::{Labels, Scope, project_volume, shared_volume};
use super::wanted::Wanted;
use super::wishes::Medium;
use crate::config::mount::{TmpfsOptions, VolumeOptions};
use crate::config::{Mount, MountKind};

/// The label of a container that says which folders are kept; see [`Kept`].
pub const CACHES_LABEL: &str = "devc.caches";

/// Folders that a variable moves, with everything below them.
const MOVABLE: [(&str, &str); 6] = [
    ("~/.cargo", "CARGO_HOME"),
    ("~/go", "GOPATH"),
    ("~/.gradle", "GRADLE_USER_HOME"),
    ("~/.cache", "XDG_CACHE_HOME"),
    ("~/.local/share", "XDG_DATA_HOME"),
    ("~/.config", "XDG_CONFIG_HOME"),
];

/// Any user may write there, and remove only what is his: what `/tmp` has. The engine gives memory no other owner than root.
const OPEN_TO_ALL: u32 = 0o1777;

/// What has to be known of project, user and image.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// The project's id (`${devcontainerId}`).
    pub project: &'a str,
    /// The project's folder on this machine.
    pub folder: &'a Path,
    /// Where that is in the container.
    pub workspace: Option<&'a str>,
    /// The user of this machine.
    pub user: u32,
    /// The home folder of that user.
    pub user_home: Option<&'a Path>,
    /// Where folders of this machine are kept.
    pub host_folder: &'a Path,
    /// The remote user's id.
    pub owner: u64,
    /// The remote user's home folder.
    pub home: &'a str,
    /// The environment of the container.
    pub environment: &'a BTreeMap<String, String>,
    /// Where the user has mounts of his own.
    pub taken: Vec<String>,
    /// The time, as RFC 3339 has it.
    pub now: String,
}

/// A folder with all that it takes to mount it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheMount {
    /// Its name.
    pub cache: String,
    /// Its mount, with a target and, unless it is memory, a source.
    pub mount: Mount,
    /// What the volume says about itself, where it is one.
    pub labels: Option<Labels>,
    /// Whether it belongs to the remote user, and not to the image's system.
    pub is_users: bool,
    /// Variables that lead programs there.
    pub environment: Vec<(String, String)>,
}

/// The folders that a container keeps on volumes and that belong to its remote user, as its label has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    version: u32,
    /// The user and group that they belong to.
    pub owner: (u64, u64),
    /// That user's home folder.
    home: String,
    targets: Vec<String>,
}

impl Kept {
    /// What is kept by these mounts for a user with this home folder.
    pub fn by(mounts: &[CacheMount], owner: (u64, u64), home: &str) -> Self {
        let volumes = mounts.iter().filter(|mount| mount.is_users && mount.labels.is_some());
        let targets = volumes.map(|mount| mount.target().to_owned()).collect();
        Self { version: 1, owner, home: home.to_owned(), targets }
    }

    /// What a container's label says; one that nobody can read says nothing.
    pub fn of_label(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|kept| kept.version == 1)
    }

    /// The label's text.
    pub fn to_label(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Where they are mounted.
    pub fn targets(&self) -> &[String] {
        &self.targets
    }

    /// Whether a volume is mounted there.
    pub fn has(&self, target: &str) -> bool {
        self.targets.iter().any(|own| own == target)
    }

    /// These folders and those above them up to the user's home: what has to belong to the user. The engine makes folders
    /// for mounts, and gives all of them to root.
    pub fn with_folders_above(&self) -> BTreeSet<String> {
        let home = Path::new(&self.home);
        let is_below_home = |folder: &&Path| folder.starts_with(home) && *folder != home;
        let above =
            self.targets.iter().flat_map(|target| Path::new(target).ancestors().take_while(is_below_home));
        let above = above.map(|folder| folder.to_string_lossy().into_owned());
        above.chain(self.targets.iter().cloned()).collect()
    }
}

impl CacheMount {
    /// Where it is in the container.
    pub fn target(&self) -> &str {
        self.mount.target.as_deref().unwrap_or_default()
    }
}

impl Place<'_> {
    /// The mounts for what is wanted. Of two folders at one place the first counts, and mounts of the user come before
    /// all of ours.
    pub fn mounts(&self, wanted: &[Wanted]) -> Vec<CacheMount> {
        let mut mounts: Vec<CacheMount> = Vec::new();
        for one in wanted {
            let mount = self.mount(one);
            let is_free = mounts.iter().all(|other| other.target() != mount.target());
            if is_free && !self.is_taken(mount.target()) {
                mounts.push(mount);
            }
        }
        mounts
    }

    /// Whether a mount of the user is there or above. Folders of the project are meant to be below the project's mount.
    fn is_taken(&self, target: &str) -> bool {
        let is_project = |path: &str| self.workspace.is_some_and(|own| Path::new(own).starts_with(path));
        let covers =
            |path: &String| path == target || Path::new(target).starts_with(path) && !is_project(path);
        self.taken.iter().any(covers)
    }

    fn mount(&self, wanted: &Wanted) -> CacheMount {
        let environment = wanted.environment.iter();
        let mut mount = Mount { target: Some(self.target(wanted)), ..Mount::default() };
        let mut labels = None;
        match (&wanted.source, wanted.medium) {
            (Some(source), _) => {
                mount.kind = MountKind::Bind;
                mount.source = Some(self.on_this_machine(source));
                mount.read_only = true;
            }
            (None, Medium::Host) => {
                mount.kind = MountKind::Bind;
                let folder = self.host_folder.join(self.name(wanted));
                mount.source = Some(folder.to_string_lossy().into_owned());
            }
            (None, Medium::Memory(size)) => {
                mount.kind = MountKind::Tmpfs;
                mount.tmpfs = TmpfsOptions { size, mode: Some(OPEN_TO_ALL) };
            }
            (None, Medium::Volume) => {
                mount.source = Some(self.name(wanted));
                mount.volume = VolumeOptions::default();
                // It is made, with its labels, before anything mounts it.
                mount.external = true;
                labels = Some(self.labels(wanted));
            }
        }
        CacheMount {
            cache: wanted.cache.clone(),
            mount,
            labels,
            is_users: wanted.is_users,
            environment: environment.map(|(name, path)| (name.clone(), self.inside(path))).collect(),
        }
    }

    fn name(&self, wanted: &Wanted) -> String {
        match wanted.scope {
            Scope::Project => {
                let folder = self.folder.file_name().unwrap_or_default().to_string_lossy();
                project_volume(&folder, self.project, &wanted.cache)
            }
            Scope::Shared => shared_volume(self.user, self.owner, &wanted.cache),
        }
    }

    fn labels(&self, wanted: &Wanted) -> Labels {
        let is_project = wanted.scope == Scope::Project;
        Labels {
            cache: wanted.cache.clone(),
            scope: wanted.scope,
            project: is_project.then(|| self.project.to_owned()),
            folder: is_project.then(|| self.folder.to_string_lossy().into_owned()),
            created: self.now.clone(),
            is_protected: wanted.is_protected,
        }
    }

    /// Where a folder is in the container: where its variable says, else below a folder that a variable has moved.
    fn target(&self, wanted: &Wanted) -> String {
        let variable = |name: &str| self.environment.get(name).filter(|value| value.starts_with('/'));
        if let Some(path) = wanted.variable.as_deref().and_then(variable) {
            return path.clone();
        }
        let moved = MOVABLE.iter().find_map(|(folder, name)| {
            let rest = wanted.path.strip_prefix(folder).filter(|rest| rest.starts_with('/'))?;
            Some(format!("{}{rest}", variable(name)?.trim_end_matches('/')))
        });
        moved.unwrap_or_else(|| self.inside(&wanted.path))
    }

    fn inside(&self, path: &str) -> String {
        let home = self.home.trim_end_matches('/');
        match (path.strip_prefix("~/"), path.strip_prefix("${workspace}/")) {
            (Some(rest), _) => format!("{home}/{rest}"),
            (_, Some(rest)) => format!("{}/{rest}", self.workspace.unwrap_or(home)),
            _ => path.to_owned(),
        }
    }

    fn on_this_machine(&self, path: &str) -> String {
        let home = self.user_home.unwrap_or(Path::new("/"));
        path.strip_prefix("~/").map_or(home.to_owned(), |rest| home.join(rest)).to_string_lossy().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(cache: &str, path: &str) -> Wanted {
        Wanted {
            cache: cache.into(),
            path: path.into(),
            variable: None,
            scope: Scope::Project,
            medium: Medium::Volume,
            source: None,
            environment: BTreeMap::new(),
            is_users: true,
            is_protected: false,
            cause: String::new(),
        }
    }

    fn check(wanted: Wanted, environment: &[(&str, &str)], expected: &str) {
        let environment: BTreeMap<String, String> =
            environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let place = Place {
            project: "06jak1t63th5o5co",
            folder: Path::new("/home/me/shop"),
            workspace: Some("/workspaces/shop"),
            user: 1000,
            user_home: Some(Path::new("/home/me")),
            host_folder: Path::new("/home/me/.local/share/devc/volumes"),
            owner: 1000,
            home: "/home/dev",
            environment: &environment,
            taken: vec!["/workspaces/shop".into(), "/home/dev/mine".into()],
            now: String::new(),
        };
        let mounts = place.mounts(&[wanted]);
        let text = mounts.first().map(|mount| mount.mount.to_text());
        assert_eq!(text.unwrap_or_default(), expected);
    }

    #[test]
    fn folders_are_where_the_user_and_the_variables_of_the_image_have_them() {
        let npm = || Wanted { variable: Some("npm_config_cache".into()), ..wanted("npm", "~/.npm") };
        check(npm(), &[], "type=volume,source=devc-shop-06jak1t63t-npm,target=/home/dev/.npm");
        let elsewhere = "type=volume,source=devc-shop-06jak1t63t-npm,target=/cache/npm";
        check(npm(), &[("npm_config_cache", "/cache/npm")], elsewhere);
        check(
            npm(),
            &[("npm_config_cache", "relative")],
            "type=volume,source=devc-shop-06jak1t63t-npm,target=/home/dev/.npm",
        );
        let registry = "type=volume,source=devc-shop-06jak1t63t-cargo,target=/usr/local/cargo/registry";
        check(wanted("cargo", "~/.cargo/registry"), &[("CARGO_HOME", "/usr/local/cargo/")], registry);
        let modules =
            "type=volume,source=devc-shop-06jak1t63t-node_modules,target=/workspaces/shop/node_modules";
        check(wanted("node_modules", "${workspace}/node_modules"), &[], modules);
    }

    #[test]
    fn folders_are_kept_on_volumes_on_this_machine_and_in_memory() {
        let shared = Wanted { scope: Scope::Shared, ..wanted("pip", "~/.cache/pip") };
        check(shared.clone(), &[], "type=volume,source=devc-user1000-pip,target=/home/dev/.cache/pip");
        let host = Wanted { medium: Medium::Host, ..shared };
        check(
            host,
            &[],
            "type=bind,source=/home/me/.local/share/devc/volumes/devc-user1000-pip,target=/home/dev/.cache/pip",
        );
        let memory = Wanted { medium: Medium::Memory(Some(1 << 20)), ..wanted("tmp", "/scratch") };
        check(memory, &[], "type=tmpfs,target=/scratch,tmpfs-size=1048576,tmpfs-mode=1777");
        let ssh = Wanted { source: Some("~/.ssh".into()), ..wanted("ssh", "~/.ssh") };
        check(ssh, &[], "type=bind,source=/home/me/.ssh,target=/home/dev/.ssh,readonly=true");
    }

    #[test]
    fn a_mount_of_the_user_comes_first() {
        check(wanted("mine", "~/mine"), &[], "");
        check(wanted("below", "~/mine/below"), &[], "");
        check(
            wanted("beside", "~/mine2"),
            &[],
            "type=volume,source=devc-shop-06jak1t63t-beside,target=/home/dev/mine2",
        );
    }

    #[test]
    fn the_folders_above_a_cache_belong_to_the_user_too() {
        let kept = Kept {
            version: 1,
            owner: (1000, 1000),
            home: "/home/dev".into(),
            targets: vec!["/home/dev/.local/share/pnpm".into(), "/go/pkg/mod".into()],
        };
        let folders: Vec<String> = kept.with_folders_above().into_iter().collect();
        let expected =
            ["/go/pkg/mod", "/home/dev/.local", "/home/dev/.local/share", "/home/dev/.local/share/pnpm"];
        assert_eq!(folders, expected);
        assert_eq!(Kept::of_label(&kept.to_label()), Some(kept));
        assert_eq!(Kept::of_label("{}"), None);
    }
}
