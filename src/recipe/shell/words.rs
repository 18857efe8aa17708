//! Reads one word, and what of its value is known.

use super::commands::Reader;
use super::{Command, Unreadable, Word};

/// The word that is being read.
#[derive(Default)]
struct Draft {
    value: String,
    /// Whether `value` is all that the program gets.
    unknown: bool,
    inner: Vec<Command>,
}

impl Reader<'_> {
    /// The word that begins here; `None` where none does.
    pub(super) fn word(&mut self) -> Result<Option<Word>, Unreadable> {
        let start = self.at;
        let mut draft = Draft::default();
        while let Some(letter) = self.peek().filter(|letter| !ends_word(*letter)) {
            self.at += letter.len_utf8();
            match letter {
                '\'' => self.single_quoted(&mut draft)?,
                '"' => self.double_quoted(&mut draft)?,
                '\\' => draft.value.push(self.next().ok_or_else(|| open("an escape"))?),
                '$' => self.expansion(&mut draft, false)?,
                '`' => return Err(Unreadable::new("it has a command in backticks")),
                _ => draft.push_unquoted(letter),
            }
        }
        if self.at == start {
            return Ok(None);
        }
        Ok(Some(Word {
            typed: self.run.arguments[start..self.at].to_owned(),
            value: (!draft.unknown).then_some(draft.value),
            inner: draft.inner,
            span: self.run.argument_span(start..self.at),
        }))
    }

    fn single_quoted(&mut self, draft: &mut Draft) -> Result<(), Unreadable> {
        let length = self.rest().find('\'').ok_or_else(|| open("a quote"))?;
        draft.value.push_str(&self.rest()[..length]);
        self.at += length + 1;
        Ok(())
    }

    fn double_quoted(&mut self, draft: &mut Draft) -> Result<(), Unreadable> {
        while let Some(letter) = self.next() {
            match letter {
                '"' => return Ok(()),
                '$' => self.expansion(draft, true)?,
                '`' => return Err(Unreadable::new("it has a command in backticks")),
                '\\' => match self.peek().filter(|next| "\"$\\`".contains(*next)) {
                    Some(escaped) => {
                        self.at += escaped.len_utf8();
                        draft.value.push(escaped);
                    }
                    None => draft.value.push('\\'),
                },
                _ => draft.value.push(letter),
            }
        }
        Err(open("a quote"))
    }

    /// What follows a dollar sign.
    fn expansion(&mut self, draft: &mut Draft, quoted: bool) -> Result<(), Unreadable> {
        match self.peek() {
            Some('(') => {
                self.at += 1;
                if self.peek() == Some('(') {
                    return Err(Unreadable::new("it has arithmetic"));
                }
                draft.inner.append(&mut self.substitution()?);
            }
            Some('{') => {
                self.at += 1;
                self.braced(draft)?;
            }
            // Bash takes these for quotes of another kind, and other shells do not.
            Some('\'' | '"') if !quoted => return Err(Unreadable::new("it has a quote after a dollar sign")),
            Some(letter) if letter.is_ascii_alphabetic() || letter == '_' => {
                let name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
                self.at += self.rest().len() - self.rest().trim_start_matches(name).len();
            }
            Some(letter) if letter.is_ascii_digit() || "@*#?-$!".contains(letter) => self.at += 1,
            _ => {
                draft.value.push('$');
                return Ok(());
            }
        }
        draft.unknown = true;
        Ok(())
    }

    /// `${...}`, of which nothing but the end matters.
    fn braced(&mut self, draft: &mut Draft) -> Result<(), Unreadable> {
        while let Some(letter) = self.next() {
            match letter {
                '}' => return Ok(()),
                '$' => self.expansion(draft, true)?,
                '"' | '\'' | '\\' | '`' | '{' => {
                    return Err(Unreadable::new("it has a ${...} with quotes or braces"));
                }
                _ => {}
            }
        }
        Err(open("a ${"))
    }
}

impl Draft {
    /// Patterns, `~` and bash's braces become something else, or not: that depends on files and shell.
    fn push_unquoted(&mut self, letter: char) {
        self.unknown |= "*?[]{}~".contains(letter);
        self.value.push(letter);
    }
}

fn ends_word(letter: char) -> bool {
    " \t;&|<>()".contains(letter)
}

fn open(what: &str) -> Unreadable {
    Unreadable::new(format!("{what} has no end"))
}
