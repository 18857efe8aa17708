//! What this machine trusts beyond the public certificate authorities, and the proxies it goes through.
//!
//! Behind a TLS-inspecting proxy every download inside a container fails until the container trusts the
//! company's own authority too. The host already does, so what it trusts is handed on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::host::Environment;

/// Where administrators put additional authorities: Debian, Fedora/RHEL, SUSE, Arch.
const ANCHOR_FOLDERS: [&str; 4] = [
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/pki/trust/anchors",
    "/etc/ca-certificates/trust-source/anchors",
];

/// Where the whole bundle is: Debian and Arch, Fedora/RHEL, SUSE, macOS and BSD.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Where Debian keeps the public authorities as it ships them.
const SHIPPED: &str = "/usr/share/ca-certificates";

/// The variables that name a proxy; each is looked up in upper and lower case.
const PROXY_VARIABLES: [&str; 5] = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/// What builds and containers need in order to reach the network as this machine does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostTrust {
    /// The certificates (PEM) that this machine trusts in addition to the public ones.
    pub extra: Vec<String>,
    /// All certificates (PEM) that this machine trusts, the additional ones included. Empty when there are no
    /// additional ones: then the container's own bundle is as good.
    pub bundle: String,
    /// Proxy variables, in the spelling in which they are set.
    pub proxies: Vec<(String, String)>,
}

impl HostTrust {
    /// Reads certificates and proxies of this machine. Files that cannot be read count as absent.
    pub fn gather(environment: &Environment) -> Self {
        let bundle_text = bundle_path(environment).and_then(|path| std::fs::read_to_string(path).ok());
        let bundle = certificates(&bundle_text.unwrap_or_default());
        let mut extra: Vec<String> =
            ANCHOR_FOLDERS.iter().flat_map(|folder| certificates_below(Path::new(folder))).collect();
        extra.extend(not_shipped(&bundle, Path::new(SHIPPED)));
        extra.extend(environment.ca_file.iter().flat_map(|path| certificates_in(path)));
        Self::assemble(bundle, extra, proxies(environment))
    }

    /// Whether there is nothing to hand on.
    pub fn is_empty(&self) -> bool {
        self.extra.is_empty() && self.proxies.is_empty()
    }

    fn assemble(bundle: Vec<String>, extra: Vec<String>, proxies: Vec<(String, String)>) -> Self {
        let mut seen = BTreeSet::new();
        let extra: Vec<String> = extra.into_iter().filter(|pem| seen.insert(pem.clone())).collect();
        if extra.is_empty() {
            return Self { proxies, ..Self::default() };
        }
        let known: BTreeSet<&String> = bundle.iter().collect();
        let missing = extra.iter().filter(|pem| !known.contains(pem)).cloned().collect::<String>();
        Self { bundle: bundle.concat() + &missing, extra, proxies }
    }
}

fn bundle_path(environment: &Environment) -> Option<PathBuf> {
    let named = environment.get_non_empty("SSL_CERT_FILE").map(PathBuf::from);
    named.into_iter().chain(BUNDLES.iter().map(PathBuf::from)).find(|path| path.is_file())
}

/// The certificates of a bundle that the distribution did not ship. Only Debian and its relatives keep the
/// shipped ones as single files; without them nothing can be said.
fn not_shipped(bundle: &[String], shipped: &Path) -> Vec<String> {
    let public: BTreeSet<String> = certificates_below(shipped).into_iter().collect();
    if public.is_empty() {
        return Vec::new();
    }
    bundle.iter().filter(|pem| !public.contains(*pem)).cloned().collect()
}

fn certificates_below(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .flat_map(|path| {
            if path.is_dir() {
                return certificates_below(path);
            }
            certificates_in(path)
        })
        .collect()
}

fn certificates_in(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).map(|text| certificates(&text)).unwrap_or_default()
}

/// The PEM blocks of a text, each in one spelling (no comments, `\n` line ends), so that equal ones compare equal.
fn certificates(text: &str) -> Vec<String> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    text.split(BEGIN)
        .skip(1)
        .filter_map(|rest| rest.split_once(END))
        .map(|(body, _)| {
            let lines: Vec<&str> = body.split_whitespace().collect();
            format!("{BEGIN}\n{}\n{END}\n", lines.join("\n"))
        })
        .collect()
}

fn proxies(environment: &Environment) -> Vec<(String, String)> {
    PROXY_VARIABLES
        .iter()
        .flat_map(|name| [(*name).to_owned(), name.to_lowercase()])
        .filter_map(|name| {
            let value = environment.get_non_empty(&name)?.to_owned();
            Some((name, value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "-----BEGIN CERTIFICATE-----\nAAAA\nBBBB\n-----END CERTIFICATE-----\n";
    const B: &str = "-----BEGIN CERTIFICATE-----\nCCCC\n-----END CERTIFICATE-----\n";

    #[test]
    fn certificates_compare_equal_whatever_surrounds_them() {
        let text = format!("# a comment\r\n{}\ntrailing {B}", A.replace('\n', "\r\n"));
        assert_eq!(certificates(&text), [A, B]);
        assert!(certificates("-----BEGIN CERTIFICATE-----\ncut off").is_empty());
    }

    #[test]
    fn what_the_distribution_did_not_ship_is_extra() {
        let shipped = tempfile::tempdir().unwrap();
        std::fs::create_dir(shipped.path().join("mozilla")).unwrap();
        std::fs::write(shipped.path().join("mozilla/a.crt"), A).unwrap();
        assert_eq!(not_shipped(&[A.into(), B.into()], shipped.path()), [B]);
        assert!(not_shipped(&[A.into()], Path::new("/nonexistent")).is_empty());
    }

    #[test]
    fn certificates_that_the_user_names_are_trusted_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("company.pem");
        std::fs::write(&file, A).unwrap();
        let mut environment = Environment::default();
        environment.ca_file = Some(file);
        let trust = HostTrust::gather(&environment);
        assert!(trust.extra.contains(&A.to_owned()) && trust.bundle.contains(A));
    }

    #[test]
    fn the_bundle_holds_every_extra_certificate_once() {
        let trust = HostTrust::assemble(vec![A.into()], vec![B.into(), B.into()], Vec::new());
        assert_eq!(trust.extra, [B]);
        assert_eq!(trust.bundle, format!("{A}{B}"));
        assert!(HostTrust::assemble(vec![A.into()], Vec::new(), Vec::new()).bundle.is_empty());
    }
}
