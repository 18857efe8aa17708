//! What is written to registries. Mirrors are not written to.

use hyper::body::Bytes;
use hyper::header::LOCATION;
use hyper::{Method, StatusCode};
use url::Url;

use crate::error::Result;
use crate::registry::failure::{Failure, Remedy};
use crate::registry::manifest::ACCEPTED;
use crate::registry::place::Place;
use crate::registry::session::{Access, Answer, Call, next_address};
use crate::registry::{Digest, Reference, Registry};

const TRIES: u32 = 4;

/// A request that writes, with all that is needed to make it again.
enum Change {
    /// Uploads a content unless it is there.
    Blob { digest: Digest, bytes: Bytes },
    /// Makes a tag or digest mean these bytes.
    Manifest { version: String, bytes: Bytes, media_type: String },
}

impl Registry {
    /// Uploads a content unless the repository has it. Returns whether it had to be sent.
    pub async fn push_blob(&self, reference: &Reference, bytes: Vec<u8>) -> Result<bool> {
        let digest = Digest::of(&bytes);
        let doing = format!("could not upload {digest} to {}", reference.resource());
        self.push(reference, Change::Blob { digest, bytes: bytes.into() }, doing).await
    }

    /// Makes the reference's tag (or digest) mean this manifest, whose contents must be there already.
    pub async fn push_manifest(
        &self,
        reference: &Reference,
        bytes: Vec<u8>,
        media_type: &str,
    ) -> Result<Digest> {
        let digest = Digest::of(&bytes);
        let version = reference.version().to_string();
        let change = Change::Manifest { version, bytes: bytes.into(), media_type: media_type.to_owned() };
        self.push(reference, change, format!("could not push the manifest of {reference}")).await?;
        Ok(digest)
    }

    /// Whether the registry itself has this version; neither cache nor mirrors are asked.
    pub async fn has_manifest(&self, reference: &Reference) -> Result<bool> {
        let doing = || format!("could not look for {reference}");
        self.refuse_offline(&doing)?;
        let place = Place::origin(reference);
        let mut retry = self.retry(TRIES);
        loop {
            let failure = match self.try_has_manifest(&place, reference).await {
                Ok(found) => return Ok(found),
                Err(failure) => failure,
            };
            retry.pause(failure).await.map_err(|failure| failure.into_error(doing()))?;
        }
    }

    async fn try_has_manifest(&self, place: &Place, reference: &Reference) -> Result<bool, Failure> {
        let _slot = self.slot().await;
        let access = Access { place: place.clone(), push: false };
        let url = self.address(place, &format!("manifests/{}", reference.version())).await?;
        is_there(self.ask(&Call { accept: ACCEPTED, ..Call::new(&access, Method::HEAD, url) }).await)
    }

    /// Returns whether anything had to be sent.
    async fn push(&self, reference: &Reference, change: Change, doing: String) -> Result<bool> {
        self.refuse_offline(&|| doing.clone())?;
        let access = Access { place: Place::origin(reference), push: true };
        let mut retry = self.retry(TRIES);
        loop {
            let failure = match self.try_push(&access, &change).await {
                Ok(is_new) => return Ok(is_new),
                Err(failure) => failure,
            };
            retry.pause(failure).await.map_err(|failure| failure.into_error(doing.clone()))?;
        }
    }

    async fn try_push(&self, access: &Access, change: &Change) -> Result<bool, Failure> {
        let _slot = self.slot().await;
        match change {
            Change::Blob { digest, bytes } => self.upload(access, digest, bytes).await,
            Change::Manifest { version, bytes, media_type } => {
                let url = self.address(&access.place, &format!("manifests/{version}")).await?;
                self.put(access, url, media_type, bytes).await.map(|()| true)
            }
        }
    }

    async fn upload(&self, access: &Access, digest: &Digest, bytes: &Bytes) -> Result<bool, Failure> {
        let existing = self.address(&access.place, &format!("blobs/{digest}")).await?;
        if is_there(self.ask(&Call::new(access, Method::HEAD, existing)).await)? {
            return Ok(false);
        }
        let uploads = self.address(&access.place, "blobs/uploads/").await?;
        let answer = self.ask(&Call::new(access, Method::POST, uploads.clone())).await?;
        let mut session = upload_address(&uploads, &answer)?;
        session.query_pairs_mut().append_pair("digest", &digest.to_string());
        self.put(access, session, "application/octet-stream", bytes).await.map(|()| true)
    }

    async fn put(&self, access: &Access, url: Url, content_type: &str, bytes: &Bytes) -> Result<(), Failure> {
        let call = Call { content_type, body: bytes.clone(), ..Call::new(access, Method::PUT, url) };
        let answer = self.ask(&call).await?;
        match answer.response.status() {
            StatusCode::CREATED => Ok(()),
            status => {
                Err(Failure::lasting(format!("{} answered {status} where 201 Created was due", answer.host)))
            }
        }
    }
}

fn is_there(answer: Result<Answer, Failure>) -> Result<bool, Failure> {
    match answer {
        Ok(_) => Ok(true),
        Err(failure) if failure.remedy == Remedy::Absent => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// Where the registry wants the content; it may be another host, which then gets no login.
fn upload_address(asked: &Url, answer: &Answer) -> Result<Url, Failure> {
    let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location
        .ok_or_else(|| Failure::lasting(format!("{} does not say where to upload to", answer.host)))?;
    next_address(asked, location)
}
