//! Registries with troubles of their own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use devc::ErrorKind;
use devc::event::{Event, Events, Listener};
use devc::registry::{Registry, RegistryOptions};

use crate::client::{Home, feature, reference, told, with};
use crate::mock::{Mock, Reply};

/// Keeps what is said to everybody.
#[derive(Default)]
struct Notices {
    texts: Mutex<Vec<String>>,
}

impl Listener for Notices {
    fn on_event(&self, event: &Event) {
        if let Event::Notice { text, .. } = event {
            self.texts.lock().unwrap().push(text.clone());
        }
    }
}

/// A registry that answers with `reply` so many times before it serves a manifest.
fn failing(times: usize, reply: fn() -> Reply) -> Mock {
    let asked = AtomicUsize::new(0);
    Mock::start(move |_, _| match asked.fetch_add(1, Ordering::SeqCst) {
        count if count < times => reply(),
        _ => Reply::new(200, feature(b"layer").to_bytes()),
    })
}

async fn error_of(mock: &Mock) -> devc::Error {
    Home::new().client().manifest(&reference(&mock.host(), "a/b:1")).await.unwrap_err()
}

#[tokio::test]
async fn troubles_that_pass_are_waited_for() {
    let cases: [fn() -> Reply; 4] = [
        || Reply::new(503, ""),
        || Reply::new(500, ""),
        || Reply::new(429, ""),
        || Reply::new(200, "{").cut(0),
    ];
    for reply in cases {
        let mock = failing(2, reply);
        Home::new().client().manifest(&reference(&mock.host(), "a/b:1")).await.unwrap();
        assert_eq!(mock.received().len(), 3);
    }
}

#[tokio::test]
async fn waiting_is_told() {
    let mock = failing(2, || Reply::new(503, ""));
    let notices = Arc::new(Notices::default());
    let client = Registry::new(Home::new().options(), Events::new(notices.clone()));
    client.manifest(&reference(&mock.host(), "a/b:1")).await.unwrap();
    let expected =
        |wait| format!("{} answered 503 Service Unavailable. Trying again in {wait} s.", mock.host());
    assert_eq!(*notices.texts.lock().unwrap(), [expected("0.005"), expected("0.01")]);
}

#[tokio::test]
async fn a_registry_that_asks_for_patience_gets_it() {
    let mock = failing(1, || Reply::new(429, "").header("Retry-After", "1"));
    let begin = Instant::now();
    Home::new().client().manifest(&reference(&mock.host(), "a/b:1")).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));
    let mock = failing(1, || Reply::new(429, "").header("Retry-After", "3600"));
    let told = told(&error_of(&mock).await);
    assert!(told.contains("429 Too Many Requests") && told.contains("limits how often"), "{told}");
    assert_eq!(mock.received().len(), 1, "an hour is too long");
}

#[tokio::test]
async fn troubles_that_stay_are_told() {
    let cases: [(u16, usize, ErrorKind, &str); 5] = [
        (401, 1, ErrorKind::Registry, "docker login"),
        (403, 1, ErrorKind::Registry, "docker login"),
        (404, 1, ErrorKind::NotFound, "Check the name and the version"),
        (429, 4, ErrorKind::Registry, "limits how often"),
        (503, 4, ErrorKind::Registry, "try again later"),
    ];
    for (status, tries, kind, hint) in cases {
        let message = r#"{"errors":[{"code":"X","message":"said so"}]}"#;
        let mock = Mock::start(move |_, _| Reply::new(status, message));
        let error = error_of(&mock).await;
        let told = told(&error);
        assert_eq!((error.kind(), mock.received().len()), (kind, tries), "{told}");
        let expected = [&status.to_string(), "said so", hint, "could not fetch the manifest of 127.0.0.1:"];
        assert!(expected.iter().all(|part| told.contains(part)), "{told}");
    }
}

#[tokio::test]
async fn a_registry_that_is_down_or_silent_is_not_waited_for_without_end() {
    let name = reference("127.0.0.1:1", "a/b:1");
    let told_down = told(&Home::new().client().manifest(&name).await.unwrap_err());
    assert!(told_down.contains("127.0.0.1:1 could not be reached"), "{told_down}");
    assert!(told_down.contains("refused"), "{told_down}");

    let mock = Mock::start(|_, _| {
        std::thread::sleep(Duration::from_secs(30));
        Reply::new(200, "")
    });
    let home = Home::new();
    let mut options: RegistryOptions = home.options();
    options.timeouts.connect = Duration::from_millis(50);
    options.timeouts.silence = Duration::from_millis(100);
    let begin = Instant::now();
    let error = with(options).manifest(&reference(&mock.host(), "a/b:1")).await.unwrap_err();
    assert!(told(&error).contains("did not answer within"), "{}", told(&error));
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn manifests_that_are_not_what_they_claim_are_refused() {
    let wrong = format!("sha256:{}", "0".repeat(64));
    let digest = wrong.clone();
    let mock = Mock::start(move |_, _| {
        Reply::new(200, feature(b"x").to_bytes()).header("Docker-Content-Digest", digest.clone())
    });
    assert!(told(&error_of(&mock).await).contains("the digest did not match"));
    let mock = Mock::start(|_, _| Reply::new(200, feature(b"x").to_bytes()));
    let by_digest = reference(&mock.host(), &format!("a/b@{wrong}"));
    let error = Home::new().client().manifest(&by_digest).await.unwrap_err();
    assert!(told(&error).contains("the digest did not match"));
    let mock = Mock::start(|_, _| Reply::new(200, "<html>Welcome to the hotel's network</html>"));
    assert!(told(&error_of(&mock).await).contains("a manifest that is not understood: it is not JSON"));
    let mock = Mock::start(|_, _| Reply::new(200, vec![b' '; 5_000_000]));
    assert!(told(&error_of(&mock).await).contains("more than 4 MiB"));
}

#[tokio::test]
async fn tags_come_from_all_pages() {
    let mock = Mock::start(|request, _| {
        let page = |tags: &str| Reply::new(200, format!("{{\"name\":\"a/b\",\"tags\":[{tags}]}}"));
        match request.line.as_str() {
            "GET /v2/a/b/tags/list" => {
                page("\"1\",\"2\"").header("Link", "</v2/a/b/tags/list?n=2&last=2>; rel=\"next\"")
            }
            "GET /v2/a/b/tags/list?n=2&last=2" => page("\"3\""),
            _ => Reply::new(404, ""),
        }
    });
    let tags = Home::new().client().tags(&reference(&mock.host(), "a/b:1")).await.unwrap();
    assert_eq!(tags, ["1", "2", "3"]);
}

#[tokio::test]
async fn downloads_at_once_are_bounded() {
    let (now, most) = (AtomicUsize::new(0), std::sync::Arc::new(AtomicUsize::new(0)));
    let seen = std::sync::Arc::clone(&most);
    let mock = Mock::start(move |_, _| {
        seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(50));
        now.fetch_sub(1, Ordering::SeqCst);
        Reply::new(200, feature(b"layer").to_bytes())
    });
    let home = Home::new();
    let client = home.client();
    let tasks: Vec<_> = (0..24)
        .map(|n| {
            let (client, name) = (client.clone(), reference(&mock.host(), &format!("a/f{n}:1")));
            tokio::spawn(async move { client.manifest(&name).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let most = most.load(Ordering::SeqCst);
    assert!((2..=8).contains(&most), "{most} at once");
}
