//! The install order: round by round, those first that wait for nothing any more.

use super::compare::Identity;
use super::graph::Node;
use crate::{Error, ErrorKind, Result};

/// Puts Features into their order.
pub(super) fn ordered(mut waiting: Vec<Node>) -> Result<Vec<Node>> {
    forget_absent(&mut waiting);
    let mut done: Vec<Node> = Vec::new();
    while !waiting.is_empty() {
        let ready = |node: &Node| blockers(node, &done).next().is_none();
        let Some(priority) = waiting.iter().filter(|node| ready(node)).map(|node| node.priority).max() else {
            return Err(no_order(&waiting, &done));
        };
        let (mut round, rest): (Vec<Node>, Vec<Node>) =
            waiting.into_iter().partition(|node| node.priority == priority && ready(node));
        round.sort_by(|left, right| left.identity.compare(&right.identity));
        done.append(&mut round);
        waiting = rest;
    }
    Ok(done)
}

/// Nobody waits for what is not installed.
fn forget_absent(nodes: &mut [Node]) {
    let identities: Vec<Identity> = nodes.iter().map(|node| node.identity.clone()).collect();
    for node in nodes {
        node.after.retain(|wish| identities.iter().any(|identity| identity.satisfies(wish)));
    }
}

/// What a Feature still waits for.
fn blockers<'a>(node: &'a Node, done: &'a [Node]) -> impl Iterator<Item = Blocker<'a>> {
    let hard = node.depends_on.iter().map(Blocker::Hard);
    let soft = node.after.iter().map(Blocker::Soft);
    hard.chain(soft).filter(|blocker| !done.iter().any(|node| blocker.is_met_by(node)))
}

enum Blocker<'a> {
    Hard(&'a Identity),
    Soft(&'a Identity),
}

impl Blocker<'_> {
    fn is_met_by(&self, node: &Node) -> bool {
        match self {
            Self::Hard(wish) => node.identity.is_same(wish),
            Self::Soft(wish) => node.identity.satisfies(wish),
        }
    }
}

fn no_order(waiting: &[Node], done: &[Node]) -> Error {
    let cycle: Vec<&str> = cycle(waiting, done).iter().map(|node| node.identity.id.as_str()).collect();
    let waits = cycle.windows(2).map(|pair| format!("'{}' waits for '{}'", pair[0], pair[1]));
    Error::new(ErrorKind::Config, "Failed to compute Feature installation order!")
        .because(format!("the Features wait for each other: {}", waits.collect::<Vec<_>>().join(", ")))
        .hint("Remove one of these \"dependsOn\" or \"installsAfter\", or leave one of the Features out.")
}

/// Follows those who wait, from one to the next, until one comes again.
fn cycle<'a>(waiting: &'a [Node], done: &[Node]) -> Vec<&'a Node> {
    let mut path: Vec<&Node> = Vec::new();
    let mut next = waiting.first();
    while let Some(node) = next {
        let start = path.iter().position(|seen| std::ptr::eq(*seen, node));
        path.push(node);
        if let Some(start) = start {
            return path.split_off(start);
        }
        let mut blockers = blockers(node, done);
        next = blockers.find_map(|blocker| waiting.iter().find(|other| blocker.is_met_by(other)));
    }
    path
}
