//! What a team chose, and how its files remember that.

use super::GenerateArgs;
use super::draft::There;
use crate::recipe::image::ImageOptions;
use crate::recipe::regions;

/// The options that are written down in the first section of each file, as the command that makes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choices {
    base_image: Option<String>,
    target_user: Option<String>,
    private_packages: bool,
}

impl Choices {
    /// Those of the first file that remembers any.
    pub(super) fn remembered(there: &There) -> Self {
        there.texts().find_map(regions::command).map(Self::of_command).unwrap_or_default()
    }

    fn of_command(command: &str) -> Self {
        let words: Vec<&str> = command.split_whitespace().collect();
        let value = |flag: &str| {
            let at = words.iter().position(|word| *word == flag)?;
            words.get(at + 1).map(|value| (*value).to_owned())
        };
        Self {
            base_image: value("--base-image").filter(|text| parse_image(text).is_ok()),
            target_user: value("--target-user").filter(|text| parse_user(text).is_ok()),
            private_packages: words.contains(&"--private-packages"),
        }
    }

    /// What was typed wins; an empty image means the official ones again.
    pub(super) fn with(mut self, args: &GenerateArgs) -> Self {
        if let Some(image) = &args.base_image {
            self.base_image = Some(image.clone()).filter(|image| !image.is_empty());
        }
        self.target_user = args.target_user.clone().or(self.target_user);
        self.private_packages = args.private_packages.unwrap_or(self.private_packages);
        self
    }

    /// The command that makes the same files.
    pub(super) fn command(&self) -> String {
        let flags = [("--base-image", &self.base_image), ("--target-user", &self.target_user)];
        let words = flags.iter().filter_map(|(flag, value)| Some(format!(" {flag} {}", value.as_ref()?)));
        let private = self.private_packages.then(|| " --private-packages".to_owned());
        std::iter::once("devc generate".to_owned()).chain(words).chain(private).collect()
    }

    /// The same for the images.
    pub(super) fn options(&self) -> ImageOptions {
        let defaults = ImageOptions::default();
        ImageOptions {
            base: self.base_image.clone(),
            user: self.target_user.clone().unwrap_or(defaults.user),
            private_packages: self.private_packages,
        }
    }
}

/// An image's name: one word, as it is part of an instruction.
pub(super) fn parse_image(text: &str) -> Result<String, String> {
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || "._-/:@".contains(sign);
    match text.chars().all(is_sign) && !text.starts_with('-') {
        true => Ok(text.to_owned()),
        false => Err("write it as REGISTRY/NAME:TAG, such as debian:bookworm-slim".to_owned()),
    }
}

/// A user's name, as `useradd` takes it.
pub(super) fn parse_user(text: &str) -> Result<String, String> {
    let is_sign = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || "_-".contains(sign);
    let is_first = |sign: char| sign.is_ascii_lowercase() || sign == '_';
    match text {
        "root" => Err("the images are for a user who is not root".to_owned()),
        _ if text.starts_with(is_first) && text.len() <= 32 && text.chars().all(is_sign) => {
            Ok(text.to_owned())
        }
        _ => Err("use up to 32 lower-case letters, digits, `_` and `-`, a letter first".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        args: GenerateArgs,
    }

    #[test]
    fn a_command_says_all_that_was_chosen() {
        let args = |words: &str| Typed::parse_from(words.split(' ')).args;
        let chosen = Choices::default()
            .with(&args("x --base-image corp/debian:12 --target-user ann --private-packages"));
        let command = "devc generate --base-image corp/debian:12 --target-user ann --private-packages";
        assert_eq!(chosen.command(), command);
        assert_eq!(Choices::of_command(command), chosen);
        let kept = chosen.clone().with(&args("x"));
        assert_eq!(kept.command(), command);
        let other = chosen.with(&args("x --base-image= --private-packages=false"));
        assert_eq!(other.command(), "devc generate --target-user ann");
        assert_eq!(Choices::of_command("devc generate --base-image"), Choices::default());
    }

    #[test]
    fn names_are_words_that_instructions_can_hold() {
        assert!(parse_image("a b").is_err() && parse_image("--x").is_err() && parse_image("").is_ok());
        assert!(parse_image("localhost:5000/a/b@sha256:0").is_ok());
        assert!(parse_user("root").is_err() && parse_user("1a").is_err() && parse_user("Ann").is_err());
        assert!(parse_user("").is_err() && parse_user("_a-1").is_ok());
    }
}
