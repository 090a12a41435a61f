//! Charts of which a test knows every pixel.

use rrd_core::{Step, TimeRange, Timestamp};
use rrd_graph::{Chart, Color, Extent, Role, Samples, ValueScale};

/// The pixels of a PNG.
pub(crate) struct Pixels {
    pub(crate) width: usize,
    pub(crate) rgb: Vec<[u8; 3]>,
}

pub(crate) fn pixels(chart: &Chart) -> Pixels {
    let bytes = chart.to_png().unwrap();
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    let size = info.color_type.samples();
    let rgb = data.chunks_exact(size).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Pixels { width: usize::try_from(info.width).unwrap(), rgb }
}

impl Pixels {
    pub(crate) fn at(&self, x: usize, y: usize) -> [u8; 3] {
        self.rgb[y * self.width + x]
    }
}

pub(crate) const RED: Color = Color::rgb(200, 0, 0);
pub(crate) const BLUE: Color = Color::rgb(0, 0, 200);

pub(crate) const CLEAR: Color = Color::rgba(0, 0, 0, 0);

/// A bare canvas of 100 x 100 pixels over 100 seconds and values 0 to 100, without a grid.
pub(crate) fn bare() -> Chart {
    let scale = ValueScale::default().limits(0.0, 100.0).rigid(true);
    Chart::new(TimeRange::from_seconds(0, 100))
        .extent(Extent::Bare)
        .size(100, 100)
        .scale(scale)
        .color(Role::MajorGrid, CLEAR)
}

pub(crate) fn ten_seconds(values: &[f64]) -> Samples {
    Samples::new(Timestamp::from_seconds(0), Step::from_seconds(10).unwrap(), values)
}
