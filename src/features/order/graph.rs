//! All Features that will be installed, and who waits for whom.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::compare::Identity;
use super::resolver::{Facts, Need, Request, RequestedBy, Wanted};
use crate::features::source::Source;
use crate::{Error, ErrorKind, Result};

/// A Feature to install.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub identity: Identity,
    pub by: RequestedBy,
    pub facts: Facts,
    /// What must come before.
    pub depends_on: Vec<Identity>,
    /// What must come before if it comes at all.
    pub after: Vec<Identity>,
    /// What the user put first has more.
    pub priority: usize,
}

/// What is known so far.
pub(super) struct Graph<'a> {
    request: &'a Request,
    known: &'a BTreeMap<Wanted, Option<Facts>>,
    pub nodes: Vec<Node>,
    /// What must be known to go on.
    pub needs: Vec<Need>,
}

/// A Feature that somebody wants, before anything is known about it.
struct Wish {
    identity: Identity,
    by: RequestedBy,
    wanted: Wanted,
}

impl<'a> Graph<'a> {
    /// Goes as far as `known` allows.
    pub fn build(request: &'a Request, known: &'a BTreeMap<Wanted, Option<Facts>>) -> Result<Self> {
        let mut graph = Self { request, known, nodes: Vec::new(), needs: Vec::new() };
        let mut waiting = VecDeque::new();
        for feature in &request.features {
            let by =
                if feature.is_additional { RequestedBy::CommandLine } else { RequestedBy::Configuration };
            waiting.push_back(graph.wish(&feature.id, &feature.options, by)?);
        }
        while let Some(wish) = waiting.pop_front() {
            waiting.extend(graph.add(wish)?);
        }
        graph.name_soft_dependencies();
        graph.set_priorities()?;
        Ok(graph)
    }

    fn wish(&self, id: &str, options: &Value, by: RequestedBy) -> Result<Wish> {
        let source = Source::of(id, &self.request.places)?;
        let wanted = Wanted { source: source.clone(), integrity: self.request.pins.get(id).cloned() };
        let digest = self.known.get(&wanted).and_then(Option::as_ref).and_then(|facts| facts.digest.clone());
        let identity =
            Identity { id: id.to_owned(), source, options: options.clone(), digest, aliases: None };
        Ok(Wish { identity, by, wanted })
    }

    /// Adds a Feature unless it is there already, and tells what it depends on.
    fn add(&mut self, wish: Wish) -> Result<Vec<Wish>> {
        let Wish { mut identity, by, wanted } = wish;
        let Some(facts) = self.known.get(&wanted).and_then(Option::as_ref) else {
            self.need(&identity.id, wanted, false);
            return Ok(Vec::new());
        };
        if self.nodes.iter().any(|node| node.identity.is_same(&identity)) {
            return Ok(Vec::new());
        }
        let metadata = &facts.metadata;
        let blame = |error: Error| {
            let what = format!("The Feature '{}' asks for another one that cannot be used", identity.id);
            Error::new(error.kind(), what).because(error)
        };
        let wish = |id: &str, options: &Value| self.wish(id, options, RequestedBy::Feature).map_err(blame);
        let wishes: Vec<Wish> =
            metadata.depends_on().map(|(id, options)| wish(id, options)).collect::<Result<_>>()?;
        let after = metadata.installs_after().into_iter().map(|id| Ok(wish(&id, &json!({}))?.identity));
        let after = after.collect::<Result<_>>()?;
        let depends_on = wishes.iter().map(|wish| wish.identity.clone()).collect();
        identity.aliases = Some(metadata.aliases());
        self.nodes.push(Node { identity, by, facts: facts.clone(), depends_on, after, priority: 0 });
        Ok(wishes)
    }

    fn need(&mut self, id: &str, wanted: Wanted, is_optional: bool) {
        if let Some(known) = self.needs.iter_mut().find(|need| need.wanted == wanted) {
            known.is_optional &= is_optional;
        } else {
            self.needs.push(Need { id: id.to_owned(), wanted, is_optional });
        }
    }

    /// Asks for the other names of soft dependencies, where they can make a difference: if there is a Feature in the
    /// same namespace of the same registry under another name.
    fn name_soft_dependencies(&mut self) {
        let mut nodes = std::mem::take(&mut self.nodes);
        let identities: Vec<Identity> = nodes.iter().map(|node| node.identity.clone()).collect();
        for wish in nodes.iter_mut().flat_map(|node| &mut node.after) {
            if identities.iter().any(|identity| may_be_renamed(identity, wish)) {
                self.name_soft_dependency(wish);
            }
        }
        self.nodes = nodes;
    }

    fn name_soft_dependency(&mut self, wish: &mut Identity) {
        let integrity = self.request.pins.get(&wish.id).cloned();
        let wanted = Wanted { source: wish.source.clone(), integrity };
        match self.known.get(&wanted) {
            Some(facts) => wish.aliases = facts.as_ref().map(|facts| facts.metadata.aliases()),
            None => self.need(&wish.id, wanted, true),
        }
    }

    fn set_priorities(&mut self) -> Result<()> {
        let count = self.request.override_order.len();
        for (position, id) in self.request.override_order.iter().enumerate() {
            let wish = self.wish(id, &json!({}), RequestedBy::Configuration).map_err(|error| {
                Error::new(ErrorKind::Config, "\"overrideFeatureInstallOrder\" cannot be used").because(error)
            })?;
            let matching = self.nodes.iter_mut().filter(|node| node.identity.satisfies(&wish.identity));
            for node in matching {
                node.priority = node.priority.max(count - position);
            }
        }
        Ok(())
    }
}

fn may_be_renamed(identity: &Identity, wish: &Identity) -> bool {
    match (identity.source.oci(), wish.source.oci()) {
        (Some(own), Some(wished)) => {
            own.registry == wished.registry && own.namespace == wished.namespace && own.id != wished.id
        }
        _ => false,
    }
}
