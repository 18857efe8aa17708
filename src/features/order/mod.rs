//! In which order Features are installed, dependencies included.
//!
//! [`Resolver`] asks for what it needs to know, until the order stands. `compare` says which Features are the same and
//! which of two comes first, `graph` finds all Features, `rounds` puts them into their order.

mod chart;
mod compare;
mod graph;
mod resolver;
mod rounds;

#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod tests;

pub use resolver::{Facts, Need, Planned, Request, RequestedBy, Resolver, Step, Wanted};
