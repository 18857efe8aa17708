//! What buildx says about itself and its builders.

use std::process::Stdio;

use tokio::process::Command;

use super::Buildx;

impl Buildx {
    /// Its version, such as `0.13.1+ds1`; else why it tells none.
    pub async fn version(&self) -> Result<String, String> {
        let text = self.ask(&["version"]).await?;
        // `github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3`
        text.split_whitespace().nth(1).map(str::to_owned).ok_or_else(|| "it tells no version".to_owned())
    }

    /// What it says about a builder; about the one in use where none is named.
    pub async fn inspect_builder(&self, name: Option<&str>) -> Result<String, String> {
        let words: Vec<&str> = std::iter::once("inspect").chain(name).collect();
        self.ask(&words).await
    }

    /// Runs it; what it says when it fails is the error.
    pub async fn ask(&self, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.program);
        command
            .args(self.prefix)
            .args(words)
            .env("DOCKER_HOST", &self.engine)
            .env_remove("DOCKER_CONTEXT")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output =
            command.output().await.map_err(|error| format!("{}: {error}", self.program.display()))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}
