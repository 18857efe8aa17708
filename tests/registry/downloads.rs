//! Archives at plain addresses.

use devc::ErrorKind;
use devc::registry::Digest;

use crate::client::{Home, told};
use crate::mock::{Mock, Reply};

const ARCHIVE: &str = "/x/devcontainer-feature-go.tgz";

/// Serves one archive with a mark, and says when it is still the same.
fn archive() -> Mock {
    Mock::start(|request, _| match request.headers.get("if-none-match").map(String::as_str) {
        _ if !request.line.ends_with(ARCHIVE) => Reply::new(404, ""),
        Some("\"one\"") => Reply::new(304, ""),
        _ => Reply::new(200, "archive").header("ETag", "\"one\""),
    })
}

#[tokio::test]
async fn an_archive_is_fetched_once_and_then_only_asked_for() {
    let (mock, home) = (archive(), Home::new());
    let address = format!("http://{}{ARCHIVE}", mock.host());
    for _ in 0..2 {
        let blob = home.client().download(&address, None).await.unwrap();
        assert_eq!(blob.read().unwrap(), b"archive");
    }
    let marks: Vec<bool> =
        mock.received().iter().map(|request| request.headers.contains_key("if-none-match")).collect();
    assert_eq!(marks, [false, true]);

    let pinned = Digest::of(b"archive");
    home.client().download(&address, Some(&pinned)).await.unwrap();
    home.offline().download(&address, None).await.unwrap();
    home.offline().download("http://localhost:1/never-seen", Some(&pinned)).await.unwrap();
    assert_eq!(mock.received().len(), 2, "what is pinned or offline asks nobody");
    let error = home.offline().download("http://localhost:1/never-seen", None).await.unwrap_err();
    assert!(told(&error).contains("--offline forbids"), "{}", told(&error));
}

#[tokio::test]
async fn another_archive_than_the_pinned_one_is_refused_and_not_kept() {
    let (mock, home) = (archive(), Home::new());
    let address = format!("http://{}{ARCHIVE}", mock.host());
    let error = home.client().download(&address, Some(&Digest::of(b"other"))).await.unwrap_err();
    assert!(told(&error).contains("the digest did not match"), "{}", told(&error));
    assert!(home.client().cache().find(&Digest::of(b"archive")).is_none());
    assert!(home.offline().download(&address, None).await.is_err());
}

#[tokio::test]
async fn redirects_are_followed_and_nobody_gets_a_login() {
    let mock = Mock::start(|request, port| match request.line.as_str() {
        "GET /a" => Reply::new(302, "").header("Location", format!("http://you:pw@localhost:{port}/b?sig=1")),
        "GET /b?sig=1" => Reply::new(200, "archive"),
        _ => Reply::new(302, "").header("Location", "/circle"),
    });
    let config = format!(r#"{{"auths":{{"{}":{{"auth":"bWU6cGFzcw=="}}}}}}"#, mock.host());
    let client = Home::with_logins(&config).client();
    let blob = client.download(&format!("http://me:hunter2@{}/a", mock.host()), None).await.unwrap();
    assert_eq!(blob.read().unwrap(), b"archive");
    assert!(mock.received().iter().all(|request| request.authorization().is_empty()));
    let error = client.download(&format!("http://{}/circle", mock.host()), None).await.unwrap_err();
    assert!(told(&error).contains("redirects in circles"), "{}", told(&error));
}

#[tokio::test]
async fn troubles_name_the_address_and_what_to_do() {
    let cases = [
        (401, ErrorKind::Registry, 1, "plain addresses get no login"),
        (404, ErrorKind::NotFound, 1, "Check the address"),
        (429, ErrorKind::Registry, 4, "Try again later"),
        (503, ErrorKind::Registry, 4, "Try again later"),
    ];
    for (status, kind, tries, advice) in cases {
        let mock = Mock::start(move |_, _| Reply::new(status, ""));
        let address = format!("http://{}/a.tgz?sig=hunter2", mock.host());
        let error = Home::new().client().download(&address, None).await.unwrap_err();
        let told = told(&error);
        assert_eq!((error.kind(), mock.received().len()), (kind, tries), "{told}");
        let summary = format!("could not download http://{}/a.tgz", mock.host());
        assert!(told.starts_with(&format!("{summary}\n")) && told.contains(advice), "{told}");
        assert!(!told.contains("hunter2") && !told.contains("docker login"), "{told}");
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_is_begun_again_and_leaves_nothing() {
    let mock = Mock::start(|_, _| Reply::new(200, "archive").cut(3));
    let home = Home::new();
    let error = home.client().download(&format!("http://{}/a.tgz", mock.host()), None).await.unwrap_err();
    assert!(told(&error).contains("broke off in the middle"), "{}", told(&error));
    assert_eq!(mock.received().len(), 4);
    let left: Vec<_> = walk(&home.path().join("cache"));
    assert!(left.is_empty(), "{left:?}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
