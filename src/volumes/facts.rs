//! What can be counted in a cache, as data.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

const TABLE: &str = include_str!("tables/facts.toml");

/// Something that a cache holds a number of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    cache: String,
    /// What one of them is called.
    pub what: String,
    /// Patterns of paths; each that fits is one.
    pub paths: Vec<String>,
}

#[derive(Deserialize)]
struct All {
    facts: Vec<Fact>,
}

impl Fact {
    /// What can be counted in the cache with this name.
    pub fn of(cache: &str) -> Result<Vec<Self>> {
        let all: std::result::Result<All, _> = toml::from_str(TABLE);
        let all = all.map_err(|error| {
            Error::new(ErrorKind::Config, "the table of facts cannot be read").because(error)
        })?;
        Ok(all.facts.into_iter().filter(|fact| fact.cache == cache).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Tables;
    use crate::volumes::Offers;

    #[test]
    fn facts_are_about_caches_that_there_are() {
        let offers = Offers::of(&Tables::embedded().unwrap(), &[]).unwrap();
        let all: All = toml::from_str(TABLE).unwrap();
        for fact in &all.facts {
            assert!(offers.find(&fact.cache).is_some(), "{}", fact.cache);
            assert!(fact.paths.iter().all(|pattern| !pattern.starts_with('/')));
        }
        assert_eq!(Fact::of("unheard-of").unwrap(), []);
        assert_eq!(Fact::of("pip").unwrap().len(), 2);
    }
}
