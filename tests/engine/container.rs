//! A container as the engine describes it.

use serde_json::Value;

use crate::docker::Docker;

/// What the engine said about a container when it was asked; [`Container::again`] asks again.
#[derive(Clone, Debug)]
pub struct Container {
    docker: Docker,
    /// The whole id.
    pub id: String,
    facts: Value,
}

impl Container {
    /// Looks at a container by id or name; `None` when there is none.
    pub fn find(docker: &Docker, name: &str) -> Option<Self> {
        let facts = docker.inspect("container", name)?;
        let id = facts["Id"].as_str()?.to_owned();
        Some(Self { docker: docker.clone(), id, facts })
    }

    /// The same container as it is now.
    #[track_caller]
    pub fn again(&self) -> Self {
        Self::find(&self.docker, &self.id).unwrap_or_else(|| panic!("container {} is gone", self.id))
    }

    /// A part of the description, by JSON pointer; `Null` when it is not there.
    pub fn get(&self, pointer: &str) -> &Value {
        self.facts.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// A part of the description that is a text.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> &str {
        self.get(pointer).as_str().unwrap_or_else(|| panic!("{pointer} is {}", self.get(pointer)))
    }

    /// `running`, `exited`, `paused` ...
    pub fn state(&self) -> &str {
        self.text("/State/Status")
    }

    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.get("/Config/Labels").get(name)?.as_str()
    }

    /// The entries of the metadata label.
    #[track_caller]
    pub fn metadata(&self) -> Vec<Value> {
        serde_json::from_str(self.label("devcontainer.metadata").unwrap()).unwrap()
    }

    /// A variable of the main process.
    pub fn env(&self, name: &str) -> Option<&str> {
        let pairs = self.get("/Config/Env").as_array()?.iter().filter_map(Value::as_str);
        pairs.filter_map(|pair| pair.split_once('=')).find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// The mount at a target.
    #[track_caller]
    pub fn mount(&self, target: &str) -> &Value {
        let mounts = self.get("/Mounts").as_array().unwrap();
        let found = mounts.iter().find(|mount| mount["Destination"] == target);
        found.unwrap_or_else(|| panic!("nothing is mounted at {target}: {mounts:?}"))
    }

    /// What a shell script, run as root, prints. It has to succeed.
    #[track_caller]
    pub fn sh(&self, script: &str) -> String {
        self.docker.ask(&["exec", "-u", "0", &self.id, "/bin/sh", "-c", script])
    }

    /// Whether a shell script, run as root, succeeds.
    pub fn test(&self, script: &str) -> bool {
        self.docker.try_ask(&["exec", "-u", "0", &self.id, "/bin/sh", "-c", script]).is_ok()
    }

    /// The content of a file; `None` when there is none.
    pub fn read(&self, path: &str) -> Option<String> {
        self.docker.try_ask(&["exec", "-u", "0", &self.id, "cat", path]).ok()
    }

    /// The command lines of all processes, as the engine sees them.
    pub fn processes(&self) -> Vec<String> {
        let lines = self.docker.try_ask(&["top", &self.id, "-eo", "pid,args"]).unwrap_or_default();
        lines.lines().skip(1).map(str::to_owned).collect()
    }

    /// Whether the command line of a process holds a text.
    pub fn runs(&self, text: &str) -> bool {
        self.processes().iter().any(|line| line.contains(text))
    }
}
