//! Which services of a running project are down.

use std::collections::BTreeSet;

/// A container of the project, apart from the dev container.
#[derive(Clone, Copy, Debug)]
pub struct Sibling<'a> {
    /// The name of its service.
    pub service: &'a str,
    /// Whether its main process runs.
    pub is_running: bool,
}

/// The wanted services that do not run. Jobs have done what they were for when they ended, so they are never down.
pub fn down<'a>(
    wanted: impl IntoIterator<Item = &'a str>,
    jobs: &BTreeSet<&str>,
    siblings: &[Sibling<'_>],
) -> Vec<&'a str> {
    let runs = |service: &str| siblings.iter().any(|one| one.service == service && one.is_running);
    let is_known = |service: &str| siblings.iter().any(|one| one.service == service);
    let is_up = |service: &str| runs(service) || (jobs.contains(service) && is_known(service));
    wanted.into_iter().filter(|service| !is_up(service)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_and_does_not_run_is_down() {
        let sibling = |service, is_running| Sibling { service, is_running };
        let siblings = [sibling("db", false), sibling("cache", true), sibling("migrate", false)];
        let jobs = BTreeSet::from(["migrate", "seed"]);
        let wanted = ["cache", "db", "mail", "migrate", "seed"];
        assert_eq!(down(wanted, &jobs, &siblings), ["db", "mail", "seed"]);
    }

    #[test]
    fn one_running_container_of_several_is_enough() {
        let siblings =
            [Sibling { service: "db", is_running: false }, Sibling { service: "db", is_running: true }];
        assert!(down(["db"], &BTreeSet::new(), &siblings).is_empty());
    }
}
