//! What is put on top of a base: Features where there are some, and the metadata label.

use crate::archive::Package;
use crate::build::BuildContext;
use crate::error::Result;
use crate::recipe::dockerfile::{self, Labelled};
use crate::recipe::features::{
    CONTENT_CONTEXT, FeatureRecipe, SHARED_FOLDER, features_on_dockerfile, features_on_image,
};

/// The uppermost part of an image.
pub(super) struct Top {
    pub recipe: FeatureRecipe,
    /// The folders that the Features are installed from, by name; none without Features.
    pub content: Vec<(String, Package)>,
}

impl Top {
    pub fn on_dockerfile(&self, text: &str, target: Option<&str>) -> Result<Labelled> {
        match self.recipe.layers.is_empty() {
            true => dockerfile::with_metadata_label(text, target, &self.recipe.label),
            false => features_on_dockerfile(text, target, &self.recipe),
        }
    }

    pub fn on_image(&self, image: &str) -> Result<Labelled> {
        match self.recipe.layers.is_empty() {
            true => Ok(dockerfile::labelled_image(image, &self.recipe.label)),
            false => features_on_image(image, &self.recipe),
        }
    }

    /// What people call the instructions, by a text that only they hold.
    pub fn names(&self) -> Vec<(String, String)> {
        let mark = |folder: &str| format!("from={CONTENT_CONTEXT},source={folder},");
        let layers = self.recipe.layers.iter();
        let layers = layers.map(|layer| (mark(&layer.folder), format!("Feature {}", layer.id)));
        layers.chain([(mark(SHARED_FOLDER), "Home folders for Features".to_owned())]).collect()
    }

    pub fn contexts(self) -> Vec<(String, BuildContext)> {
        match self.content.is_empty() {
            true => Vec::new(),
            false => vec![(CONTENT_CONTEXT.to_owned(), BuildContext::Packages(self.content))],
        }
    }
}
