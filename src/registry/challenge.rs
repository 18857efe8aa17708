//! What a registry answers to those who have not logged in: `WWW-Authenticate`.

use std::collections::BTreeMap;

/// How a registry wants us to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// With user name and password.
    Basic,
    /// With a token from a login server.
    Bearer {
        /// The login server's address.
        realm: String,
        /// How the login server calls the registry.
        service: String,
        /// What the token shall be good for.
        scope: String,
    },
}

impl Challenge {
    /// Reads the header's values. A token is preferred, since a password is then sent to one host only.
    pub(super) fn read<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        let challenges: Vec<Self> = headers.flat_map(split).filter_map(Self::from_parts).collect();
        let bearer = challenges.iter().position(|one| matches!(one, Self::Bearer { .. }));
        challenges.into_iter().nth(bearer.unwrap_or(0))
    }

    fn from_parts((scheme, mut parameters): (String, BTreeMap<String, String>)) -> Option<Self> {
        let mut take = |name: &str| parameters.remove(name);
        match scheme.as_str() {
            "basic" => Some(Self::Basic),
            "bearer" => Some(Self::Bearer {
                realm: take("realm")?,
                service: take("service").unwrap_or_default(),
                scope: take("scope").unwrap_or_default(),
            }),
            _ => None,
        }
    }
}

/// The address of the login server that a header names.
#[cfg(fuzzing)]
pub fn realm_in(header: &str) -> Option<String> {
    match Challenge::read(std::iter::once(header))? {
        Challenge::Basic => None,
        Challenge::Bearer { realm, .. } => Some(realm),
    }
}

/// The challenges of one header, each as its scheme in small letters and its parameters.
fn split(header: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut challenges: Vec<(String, BTreeMap<String, String>)> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let word = rest[..end].to_lowercase();
        if word.is_empty() {
            return challenges;
        }
        rest = &rest[end..];
        match (rest.strip_prefix('='), challenges.last_mut()) {
            (Some(after), Some((_, parameters))) => {
                let (value, remainder) = value(after);
                parameters.insert(word, value);
                rest = remainder;
            }
            (Some(_), None) => return challenges,
            (None, _) => challenges.push((word, BTreeMap::new())),
        }
    }
}

/// A value, with or without quotes, and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[&str], expected: Option<Challenge>) {
        assert_eq!(Challenge::read(headers.iter().copied()), expected, "{headers:?}");
    }

    fn bearer(realm: &str, service: &str, scope: &str) -> Option<Challenge> {
        let [realm, service, scope] = [realm, service, scope].map(str::to_owned);
        Some(Challenge::Bearer { realm, service, scope })
    }

    #[test]
    fn challenges_are_read_in_their_many_spellings() {
        check(
            &[r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:a/b:pull,push""#],
            bearer("https://ghcr.io/token", "ghcr.io", "repository:a/b:pull,push"),
        );
        check(&[r#"bearer Realm = x"#], None);
        check(&[r#"BEARER realm="a\"b" , service=plain"#], bearer("a\"b", "plain", ""));
        check(&[r#"Basic realm="Registry Realm""#], Some(Challenge::Basic));
        check(&["Basic"], Some(Challenge::Basic));
    }

    #[test]
    fn a_token_is_preferred_to_a_password() {
        let expected = bearer("https://a/t", "", "");
        check(&["Basic realm=\"x\", Bearer realm=\"https://a/t\""], expected.clone());
        check(&["Basic realm=\"x\"", "Bearer realm=\"https://a/t\""], expected);
    }

    #[test]
    fn what_is_not_understood_is_no_challenge() {
        for header in
            ["", "Negotiate abc", "realm=\"x\"", "Bearer service=\"x\"", "\"", "Bearer realm=\"x", ",,,="]
        {
            let read = Challenge::read([header].into_iter());
            assert!(read.is_none() || header == "Bearer realm=\"x", "{header}: {read:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_header_is_too_strange(text in "(Bearer|Basic)?[ ,=\\\\\"a-z ö]{0,30}") {
            let _ = Challenge::read([text.as_str()].into_iter());
        }
    }
}
