//! A command line of `graph` or `graphv`, read.

use std::ffi::{OsStr, OsString};

use rrd_graph::Codeset;
use rrd_graph::number_format::DurationFormatError;

use super::image_format::ImageFormat;
use super::labels::AxisFormat;
use super::options::OPTIONS;
use super::picture::Picture;
use super::values::GraphRefusal;
use crate::context::Context;
use crate::failure::Failure;
use crate::options;

/// What a command line asks for.
#[derive(Debug)]
pub(super) struct CommandLine {
    pub(super) picture: Picture,
    pub(super) left: Option<AxisFormat>,
    pub(super) right: Option<AxisFormat>,
    /// The first word that is no option.
    pub(super) file: OsString,
    pub(super) format: ImageFormat,
    /// The codeset in which texts are printed.
    pub(super) printed: Codeset,
    /// The words after the file.
    pub(super) elements: Vec<OsString>,
}

impl CommandLine {
    pub(super) fn read(arguments: &[OsString], context: &Context<'_>) -> Result<Self, Failure> {
        let default_font = context.environment.settings.default_font.as_deref();
        let codeset = context.environment.codeset();
        let mut picture = Picture::new(default_font.and_then(OsStr::to_str), codeset)?;
        let words = options::parse(arguments, OPTIONS, &mut picture)?;
        if picture.scale.logarithmic && picture.scale.lower.is_some_and(|limit| limit <= 0.0) {
            return Err(GraphRefusal::LowerLimit.into());
        }
        let (left, right) = (picture.left.parse()?, picture.right.parse()?);
        let Some((file, elements)) = words.split_first() else {
            return Err(GraphRefusal::NoFile.into());
        };
        let of_file = || ImageFormat::of_file(file, context.defaults);
        let format = picture.format.unwrap_or_else(of_file);
        picture.check_size(format)?;
        let elements = elements.iter().map(|word| (*word).to_owned()).collect();
        let printed = codeset.of_answer(arguments);
        Ok(Self { picture, left, right, file: OsString::from(file), format, printed, elements })
    }

    /// What is wrong with the labels of an axis although there can be a picture without them.
    pub(super) fn label_fault(&self) -> Option<DurationFormatError> {
        [&self.left, &self.right].into_iter().flatten().find_map(AxisFormat::fault)
    }
}
