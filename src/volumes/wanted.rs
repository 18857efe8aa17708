//! What a project keeps, and why.

use std::collections::BTreeMap;

use super::offers::{Offer, Offers, When};
use super::{Medium, Scope, Wish, Wishes};

/// A folder that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub cache: String,
    /// Where it is: `~` is the home folder, `${workspace}` that of the project.
    pub path: String,
    /// The variable that moves it.
    pub variable: Option<String>,
    /// Who may use it.
    pub scope: Scope,
    /// What it is kept on.
    pub medium: Medium,
    /// What it is on this machine, for folders that are handed in and not written.
    pub source: Option<String>,
    /// Variables that lead programs there.
    pub environment: BTreeMap<String, String>,
    /// Whether it belongs to the remote user, and not to the image's system.
    pub is_users: bool,
    /// Whether it is left alone when volumes are emptied or removed.
    pub is_protected: bool,
    /// Why it is kept, in words.
    pub cause: String,
}

/// What a project keeps, in the order of the offers, folders of its own last. `tools` are those that `customizations` name.
///
/// A project in which no ecosystem was found, and which says nothing, keeps nothing.
pub fn wanted(offers: &Offers, wishes: &Wishes, tools: &[&str]) -> Vec<Wanted> {
    let is_used = offers.iter().any(|offer| matches!(offer.when, When::Used(_)));
    let keeps_something = is_used || wishes.is_explicit;
    let offered = offers.iter().filter_map(|offer| match wishes.about(&offer.name) {
        Some(Wish::No) => None,
        Some(wish) => Some(asked_for(offer, wish, wishes)),
        None => {
            let cause = by_itself(&offer.when, tools).filter(|_| keeps_something)?;
            Some(Wanted { cause, ..by_default(offer, wishes) })
        }
    });
    let own = wishes.iter().filter(|(name, _)| offers.find(name).is_none());
    offered.chain(own.filter_map(|(name, wish)| own_folder(name, wish, wishes))).collect()
}

/// Why a folder is kept that nobody has asked for.
fn by_itself(when: &When, tools: &[&str]) -> Option<String> {
    match when {
        When::Never => None,
        When::Always => Some("it would go with the container".to_owned()),
        When::Customizations(tool) if tools.contains(&tool.as_str()) => {
            Some(format!("customizations.{tool} shows that somebody works with it"))
        }
        When::Customizations(_) => None,
        When::Used(cause) => Some(cause.clone()),
    }
}

fn by_default(offer: &Offer, wishes: &Wishes) -> Wanted {
    Wanted {
        cache: offer.name.clone(),
        path: offer.path.clone(),
        variable: offer.variable.clone(),
        scope: wishes.scope.filter(|_| offer.can_be_shared).unwrap_or_default(),
        medium: Medium::Volume,
        source: offer.source.clone(),
        environment: offer.environment.clone(),
        is_users: offer.path.starts_with(['~', '$']) && offer.source.is_none(),
        is_protected: false,
        cause: String::new(),
    }
}

fn asked_for(offer: &Offer, wish: &Wish, wishes: &Wishes) -> Wanted {
    let wanted = with(by_default(offer, wishes), wish);
    // A folder that was sent elsewhere is there, whatever variables say.
    let variable = wanted.variable.clone().filter(|_| wanted.path == offer.path);
    Wanted { variable, ..wanted }
}

/// A folder that only this project knows.
fn own_folder(name: &str, wish: &Wish, wishes: &Wishes) -> Option<Wanted> {
    let Wish::Yes { target: Some(path), .. } = wish else { return None };
    let bare = Wanted {
        cache: name.to_owned(),
        path: path.clone(),
        variable: None,
        scope: wishes.scope.unwrap_or_default(),
        medium: Medium::Volume,
        source: None,
        environment: BTreeMap::new(),
        is_users: true,
        is_protected: false,
        cause: String::new(),
    };
    Some(with(bare, wish))
}

fn with(wanted: Wanted, wish: &Wish) -> Wanted {
    let Wish::Yes { target, scope, medium, is_protected } = wish else { return wanted };
    Wanted {
        path: target.clone().unwrap_or(wanted.path),
        scope: scope.unwrap_or(wanted.scope),
        medium: *medium,
        is_protected: *is_protected,
        cause: "customizations.devc.volumes asks for it".to_owned(),
        ..wanted
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::stack::{Repository, Tables, detect};

    struct Files(BTreeMap<&'static str, &'static str>, Vec<String>);

    impl Repository for Files {
        fn files(&self) -> &[String] {
            &self.1
        }

        fn read(&self, path: &str) -> Option<String> {
            self.0.get(path).map(|text| (*text).to_owned())
        }
    }

    fn kept(files: &[(&'static str, &'static str)], volumes: &Value, tools: &[&str]) -> String {
        let names = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        let repository = Files(files.iter().copied().collect(), names);
        let tables = Tables::embedded().unwrap();
        let offers = Offers::of(&tables, &detect(&tables, &repository)).unwrap();
        let configuration = json!({"customizations": {"devc": {"volumes": volumes}}});
        let wishes = Wishes::read(configuration.as_object().unwrap()).unwrap();
        let lines = wanted(&offers, &wishes, tools).into_iter().map(|wanted| {
            let Wanted { cache, path, scope, medium, cause, .. } = wanted;
            format!("{cache} {path} {} {medium:?}: {cause}\n", scope.name())
        });
        lines.collect()
    }

    const NODE: &[(&str, &str)] = &[("web/package-lock.json", "{}"), ("web/package.json", "{}")];

    #[test]
    fn the_caches_of_the_stacks_are_kept_and_what_goes_with_them() {
        insta::assert_snapshot!(kept(NODE, &json!({}), &["vscode"]), @r"
        npm ~/.npm project Volume: web/package-lock.json shows npm
        shell-history ~/.shell-history project Volume: it would go with the container
        vscode-server ~/.vscode-server project Volume: customizations.vscode shows that somebody works with it
        ");
    }

    #[test]
    fn nothing_is_kept_where_nothing_is_found_and_nothing_said() {
        let tables = Tables::embedded().unwrap();
        let offers = Offers::of(&tables, &[]).unwrap();
        assert_eq!(wanted(&offers, &Wishes::default(), &["vscode"]), []);
    }

    #[test]
    fn a_project_may_say_otherwise() {
        let volumes = json!({"scope": "shared", "caches": {
            "shell-history": false,
            "web/node_modules": true,
            "maven": {"scope": "shared"},
            "gradle": true,
            "models": {"target": "/models", "type": "tmpfs", "size": "1gb"},
            "ssh": true,
        }});
        insta::assert_snapshot!(kept(NODE, &volumes, &[]), @r"
        npm ~/.npm shared Volume: web/package-lock.json shows npm
        web/node_modules ${workspace}/web/node_modules project Volume: customizations.devc.volumes asks for it
        gradle ~/.gradle/caches project Volume: customizations.devc.volumes asks for it
        maven ~/.m2/repository shared Volume: customizations.devc.volumes asks for it
        ssh ~/.ssh project Volume: customizations.devc.volumes asks for it
        models /models shared Memory(Some(1073741824)): customizations.devc.volumes asks for it
        ");
    }
}
