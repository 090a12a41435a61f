//! What every output format implements.

use crate::font::Fonts;
use crate::scene::Scene;

/// An output format for pictures.
pub trait Render {
    /// Why a picture cannot be written.
    type Error;

    /// Renders the picture in this format.
    fn render(&self, scene: &Scene, fonts: &Fonts) -> Result<Vec<u8>, Self::Error>;
}
