use std::{env, error::Error};

use tiny_http::Server;
use word_count::service::serve;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let port = env::var("PORT").unwrap_or_else(|_| "8080".to_owned());
    let server = Server::http(format!("0.0.0.0:{port}"))?;
    eprintln!("listening on {}", server.server_addr());
    Ok(serve(&server)?)
}
