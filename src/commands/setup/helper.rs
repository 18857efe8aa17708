//! Images of helpers: made when a volume needs one, so there is nothing to set up, but something to take back.

use super::SetupArgs;
use crate::commands::Context;
use crate::engine::Engine;
use crate::error::Result;
use crate::execute::volume_content::remove_helper_images;

/// Removes the images.
pub(super) struct HelperStep {
    engine: Engine,
    images: Vec<String>,
}

impl HelperStep {
    /// The images that there are; `None` without any, or without an engine that could have some.
    pub async fn to_undo(args: &SetupArgs, context: &Context) -> Option<Self> {
        let engine = context.engine(&args.engine).ok()?;
        let images = engine.helper_images(i64::MAX).await.ok()?;
        (!images.is_empty()).then_some(Self { engine, images })
    }

    /// What it does.
    pub fn sentence(&self) -> String {
        format!("Remove what devc works on volumes with: image {}.", self.images.join(", image "))
    }

    /// Does it. An image that is at work stays.
    pub async fn carry_out(&self) -> Result<()> {
        remove_helper_images(&self.engine, i64::MAX).await.map(drop)
    }
}
