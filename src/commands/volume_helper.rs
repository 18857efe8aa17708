//! `devc volume-helper`: the program inside a helper's container. Nobody types it.

use crate::commands::context::Answer;
use crate::error::Result;
use crate::execute::volume_content;

/// Does what standard input says.
pub async fn run() -> Result<Answer> {
    volume_content::serve().await.map(|()| Answer::Exit(0))
}
