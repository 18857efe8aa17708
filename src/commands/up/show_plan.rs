//! `devc up --plan`: the same decisions, printed instead of carried out.

use super::PlanFormat;
use super::bring_up::{Up, kept_despite};
use crate::commands::context::Answer;
use crate::commands::session::hook_entries;
use crate::config::metadata::Entry;
use crate::engine::Container;
use crate::error::Result;
use crate::event::Level;
use crate::features::Planned;
use crate::host::ContainerRecord;
use crate::plan::{self, ContainerDecision, PlanLine};

impl Up<'_> {
    /// What would happen, in order, having asked but not changed anything.
    pub(super) async fn show_plan(&self, existing: Option<Container>, format: PlanFormat) -> Result<Answer> {
        let mut lines = Vec::new();
        if self.project.config.initialize_command.is_some() {
            lines.push(PlanLine::new("run-hook", "initializeCommand", "it runs on this machine on every up"));
        }
        let existing = match existing {
            None if self.is_compose() => self.compose().await?.container(self.engine).await?,
            existing => existing,
        };
        let changes = self.changes(existing.as_ref()).await?;
        let decision = self.decide(existing.as_ref(), &changes)?;
        let mut features = Vec::new();
        if decision.makes_container() {
            let image = self.decide_image().await?;
            lines.extend(image.line());
            features = self.feature_order().await?;
            lines.extend(plan::feature_lines(&features));
            lines.extend(self.folder_lines()?);
            lines.extend(decision.lines(image.image()));
        } else {
            lines.extend(decision.lines(""));
        }
        if self.is_compose() {
            lines.extend(self.service_lines(&decision, existing.as_ref()).await?);
        }
        lines.extend(self.hook_lines(existing.as_ref(), &decision, &features).await?);
        let notes = if decision.makes_container() || changes.is_empty() {
            None
        } else {
            Some(kept_despite(&changes))
        };
        if let Some(note) = notes {
            self.context.events.notice(Level::Warning, note);
        }
        Ok(match format {
            PlanFormat::Text => Answer::Text(plan::render_text(&lines)),
            PlanFormat::Json => Answer::Json(plan::to_json(&lines)),
        })
    }

    /// The hooks that would run: those of a new container as the configuration has them, or what is left of an old one's.
    async fn hook_lines(
        &self,
        existing: Option<&Container>,
        decision: &ContainerDecision,
        features: &[Planned],
    ) -> Result<Vec<PlanLine>> {
        let state_dir = &self.context.environment.state_dir;
        let (container, mut record) = match existing.filter(|_| !decision.makes_container()) {
            Some(container) => (container.clone(), ContainerRecord::load(state_dir, container.id.as_str())),
            None => (Container::not_yet_made(), ContainerRecord::default()),
        };
        let entries = match decision.makes_container() {
            true => {
                let own = features.iter().map(|planned| planned.metadata.entry(&planned.id, false));
                let own: Vec<Entry> = own.collect();
                self.project.substitute_entries(&self.project.entries_for_new(None, &own, false), None)?
            }
            false => hook_entries(self.project, &container)?,
        };
        let settings = self.project.settings(&entries, None)?;
        let request = self.hook_request(&container, &settings, &entries);
        let plan = match decision {
            ContainerDecision::Keep(_) => request.plan_by_asking(&mut record).await?,
            _ => request.plan(&record.after_restart().hooks_done),
        };
        Ok(plan.lines())
    }
}
