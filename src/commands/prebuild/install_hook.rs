//! `devc prebuild --install-hook`: other tools run the tasks too, from a lifecycle hook of devcontainer.json.

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::config::diagnostic::SourceFile;
use crate::config::{Hook, install_hook};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::host::files;
use crate::project::Project;
use crate::ui;

/// What the hook runs. Inside the container it needs no engine.
const COMMAND: &str = "devc prebuild";

/// The byte order mark, which no parser expects and which stays where it is.
const MARK: &str = "\u{feff}";

/// Writes the command into the hook that prebuilds of all tools run, or shows what that would change.
pub(super) fn install(project: &Project, only_show: bool, context: &Context) -> Result<Answer> {
    let path = gather::config_path(project)?;
    let shown = project.workspace_folder().and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
    let shown = shown.display().to_string();
    let text = files::read(path)?;
    let mark = if text.starts_with(MARK) { MARK } else { "" };
    let source = SourceFile::new(path, &text);
    let changed = install_hook(source, Hook::UpdateContent, COMMAND).map_err(|rejection| {
        Error::new(ErrorKind::Config, format!("{shown} cannot be used as it is"))
            .because(rejection.into_error(context.color))
    })?;
    let changed = format!("{mark}{changed}");
    if changed == text {
        return Ok(Answer::Text(format!("{shown} runs `{COMMAND}` already.\n")));
    }
    if only_show {
        return Ok(Answer::Text(ui::unified_diff(&shown, &text, &changed, &context.result_palette)));
    }
    files::write(path, changed.as_bytes())?;
    let name = Hook::UpdateContent.name();
    let told = format!("{name} runs `{COMMAND}` from now on. The image has to bring devc.");
    context.events.notice(Level::Info, told);
    Ok(Answer::Text(format!("{shown}\n")))
}
