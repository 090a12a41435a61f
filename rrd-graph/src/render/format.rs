//! What every output format implements.

use crate::font::Fonts;
use crate::scene::Scene;

/// An output format for pictures.
pub trait Render {
    /// Why a picture cannot be written.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Renders the picture in this format.
    fn render(&self, scene: &Scene, fonts: &Fonts) -> Result<Vec<u8>, Self::Error>;
}
