//! How colours look to people, for tests: the difference between two of them, and what is left of
//! it without one kind of cone.

use rrd_core::number::{arc_tangent_of, cosine, exponential, power, sine};

use super::Color;

/// Lightness, and the axes from green to red and from blue to yellow: CIE L\*a\*b\*, white D65.
pub(crate) type Lab = [f64; 3];

/// Colour vision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vision {
    /// With three kinds of cones.
    Usual,
    /// Without those for long waves.
    Protanopia,
    /// Without those for middle waves.
    Deuteranopia,
    /// Without those for short waves.
    Tritanopia,
}

impl Vision {
    pub(crate) const ALL: [Self; 4] =
        [Self::Usual, Self::Protanopia, Self::Deuteranopia, Self::Tritanopia];

    /// What linear red, green and blue are seen as.
    ///
    /// Source: G. Machado, M. Oliveira, L. Fernandes: "A Physiologically-based Model for Simulation
    /// of Color Vision Deficiency", IEEE TVCG 15(6), 2009; the matrices of severity 1.0.
    const fn matrix(self) -> [[f64; 3]; 3] {
        match self {
            Self::Usual => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            Self::Protanopia => [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
            Self::Deuteranopia => [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
            Self::Tritanopia => [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        }
    }

    /// An opaque colour as it is seen.
    pub(crate) fn sees(self, color: Color) -> Lab {
        let light = linear(color);
        lab(self.matrix().map(|row| dot(row, light).clamp(0.0, 1.0)))
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Linear red, green and blue of sRGB (IEC 61966-2-1).
fn linear(color: Color) -> [f64; 3] {
    [color.red, color.green, color.blue].map(|part| {
        let share = f64::from(part) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { power((share + 0.055) / 1.055, 2.4) }
    })
}

/// A colour over an opaque ground.
pub(crate) fn blended(color: Color, ground: Color) -> Color {
    let part = |over: u8, under: u8| {
        let alpha = u32::from(color.alpha);
        u8::try_from((u32::from(over) * alpha + u32::from(under) * (255 - alpha) + 127) / 255)
            .unwrap()
    };
    Color::rgb(
        part(color.red, ground.red),
        part(color.green, ground.green),
        part(color.blue, ground.blue),
    )
}

/// The contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio").
pub(crate) fn contrast(a: Color, b: Color) -> f64 {
    let luminance = |color| dot([0.2126, 0.7152, 0.0722], linear(color)) + 0.05;
    let (a, b) = (luminance(a), luminance(b));
    a.max(b) / a.min(b)
}

fn lab(light: [f64; 3]) -> Lab {
    let x = dot([0.412_456_4, 0.357_576_1, 0.180_437_5], light) / 0.950_47;
    let y = dot([0.212_672_9, 0.715_152_2, 0.072_175_0], light);
    let z = dot([0.019_333_9, 0.119_192_0, 0.950_304_1], light) / 1.088_83;
    let [x, y, z] = [x, y, z].map(|value| {
        if value > 216.0 / 24_389.0 {
            power(value, 1.0 / 3.0)
        } else {
            (24_389.0 / 27.0 * value + 16.0) / 116.0
        }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The difference of two colours, CIEDE2000: 1 is just noticeable.
///
/// Source: G. Sharma, W. Wu, E. Dalal: "The CIEDE2000 Color-Difference Formula: Implementation
/// Notes, Supplementary Test Data, and Mathematical Observations", 2005.
pub(crate) fn difference(one: Lab, other: Lab) -> f64 {
    let length = |a: f64, b: f64| (a * a + b * b).sqrt();
    let saturated = |chroma: f64| {
        let seventh = power(chroma, 7.0);
        (seventh / (seventh + power(25.0, 7.0))).sqrt()
    };
    let mean = f64::midpoint(length(one[1], one[2]), length(other[1], other[2]));
    let stretch = 1.0 + 0.5 * (1.0 - saturated(mean));
    let polar = |[_, a, b]: Lab| {
        let a = a * stretch;
        let hue = arc_tangent_of(b, a).to_degrees();
        (length(a, b), if hue < 0.0 { hue + 360.0 } else { hue })
    };
    let ((chroma, hue), (other_chroma, other_hue)) = (polar(one), polar(other));
    let is_grey = chroma * other_chroma == 0.0;
    let turn = match other_hue - hue {
        _ if is_grey => 0.0,
        turn if turn > 180.0 => turn - 360.0,
        turn if turn < -180.0 => turn + 360.0,
        turn => turn,
    };
    let mean_hue = match hue + other_hue {
        sum if is_grey => sum,
        sum if (hue - other_hue).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => f64::midpoint(sum, 360.0),
        sum => f64::midpoint(sum, -360.0),
    };
    let mean_chroma = f64::midpoint(chroma, other_chroma);
    let cos = |degrees: f64| cosine(degrees.to_radians());
    let hues = 1.0 - 0.17 * cos(mean_hue - 30.0)
        + 0.24 * cos(2.0 * mean_hue)
        + 0.32 * cos(3.0 * mean_hue + 6.0)
        - 0.20 * cos(4.0 * mean_hue - 63.0);
    let off = f64::midpoint(one[0], other[0]) - 50.0;
    let off = off * off;
    let lightness = (other[0] - one[0]) / (1.0 + 0.015 * off / (20.0 + off).sqrt());
    let chroma_part = (other_chroma - chroma) / (1.0 + 0.045 * mean_chroma);
    let chord = 2.0 * (chroma * other_chroma).sqrt() * sine((turn / 2.0).to_radians());
    let hue_part = chord / (1.0 + 0.015 * mean_chroma * hues);
    let bend = (mean_hue - 275.0) / 25.0;
    let rotation = 2.0 * 30.0 * exponential(-bend * bend);
    let rotation = -sine(rotation.to_radians()) * 2.0 * saturated(mean_chroma);
    (lightness * lightness
        + chroma_part * chroma_part
        + hue_part * hue_part
        + rotation * chroma_part * hue_part)
        .sqrt()
}

#[test]
fn differences_are_those_of_the_published_test_data() {
    let pairs: [(Lab, Lab, f64); 20] = [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 3.1571, -77.2803], [50.0, 0.0, -82.7485], 2.8615),
        ([50.0, 2.8361, -74.0200], [50.0, 0.0, -82.7485], 3.4412),
        ([50.0, -1.3802, -84.2814], [50.0, 0.0, -82.7485], 1.0000),
        ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
        ([50.0, 2.4900, -0.0010], [50.0, -2.4900, 0.0009], 7.1792),
        ([50.0, 2.4900, -0.0010], [50.0, -2.4900, 0.0011], 7.2195),
        ([50.0, -0.0010, 2.4900], [50.0, 0.0009, -2.4900], 4.8045),
        ([50.0, -0.0010, 2.4900], [50.0, 0.0011, -2.4900], 4.7461),
        ([50.0, 2.5, 0.0], [50.0, 0.0, -2.5], 4.3065),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([50.0, 2.5, 0.0], [61.0, -5.0, 29.0], 22.8977),
        ([50.0, 2.5, 0.0], [56.0, -27.0, -3.0], 31.9030),
        ([50.0, 2.5, 0.0], [58.0, 24.0, 15.0], 19.4535),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
        ([63.0109, -31.0961, -5.8663], [62.8187, -29.7946, -4.0864], 1.2630),
        ([22.7233, 20.0904, -46.6940], [23.0331, 14.9730, -42.5619], 2.0373),
        ([36.4612, 47.8580, 18.3852], [36.2715, 50.5065, 21.2231], 1.4146),
        ([90.8027, -2.0831, 1.4410], [91.1528, -1.6435, 0.0447], 1.4441),
        ([2.0776, 0.0795, -1.1350], [0.9033, -0.0636, -0.5514], 0.9082),
    ];
    for (one, other, expected) in pairs {
        for found in [difference(one, other), difference(other, one)] {
            assert!((found - expected).abs() < 0.000_05, "{one:?} {other:?}: {found}");
        }
    }
}
