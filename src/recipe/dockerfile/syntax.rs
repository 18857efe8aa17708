//! Reads the directives at the top of a Dockerfile.

use super::lex::byte_order_mark;

/// What the comments at the very top of a Dockerfile say.
#[derive(Debug, PartialEq, Eq)]
pub struct Directives {
    /// `# syntax=`: the image of the frontend that reads the file.
    pub syntax: Option<Syntax>,
    /// `# escape=`: backslash or backtick.
    pub escape: char,
}

/// A `# syntax=` directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// As typed.
    pub reference: String,
}

impl Directives {
    /// Reads the directives of `text`; an error comes with its place.
    pub fn read(text: &str) -> Result<Self, (usize, String)> {
        let mut found = Self { syntax: None, escape: '\\' };
        let mut seen = Vec::new();
        let mut at = byte_order_mark(text);
        for line in text[at..].split_inclusive('\n') {
            let Some((name, value)) = directive(line) else {
                break;
            };
            if seen.contains(&name) {
                return Err((at, format!("only one {name} directive can be used")));
            }
            found.apply(&name, value).map_err(|what| (at, what))?;
            seen.push(name);
            at += line.len();
        }
        Ok(found)
    }

    fn apply(&mut self, name: &str, value: &str) -> Result<(), String> {
        match (name, value) {
            ("syntax", reference) => self.syntax = Some(Syntax { reference: reference.to_owned() }),
            ("escape", "\\") => self.escape = '\\',
            ("escape", "`") => self.escape = '`',
            ("escape", other) => return Err(format!("the escape character {other} is neither \\ nor `")),
            _ => {}
        }
        Ok(())
    }
}

/// Splits `# name=value`, for the names that BuildKit knows. Any other line ends the directives.
fn directive(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.trim().strip_prefix('#')?.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    let value = value.trim();
    (matches!(name.as_str(), "syntax" | "escape" | "check") && !value.is_empty()).then_some((name, value))
}

impl Syntax {
    /// The version of Docker's own frontend, as `(major, minor)`.
    ///
    /// `None` for another frontend, or where the reference does not tell, as with `latest` or a digest.
    pub fn docker_version(&self) -> Option<(u32, u32)> {
        let tag = self.docker_tag()?;
        let mut numbers = tag.split(['-', '@']).next()?.split('.').map(|number| number.parse::<u32>().ok());
        let major = numbers.next().flatten()?;
        // `1` is the newest 1.x, which knows whatever a 1.x may know.
        let minor = numbers.next().map_or(Some(u32::MAX), |minor| minor)?;
        Some((major, minor))
    }

    /// Whether the reference names Docker's own frontend.
    pub fn is_docker(&self) -> bool {
        self.docker_tag().is_some()
    }

    /// Why a Dockerfile with this directive cannot be given what Docker's frontend knows since `needed`.
    pub fn refusal(&self, needed: (u32, u32)) -> Option<String> {
        let reference = &self.reference;
        if !self.is_docker() {
            return Some(format!("its frontend {reference} is not Docker's"));
        }
        let is_old = self.docker_version().is_some_and(|version| version < needed);
        is_old.then(|| format!("its frontend {reference} is older than {}.{}", needed.0, needed.1))
    }

    fn docker_tag(&self) -> Option<&str> {
        let name = self.reference.strip_prefix("docker.io/").unwrap_or(&self.reference);
        let rest = name
            .strip_prefix("docker/dockerfile")
            .map(|rest| rest.strip_prefix("-upstream").unwrap_or(rest))?;
        (rest.is_empty() || rest.starts_with([':', '@'])).then(|| rest.trim_start_matches(':'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, syntax: Option<&str>, escape: char) {
        let found = Directives::read(text).unwrap();
        assert_eq!(
            (found.syntax.as_ref().map(|syntax| syntax.reference.as_str()), found.escape),
            (syntax, escape)
        );
    }

    #[test]
    fn directives_stand_before_everything_else() {
        check("# syntax=docker/dockerfile:1\n# escape=`\nFROM a", Some("docker/dockerfile:1"), '`');
        check("#SYNTAX = x \r\n#Escape=\\\r\nFROM a", Some("x"), '\\');
        check("\u{feff}# syntax=x\nFROM a", Some("x"), '\\');
        check("# a comment\n# syntax=x\nFROM a", None, '\\');
        check("\n# escape=`\nFROM a", None, '\\');
        check("# other=1\n# escape=`\nFROM a", None, '\\');
        check("# check=skip=all\n# escape=`\nFROM a", None, '`');
    }

    #[test]
    fn impossible_directives_are_refused_with_their_place() {
        assert_eq!(Directives::read("# escape=x\n").unwrap_err().0, 0);
        assert_eq!(Directives::read("# escape=`\n# escape=`\n").unwrap_err().0, 11);
    }

    #[test]
    fn the_version_of_dockers_own_frontend() {
        let version = |reference: &str| Syntax { reference: reference.to_owned() }.docker_version();
        assert_eq!(version("docker/dockerfile:1.4"), Some((1, 4)));
        assert_eq!(version("docker.io/docker/dockerfile:1.7.1-labs"), Some((1, 7)));
        assert_eq!(version("docker/dockerfile:1"), Some((1, u32::MAX)));
        assert_eq!(version("docker/dockerfile:1.0-experimental"), Some((1, 0)));
        assert_eq!(version("docker/dockerfile-upstream:1.2.0@sha256:00"), Some((1, 2)));
        assert_eq!(version("docker/dockerfile"), None);
        assert_eq!(version("docker/dockerfile:latest"), None);
        assert_eq!(version("docker/dockerfile@sha256:00"), None);
        assert_eq!(version("example.org/frontend:1"), None);
        assert_eq!(version("docker/dockerfilex:1"), None);
    }
}
