//! An argument list, put together word by word.

use std::ffi::OsString;

/// An argument list under construction.
#[derive(Default)]
pub(super) struct Arguments(Vec<OsString>);

impl Arguments {
    /// The list, finished.
    pub(super) fn into_words(self) -> Vec<OsString> {
        self.0
    }

    pub(super) fn word(&mut self, word: impl Into<OsString>) -> &mut Self {
        self.0.push(word.into());
        self
    }

    pub(super) fn words(&mut self, words: &[String]) -> &mut Self {
        self.0.extend(words.iter().map(OsString::from));
        self
    }

    pub(super) fn flag(&mut self, flag: &str, wanted: bool) -> &mut Self {
        if wanted { self.word(flag) } else { self }
    }

    pub(super) fn option(&mut self, name: &str, value: impl Into<OsString>) -> &mut Self {
        self.word(name).word(value)
    }

    pub(super) fn optional(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.option(name, value),
            None => self,
        }
    }

    pub(super) fn each(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> &mut Self {
        for value in values {
            self.option(name, value);
        }
        self
    }
}
