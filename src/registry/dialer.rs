//! Connections: straight or through a proxy, and what is trusted on them.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tower_service::Service;

use crate::registry::place::is_loopback;
use crate::registry::{Proxies, Timeouts};

type BoxError = Box<dyn StdError + Send + Sync>;

/// Opens the connections below TLS.
#[derive(Clone)]
pub(super) struct Dialer {
    direct: HttpConnector,
    proxies: Arc<Matcher>,
}

impl Dialer {
    pub(super) fn new(proxies: &Proxies, timeouts: &Timeouts) -> Self {
        let mut direct = HttpConnector::new();
        direct.enforce_http(false);
        direct.set_nodelay(true);
        direct.set_connect_timeout(Some(timeouts.connect));
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let proxies = Matcher::builder().https(text(&proxies.https)).no(text(&proxies.none_for)).build();
        Self { direct, proxies: Arc::new(proxies) }
    }

    /// This machine is never reached through a proxy.
    fn proxy(&self, target: &Uri) -> Option<Intercept> {
        let is_near = target.host().is_some_and(is_loopback);
        self.proxies.intercept(target).filter(|_| !is_near)
    }
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.direct.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        match self.proxy(&target) {
            None => {
                let connecting = self.direct.call(target);
                Box::pin(async move { Ok(connecting.await?) })
            }
            Some(proxy) => through(&proxy, self.direct.clone(), target),
        }
    }
}

fn through(proxy: &Intercept, direct: HttpConnector, target: Uri) -> <Dialer as Service<Uri>>::Future {
    let kind = proxy.uri().scheme_str().unwrap_or_default().to_owned();
    match kind.as_str() {
        "http" => through_http(proxy, direct, target),
        "socks5" | "socks5h" => through_socks(proxy, direct, target),
        _ => Box::pin(async move { Err(format!("proxies of kind {kind}:// are not supported").into()) }),
    }
}

fn through_http(proxy: &Intercept, direct: HttpConnector, target: Uri) -> <Dialer as Service<Uri>>::Future {
    let mut tunnel = Tunnel::new(proxy.uri().clone(), direct);
    if let Some(login) = proxy.basic_auth() {
        tunnel = tunnel.with_auth(login.clone());
    }
    let connecting = tunnel.call(target);
    Box::pin(async move { connecting.await.map_err(|error| format!("through the proxy: {error}").into()) })
}

/// Names are resolved by the proxy, which may know more of them.
fn through_socks(proxy: &Intercept, direct: HttpConnector, target: Uri) -> <Dialer as Service<Uri>>::Future {
    let mut socks = SocksV5::new(proxy.uri().clone(), direct).local_dns(false);
    if let Some((user, password)) = proxy.raw_auth() {
        socks = socks.with_auth(user.to_owned(), password.to_owned());
    }
    let connecting = socks.call(target);
    Box::pin(async move { connecting.await.map_err(|error| format!("through the proxy: {error}").into()) })
}

/// Trusts what this machine trusts, and `extra` (PEM).
pub(super) fn tls(extra: &[String]) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for text in extra {
        let certificates = CertificateDer::pem_slice_iter(text.as_bytes()).filter_map(Result::ok);
        roots.add_parsable_certificates(certificates);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_for_https_to_other_machines() {
        let proxies = Proxies {
            https: Some("http://user:pass@proxy.example:3128".into()),
            none_for: Some("internal.example".into()),
        };
        let dialer = Dialer::new(&proxies, &Timeouts::default());
        let proxy = |target: &'static str| dialer.proxy(&Uri::from_static(target));
        let intercept = proxy("https://ghcr.io/v2/").unwrap();
        assert_eq!(intercept.uri().host(), Some("proxy.example"));
        assert!(intercept.basic_auth().is_some());
        for direct in ["https://localhost:5000/", "https://[::1]:5000/", "https://r.internal.example/"] {
            assert!(proxy(direct).is_none(), "{direct}");
        }
    }
}
