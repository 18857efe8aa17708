//! Every colour that `devc` uses, by purpose. All text is also readable without them.

use crate::event::Level;
use anstyle::{AnsiColor, Style};

/// Whether text may carry colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// When it goes to a terminal.
    Auto,
    /// Also into a file or pipe.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// What the usual variables ask for: `NO_COLOR` wins over `CLICOLOR_FORCE`, that one over `TERM`.
    pub fn from_values(no_color: Option<&str>, clicolor_force: Option<&str>, term: Option<&str>) -> Self {
        let is_set = |value: Option<&str>| value.is_some_and(|value| !value.is_empty());
        if is_set(no_color) {
            Self::Never
        } else if is_set(clicolor_force) && clicolor_force != Some("0") {
            Self::Always
        } else if term == Some("dumb") {
            Self::Never
        } else {
            Self::Auto
        }
    }

    /// The colours for a stream that is a terminal or not.
    pub fn palette(self, is_terminal: bool) -> Palette {
        match self {
            Self::Always => Palette::colourful(),
            Self::Auto if is_terminal => Palette::colourful(),
            Self::Auto | Self::Never => Palette::plain(),
        }
    }
}

/// The styles by purpose.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Something went well.
    pub good: Style,
    /// Something failed.
    pub bad: Style,
    /// Something to look at.
    pub warning: Style,
    /// Something is under way.
    pub busy: Style,
    /// Something to do.
    pub hint: Style,
    /// Of lesser importance.
    pub faint: Style,
    /// Of greater importance.
    pub strong: Style,
}

impl Palette {
    /// With colours.
    pub fn colourful() -> Self {
        let color = |color: AnsiColor| color.on_default();
        Self {
            good: color(AnsiColor::Green),
            bad: color(AnsiColor::Red).bold(),
            warning: color(AnsiColor::Yellow).bold(),
            busy: color(AnsiColor::Cyan),
            hint: color(AnsiColor::Cyan),
            faint: Style::new().dimmed(),
            strong: Style::new().bold(),
        }
    }

    /// Without any.
    pub fn plain() -> Self {
        let none = Style::new();
        Self { good: none, bad: none, warning: none, busy: none, hint: none, faint: none, strong: none }
    }
}

/// Puts `text` into a style.
pub(super) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The lines of a notice, the first one marked with how loud it is.
pub(super) fn notice(level: Level, text: &str, palette: &Palette) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, &label(level, palette));
    }
    lines
}

fn label(level: Level, palette: &Palette) -> String {
    match level {
        Level::Trace => paint(palette.faint, "trace: "),
        Level::Debug => paint(palette.faint, "debug: "),
        Level::Info => String::new(),
        Level::Warning => paint(palette.warning, "warning: "),
        Level::Error => paint(palette.bad, "error: "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_wins_over_force_and_force_over_a_dumb_terminal() {
        assert_eq!(Color::from_values(None, None, Some("xterm")), Color::Auto);
        assert_eq!(Color::from_values(Some("1"), Some("1"), None), Color::Never);
        assert_eq!(Color::from_values(Some(""), Some("1"), Some("dumb")), Color::Always);
        assert_eq!(Color::from_values(None, Some("0"), Some("dumb")), Color::Never);
    }

    #[test]
    fn without_colour_text_stays_as_it_is() {
        assert_eq!(paint(Color::Auto.palette(false).bad, "no"), "no");
        assert_eq!(paint(Color::Always.palette(false).good, "yes"), "\u{1b}[32myes\u{1b}[0m");
    }
}
