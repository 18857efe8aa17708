//! The search for secrets in files, variables and commands.

use super::rules::Rules;

/// A file that is larger is looked at by its name only: keys and settings are small.
pub const MOST_BYTES: u64 = 1024 * 1024;

/// A place that holds a secret. What the secret is, it does not tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// A path, or words that name a variable or a command.
    pub place: String,
    /// The line, from 1; `None` where the whole thing is meant.
    pub line: Option<usize>,
    /// What it is.
    pub kind: String,
}

impl Rules {
    /// Whether a file is worth looking at. Paths are relative, with `/`.
    pub fn looks_at(&self, path: &str) -> bool {
        !self.skip.is_match(path)
    }

    /// The secrets in a file. One that is a secret as a whole is told once, unless nothing is in it.
    pub fn in_file(&self, path: &str, content: &[u8]) -> Vec<Finding> {
        if !self.looks_at(path) || content.is_empty() {
            return Vec::new();
        }
        let whole = self.files.iter().find(|rule| rule.names.is_match(path) && !rule.except.is_match(path));
        if let Some(rule) = whole {
            return vec![Finding { place: path.to_owned(), line: None, kind: rule.kind.clone() }];
        }
        let found = self.in_text(content).into_iter();
        found.map(|(line, kind)| Finding { place: path.to_owned(), line: Some(line), kind }).collect()
    }

    /// The secrets among variables that everybody can read, by the name or by the value; `of` says whose they are.
    pub fn in_variable(&self, of: &str, name: &str, value: &str) -> Option<Finding> {
        let is_named_so = self.variables.is_match(name.as_bytes());
        let by_name = (is_named_so && !self.placeholders.is_match(value.as_bytes()))
            .then(|| "secret by its name".to_owned());
        let by_value = || self.in_text(value.as_bytes()).into_iter().next().map(|(_, kind)| kind);
        let kind = by_value().or(by_name)?;
        Some(Finding { place: format!("{of} {name}"), line: None, kind })
    }

    /// The secrets in the command that made a layer: what it says, and the build arguments that it repeats.
    pub fn in_command(&self, command: &str) -> Vec<Finding> {
        let said = self.in_text(command.as_bytes()).into_iter();
        let said = said.map(|(_, kind)| Finding { place: "history".to_owned(), line: None, kind });
        let arguments = command.split_whitespace().filter_map(|word| word.split_once('='));
        let named = arguments.filter_map(|(name, value)| self.in_variable("build argument", name, value));
        said.chain(named.filter(|finding| finding.kind == "secret by its name")).collect()
    }

    /// Line and kind of each.
    fn in_text(&self, content: &[u8]) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for rule in &self.texts {
            for captures in rule.pattern.captures_iter(content) {
                let Some(value) = captures.get(1).or_else(|| captures.get(0)) else { continue };
                if !self.placeholders.is_match(value.as_bytes()) {
                    let line = content[..value.start()].iter().filter(|byte| **byte == b'\n').count() + 1;
                    found.push((line, rule.kind.clone()));
                }
            }
        }
        found.sort();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules::embedded().unwrap()
    }

    #[track_caller]
    fn check(path: &str, content: &str, expected: &str) {
        let found = rules().in_file(path, content.as_bytes());
        let told = found.iter().map(|Finding { place, line, kind }| match line {
            Some(line) => format!("{place}:{line} {kind}"),
            None => format!("{place} {kind}"),
        });
        assert_eq!(told.collect::<Vec<_>>().join(", "), expected);
    }

    /// Keys are put together here, so that nobody's scanner takes this file for a leak.
    fn key(prefix: &str, length: usize) -> String {
        format!("{prefix}{}", "Ab3dEf7h".repeat(12)[..length].to_owned())
    }

    #[test]
    fn files_are_secrets_by_their_names() {
        check("api/.env", "A=1", "api/.env environment file");
        check(".env.production", "A=1", ".env.production environment file");
        check("home/dev/.ssh/id_ed25519", "x", "home/dev/.ssh/id_ed25519 private SSH key");
        check("root/.aws/credentials", "x", "root/.aws/credentials logins of a cloud");
    }

    #[test]
    fn samples_empty_files_and_the_code_of_others_are_none() {
        check(".env.example", "A=1", "");
        check(".env", "", "");
        check("id_ed25519.pub", "ssh-ed25519 AAAA", "");
        check("web/node_modules/x/test/.env", "A=1", "");
    }

    #[test]
    fn tokens_are_found_with_their_line() {
        check("a.py", &format!("x = 1\nkey = '{}'\n", key("ghp_", 36)), "a.py:2 GitHub token");
        check("a", &key("npm_", 36), "a:1 npm token");
        check("a", &format!("{}{}", "xoxb-", "123456789012-abcdefghijkl"), "a:1 Slack token");
        check("a", &format!("{}{}", "AKIA", "ABCDEFGHIJKLMNOP"), "a:1 AWS access key");
        check(
            ".npmrc",
            &format!("a=b\n//r.example/:_authToken={}\n", key("", 30)),
            ".npmrc:2 registry login of npm",
        );
    }

    #[test]
    fn keys_are_found_in_their_own_files_and_in_json() {
        let begin = ["-----BEGIN", "PRIVATE KEY-----"].join(" ");
        check("k.pem", &format!("{begin}\n{}\n", key("", 64)), "k.pem:1 private key");
        check(
            "k.json",
            &format!("{{\"private_key\": \"{begin}\\n{}\"}}", key("", 64)),
            "k.json:1 private key",
        );
        check("parser.rs", &format!("if line == \"{begin}\" {{"), "");
    }

    #[test]
    fn what_stands_for_a_value_is_none() {
        check("a", &format!("{}{}", "AKIA", "IOSFODNN7EXAMPLE"), "");
        check(".npmrc", "//r.example/:_authToken=${NPM_TOKEN}", "");
    }

    #[test]
    fn variables_are_secrets_by_name_or_value() {
        let found =
            |name: &str, value: &str| rules().in_variable("variable", name, value).map(|found| found.kind);
        assert_eq!(found("DB_PASSWORD", "hunter2").as_deref(), Some("secret by its name"));
        assert_eq!(found("X", &key("ghp_", 36)).as_deref(), Some("GitHub token"));
        for (name, value) in
            [("PATH", "/bin"), ("TOKEN", ""), ("TOKEN", "$TOKEN"), ("SECRET", "/run/secrets/x")]
        {
            assert_eq!(found(name, value), None, "{name}");
        }
    }

    #[test]
    fn build_arguments_are_part_of_the_history() {
        let command = "RUN |2 NPM_TOKEN=hunter2 VERSION=3 /bin/sh -c npm ci # buildkit";
        let found = rules().in_command(command);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "build argument NPM_TOKEN");
        assert!(!format!("{found:?}").contains("hunter2"));
    }
}
