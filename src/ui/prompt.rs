//! Questions, asked only where somebody can answer, and leaving the terminal as it was however they end.
//!
//! dialoguer leaves the cursor hidden when Ctrl-C kills the process. So the process listens for SIGINT before it
//! asks: then Ctrl-C ends the question with an error, and the cursor comes back. From the first question on, Ctrl-C
//! therefore no longer ends the process by itself; verbs listen for it anyway.

use super::words;
use crate::error::{Error, ErrorKind, Result};
use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Input, MultiSelect, Select};
use std::io::{self, IsTerminal, Write};
use tokio::runtime::{self, Handle};
use tokio::signal::unix::{SignalKind, signal};

/// Lets somebody choose one of `items` and returns its index. `flag` is what to pass where nobody can be asked.
pub fn choose<T: AsRef<str>>(question: &str, items: &[T], flag: &str) -> Result<usize> {
    choose_from(question, items, 0, flag)
}

/// As [`choose`], beginning at the item with the index `first`.
pub fn choose_from<T: AsRef<str>>(question: &str, items: &[T], first: usize, flag: &str) -> Result<usize> {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    if !somebody_is_there() {
        return Err(
            nobody_to_ask(question).hint(format!("Pass `{flag}` with one of {}.", words::list(&items)))
        );
    }
    let theme = ColorfulTheme::default();
    let select = Select::with_theme(&theme).with_prompt(question).items(&items).default(first);
    ask(|| select.interact_opt())?.ok_or_else(nothing_chosen)
}

/// Lets somebody mark any number of `items`, all of which are `marked` at first or none, and returns their indices.
pub fn mark<T: AsRef<str>>(question: &str, items: &[T], marked: bool, flag: &str) -> Result<Vec<usize>> {
    if !somebody_is_there() {
        return Err(nobody_to_ask(question).hint(format!("Pass `{flag}`, once for each.")));
    }
    let items = items.iter().map(|item| (item.as_ref(), marked));
    let theme = ColorfulTheme::default();
    let select = MultiSelect::with_theme(&theme).with_prompt(question).items_checked(items);
    ask(|| select.interact_opt())?.ok_or_else(nothing_chosen)
}

/// Lets somebody type a line; Enter alone means `default`.
pub fn text(question: &str, default: &str, flag: &str) -> Result<String> {
    if !somebody_is_there() {
        return Err(nobody_to_ask(question).hint(format!("Pass `{flag}`.")));
    }
    let theme = ColorfulTheme::default();
    let input = Input::<String>::with_theme(&theme).with_prompt(question).allow_empty(true);
    let input = if default.is_empty() { input } else { input.default(default.to_owned()) };
    ask(|| input.interact_text())
}

/// Lets somebody say yes or no. `flag` is what to pass where nobody can be asked.
pub fn confirm(question: &str, default: bool, flag: &str) -> Result<bool> {
    if !somebody_is_there() {
        return Err(nobody_to_ask(question).hint(format!("Pass `{flag}` to go on without being asked.")));
    }
    let theme = ColorfulTheme::default();
    let confirm = Confirm::with_theme(&theme).with_prompt(question).default(default);
    ask(|| confirm.interact_opt())?.ok_or_else(nothing_chosen)
}

fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn nobody_to_ask(question: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("There is no terminal to ask on: {question}"))
}

fn nothing_chosen() -> Error {
    Error::new(ErrorKind::Interrupted, "Stopped without an answer")
}

fn ask<T>(interact: impl FnOnce() -> dialoguer::Result<T>) -> Result<T> {
    survive_interrupts()?;
    let _cursor = ShownAgain;
    interact().map_err(|dialoguer::Error::IO(error)| match error.kind() {
        io::ErrorKind::Interrupted => nothing_chosen(),
        _ => Error::new(ErrorKind::Host, "Cannot ask on this terminal").because(error),
    })
}

/// Makes SIGINT wake our reading of keys instead of killing us.
fn survive_interrupts() -> Result<()> {
    let listen = || signal(SignalKind::interrupt()).map(drop);
    let listening = match Handle::try_current() {
        Ok(_) => listen(),
        Err(_) => runtime::Builder::new_current_thread().enable_io().build().and_then(|runtime| {
            let _entered = runtime.enter();
            listen()
        }),
    };
    listening.map_err(|error| Error::new(ErrorKind::Host, "Cannot listen for Ctrl-C").because(error))
}

/// Shows the cursor when it goes.
struct ShownAgain;

impl Drop for ShownAgain {
    fn drop(&mut self) {
        let _lost = io::stderr().write_all(b"\x1b[?25h");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expectrl::{ControlCode, Eof, Expect, Session};
    use std::process::Command;
    use std::time::Duration;

    // Tests have no terminal on stdin in CI, but may have one at a desk.
    #[test]
    fn without_a_terminal_the_error_names_the_flag() {
        if somebody_is_there() {
            return;
        }
        let error = choose("Which configuration?", &["web", "api"], "--config").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert_eq!(error.hints(), ["Pass `--config` with one of web and api."]);
        let error = confirm("Remove 2 volumes?", false, "--yes").unwrap_err();
        assert_eq!(error.hints(), ["Pass `--yes` to go on without being asked."]);
        let error = mark("Which Features?", &["git", "go"], false, "--feature ID").unwrap_err();
        assert_eq!(error.hints(), ["Pass `--feature ID`, once for each."]);
        let error = text("Which image?", "debian", "--option image=VALUE").unwrap_err();
        assert_eq!(error.hints(), ["Pass `--option image=VALUE`."]);
    }

    #[test]
    #[ignore = "asks; run on a pseudo-terminal by the test below"]
    fn a_question_that_is_interrupted() {
        if somebody_is_there() {
            let error = choose("Which configuration?", &["web", "api"], "--config").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Interrupted);
        }
    }

    #[test]
    fn ctrl_c_ends_a_question_and_shows_the_cursor_again() {
        // Without isig: a key that comes before the question listens waits for it, instead of ending the process.
        let mut command = Command::new("sh");
        command.args(["-c", "stty -isig && exec \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "ui::prompt::tests::a_question_that_is_interrupted"]);
        let mut session = Session::spawn(command).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(20)));
        session.expect("api").unwrap();
        session.send(ControlCode::EndOfText).unwrap();
        session.expect("\u{1b}[?25h").unwrap();
        session.expect("1 passed").unwrap();
        session.expect(Eof).unwrap();
    }
}
