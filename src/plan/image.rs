//! Which image a new container needs, and how to come by it.

use crate::features::Planned;
use crate::features::order::RequestedBy;
use crate::plan::PlanLine;
use crate::project::{ImageBase, ImageBuild};

/// What happens before there can be a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageDecision {
    /// The image is here.
    Use {
        /// Its name.
        image: String,
    },
    /// It has to be fetched.
    Pull {
        /// Its name.
        image: String,
    },
    /// It has to be built. Steps that are in the engine's cache cost nothing.
    Build(ImageBuild),
}

/// Decides for an image configuration by whether the image is here. A Dockerfile is always built, since only the
/// builder's own cache knows what is still good.
pub fn decide_image(image: &str, is_local: bool) -> ImageDecision {
    let image = image.to_owned();
    if is_local { ImageDecision::Use { image } } else { ImageDecision::Pull { image } }
}

/// The Features that are installed on the way, to be shown in their order.
pub fn feature_lines(order: &[Planned]) -> Vec<PlanLine> {
    let line = |planned: &Planned| {
        let cause = match planned.by {
            RequestedBy::Configuration => "devcontainer.json asks for it",
            RequestedBy::CommandLine => "--additional-features asks for it",
            RequestedBy::Feature => "another Feature depends on it",
        };
        PlanLine::new("install-feature", &planned.id, cause)
    };
    order.iter().map(line).collect()
}

impl ImageDecision {
    /// The name of the image that results.
    pub fn image(&self) -> &str {
        match self {
            Self::Use { image } | Self::Pull { image } => image,
            Self::Build(build) => build.name(),
        }
    }

    /// The step to show; none when nothing is done.
    pub fn line(&self) -> Option<PlanLine> {
        match self {
            Self::Use { .. } => None,
            Self::Pull { image } => Some(PlanLine::new("pull-image", image, "it is not on this engine")),
            Self::Build(build) => {
                let cause = match &build.base {
                    ImageBase::Image(image) => format!("Features are installed on {image}"),
                    ImageBase::Dockerfile(build) => {
                        format!("a new container needs the image of {}", build.dockerfile.display())
                    }
                };
                Some(PlanLine::new("build-image", self.image(), cause))
            }
        }
    }
}
