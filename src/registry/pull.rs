//! What is read from registries: manifests, contents, lists of tags.

use hyper::Method;
use hyper::header::{HeaderMap, LINK};
use serde::Deserialize;
use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::registry::cache::mismatch;
use crate::registry::failure::{Failure, Remedy};
use crate::registry::manifest::ACCEPTED;
use crate::registry::place::Place;
use crate::registry::session::{Access, Answer, Call, next_address};
use crate::registry::{Blob, Descriptor, Digest, Manifest, Reference, Registry};

/// How often the last place is asked, and any mirror before it.
const TRIES: u32 = 4;
const TRIES_PER_MIRROR: u32 = 2;
/// No repository has more pages of tags.
const MOST_PAGES: usize = 1000;

impl Registry {
    /// The manifest of a version. One that a digest names comes from the cache when it is there.
    ///
    /// Fails with [`ErrorKind::NotFound`] when the registry does not have it.
    pub async fn manifest(&self, reference: &Reference) -> Result<Manifest> {
        let doing = || format!("could not fetch the manifest of {reference}");
        let cached = self.cached_manifest(reference);
        if let Some(manifest) = cached.filter(|_| self.options().offline || reference.digest().is_some()) {
            return Ok(manifest);
        }
        self.refuse_offline(&doing)?;
        let mut trouble = Trouble::default();
        for (place, tries) in self.places(reference) {
            match self.manifest_at(&place, reference, tries).await {
                Ok(manifest) => return Ok(manifest),
                Err(failure) => trouble.add(failure),
            }
        }
        let stale = self.cached_manifest(reference).is_some() && trouble.is_network();
        let hint = stale.then_some("An earlier answer is cached: --offline uses it.");
        Err(hint.into_iter().fold(trouble.into_error(doing()), Error::hint))
    }

    /// A content of the repository, from the cache when it is there, verified in any case.
    pub async fn blob(&self, reference: &Reference, descriptor: &Descriptor) -> Result<Blob> {
        if let Some(blob) = self.cache().find(&descriptor.digest) {
            return Ok(blob);
        }
        let doing = || format!("could not fetch {} of {reference}", descriptor.digest);
        self.refuse_offline(&doing)?;
        let mut trouble = Trouble::default();
        for (place, tries) in self.places(reference) {
            match self.blob_at(&place, descriptor, tries).await {
                Ok(blob) => return Ok(blob),
                Err(failure) => trouble.add(failure),
            }
        }
        Err(trouble.into_error(doing()))
    }

    /// All tags of the repository, in the registry's order. A repository that does not exist has none.
    pub async fn tags(&self, reference: &Reference) -> Result<Vec<String>> {
        let doing = || format!("could not list the tags of {}", reference.resource());
        self.refuse_offline(&doing)?;
        let mut trouble = Trouble::default();
        for (place, tries) in self.places(reference) {
            match self.tags_at(&place, tries).await {
                Ok(tags) => return Ok(tags),
                Err(failure) => trouble.add(failure),
            }
        }
        if trouble.is_absence() { Ok(Vec::new()) } else { Err(trouble.into_error(doing())) }
    }

    fn cached_manifest(&self, reference: &Reference) -> Option<Manifest> {
        let digest = reference.digest().cloned().or_else(|| self.cache().tagged(reference))?;
        Manifest::parse(self.cache().find(&digest)?.read().ok()?).ok()
    }

    /// Without a network only the cache answers, and it has just been asked.
    pub(super) fn refuse_offline(&self, doing: &impl Fn() -> String) -> Result<()> {
        if !self.options().offline {
            return Ok(());
        }
        Err(Failure::lasting("it is not in the local cache, and --offline forbids to ask the registry")
            .hint("Run the command once without --offline; what it fetches is kept.")
            .into_error(doing()))
    }

    fn places(&self, reference: &Reference) -> Vec<(Place, u32)> {
        let places = self.options().mirrors.places(reference);
        let last = places.len() - 1;
        let tries = |index| if index == last { TRIES } else { TRIES_PER_MIRROR };
        places.into_iter().enumerate().map(|(index, place)| (place, tries(index))).collect()
    }

    async fn manifest_at(
        &self,
        place: &Place,
        reference: &Reference,
        tries: u32,
    ) -> Result<Manifest, Failure> {
        let mut retry = self.retry(tries);
        loop {
            match self.try_manifest(place, reference).await {
                Ok(manifest) => return Ok(manifest),
                Err(failure) => retry.pause(failure).await?,
            }
        }
    }

    async fn try_manifest(&self, place: &Place, reference: &Reference) -> Result<Manifest, Failure> {
        let answer = self.get(place, &format!("manifests/{}", reference.version()), ACCEPTED).await?;
        let announced = answer.headers().get("docker-content-digest").and_then(|value| value.to_str().ok());
        let announced = announced.and_then(Digest::parse);
        let host = answer.host.clone();
        let bytes = self.transport().await?.text(&host, answer.response.into_body()).await?;
        let found = Digest::of(&bytes);
        for expected in reference.digest().into_iter().chain(&announced) {
            if found != *expected {
                return Err(mismatch(&host, &found, expected));
            }
        }
        let manifest = Manifest::parse(bytes).map_err(|reason| {
            Failure::lasting(format!("{host} sent a manifest that is not understood: {reason}"))
        })?;
        self.cache().keep(&manifest.digest, &manifest.bytes);
        if reference.tag().is_some() {
            self.cache().note_tag(reference, &manifest.digest);
        }
        Ok(manifest)
    }

    async fn blob_at(&self, place: &Place, descriptor: &Descriptor, tries: u32) -> Result<Blob, Failure> {
        let mut retry = self.retry(tries);
        loop {
            match self.try_blob(place, descriptor).await {
                Ok(blob) => return Ok(blob),
                Err(failure) => retry.pause(failure).await?,
            }
        }
    }

    async fn try_blob(&self, place: &Place, descriptor: &Descriptor) -> Result<Blob, Failure> {
        let _slot = self.slot().await;
        let answer = self.get_unbounded(place, &format!("blobs/{}", descriptor.digest), "*/*").await?;
        let mut body = answer.response.into_body();
        let mut partial = self.cache().receive(Some(&descriptor.digest), Some(descriptor.size))?;
        let transport = self.transport().await?;
        while let Some(bytes) = transport.next(&answer.host, &mut body).await? {
            partial.write(&bytes)?;
        }
        partial.finish(&answer.host)
    }

    async fn tags_at(&self, place: &Place, tries: u32) -> Result<Vec<String>, Failure> {
        let mut retry = self.retry(tries);
        loop {
            match self.try_tags(place).await {
                Ok(tags) => return Ok(tags),
                Err(failure) => retry.pause(failure).await?,
            }
        }
    }

    async fn try_tags(&self, place: &Place) -> Result<Vec<String>, Failure> {
        let _slot = self.slot().await;
        let access = Access { place: place.clone(), push: false };
        let mut next = Some(self.address(place, "tags/list").await?);
        let mut tags = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(url) = next else { return Ok(tags) };
            let answer = self.ask(&Call::new(&access, Method::GET, url.clone())).await?;
            next = next_page(&url, answer.headers())?;
            let text = self.transport().await?.text(&answer.host, answer.response.into_body()).await?;
            tags.extend(read_tags(&text).map_err(|error| {
                Failure::lasting(format!(
                    "{} sent a list of tags that is not understood: {error}",
                    answer.host
                ))
            })?);
        }
        Err(Failure::lasting(format!("{} sends more and more pages of tags", place.host)))
    }

    async fn get(&self, place: &Place, path: &str, accept: &str) -> Result<Answer, Failure> {
        let _slot = self.slot().await;
        self.get_unbounded(place, path, accept).await
    }

    async fn get_unbounded(&self, place: &Place, path: &str, accept: &str) -> Result<Answer, Failure> {
        let access = Access { place: place.clone(), push: false };
        let url = self.address(place, path).await?;
        self.ask(&Call { accept, ..Call::new(&access, Method::GET, url) }).await
    }

    /// An address inside a repository.
    pub(super) async fn address(&self, place: &Place, path: &str) -> Result<Url, Failure> {
        // A path such as "manifests/sha256:..." would count as a scheme if it began with its colon's word.
        self.base(place)
            .await?
            .join(&format!("./{path}"))
            .map_err(|error| Failure::lasting(error.to_string()))
    }
}

/// What went wrong at the places that were asked.
#[derive(Default)]
struct Trouble {
    failures: Vec<Failure>,
}

impl Trouble {
    fn add(&mut self, failure: Failure) {
        self.failures.push(failure);
    }

    /// Whether every place says that it is not there.
    fn is_absence(&self) -> bool {
        self.failures.iter().all(|failure| failure.remedy == Remedy::Absent)
    }

    fn is_network(&self) -> bool {
        self.failures.iter().any(|failure| matches!(failure.remedy, Remedy::Retry(_)))
    }

    /// The last place counts most. That it is not there can be said only when all places say so.
    fn into_error(self, doing: String) -> Error {
        let absent = self.is_absence();
        let mut failures = self.failures.into_iter().rev();
        let Some(mut last) = failures.next() else { return Error::new(ErrorKind::Registry, doing) };
        if !absent && last.remedy == Remedy::Absent {
            last.remedy = Remedy::Nothing;
        }
        failures.fold(last, |last, mirror| last.and(mirror.reason())).into_error(doing)
    }
}

fn read_tags(text: &[u8]) -> serde_json::Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Page {
        tags: Option<Vec<String>>,
    }
    Ok(serde_json::from_slice::<Page>(text)?.tags.unwrap_or_default())
}

/// The address of the next page: `Link: </v2/x/tags/list?last=b>; rel="next"`. It must be at the same registry.
fn next_page(url: &Url, headers: &HeaderMap) -> Result<Option<Url>, Failure> {
    let Some(link) = headers.get(LINK).and_then(|value| value.to_str().ok()) else { return Ok(None) };
    let is_next = link.split(';').skip(1).any(|part| matches!(part.trim(), "rel=\"next\"" | "rel=next"));
    let target = link.trim_start().strip_prefix('<').and_then(|rest| rest.split_once('>'));
    let Some((target, _)) = target.filter(|_| is_next) else { return Ok(None) };
    let next = next_address(url, target)?;
    if next.origin() == url.origin() {
        Ok(Some(next))
    } else {
        Err(Failure::lasting("the list of tags goes on at another host"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_tags_are_followed_at_the_same_registry() {
        let url = Url::parse("https://r.example/v2/a/b/tags/list").unwrap();
        let check = |link: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(LINK, hyper::header::HeaderValue::from_static(link));
            next_page(&url, &headers)
                .map(|next| next.map(String::from))
                .map_err(|failure| failure.reason().to_owned())
        };
        let next = "https://r.example/v2/a/b/tags/list?n=2&last=x".to_owned();
        assert_eq!(check("</v2/a/b/tags/list?n=2&last=x>; rel=\"next\""), Ok(Some(next.clone())));
        assert_eq!(check("<https://r.example/v2/a/b/tags/list?n=2&last=x>; rel=next"), Ok(Some(next)));
        assert_eq!(check("</v2/>; rel=\"prev\""), Ok(None));
        assert_eq!(check("nonsense"), Ok(None));
        assert!(check("<https://evil.example/>; rel=\"next\"").is_err());
    }

    #[test]
    fn a_repository_may_have_no_tags() {
        assert_eq!(read_tags(br#"{"name":"a","tags":null}"#).unwrap(), Vec::<String>::new());
        assert_eq!(read_tags(br#"{"tags":["1","1.0"]}"#).unwrap(), ["1", "1.0"]);
        assert!(read_tags(b"<html>").is_err());
    }

    #[test]
    fn absence_is_certain_only_when_all_places_agree() {
        let kind = |failures: Vec<Failure>| Trouble { failures }.into_error("x".into()).kind();
        let absent = || Failure::new(Remedy::Absent, "absent");
        assert_eq!(kind(vec![absent(), absent()]), ErrorKind::NotFound);
        assert_ne!(kind(vec![Failure::passing("down"), absent()]), ErrorKind::NotFound);
    }
}
