//! An error as text: what failed, why, what to do next, where to read more.

use super::style::{Palette, paint};
use crate::error::{Error, ErrorKind};
use std::path::Path;

/// The text for `error`, several lines with their line ends.
pub(super) fn render(error: &Error, log: Option<&Path>, palette: &Palette) -> String {
    let mut lines = vec![headline(error, palette)];
    lines.extend(reasons(error).iter().map(|reason| cause(reason, palette)));
    let hints = distinct_hints(error);
    if !hints.is_empty() || log.is_some() {
        lines.push(String::new());
    }
    lines.extend(hints.iter().map(|hint| format!("{} {hint}", paint(palette.hint, "→"))));
    lines.extend(log.map(|log| paint(palette.faint, &format!("Full log: {}", log.display()))));
    lines.join("\n") + "\n"
}

fn headline(error: &Error, palette: &Palette) -> String {
    match error.kind() {
        // Who pressed Ctrl-C has made no mistake.
        ErrorKind::Interrupted => paint(palette.warning, error.summary()),
        _ => format!("{} {}", paint(palette.bad, "error:"), error.summary()),
    }
}

/// A cause of several lines, such as the excerpt of a file, stands below its heading.
fn cause(reason: &str, palette: &Palette) -> String {
    let heading = paint(palette.faint, "caused by:");
    if !reason.contains('\n') {
        return format!("  {heading} {reason}");
    }
    let indented = reason.lines().map(|line| format!("    {line}").trim_end().to_owned());
    std::iter::once(format!("  {heading}")).chain(indented).collect::<Vec<_>>().join("\n")
}

/// The causes, each only if the lines above have not told it yet.
fn reasons(error: &Error) -> Vec<String> {
    let mut told = vec![error.summary().to_owned()];
    for reason in error.reasons() {
        let reason = reason.trim().to_owned();
        if !told.iter().any(|earlier| earlier.contains(&reason)) {
            told.push(reason);
        }
    }
    told.split_off(1)
}

fn distinct_hints(error: &Error) -> Vec<&str> {
    let mut hints = error.hints();
    let mut told = Vec::new();
    hints.retain(|hint| {
        let new = !told.contains(hint);
        told.push(*hint);
        new
    });
    hints
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn causes_are_told_once_and_hints_stand_apart() {
        let refused = Error::new(ErrorKind::EngineUnavailable, "permission denied on /run/docker.sock")
            .because("os error 13")
            .hint("Join the `docker` group and log in again.");
        let error = Error::new(ErrorKind::Engine, "Cannot start the container `web`")
            .because(refused)
            .hint("Run `devc up` again.")
            .hint("Run `devc up` again.");
        assert_snapshot!(render(&error, Some(Path::new("/s/run.log")), &Palette::plain()), @"
        error: Cannot start the container `web`
          caused by: permission denied on /run/docker.sock
          caused by: os error 13

        → Run `devc up` again.
        → Join the `docker` group and log in again.
        Full log: /s/run.log
        ");
    }

    #[test]
    fn a_cause_that_repeats_what_was_said_is_left_out() {
        let error = Error::new(ErrorKind::Host, "Cannot read `x`: no such file").because("no such file");
        assert_snapshot!(render(&error, None, &Palette::plain()), @"error: Cannot read `x`: no such file");
    }

    #[test]
    fn a_cause_of_several_lines_stands_below_its_heading() {
        let error =
            Error::new(ErrorKind::Build, "Building app failed").because("make: no rule\n\nmake: stop");
        assert_snapshot!(render(&error, None, &Palette::plain()), @"
        error: Building app failed
          caused by:
            make: no rule

            make: stop
        ");
    }

    #[test]
    fn an_interrupt_is_no_error() {
        let error = Error::new(ErrorKind::Interrupted, "Stopped; `devc up` continues from here");
        assert_snapshot!(render(&error, None, &Palette::plain()), @"Stopped; `devc up` continues from here");
    }
}
