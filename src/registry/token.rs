//! Logging in: a password for the registry itself, or a token from its login server.

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::registry::Registry;
use crate::registry::challenge::Challenge;
use crate::registry::failure::{Failure, Remedy};
use crate::registry::logins::Login;
use crate::registry::session::Access;
use crate::registry::transport::{authority, is_safe, retry_after};

/// How login servers know us. The reference CLI's name, since some have lists.
const CLIENT_ID: &str = "devcontainer";

/// What logging in came to.
#[derive(Default)]
pub(super) struct Grant {
    /// The value of the `Authorization` header.
    pub(super) authorization: Option<HeaderValue>,
    note: Option<String>,
    hint: Option<String>,
}

impl Grant {
    /// Adds to a refusal why we had no better login.
    pub(super) fn explain(self, refusal: Failure) -> Failure {
        let refusal = self.note.into_iter().fold(refusal, Failure::and);
        self.hint.into_iter().fold(refusal, Failure::hint)
    }

    fn with(authorization: Option<String>) -> Self {
        let value = authorization.and_then(|text| HeaderValue::from_str(&text).ok()).map(|mut value| {
            value.set_sensitive(true);
            value
        });
        Self { authorization: value, ..Self::default() }
    }
}

/// A login server and what we want of it.
struct TokenRequest {
    realm: Url,
    service: String,
    scope: String,
}

impl Registry {
    /// Logs in as the registry asks.
    pub(super) async fn log_in(&self, access: &Access, challenge: Challenge) -> Result<Grant, Failure> {
        match challenge {
            Challenge::Basic => Ok(self.with_password(&access.place.host).await),
            Challenge::Bearer { realm, service, scope } => {
                let realm = self.login_server(access, &realm).await?;
                self.with_token(access, TokenRequest { realm, service, scope }).await
            }
        }
    }

    async fn with_password(&self, host: &str) -> Grant {
        let found = self.logins().find(host).await;
        let unfit = matches!(found.login, Some(Login::Identity { .. }));
        let unfit =
            unfit.then(|| "the stored login is an identity token, and a password is asked for".to_owned());
        let basic = found.login.as_ref().and_then(Login::basic);
        Grant { note: found.problem.or(unfit), ..Grant::with(basic) }
    }

    async fn login_server(&self, access: &Access, realm: &str) -> Result<Url, Failure> {
        let host = &access.place.host;
        let unusable = |what: &str| Failure::lasting(format!("{host} names a login server {what}"));
        let realm =
            self.base(&access.place).await?.join(realm).map_err(|_| unusable("that is not understood"))?;
        if is_safe(host, &realm) { Ok(realm) } else { Err(unusable("that is not reached by https")) }
    }

    async fn with_token(&self, access: &Access, request: TokenRequest) -> Result<Grant, Failure> {
        let host = &access.place.host;
        let found = self.logins().find(host).await;
        let server = authority(&request.realm);
        let is_same = self.base(&access.place).await?.host_str() == request.realm.host_str();
        let may_have_it = is_same || self.options().login_servers.allows(host, &server);
        let login = found.login.as_ref().filter(|_| may_have_it);
        let token = self.token(&request, login).await?;
        let mut grant = Grant { note: found.problem, ..Grant::with(Some(format!("Bearer {token}"))) };
        if found.login.is_some() && !may_have_it {
            grant.note = Some(format!("your login for {host} was not sent to {server}, another host"));
            grant.hint = Some(format!(
                "If {server} is the login server of {host}, say so with --allow-cross-origin-auth-host {host}={server}."
            ));
        }
        Ok(grant)
    }

    /// Gets a token. A login that is refused is not the end: what is public needs none.
    async fn token(&self, request: &TokenRequest, login: Option<&Login>) -> Result<String, Failure> {
        match self.token_once(request, login).await {
            Err(failure) if failure.remedy == Remedy::Login && login.is_some() => {
                self.token_once(request, None).await.map_err(|_| failure)
            }
            result => result,
        }
    }

    /// Asks once, following no redirects: the login is for this server alone.
    async fn token_once(&self, request: &TokenRequest, login: Option<&Login>) -> Result<String, Failure> {
        let server = authority(&request.realm);
        let transport = self.transport().await?;
        let response = transport.send(request.with(login)?).await?;
        if !response.status().is_success() {
            // Its own words could repeat the login.
            let wait = retry_after(response.headers());
            return Err(Failure::status(&server, response.status(), wait, "").and("it is the login server"));
        }
        let text = transport.text(&server, response.into_body()).await?;
        let answer: Answer = serde_json::from_slice(&text).unwrap_or_default();
        let token = [answer.token, answer.access_token].into_iter().find(|token| !token.is_empty());
        token.ok_or_else(|| Failure::lasting(format!("the login server {server} gave no token")))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    token: String,
    access_token: String,
}

impl TokenRequest {
    fn with(&self, login: Option<&Login>) -> Result<Request<Full<Bytes>>, Failure> {
        match login {
            Some(Login::Identity { token }) => self.exchange(token),
            other => self.plain(other.and_then(Login::basic)),
        }
        .map_err(|_| Failure::lasting(format!("a request to {} could not be made", authority(&self.realm))))
    }

    fn plain(&self, basic: Option<String>) -> hyper::http::Result<Request<Full<Bytes>>> {
        let mut url = self.realm.clone();
        for (name, value) in self.parameters() {
            url.query_pairs_mut().append_pair(name, value);
        }
        let mut builder = Request::get(url.as_str()).header(USER_AGENT, CLIENT_ID);
        if let Some(basic) = basic {
            builder = builder.header(AUTHORIZATION, basic);
        }
        builder.body(Full::default())
    }

    fn exchange(&self, token: &str) -> hyper::http::Result<Request<Full<Bytes>>> {
        let form = Serializer::new(String::new())
            .append_pair("client_id", CLIENT_ID)
            .append_pair("grant_type", "refresh_token")
            .extend_pairs(self.parameters())
            .append_pair("refresh_token", token)
            .finish();
        Request::post(self.realm.as_str())
            .header(USER_AGENT, CLIENT_ID)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(form)))
    }

    fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let service = Some(("service", self.service.as_str())).filter(|(_, value)| !value.is_empty());
        service.into_iter().chain(self.scope.split_whitespace().map(|scope| ("scope", scope)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> TokenRequest {
        TokenRequest {
            realm: Url::parse("https://login.example/token?x=1").unwrap(),
            service: "registry.example".into(),
            scope: "repository:a/b:pull repository:c:pull".into(),
        }
    }

    #[test]
    fn a_password_travels_in_the_header_and_not_in_the_address() {
        let login = Login::Password { user: "me".into(), password: "hunter2".into() };
        let sent = request().with(Some(&login)).unwrap();
        assert_eq!(
            sent.uri(),
            "https://login.example/token?x=1&service=registry.example&scope=repository%3Aa%2Fb%3Apull&scope=repository%3Ac%3Apull"
        );
        assert_eq!(sent.headers()[AUTHORIZATION], "Basic bWU6aHVudGVyMg==");
        assert!(request().with(None).unwrap().headers().get(AUTHORIZATION).is_none());
    }

    #[test]
    fn an_identity_token_is_posted() {
        let sent = request().with(Some(&Login::Identity { token: "hunter2".into() })).unwrap();
        assert_eq!(sent.method(), "POST");
        assert!(!sent.uri().to_string().contains("hunter2"));
    }
}
