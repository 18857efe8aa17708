//! What a step of a Dockerfile stands on: its shell, and all that came before it.

use sha2::{Digest, Sha256};

use super::Setting;
use super::lent::PLATFORM;
use crate::name::hex;
use crate::recipe::dockerfile::{BaseImage, DockerfileFacts, Instruction, Source};
use crate::recipe::shell::is_posix;

/// The number of the first user that is made on a system.
const FIRST_USER: u32 = 1000;

/// The state of a stage before one of its instructions.
#[derive(Clone)]
pub(super) struct Ground {
    /// Why nothing is known of what its shell reads.
    pub(super) strange: Option<String>,
    /// The user that the Dockerfile or its base image names, if that is not root.
    pub(super) user: Option<String>,
    /// The base image in letters that a cache's id may have.
    pub(super) base: String,
    /// The number of the stage, from 0.
    pub(super) stage: usize,
    /// Whether the stage knows for which platform it is built.
    pub(super) knows_platform: bool,
    before: Sha256,
}

impl Ground {
    fn on(base: &BaseImage, setting: &Setting) -> Self {
        let shell = setting.shells.get(&base.name);
        let platform = base.platform.as_deref().unwrap_or_default();
        let strange = match shell.filter(|shell| !is_posix(shell)) {
            Some(shell) => Some(strange(shell)),
            None => platform.starts_with("windows").then(|| "it is built for Windows".to_owned()),
        };
        let mut before = Sha256::new();
        for part in [base.name.as_str(), platform] {
            before.update(part);
            before.update([0]);
        }
        for (name, value) in &setting.variables.build_args {
            before.update(format!("{name}={value}\0"));
        }
        let user = setting.users.get(&base.name).and_then(|user| other_than_root(user));
        Self { strange, user, base: plain(&base.name), stage: 0, knows_platform: false, before }
    }

    fn pass(&mut self, instruction: &Instruction, text: &str) {
        match instruction.keyword.as_str() {
            "shell" => {
                let shell: Vec<String> = serde_json::from_str(&instruction.arguments).unwrap_or_default();
                self.strange = (!is_posix(&shell)).then(|| strange(&shell));
            }
            "user" => self.user = other_than_root(&instruction.arguments),
            "arg" => {
                self.knows_platform |= instruction.arguments.split_whitespace().any(|name| name == PLATFORM)
            }
            _ => {}
        }
        self.before.update(text);
    }

    /// The number of the user who is not root: the one that stands there, or the one that most images have.
    pub(super) fn user_id(&self) -> Option<u32> {
        Some(self.user.as_ref()?.parse().unwrap_or(FIRST_USER))
    }

    /// A name for all that came before: the base image, the build arguments and the instructions.
    pub(super) fn name(&self) -> String {
        hex(&self.before.clone().finalize()[..8])
    }
}

/// The user of `user[:group]`.
fn other_than_root(user: &str) -> Option<String> {
    let name = user.split(':').next().unwrap_or_default();
    (!matches!(name, "root" | "0" | "")).then(|| name.to_owned())
}

/// A name with nothing but letters, digits, dots and dashes.
fn plain(name: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' };
    name.chars().map(letter).collect()
}

fn strange(shell: &[String]) -> String {
    format!("its SHELL {} is not a POSIX shell that reads commands", serde_json::json!(shell))
}

/// All instructions of all stages, each with what it stands on.
pub(super) fn grounds<'a>(
    source: &'a Source<'_>,
    facts: &DockerfileFacts,
    setting: &Setting,
) -> Vec<(&'a Instruction, Ground)> {
    let mut ends: Vec<Ground> = Vec::new();
    let mut stages = facts.stages();
    let mut all = Vec::new();
    for instruction in &source.instructions {
        if instruction.keyword == "from" {
            let stage = ends.len();
            ends.extend(stages.next().map(|(base, parent)| match parent {
                Some(parent) => Ground { stage, knows_platform: false, ..ends[parent].clone() },
                None => Ground { stage, ..Ground::on(base, setting) },
            }));
        } else if let Some(ground) = ends.last_mut() {
            all.push((instruction, ground.clone()));
            ground.pass(instruction, &source.text[instruction.span.clone()]);
        }
    }
    all
}
