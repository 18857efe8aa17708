//! The service as its callers meet it.

use std::{sync::Arc, thread};

use serde_json::{json, Value};
use tiny_http::Server;
use word_count::service::serve;

/// Serves on a free port as long as the closure runs.
fn with_service(ask: impl FnOnce(&str)) {
    let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
    let address = format!("http://{}", server.server_addr());
    let service = thread::spawn({
        let server = Arc::clone(&server);
        move || serve(&server)
    });
    ask(&address);
    server.unblock();
    service.join().unwrap().unwrap();
}

#[test]
fn the_service_is_healthy() {
    with_service(|address| {
        let answer: Value = ureq::get(&format!("{address}/health")).call().unwrap().into_json().unwrap();
        assert_eq!(answer, json!({ "status": "ok" }));
    });
}

#[test]
fn words_of_a_text_are_counted() {
    with_service(|address| {
        let answer = ureq::post(&format!("{address}/count")).send_string("so so long").unwrap();
        assert_eq!(
            answer.into_json::<Value>().unwrap(),
            json!([{ "word": "so", "count": 2 }, { "word": "long", "count": 1 }]),
        );
    });
}

#[test]
fn what_is_no_text_is_refused() {
    with_service(|address| {
        let refused = ureq::post(&format!("{address}/count")).send_bytes(&[0xff]).unwrap_err();
        assert_eq!(refused.into_response().unwrap().status(), 400);
    });
}
