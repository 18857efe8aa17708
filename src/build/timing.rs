//! When the instructions of a build ran: what overlapped, and what took how long.

use std::time::Duration;

use jiff::Timestamp;

use super::rawjson::Vertex;
use crate::recipe::dockerfile::NAME_FOR_UNNAMED;

/// An instruction that a build came to, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedStep {
    /// What it is called, such as `[deps 2/5] RUN npm ci`.
    pub name: String,
    /// The stage that it belongs to; `None` where that has no name.
    pub stage: Option<String>,
    /// Whether the result of an earlier build was used.
    pub cached: bool,
    /// When it began, from the first sign of the build on.
    pub start: Duration,
    /// When it ended.
    pub end: Duration,
}

impl TimedStep {
    /// What a finished vertex says; `None` when it tells no times.
    pub(super) fn of(vertex: &Vertex, title: &str, first: Timestamp) -> Option<Self> {
        let since = |text: &Option<String>| {
            let at: Timestamp = text.as_ref()?.parse().ok()?;
            Some(at.duration_since(first).unsigned_abs())
        };
        Some(Self {
            name: title.to_owned(),
            stage: stage(&vertex.name),
            cached: vertex.cached,
            start: since(&vertex.started)?,
            end: since(&vertex.completed)?,
        })
    }
}

/// When the first of the vertices began.
pub(super) fn first_start<'a>(vertices: impl Iterator<Item = &'a Vertex>) -> Timestamp {
    let starts = vertices.filter_map(|vertex| vertex.started.as_ref()?.parse().ok());
    starts.min().unwrap_or_default()
}

/// The stage in `[linux/amd64 deps 2/5] RUN npm ci`: the last word before the position.
fn stage(name: &str) -> Option<String> {
    let (place, _) = name.strip_prefix('[')?.split_once("] ")?;
    let (before, _) = place.rsplit_once(' ')?;
    let stage = before.rsplit(' ').next()?;
    let is_platform = stage.contains('/');
    (!is_platform && stage != NAME_FOR_UNNAMED).then(|| stage.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_names_its_stage_unless_that_has_no_name() {
        assert_eq!(stage("[deps 2/5] RUN npm ci").as_deref(), Some("deps"));
        assert_eq!(stage("[linux/arm64 deps 2/5] RUN npm ci").as_deref(), Some("deps"));
        assert_eq!(stage("[linux/arm64 2/5] RUN npm ci"), None);
        assert_eq!(stage("[2/5] RUN npm ci"), None);
        assert_eq!(stage(&format!("[{NAME_FOR_UNNAMED} 2/5] RUN npm ci")), None);
        assert_eq!(stage("exporting to image"), None);
    }

    #[test]
    fn times_count_from_the_first_sign_of_the_build() {
        let at = |second: &str| Some(format!("2026-01-02T03:04:{second}Z"));
        let vertex = |started: &str, completed: &str| Vertex {
            name: "[deps 1/2] RUN a".to_owned(),
            started: at(started),
            completed: at(completed),
            ..Vertex::default()
        };
        let vertices = [vertex("07.5", "09.25"), vertex("06", "08")];
        let step = TimedStep::of(&vertices[0], "a", first_start(vertices.iter())).unwrap();
        assert_eq!((step.start, step.end), (Duration::from_millis(1_500), Duration::from_millis(3_250)));
        assert_eq!(TimedStep::of(&Vertex::default(), "a", Timestamp::default()), None);
    }
}
