//! Splits words and expands variables as Dockerfile instructions do it.
//!
//! The rules are those of BuildKit's `frontend/dockerfile/shell/lex.go`.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// Variables by name.
pub type Environment = BTreeMap<String, String>;

/// Splits at blanks outside of quotes; quotes, escapes and variables stay as they are.
pub fn words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if quote.is_none() && letter.is_whitespace() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            continue;
        }
        word.push(letter);
        match quote {
            // Nothing is escaped between single quotes.
            None | Some('"') if letter == escape => word.extend(letters.next()),
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            Some(open) if open == letter => quote = None,
            _ => {}
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// Removes quotes and escapes and replaces variables.
///
/// What BuildKit would refuse is left as typed, because BuildKit will say so itself.
pub fn expand(word: &str, escape: char, environment: &Environment) -> String {
    let mut expander = Expander { letters: word.chars().peekable(), escape, environment };
    expander.until(None)
}

struct Expander<'a> {
    letters: Peekable<Chars<'a>>,
    escape: char,
    environment: &'a Environment,
}

impl Expander<'_> {
    /// Expands up to `stop` (taken, but not part of the result) or to the end.
    fn until(&mut self, stop: Option<char>) -> String {
        let mut result = String::new();
        while let Some(letter) = self.letters.next() {
            match letter {
                _ if Some(letter) == stop => break,
                '\'' => result.extend(self.letters.by_ref().take_while(|letter| *letter != '\'')),
                '"' => self.double_quoted(&mut result),
                '$' => self.variable(&mut result),
                _ if letter == self.escape => result.extend(self.letters.next()),
                _ => result.push(letter),
            }
        }
        result
    }

    fn double_quoted(&mut self, result: &mut String) {
        while let Some(letter) = self.letters.next() {
            match letter {
                '"' => return,
                '$' => self.variable(result),
                _ if letter == self.escape => {
                    let escape = self.escape;
                    let escaped = self.letters.next_if(|next| matches!(next, '"' | '$') || *next == escape);
                    result.push(escaped.unwrap_or(letter));
                }
                _ => result.push(letter),
            }
        }
    }

    fn variable(&mut self, result: &mut String) {
        if self.letters.next_if_eq(&'{').is_some() {
            return self.braced(result);
        }
        match self.name() {
            name if name.is_empty() => result.push('$'),
            name => result.push_str(self.value(&name).unwrap_or_default()),
        }
    }

    fn braced(&mut self, result: &mut String) {
        let name = self.name();
        let value = self.value(&name).map(str::to_owned);
        let Some(mut operator) = self.letters.next().filter(|operator| *operator != '}') else {
            return result.push_str(&value.unwrap_or_default());
        };
        let mut present = value.is_some();
        if operator == ':' {
            present = value.as_ref().is_some_and(|value| !value.is_empty());
            operator = self.letters.next().unwrap_or('}');
        }
        let word = self.until(Some('}'));
        match operator {
            '-' if !present => result.push_str(&word),
            '+' if present => result.push_str(&word),
            '+' => {}
            // `?` ends the build when unset; patterns (`#`, `%`, `/`) need a newer frontend and change what is
            // rarely part of a user or image name.
            _ => result.push_str(&value.unwrap_or_default()),
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(letter) = self.letters.next_if(|letter| letter.is_alphanumeric() || *letter == '_') {
            name.push(letter);
        }
        name
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: &str) {
        let environment = [("a", "1"), ("b", "two words"), ("empty", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        assert_eq!(expand(word, '\\', &environment), expected, "{word}");
    }

    #[test]
    fn variables_expand() {
        check("$a", "1");
        check("${a}x$b", "1xtwo words");
        check("$unset", "");
        check("$", "$");
        check("$-x", "$-x");
        check("${unset}", "");
    }

    #[test]
    fn defaults_and_alternatives_expand() {
        check("${unset:-w}", "w");
        check("${empty:-w}", "w");
        check("${empty-w}", "");
        check("${a:-w}", "1");
        check("${a:+w}", "w");
        check("${empty:+w}", "");
        check("${empty+w}", "w");
        check("${unset+w}", "");
        check("${unset:-${a:+nested}}", "nested");
        check("${unset:-\"q u\"}", "q u");
        check("${a:?message}", "1");
    }

    #[test]
    fn quotes_and_escapes_go() {
        check("\"$a b\"", "1 b");
        check("'$a'", "$a");
        check("\\$a", "$a");
        check("\"\\$a \\\" \\x\"", "$a \" \\x");
        check("a\\ b", "a b");
        check("\"it's\"", "it's");
    }

    #[test]
    fn words_keep_their_quotes() {
        assert_eq!(words("a=1  b=\"2 3\" c='4 5'\te\\ f", '\\'), ["a=1", "b=\"2 3\"", "c='4 5'", "e\\ f"]);
        assert_eq!(words("a=\"\\\" b\" c", '\\'), ["a=\"\\\" b\"", "c"]);
        assert_eq!(words("a=C:\\ b` c", '`'), ["a=C:\\", "b` c"]);
        assert!(words("  ", '\\').is_empty());
    }
}
