//! What can go from a cache without harm to the tool that it serves, as data.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

const TABLE: &str = include_str!("tables/leftovers.toml");

/// What can go from one cache, as patterns of paths. `*` stands for a part of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leftovers {
    cache: String,
    /// Temporary files and logs.
    #[serde(default)]
    pub always: Vec<String>,
    /// Whole things that the tool fetches again, once they are old.
    #[serde(default)]
    pub old: Vec<String>,
}

#[derive(Deserialize)]
struct All {
    leftovers: Vec<Leftovers>,
}

impl Leftovers {
    /// What can go from the cache with this name; `None` where nothing is known.
    pub fn of(cache: &str) -> Result<Option<Self>> {
        let all: std::result::Result<All, _> = toml::from_str(TABLE);
        let all = all.map_err(|error| {
            Error::new(ErrorKind::Config, "the table of leftovers cannot be read").because(error)
        })?;
        Ok(all.leftovers.into_iter().find(|one| one.cache == cache))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Tables;
    use crate::volumes::Offers;

    #[test]
    fn leftovers_are_those_of_caches_that_there_are() {
        let offers = Offers::of(&Tables::embedded().unwrap(), &[]).unwrap();
        let all: All = toml::from_str(TABLE).unwrap();
        for one in &all.leftovers {
            assert!(offers.find(&one.cache).is_some(), "{}", one.cache);
            assert!(one.always.iter().chain(&one.old).all(|pattern| !pattern.starts_with('/')));
        }
        assert_eq!(Leftovers::of("unheard-of").unwrap(), None);
    }
}
