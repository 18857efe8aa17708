//! Archives at plain addresses: no registry, no login.

use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ETAG, HeaderMap, IF_NONE_MATCH, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode};
use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::registry::failure::{Failure, Remedy};
use crate::registry::place::is_loopback;
use crate::registry::session::{MOST_REDIRECTS, PROGRAM, next_address, redirect};
use crate::registry::transport::{authority, is_safe};
use crate::registry::{Blob, Digest, Registry};

/// The most that is downloaded from an address, in bytes. Features are a few kilobytes; some carry programs.
const LARGEST: u64 = 512 * 1024 * 1024;
const TRIES: u32 = 4;

impl Registry {
    /// What is at an address: https, or http on this machine. Nobody gets a login, not even one that the address holds.
    ///
    /// `expected` is the digest that it must have; when that is cached, nobody is asked. Without it the server is asked
    /// whether it still has what is cached.
    ///
    /// Fails with [`ErrorKind::NotFound`] when nothing is there, with [`ErrorKind::Config`] for any other kind of address.
    pub async fn download(&self, address: &str, expected: Option<&Digest>) -> Result<Blob> {
        let address = usable(address)?;
        let doing = || format!("could not download {}", shown(&address));
        let known = match expected {
            Some(digest) => self.cache().find(digest),
            None => {
                self.cache().at_address(&address).map(|(blob, _)| blob).filter(|_| self.options().offline)
            }
        };
        if let Some(blob) = known {
            return Ok(blob);
        }
        self.refuse_offline(&doing)?;
        let mut retry = self.retry(TRIES);
        loop {
            match self.try_download(&address, expected).await {
                Ok(blob) => return Ok(blob),
                Err(failure) => retry.pause(failure).await.map_err(|failure| failure.into_error(doing()))?,
            }
        }
    }

    async fn try_download(&self, address: &Url, expected: Option<&Digest>) -> Result<Blob, Failure> {
        let _slot = self.slot().await;
        let (cached, mark) = self.cache().at_address(address).filter(|_| expected.is_none()).unzip();
        let mark = mark.filter(|mark| !mark.is_empty());
        let (host, response) = self.get_anywhere(address, mark.as_deref()).await?;
        match (response.status(), cached) {
            (StatusCode::NOT_MODIFIED, Some(blob)) => Ok(blob),
            (status, _) if status.is_success() => self.keep(address, expected, &host, response).await,
            _ => Err(advise(self.transport().await?.refusal(&host, response).await)),
        }
    }

    /// Asks for an address and follows redirects; also says who answered.
    async fn get_anywhere(
        &self,
        address: &Url,
        mark: Option<&str>,
    ) -> Result<(String, Response<Incoming>), Failure> {
        let mut url = address.clone();
        for _ in 0..=MOST_REDIRECTS {
            let mut request = Request::get(url.as_str()).header(USER_AGENT, PROGRAM);
            if let Some(mark) = mark {
                request = request.header(IF_NONE_MATCH, mark);
            }
            let request = request.body(Full::default());
            let request = request.map_err(|_| Failure::lasting("the address is not understood"))?;
            let response = self.transport().await?.send(request).await?;
            let Some(location) = redirect(&Method::GET, &response) else {
                return Ok((authority(&url), response));
            };
            url = without_login(next_address(&url, location)?);
        }
        Err(Failure::lasting(format!("{} redirects in circles", authority(address))))
    }

    async fn keep(
        &self,
        address: &Url,
        expected: Option<&Digest>,
        host: &str,
        response: Response<Incoming>,
    ) -> Result<Blob, Failure> {
        let mark = mark(response.headers());
        let mut body = response.into_body();
        let mut partial = self.cache().receive(expected, None)?;
        while let Some(bytes) = self.transport().await?.next(host, &mut body).await? {
            partial.write(&bytes)?;
            if partial.received() > LARGEST {
                return Err(Failure::lasting(format!("{host} sends more than {} MiB", LARGEST >> 20)));
            }
        }
        let blob = partial.finish(host)?;
        self.cache().note_address(address, blob.digest(), &mark);
        Ok(blob)
    }
}

fn usable(text: &str) -> Result<Url> {
    let wrong = |reason: String| {
        Error::new(ErrorKind::Config, "this is no address to download from")
            .because(reason)
            .hint("Use an address that begins with https://.")
    };
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    let near = url.host_str().filter(|host| is_loopback(host)).unwrap_or_default();
    if is_safe(near, &url) {
        return Ok(without_login(url));
    }
    Err(wrong(format!("{} is not reached by https", shown(&url))))
}

fn without_login(mut url: Url) -> Url {
    // These fail for addresses without a host only, which are refused.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// Without its query, which may hold a secret.
fn shown(address: &Url) -> String {
    format!("{}://{}{}", address.scheme(), authority(address), address.path())
}

fn mark(headers: &HeaderMap) -> String {
    headers.get(ETAG).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// A plain server is no registry: there is nothing to log in to.
fn advise(failure: Failure) -> Failure {
    match failure.remedy {
        Remedy::Login => failure.hint_instead(
            "Publish the archive in a registry, or where everybody may read it: plain addresses get no login.",
        ),
        Remedy::Absent => failure.hint_instead("Check the address for a typing mistake."),
        Remedy::Retry(_) => failure.hint_instead("Try again later: the server is not well, or is asked too often."),
        Remedy::Nothing => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_https_or_on_this_machine() {
        for fine in
            ["https://x.example/a.tgz", "http://localhost:1/a", "http://127.0.0.1/a", "http://[::1]:5/"]
        {
            assert!(usable(fine).is_ok(), "{fine}");
        }
        for wrong in
            ["http://x.example/", "ftp://localhost/", "file:///etc/passwd", "x", "http://localhost.x/"]
        {
            assert_eq!(usable(wrong).unwrap_err().kind(), ErrorKind::Config, "{wrong}");
        }
    }

    #[test]
    fn what_is_shown_holds_no_secret() {
        let url = usable("https://me:hunter2@x.example:8/a.tgz?sig=hunter2#hunter2").unwrap();
        assert_eq!(shown(&url), "https://x.example:8/a.tgz");
        assert!(!url.as_str().contains("me:"));
    }
}
