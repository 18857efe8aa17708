//! Which lifecycle hooks still have to run.
//!
//! A hook is done when its marker holds the timestamp that it would write now: the container's creation for hooks
//! that run once, its last start for `postStartCommand`. `devc` writes a marker after the hook succeeded, so a
//! failed or interrupted one runs again; the format is the reference CLI's.

use std::collections::BTreeMap;

use crate::config::{Hook, HookCommand, Origin, WaitFor};
use crate::plan::PlanLine;

/// The name under which the dotfiles take part in the records.
pub const DOTFILES: &str = "dotfiles";

/// How far to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HookOptions {
    /// Run nothing.
    pub skip_all: bool,
    /// Return after the hook that `waitFor` names.
    pub skip_non_blocking: bool,
    /// Stop after `updateContentCommand`, which runs in any case.
    pub prebuild: bool,
    /// Stop after the dotfiles.
    pub stop_for_personalization: bool,
    /// Leave out `postAttachCommand`.
    pub skip_post_attach: bool,
    /// Whether there are dotfiles to install.
    pub has_dotfiles: bool,
}

/// Why the hooks ended where they did: the `result` of `run-user-commands`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HooksResult {
    /// `waitFor` was reached and nothing more was wanted.
    SkipNonBlocking,
    /// The prebuild part is done.
    Prebuild,
    /// The personal part comes later.
    StopForPersonalization,
    /// All of them.
    Done,
}

impl HooksResult {
    /// The word in the JSON result.
    pub fn name(self) -> &'static str {
        match self {
            Self::SkipNonBlocking => "skipNonBlocking",
            Self::Prebuild => "prebuild",
            Self::StopForPersonalization => "stopForPersonalization",
            Self::Done => "done",
        }
    }
}

/// One thing to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookStep {
    /// A hook: its commands one after the other (base image, Features, devcontainer.json), then its marker.
    Hook {
        /// Which.
        hook: Hook,
        /// What, and where it comes from. Empty when only the marker is missing.
        commands: Vec<(Origin, HookCommand)>,
        /// What the marker will hold; `None` for `postAttachCommand`, which has none.
        marker: Option<String>,
    },
    /// The user's dotfiles.
    Dotfiles,
}

/// What to run, and how the run will have ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookPlan {
    /// In order.
    pub steps: Vec<HookStep>,
    /// How it ends when all succeed.
    pub result: HooksResult,
}

/// When the container was made and last started.
#[derive(Clone, Copy, Debug)]
pub struct Timestamps<'a> {
    /// See [`crate::engine::Container::created`].
    pub created: &'a str,
    /// See [`crate::engine::Container::started_at`].
    pub started_at: &'a str,
}

impl<'a> Timestamps<'a> {
    /// What a hook runs for, which its marker holds; `None` for what runs on every `up`.
    pub fn occasion(&self, hook: Hook) -> Option<&'a str> {
        match hook {
            Hook::Initialize | Hook::PostAttach => None,
            Hook::PostStart => Some(self.started_at),
            Hook::OnCreate | Hook::UpdateContent | Hook::PostCreate => Some(self.created),
        }
    }
}

/// Decides what to run. `done` maps hook names to what their markers hold.
pub fn plan_hooks(
    commands_of: impl Fn(Hook) -> Vec<(Origin, HookCommand)>,
    wait_for: WaitFor,
    done: &BTreeMap<String, String>,
    times: Timestamps<'_>,
    options: &HookOptions,
) -> HookPlan {
    let mut steps = Vec::new();
    if options.skip_all {
        return HookPlan { steps, result: HooksResult::Done };
    }
    if options.skip_non_blocking && wait_for.0 == Hook::Initialize {
        return HookPlan { steps, result: HooksResult::SkipNonBlocking };
    }
    for hook in Hook::IN_CONTAINER {
        if hook == Hook::PostStart {
            if options.has_dotfiles && !done.contains_key(DOTFILES) {
                steps.push(HookStep::Dotfiles);
            }
            if options.stop_for_personalization {
                return HookPlan { steps, result: HooksResult::StopForPersonalization };
            }
        }
        steps.extend(step(hook, commands_of(hook), done, times, options));
        if options.skip_non_blocking && wait_for.0 == hook {
            return HookPlan { steps, result: HooksResult::SkipNonBlocking };
        }
        if options.prebuild && hook == Hook::UpdateContent {
            return HookPlan { steps, result: HooksResult::Prebuild };
        }
    }
    HookPlan { steps, result: HooksResult::Done }
}

fn step(
    hook: Hook,
    commands: Vec<(Origin, HookCommand)>,
    done: &BTreeMap<String, String>,
    times: Timestamps<'_>,
    options: &HookOptions,
) -> Option<HookStep> {
    if hook == Hook::PostAttach && (options.skip_post_attach || commands.is_empty()) {
        return None;
    }
    let marker = times.occasion(hook).map(str::to_owned);
    let is_done = marker.is_some() && done.get(hook.name()) == marker.as_ref();
    let again = options.prebuild && hook == Hook::UpdateContent && !commands.is_empty();
    (!is_done || again).then_some(HookStep::Hook { hook, commands, marker })
}

impl HookPlan {
    /// Whether what records call `name`, a hook or a part of one, is to run.
    pub fn has(&self, name: &str) -> bool {
        self.steps.iter().any(|step| match step {
            HookStep::Dotfiles => name == DOTFILES,
            HookStep::Hook { hook, commands, .. } => {
                !commands.is_empty() && name.split([' ', '/']).next() == Some(hook.name())
            }
        })
    }

    /// The steps to show; markers without a command are bookkeeping and not shown.
    pub fn lines(&self) -> Vec<PlanLine> {
        self.steps.iter().filter_map(HookStep::line).collect()
    }
}

impl HookStep {
    /// Whether a process is started for it.
    pub fn runs_something(&self) -> bool {
        !matches!(self, Self::Hook { commands, .. } if commands.is_empty())
    }

    fn line(&self) -> Option<PlanLine> {
        match self {
            Self::Dotfiles => {
                Some(PlanLine::new("install-dotfiles", "", "they are not in this container yet"))
            }
            Self::Hook { commands, .. } if commands.is_empty() => None,
            Self::Hook { hook, marker, .. } => {
                let cause = match (hook, marker) {
                    (Hook::PostStart, _) => "it has not succeeded since the container was started",
                    (_, None) => "it runs on every up",
                    _ => "it has not succeeded in this container yet",
                };
                Some(PlanLine::new("run-hook", hook.name(), cause))
            }
        }
    }
}
