//! What the files of a project say about its images.

use super::detect::{Folders, Found, Stack, join};
use super::install::Apart;
use super::runtime::{Port, Runtime, Start};
use super::table::{Place, Tables};

/// What a project's images are made from.
#[derive(Debug, Default)]
pub struct Facts<'a> {
    /// The files that the install reads, from the root on, sorted.
    pub inputs: Vec<String>,
    /// Whether a file with the login of a registry, or with its address, belongs to the repository.
    pub has_login: bool,
    /// Whether the lockfile tells that no package is compiled when it is installed.
    pub compiles_nothing: bool,
    /// Files of the source that the manager looks for, from the root on, and the texts to put in their places.
    pub stand_ins: Vec<(String, &'a str)>,
    /// Why dependencies cannot be built apart from the source.
    pub obstacle: Option<(Found, &'a str)>,
    /// The commands that add the dependencies of development.
    pub development: Vec<&'a str>,
    /// The folder that its build fills for a web server, where that is all that it is for.
    pub site: Option<&'a str>,
    /// The command that starts it.
    pub start: Option<String>,
    /// The port that it listens on.
    pub port: Option<u16>,
}

impl<'a> Facts<'a> {
    /// Looks at the files of a stack.
    pub fn of(tables: &'a Tables, stack: &Stack<'a>, folders: &Folders<'_>) -> Self {
        let table = stack.table;
        let install = &table.install;
        let project = Project { folder: &stack.folder, members: &stack.members, folders };
        let has = |name: &str| folders.below(&stack.folder).any(|path| path == name);
        let runtime = tables.runtime(table);
        let start = runtime.and_then(|runtime| project.start(runtime));
        let wanted = install.development.iter().filter(|development| has(&development.file));
        Self {
            inputs: project.files(|name| install.files.iter().any(|pattern| pattern.matches(name))),
            has_login: folders
                .below(&stack.folder)
                .any(|path| install.credentials.iter().any(|pattern| pattern.matches(&path))),
            compiles_nothing: install.compiling.as_ref().is_some_and(|compiling| {
                let lockfile = stack.lockfile.as_ref().and_then(|path| folders.read(path));
                lockfile.is_some_and(|text| compiling.is_ruled_out(&text))
            }),
            stand_ins: table.apart.as_ref().map(|apart| project.stand_ins(apart)).unwrap_or_default(),
            obstacle: table.apart.as_ref().and_then(|apart| project.obstacle(apart)),
            development: wanted.map(|development| development.command.as_str()).collect(),
            site: runtime.filter(|_| start.is_none()).and_then(|runtime| project.site(runtime)),
            port: runtime.and_then(|runtime| project.port(runtime, start.as_deref())),
            start,
        }
    }
}

/// A folder with the folders of its members.
struct Project<'p> {
    folder: &'p str,
    members: &'p [String],
    folders: &'p Folders<'p>,
}

impl Project<'_> {
    /// The project's folder and those of its members.
    fn roots(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.folder).chain(self.members.iter().map(String::as_str))
    }

    /// The files whose names, from the project's or a member's folder on, are wanted.
    fn files(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let members = self.members.iter().map(|member| format!("{member}/"));
        let members: Vec<String> = members.collect();
        let wanted = |below: &String| {
            let path = join(self.folder, below);
            let of_member = |member: &String| path.strip_prefix(member.as_str()).is_some_and(&is_wanted);
            (is_wanted(below) || members.iter().any(of_member)).then_some(path)
        };
        let mut files: Vec<String> =
            self.folders.below(self.folder).filter_map(|below| wanted(&below)).collect();
        files.sort();
        files
    }

    fn stand_ins<'a>(&self, apart: &'a Apart) -> Vec<(String, &'a str)> {
        let of = |stand_ins: &'a super::install::StandIns| {
            let files = self.files(|name| stand_ins.files.iter().any(|pattern| pattern.matches(name)));
            files.into_iter().map(|file| (file, stand_ins.text.as_str()))
        };
        apart.stand_ins.iter().flat_map(of).collect()
    }

    fn obstacle<'a>(&self, apart: &'a Apart) -> Option<(Found, &'a str)> {
        apart.unless.iter().filter(|obstacle| !obstacle.alone || self.members.is_empty()).find_map(
            |obstacle| {
                let found = |root| self.folders.look(&obstacle.file, obstacle.line.as_ref(), root);
                Some((self.roots().find_map(found)?, obstacle.because.as_str()))
            },
        )
    }

    fn site<'a>(&self, runtime: &'a Runtime) -> Option<&'a str> {
        let mut sites = runtime.site.iter();
        let shown = sites.find(|site| self.folders.look(&site.file, Some(&site.line), self.folder).is_some());
        shown.map(|site| site.folder.as_str())
    }

    fn start(&self, runtime: &Runtime) -> Option<String> {
        self.roots().find_map(|root| runtime.start.iter().find_map(|start| self.started(start, root)))
    }

    fn started(&self, start: &Start, root: &str) -> Option<String> {
        let is_there = |place: &Place| self.folders.look(&place.file, place.line.as_ref(), root).is_some();
        if !start.beside.as_ref().is_none_or(is_there) {
            return None;
        }
        let found = self.folders.look(&start.file, start.line.as_ref(), root)?;
        let path = found.file.strip_prefix(root).unwrap_or(&found.file).trim_start_matches('/');
        let path = path.rsplit_once('.').map_or(path, |(path, _)| path);
        let stem = path.rsplit('/').next().unwrap_or_default();
        let module = path.strip_suffix("/__init__").unwrap_or(path).replace('/', ".");
        let command = start.command.replace("{}", &found.text);
        Some(command.replace("{stem}", stem).replace("{module}", &module))
    }

    fn port(&self, runtime: &Runtime, start: Option<&str>) -> Option<u16> {
        let in_files = |port: &Port| {
            self.roots().find_map(|root| {
                let mut files = port.files.iter();
                files.find_map(|file| self.folders.look(file, Some(&port.line), root))
            })
        };
        runtime.port.iter().find_map(|port| {
            let text = match start {
                Some(start) if port.files.is_empty() => port.line.find(start)?.1,
                _ => in_files(port)?.text,
            };
            text.parse().ok()
        })
    }
}
