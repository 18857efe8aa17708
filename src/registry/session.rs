//! A registry and our standing with it: logins, redirects, one answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, USER_AGENT, WWW_AUTHENTICATE,
};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use url::Url;

use crate::event::Events;
use crate::registry::challenge::Challenge;
use crate::registry::failure::Failure;
use crate::registry::logins::Logins;
use crate::registry::place::{Place, is_loopback};
use crate::registry::retry::Retry;
use crate::registry::transport::{Transport, authority, is_safe};
use crate::registry::{Cache, RegistryOptions};

pub(super) const MOST_REDIRECTS: usize = 5;
const MOST_AT_ONCE: usize = 8;
/// How servers know us.
pub(super) const PROGRAM: &str = concat!("devc/", env!("CARGO_PKG_VERSION"));

/// A client for all registries of a run. Cheap to make and to clone; the clones share connections and logins.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

struct Inner {
    options: RegistryOptions,
    events: Events,
    cache: Cache,
    logins: Logins,
    transport: OnceCell<Transport>,
    authorizations: Mutex<HashMap<Access, HeaderValue>>,
    /// Whether a host of this machine speaks http, asked once for each.
    plain: Mutex<HashMap<String, Arc<OnceCell<bool>>>>,
    slots: Semaphore,
}

/// What a login is good for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Access {
    pub(super) place: Place,
    /// Whether it may write.
    pub(super) push: bool,
}

/// A request, before it is known under which authorization and at which address it is sent.
pub(super) struct Call<'a> {
    pub(super) access: &'a Access,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) accept: &'a str,
    pub(super) content_type: &'a str,
    pub(super) body: Bytes,
}

impl<'a> Call<'a> {
    /// A request without a body.
    pub(super) fn new(access: &'a Access, method: Method, url: Url) -> Self {
        Self { access, method, url, accept: "*/*", content_type: "", body: Bytes::new() }
    }

    fn request(
        &self,
        url: &Url,
        authorization: Option<&HeaderValue>,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let mut builder = Request::builder()
            .method(self.method.clone())
            .uri(url.as_str())
            .header(USER_AGENT, PROGRAM)
            .header(ACCEPT, self.accept);
        if !self.content_type.is_empty() {
            builder = builder.header(CONTENT_TYPE, self.content_type);
        }
        if let Some(value) = authorization {
            builder = builder.header(AUTHORIZATION, value);
        }
        builder
            .body(Full::new(self.body.clone()))
            .map_err(|_| Failure::lasting(format!("an address at {} is not understood", authority(url))))
    }
}

/// An answer and who gave it.
pub(super) struct Answer {
    pub(super) response: Response<Incoming>,
    /// The host that answered, after redirects.
    pub(super) host: String,
    /// Whether that is the host that was asked.
    is_home: bool,
}

impl Answer {
    pub(super) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    fn is_denied(&self) -> bool {
        matches!(self.response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
    }

    /// How to log in, when that was the answer. Nobody but the registry itself may ask for its login.
    fn challenge(&self) -> Option<Challenge> {
        let values = self.headers().get_all(WWW_AUTHENTICATE).into_iter();
        (self.is_denied() && self.is_home)
            .then(|| Challenge::read(values.filter_map(|value| value.to_str().ok())))?
    }
}

impl Registry {
    /// Prepares a client; reads nothing and connects to nothing. `events` are told when it has to wait.
    pub fn new(options: RegistryOptions, events: Events) -> Self {
        let inner = Inner {
            cache: Cache::new(&options.cache_dir),
            logins: Logins::new(options.logins.clone(), options.timeouts.helper),
            transport: OnceCell::new(),
            authorizations: Mutex::default(),
            plain: Mutex::default(),
            slots: Semaphore::new(MOST_AT_ONCE),
            options,
            events,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The contents that are already on this machine.
    pub fn cache(&self) -> &Cache {
        &self.inner.cache
    }

    pub(super) fn options(&self) -> &RegistryOptions {
        &self.inner.options
    }

    pub(super) fn logins(&self) -> &Logins {
        &self.inner.logins
    }

    /// A place among those that may be busy at the same time.
    pub(super) async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.inner.slots.acquire().await.ok()
    }

    pub(super) fn retry(&self, tries: u32) -> Retry<'_> {
        Retry::new(tries, &self.inner.options.timeouts, &self.inner.events)
    }

    pub(super) async fn transport(&self) -> Result<&Transport, Failure> {
        self.inner.transport.get_or_try_init(|| async { Transport::new(&self.inner.options) }).await
    }

    /// The address below which a repository is.
    pub(super) async fn base(&self, place: &Place) -> Result<Url, Failure> {
        let scheme = if self.is_plain(&place.host).await? { "http" } else { "https" };
        Url::parse(&format!("{scheme}://{}/v2/{}/", place.host, place.path))
            .map_err(|error| Failure::lasting(format!("{} is not the name of a host: {error}", place.host)))
    }

    async fn is_plain(&self, host: &str) -> Result<bool, Failure> {
        if !is_loopback(host) {
            return Ok(false);
        }
        let answer = {
            let mut known = self.inner.plain.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(host.to_owned()).or_default())
        };
        let asked = answer.get_or_try_init(|| async { Ok(self.transport().await?.speaks_http(host).await) });
        asked.await.copied()
    }

    /// Sends a request, logging in when asked to. An answer with an error status is a failure.
    pub(super) async fn ask(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let known = self.authorization(call.access);
        let answer = self.follow(call, known.as_ref()).await?;
        let Some(challenge) = answer.challenge() else { return self.checked(answer).await };
        let refusal = self.refusal(answer).await;
        self.remember(call.access, None);
        let grant = self.log_in(call.access, challenge).await?;
        let Some(value) = grant.authorization.clone() else { return Err(grant.explain(refusal)) };
        let answer = self.follow(call, Some(&value)).await?;
        if answer.is_denied() {
            return Err(grant.explain(self.refusal(answer).await));
        }
        self.remember(call.access, Some(value));
        self.checked(answer).await
    }

    async fn checked(&self, answer: Answer) -> Result<Answer, Failure> {
        if answer.response.status().is_success() { Ok(answer) } else { Err(self.refusal(answer).await) }
    }

    async fn refusal(&self, answer: Answer) -> Failure {
        match self.transport().await {
            Ok(transport) => transport.refusal(&answer.host, answer.response).await,
            Err(failure) => failure,
        }
    }

    /// Sends a request and follows redirects. The authorization stays behind when the way leaves the registry, and
    /// does not come back with it.
    async fn follow(&self, call: &Call<'_>, authorization: Option<&HeaderValue>) -> Result<Answer, Failure> {
        let home = self.base(&call.access.place).await?;
        let mut url = call.url.clone();
        let mut is_home = true;
        for _ in 0..=MOST_REDIRECTS {
            let host = authority(&url);
            is_home &= url.origin() == home.origin();
            let request = call.request(&url, authorization.filter(|_| is_home))?;
            let response = self.transport().await?.send(request).await?;
            let Some(location) = redirect(&call.method, &response) else {
                return Ok(Answer { response, host, is_home });
            };
            url = next_address(&url, location)?;
        }
        Err(Failure::lasting(format!("{} redirects in circles", authority(&home))))
    }

    fn authorization(&self, access: &Access) -> Option<HeaderValue> {
        let known = self.inner.authorizations.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(access).cloned()
    }

    fn remember(&self, access: &Access, value: Option<HeaderValue>) {
        let mut known = self.inner.authorizations.lock().unwrap_or_else(PoisonError::into_inner);
        match value {
            Some(value) => known.insert(access.clone(), value),
            None => known.remove(access),
        };
    }
}

/// Where an answer sends us. What carries a body is only sent on by those statuses that say so.
pub(super) fn redirect<'a>(method: &Method, response: &'a Response<Incoming>) -> Option<&'a str> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let sends_on = match response.status().as_u16() {
        301..=303 => reads,
        307 | 308 => true,
        _ => false,
    };
    response.headers().get(LOCATION).filter(|_| sends_on)?.to_str().ok()
}

/// Resolves an address that a server named; refuses those that are not safe.
pub(super) fn next_address(from: &Url, location: &str) -> Result<Url, Failure> {
    let host = authority(from);
    let next = from
        .join(location)
        .map_err(|_| Failure::lasting(format!("{host} names an address that is not understood")))?;
    if is_safe(&host, &next) {
        return Ok(next);
    }
    Err(Failure::lasting(format!(
        "{host} sends us on to {}://{}, which is not https",
        next.scheme(),
        authority(&next)
    )))
}
