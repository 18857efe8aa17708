//! The cache under adversity: several at once, damaged files, kills.

use std::os::unix::fs::MetadataExt;

use crate::client::{Home, descriptor, publish, reference, told};
use crate::mock::{Mock, Reply};
use crate::server::{Server, Setup};
use devc::registry::media_type;

#[test]
fn many_may_fill_the_cache_at_once() {
    let (server, home, publisher) = (Server::start(Setup::Open), Home::new(), Home::new());
    let name = reference(&server.host(), "team/features/go:1");
    let layer = vec![7; 3_000_000];
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pushed = runtime().block_on(publish(&publisher.client(), &name, &layer));
    // No client knows of another one, as no process does.
    let start = std::sync::Barrier::new(6);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let client = home.client();
                start.wait();
                runtime().block_on(async {
                    client.manifest(&name).await.unwrap();
                    let blob = client.blob(&name, &pushed.layers[0]).await.unwrap();
                    assert!(blob.read().unwrap() == layer);
                });
            });
        }
    });
    let partial = home.path().join("cache/blobs/partial");
    assert_eq!(std::fs::read_dir(partial).unwrap().count(), 0);
    let kept = std::fs::metadata(home.client().cache().path(&pushed.layers[0].digest)).unwrap();
    assert_eq!((kept.len(), kept.mode() & 0o777), (3_000_000, 0o600));
}

#[tokio::test]
async fn a_flipped_bit_is_found_and_fetched_again() {
    let (server, home) = (Server::start(Setup::Open), Home::new());
    let name = reference(&server.host(), "team/features/go:1");
    let pushed = publish(&home.client(), &name, b"layer").await;
    let client = home.client();
    let layer = &pushed.layers[0];
    client.blob(&name, layer).await.unwrap();
    let manifest = client.manifest(&name).await.unwrap();
    for digest in [&layer.digest, &manifest.digest] {
        let path = client.cache().path(digest);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[2] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    let error = home.offline().blob(&name, layer).await.unwrap_err();
    assert!(told(&error).contains("not in the local cache"), "{}", told(&error));
    assert_eq!(client.blob(&name, layer).await.unwrap().read().unwrap(), b"layer");
    assert_eq!(client.manifest(&name.with_digest(manifest.digest.clone())).await.unwrap(), manifest);
    assert_eq!(home.offline().manifest(&name).await.unwrap(), manifest, "the cache is whole again");
}

#[tokio::test]
async fn what_arrives_truncated_or_changed_is_refused_and_not_kept() {
    for (reply, expected) in [
        (Reply::new(200, "layer").cut(3), "broke off in the middle"),
        (Reply::new(200, "lay"), "sent 3 of the 5 bytes"),
        (Reply::new(200, "jayer"), "the digest did not match"),
    ] {
        let home = Home::new();
        let mock = Mock::start(move |_, _| reply.clone());
        let layer = descriptor(media_type::LAYER, b"layer");
        let name = reference(&mock.host(), "a/b:1");
        let error = home.client().blob(&name, &layer).await.unwrap_err();
        assert!(told(&error).contains(expected), "{}", told(&error));
        assert_eq!(mock.lines("/blobs/").len(), 4, "it was tried again");
        assert!(home.client().cache().find(&layer.digest).is_none());
    }
}

#[tokio::test]
async fn a_download_that_is_truncated_once_succeeds_at_the_second_try() {
    let home = Home::new();
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let mock = Mock::start(move |_, _| {
        let first = tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        if first { Reply::new(200, "layer").cut(2) } else { Reply::new(200, "layer") }
    });
    let layer = descriptor(media_type::LAYER, b"layer");
    let blob = home.client().blob(&reference(&mock.host(), "a/b:1"), &layer).await.unwrap();
    assert_eq!(blob.read().unwrap(), b"layer");
}

#[tokio::test]
async fn more_than_was_announced_is_not_read() {
    let home = Home::new();
    let mock = Mock::start(|_, _| Reply::new(200, vec![b'x'; 1_000_000]));
    let layer = descriptor(media_type::LAYER, b"layer");
    let error = home.client().blob(&reference(&mock.host(), "a/b:1"), &layer).await.unwrap_err();
    assert!(told(&error).contains("longer than the 5 bytes"), "{}", told(&error));
}
