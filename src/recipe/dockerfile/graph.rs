//! Which stages of a Dockerfile build on which, and so which of them can be built at the same time.

use std::collections::BTreeSet;

use super::copied::copy_sources;
use super::lex::Instruction;
use super::scan::{DockerfileFacts, Stage};

impl DockerfileFacts {
    /// The stages that have a name, in lower case and in order: those that can be built on their own.
    pub fn named_stages(&self) -> Vec<&str> {
        self.stages.iter().filter_map(|stage| stage.name.as_deref()).collect()
    }

    /// The largest group of named stages below the target of which none needs another. Stages that only rename another one
    /// do not count, as there is nothing to build.
    pub fn side_by_side(&self) -> Vec<&str> {
        let needs: Vec<BTreeSet<usize>> = (0..self.stages.len()).map(|stage| self.all_needs(stage)).collect();
        let counts = |stage: &usize| self.stages[*stage].works && self.stages[*stage].name.is_some();
        let candidates: Vec<usize> = needs[self.target].iter().copied().filter(counts).collect();
        let mut largest = Vec::new();
        grow(&needs, &mut Vec::new(), &candidates, &mut largest);
        largest.into_iter().filter_map(|stage| self.stages[stage].name.as_deref()).collect()
    }

    /// Whether nothing leaves a stage, and those that build on it, but what is below folders with these names.
    pub fn hands_on_only(&self, stage: usize, folders: &[String]) -> bool {
        let has_it = |other: usize| self.lineage(other).contains(&stage);
        let takes_more = |(number, other): (usize, &Stage)| {
            let from_it = |taking: &&Taking| self.stage_before(number, &taking.from).is_some_and(has_it);
            other.takings.iter().filter(from_it).any(|taking| !taking.is_below(folders))
        };
        !has_it(self.target) && !self.stages.iter().enumerate().any(takes_more)
    }

    /// The stages that have to be there before this one is complete, directly or not.
    fn all_needs(&self, stage: usize) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        let mut open = self.needs(stage);
        while let Some(next) = open.pop() {
            if all.insert(next) {
                open.extend(self.needs(next));
            }
        }
        all
    }

    /// The stages that this one names itself. Only earlier ones can be meant.
    fn needs(&self, stage: usize) -> Vec<usize> {
        let Some(this) = self.stages.get(stage) else { return Vec::new() };
        let sources = this.takings.iter().filter_map(|taking| self.stage_before(stage, &taking.from));
        this.parent.into_iter().chain(sources).collect()
    }

    /// The stage that a name or number means in a later one.
    fn stage_before(&self, stage: usize, source: &str) -> Option<usize> {
        let lower = source.to_ascii_lowercase();
        let earlier = &self.stages[..stage];
        let named = earlier.iter().rposition(|stage| stage.name.as_deref() == Some(lower.as_str()));
        named.or_else(|| source.parse().ok().filter(|number| *number < stage))
    }
}

/// Adds candidates to a group as long as all in it are independent, and keeps the largest group in `best`.
fn grow(needs: &[BTreeSet<usize>], group: &mut Vec<usize>, candidates: &[usize], best: &mut Vec<usize>) {
    if group.len() > best.len() {
        best.clone_from(group);
    }
    let Some((first, rest)) = candidates.split_first() else { return };
    if group.len() + candidates.len() <= best.len() {
        return;
    }
    let independent = |other: &usize| !needs[*first].contains(other) && !needs[*other].contains(first);
    group.push(*first);
    let compatible: Vec<usize> = rest.iter().copied().filter(independent).collect();
    grow(needs, group, &compatible, best);
    group.pop();
    grow(needs, group, rest, best);
}

/// Whether an instruction gives BuildKit something to do.
pub(super) fn works(instruction: &Instruction) -> bool {
    matches!(instruction.keyword.as_str(), "run" | "copy" | "add")
}

/// What an instruction takes from a stage, an image or a context.
#[derive(Debug)]
pub(super) struct Taking {
    /// Its name, as typed.
    from: String,
    /// The paths, as typed; none where it can be any.
    paths: Vec<String>,
}

impl Taking {
    /// All that an instruction takes from elsewhere than the build context.
    pub fn all(instruction: &Instruction, escape: char) -> Vec<Self> {
        let options = instruction.arguments.split_whitespace().take_while(|word| word.starts_with("--"));
        let taking = |option: &str| match instruction.keyword.as_str() {
            "copy" => {
                let from = option.strip_prefix("--from=")?.to_owned();
                Some(Self { from, paths: copy_sources(instruction, escape) })
            }
            "run" => {
                let from = option
                    .strip_prefix("--mount=")?
                    .split(',')
                    .find_map(|part| part.strip_prefix("from="))?;
                Some(Self { from: from.to_owned(), paths: Vec::new() })
            }
            _ => None,
        };
        options.filter_map(taking).collect()
    }

    fn is_below(&self, folders: &[String]) -> bool {
        let is_below = |path: &String| {
            let mut parts = path.split('/');
            !path.contains('$')
                && !parts.clone().any(|part| part == "..")
                && parts.any(|part| folders.iter().any(|folder| folder == part))
        };
        !self.paths.is_empty() && self.paths.iter().all(is_below)
    }
}

#[cfg(test)]
mod tests {
    use crate::recipe::dockerfile::{Variables, scan};

    fn side_by_side(text: &str) -> String {
        scan(text, &Variables::default(), None).unwrap().side_by_side().join(" ")
    }

    #[test]
    fn stages_that_do_not_need_each_other_can_be_built_side_by_side() {
        let text = "FROM a AS base\nRUN x\nFROM base AS node\nRUN x\nFROM base AS Python\nRUN x\nFROM b AS tools\nADD x /\n\
                    FROM node\nCOPY --from=python /x /\nRUN --mount=type=bind,from=tools,target=/t x\n";
        assert_eq!(side_by_side(text), "node python tools");
    }

    #[test]
    fn what_the_target_does_not_need_and_what_does_nothing_is_left_out() {
        let text = "FROM a AS one\nRUN x\nFROM a AS unused\nRUN x\nFROM one AS alias\nFROM a AS two\nRUN x\nFROM a\n\
                    COPY --from=alias /x /\nCOPY --chown=1 --from=3 /y /\nCOPY --from=docker.io/image /z /\n";
        assert_eq!(side_by_side(text), "one two");
    }

    #[test]
    fn a_chain_has_nothing_side_by_side() {
        assert_eq!(side_by_side("FROM a AS one\nRUN x\nFROM one AS two\nRUN x\nFROM two\nRUN x\n"), "one");
        assert_eq!(side_by_side("FROM a\nRUN x\n"), "");
    }

    #[track_caller]
    fn check_hands_on_only_targets(rest: &str, expected: bool) {
        let text = format!("FROM a AS one\nRUN x\nFROM one AS two\nRUN x\nFROM b\n{rest}\n");
        let facts = scan(&text, &Variables::default(), None).unwrap();
        assert_eq!(facts.hands_on_only(0, &["target".to_owned()]), expected, "{text}");
    }

    #[test]
    fn what_leaves_a_stage_is_what_others_copy_and_build_on() {
        check_hands_on_only_targets("COPY --from=one /app/target/x /app/target/y /", true);
        check_hands_on_only_targets("COPY --from=two --link [\"/target\", \"/\"]", true);
        check_hands_on_only_targets("COPY --from=c / /", true);
        check_hands_on_only_targets("COPY --from=1 /app /", false);
        check_hands_on_only_targets("COPY --from=TWO /target/$X /", false);
        check_hands_on_only_targets("COPY --from=two /target/../root /", false);
        check_hands_on_only_targets("RUN --mount=from=two,target=/target x", false);
        check_hands_on_only_targets("FROM two", false);
    }

    #[test]
    fn stages_with_a_name_can_be_built_on_their_own() {
        let facts = scan("FROM a AS One\nFROM b\nFROM c AS two\n", &Variables::default(), None).unwrap();
        assert_eq!(facts.named_stages(), ["one", "two"]);
    }
}
