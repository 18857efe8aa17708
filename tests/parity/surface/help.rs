//! What a help text of the reference says.

/// A help text.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Page {
    /// The last words of the commands that it lists.
    pub(super) commands: Vec<String>,
    pub(super) flags: Vec<Flag>,
}

/// A flag.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flag {
    /// Without its dashes.
    pub(super) name: String,
    pub(super) shorts: Vec<char>,
    pub(super) takes: Takes,
    /// The values that it takes; empty where any will do.
    pub(super) choices: Vec<String>,
    pub(super) default: Option<String>,
    pub(super) is_required: bool,
}

/// What stands behind a flag.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Takes {
    /// Nothing, or `true` or `false`.
    Switch,
    #[default]
    Value,
    /// Several values.
    List,
    /// The help does not show the flag.
    Unknown,
}

impl Page {
    pub(super) fn parse(text: &str) -> Self {
        let mut page = Self::default();
        let mut section = "";
        for line in text.lines() {
            match line {
                "Commands:" | "Options:" | "Positionals:" => section = line,
                _ if !line.starts_with(' ') => section = "",
                _ if section == "Commands:" => page.commands.extend(command(line)),
                _ if section == "Options:" => page.flags.extend(Flag::parse(line)),
                _ => {}
            }
        }
        // Both work everywhere, which other tests show.
        page.flags.retain(|flag| !["help", "version"].contains(&flag.name.as_str()));
        page
    }
}

/// `  devcontainer features test [target]    Test Features`: the last word before the positionals.
fn command(line: &str) -> Option<String> {
    let words = line.trim_start().split("  ").next()?.split(' ').skip(1);
    words.take_while(|word| !word.starts_with(['<', '['])).last().map(str::to_owned)
}

impl Flag {
    pub(super) fn hidden(name: &str) -> Self {
        Self { name: name.to_owned(), takes: Takes::Unknown, ..Self::default() }
    }

    /// `  -o, --output-folder   Where to.  [string] [default: "./output"]`.
    fn parse(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let (names, rest) = line.split_once("  ")?;
        let name = names.split(", ").find_map(|name| name.strip_prefix("--"))?;
        let shorts = names.split(", ").filter(|name| !name.starts_with("--"));
        let mut flag = Self { name: name.to_owned(), ..Self::default() };
        flag.shorts = shorts.filter_map(|name| name.strip_prefix('-')?.chars().next()).collect();
        let facts = rest.rsplit_once("  [").map_or("", |(_, facts)| facts.trim_end_matches(']'));
        for fact in facts.split("] [") {
            match fact.split_once(": ") {
                None if fact == "boolean" => flag.takes = Takes::Switch,
                None if fact == "array" => flag.takes = Takes::List,
                None if fact == "required" => flag.is_required = true,
                Some(("choices", choices)) => flag.choices = choices.split(", ").map(unquoted).collect(),
                Some(("default", default)) => flag.default = Some(unquoted(default)),
                _ => {}
            }
        }
        Some(flag)
    }
}

fn unquoted(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

#[test]
fn a_page_is_read() {
    let page = Page::parse(
        "devcontainer x\n\nCommands:\n  devcontainer x one [path]  One\n  devcontainer x two  Two\n\nOptions:\n  \
         -o, --to   Where [to].  [string] [default: \"./a\"]\n      --how  How.  [required] [choices: \"a\", \"b\"]\n      \
         --many  All.  [array]\n      --loud  Loud.  [boolean] [default: false]\n",
    );
    let flag = |name: &str| Flag { name: name.to_owned(), ..Flag::default() };
    let expected = [
        Flag { shorts: vec!['o'], default: Some("./a".to_owned()), ..flag("to") },
        Flag { is_required: true, choices: vec!["a".to_owned(), "b".to_owned()], ..flag("how") },
        Flag { takes: Takes::List, ..flag("many") },
        Flag { takes: Takes::Switch, default: Some("false".to_owned()), ..flag("loud") },
    ];
    assert_eq!(page, Page { commands: vec!["one".to_owned(), "two".to_owned()], flags: expected.to_vec() });
}
