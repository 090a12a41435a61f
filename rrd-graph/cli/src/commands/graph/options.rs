//! The options of `graph` and `graphv`: one item an option, with its names, its help and its
//! effect.

use rrd_core::number;
use rrd_graph::data::Missing;
use rrd_graph::window;
use rrd_graph::{Autoscale, Base, Extent, Join, LegendDirection, LegendPosition, Theme, ValueGrid};

use super::grid;
use super::image_format::ImageFormat;
use super::picture::Picture;
use super::style;
use super::values::{GraphRefusal, choice, formatter, limit, pixels, real};
use crate::failure::text;
use crate::leading_number::leading_decimal;
use crate::options::OptionSpec;

/// Every option, in the order of the help.
pub(super) const OPTIONS: &[OptionSpec<Picture>] = &[
    OptionSpec::start(|picture, time| {
        picture.start = window::parse_start(text(time)?)?;
        Ok(())
    }),
    OptionSpec::end(|picture, time| {
        picture.end = window::parse_end(text(time)?)?;
        Ok(())
    }),
    OptionSpec::value(
        Some('S'),
        "step",
        "SECONDS",
        "The least length of a row that is drawn.",
        |picture, length| {
            picture.step = leading_decimal(text(length)?).max(0).unsigned_abs();
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('t'),
        "title",
        "TEXT",
        "The lines above the canvas.",
        |picture, title| {
            picture.text(title, |chart, title| {
                let lines = title.replace("\\n", "\n").replace("<br>", "\n").replace("<br/>", "\n");
                chart.title(lines)
            })
        },
    ),
    OptionSpec::value(
        Some('v'),
        "vertical-label",
        "TEXT",
        "The text along the left axis.",
        |picture, label| picture.text(label, |chart, label| chart.vertical_label(label)),
    ),
    OptionSpec::value(
        Some('w'),
        "width",
        "PIXELS",
        "The width of the canvas, 400 by default.",
        |picture, width| {
            picture.width = pixels(text(width)?).ok_or(GraphRefusal::Width)?;
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('h'),
        "height",
        "PIXELS",
        "The height of the canvas, 100 by default.",
        |picture, height| {
            picture.height = pixels(text(height)?).ok_or(GraphRefusal::Height)?;
            Ok(())
        },
    ),
    OptionSpec::flag(
        Some('j'),
        "only-graph",
        "Draw the canvas and nothing around it.",
        |picture, _| {
            picture.extent = Extent::Bare;
            Ok(())
        },
    ),
    OptionSpec::flag(
        Some('D'),
        "full-size-mode",
        "Make width and height those of the whole picture.",
        |picture, _| {
            if picture.extent == Extent::Canvas {
                picture.extent = Extent::Picture;
            }
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('u'),
        "upper-limit",
        "VALUE",
        "The upper end of the value axis, unless values are above.",
        |picture, value| {
            picture.scale.upper = limit('u', text(value)?)?;
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('l'),
        "lower-limit",
        "VALUE",
        "The lower end of the value axis, unless values are below.",
        |picture, value| {
            picture.scale.lower = limit('l', text(value)?)?;
            Ok(())
        },
    ),
    OptionSpec::flag(
        Some('r'),
        "rigid",
        "Keep the limits even if values are outside.",
        |picture, _| {
            picture.scale.rigid = true;
            Ok(())
        },
    ),
    OptionSpec::flag(None, "allow-shrink", "Shorten a rigid axis to its values.", |picture, _| {
        picture.scale.shrink = true;
        Ok(())
    }),
    OptionSpec::flag(
        Some('A'),
        "alt-autoscale",
        "Fit the axis to the values plus a tenth, for small changes of large values.",
        |picture, _| {
            picture.scale.autoscale = Autoscale::Tight;
            Ok(())
        },
    ),
    OptionSpec::flag(
        Some('J'),
        "alt-autoscale-min",
        "The same for the lower end alone.",
        |picture, _| {
            if picture.scale.autoscale != Autoscale::Tight {
                picture.scale.autoscale = Autoscale::TightLower;
            }
            Ok(())
        },
    ),
    OptionSpec::flag(
        Some('M'),
        "alt-autoscale-max",
        "The same for the upper end alone.",
        |picture, _| {
            if picture.scale.autoscale == Autoscale::Round {
                picture.scale.autoscale = Autoscale::TightUpper;
            }
            Ok(())
        },
    ),
    OptionSpec::flag(
        Some('N'),
        "no-gridfit",
        "Accepted without effect: grid lines are always sharp.",
        |_, _| Ok(()),
    ),
    OptionSpec::value(
        Some('x'),
        "x-grid",
        "none|GRID",
        "The time axis: UNIT:N:UNIT:N:UNIT:N:SPAN:FORMAT for lines, bold lines and labels.",
        |picture, grid| {
            picture.time_grid = grid::time(&picture.codeset.decode(grid))?;
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "week-fmt",
        "FORMAT",
        "The labels of weeks, in the format of strftime.",
        |picture, format| {
            picture.week_format = Some(picture.codeset.decode(format).into_owned());
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('y'),
        "y-grid",
        "none|STEP:N",
        "A line at each multiple of the step, a label at each Nth line.",
        |picture, grid| {
            picture.scale.grid = grid::value(text(grid)?)?;
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "left-axis-formatter",
        "numeric|timestamp|duration",
        "What the values of the left axis are.",
        |picture, name| {
            picture.left.formatter = formatter(text(name)?, "left")?;
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "left-axis-format",
        "FORMAT",
        "The format of the labels of the left axis: %s is the unit prefix of each, %S that of all.",
        |picture, format| {
            picture.left.format = picture.codeset.decode(format).into_owned();
            Ok(())
        },
    ),
    OptionSpec::flag(
        Some('Y'),
        "alt-y-grid",
        "More grid lines, for axes that do not begin at zero.",
        |picture, _| {
            if picture.scale.grid == ValueGrid::Auto {
                picture.scale.grid = ValueGrid::Dense;
            }
            Ok(())
        },
    ),
    OptionSpec::flag(Some('o'), "logarithmic", "A logarithmic value axis.", |picture, _| {
        picture.scale.logarithmic = true;
        Ok(())
    }),
    OptionSpec::value(
        Some('X'),
        "units-exponent",
        "N",
        "The power of ten that labels are scaled by.",
        |picture, exponent| {
            let exponent = i32::try_from(leading_decimal(text(exponent)?)).ok();
            picture.scale.exponent = exponent.filter(|exponent| *exponent != 9999);
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('L'),
        "units-length",
        "LETTERS",
        "The room for the numbers of the value axis.",
        |picture, letters| {
            let letters = u32::try_from(leading_decimal(text(letters)?)).unwrap_or(0);
            picture.label_letters = Some(letters);
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "units",
        "si",
        "SI prefixes at a logarithmic axis.",
        |picture, units| match text(units)? {
            _ if picture.si_logarithm => Err(GraphRefusal::Twice("--units").into()),
            "si" => {
                picture.si_logarithm = true;
                Ok(())
            }
            units => Err(GraphRefusal::Units(units.to_owned()).into()),
        },
    ),
    OptionSpec::value(
        None,
        "right-axis",
        "SCALE:SHIFT",
        "An axis at the right for the values of the left one, scaled and shifted.",
        |picture, axis| {
            picture.right_axis = Some(grid::right_axis(text(axis)?)?);
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "right-axis-label",
        "TEXT",
        "The text along the right axis.",
        |picture, label| picture.text(label, |chart, label| chart.right_label(label)),
    ),
    OptionSpec::value(
        None,
        "right-axis-formatter",
        "numeric|timestamp|duration",
        "What the values of the right axis are.",
        |picture, name| {
            picture.right.formatter = formatter(text(name)?, "right")?;
            Ok(())
        },
    ),
    OptionSpec::value(
        None,
        "right-axis-format",
        "FORMAT",
        "The format of the labels of the right axis: %s is the unit prefix of each, %S that of all.",
        |picture, format| {
            picture.right.format = picture.codeset.decode(format).into_owned();
            Ok(())
        },
    ),
    OptionSpec::flag(Some('g'), "no-legend", "No legend.", |picture, _| {
        picture.no_legend = true;
        Ok(())
    }),
    OptionSpec::flag(
        Some('F'),
        "force-rules-legend",
        "Keep the legends of rules that are outside of the picture.",
        |picture, _| picture.change(|chart| chart.keep_rule_legends(true)),
    ),
    OptionSpec::value(
        None,
        "legend-position",
        "north|south|west|east",
        "The side of the legend.",
        |picture, side| {
            let side = choice(
                text(side)?,
                &[
                    ("north", LegendPosition::North),
                    ("south", LegendPosition::South),
                    ("west", LegendPosition::West),
                    ("east", LegendPosition::East),
                ],
                GraphRefusal::Legend,
            )?;
            picture.change(|chart| chart.legend_position(side))
        },
    ),
    OptionSpec::value(
        None,
        "legend-direction",
        "topdown|bottomup|bottomup2",
        "The order of the legend's lines.",
        |picture, direction| {
            let direction = choice(
                text(direction)?,
                &[
                    ("topdown", LegendDirection::TopDown),
                    ("bottomup", LegendDirection::BottomUp),
                    ("bottomup2", LegendDirection::BottomUpSeries),
                ],
                GraphRefusal::Legend,
            )?;
            picture.change(|chart| chart.legend_direction(direction))
        },
    ),
    OptionSpec::flag(
        Some('z'),
        "lazy",
        "Keep the file if it is newer than one column of the picture.",
        |picture, _| {
            picture.lazy = true;
            Ok(())
        },
    ),
    OptionSpec::daemon(|picture, address| match picture.daemon.replace(address.to_owned()) {
        None => Ok(()),
        Some(_) => Err(GraphRefusal::DaemonTwice.into()),
    }),
    OptionSpec::value(
        Some('f'),
        "imginfo",
        "FORMAT",
        "Print the file's name, width and height in this format of %s, %lu and %lu.",
        |picture, format| {
            let format = picture.codeset.decode(format);
            picture.image_info = Some(style::ImageInfo::parse(&format)?);
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('c'),
        "color",
        "PART#RRGGBB[AA]",
        "The colour of BACK, CANVAS, SHADEA, SHADEB, GRID, MGRID, FONT, AXIS, FRAME or ARROW.",
        |picture, color| {
            let (part, color) = style::color(text(color)?)?;
            picture.change(|chart| chart.color(part, color))
        },
    ),
    OptionSpec::value(
        None,
        "grid-dash",
        "ON:OFF",
        "The lengths of the grid's dashes and gaps.",
        |picture, dash| {
            let (on, off) = grid::dash(text(dash)?)?;
            picture.change(|chart| chart.grid_dash(on, off))
        },
    ),
    OptionSpec::value(
        None,
        "border",
        "PIXELS",
        "The width of the raised border, 0 for none.",
        |picture, width| {
            let width = number::seconds_to_f64(leading_decimal(text(width)?));
            picture.change(|chart| chart.border(width))
        },
    ),
    OptionSpec::flag(
        None,
        "dynamic-labels",
        "Show lines as strokes in the legend.",
        |picture, _| picture.change(|chart| chart.line_samples(true)),
    ),
    OptionSpec::value(
        Some('m'),
        "zoom",
        "FACTOR",
        "Draw the picture larger by this factor.",
        |picture, factor| {
            let zoom = real('m', text(factor)?)?;
            if zoom.is_nan() || zoom <= 0.0 {
                return Err(GraphRefusal::Zoom.into());
            }
            picture.zoom = zoom;
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('n'),
        "font",
        "PART:SIZE[:FONT]",
        "The font of DEFAULT, TITLE, AXIS, UNIT, LEGEND or WATERMARK; a file for letters it lacks.",
        |picture, font| Ok(picture.fonts.choose(font)?),
    ),
    OptionSpec::value(
        Some('R'),
        "font-render-mode",
        "normal|light|mono",
        "Accepted without effect: text is always smooth.",
        |_, mode| {
            let modes = [("normal", ()), ("light", ()), ("mono", ())];
            Ok(choice(text(mode)?, &modes, GraphRefusal::FontRenderMode)?)
        },
    ),
    OptionSpec::value(
        Some('B'),
        "font-smoothing-threshold",
        "SIZE",
        "Accepted without effect: small text is smooth, too.",
        |_, size| text(size).map(drop).map_err(Into::into),
    ),
    OptionSpec::flag(
        Some('P'),
        "pango-markup",
        "Read texts as Pango markup, such as <b>, <i>, <u> and <span color=...>.",
        |picture, _| {
            picture.markup = true;
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('G'),
        "graph-render-mode",
        "normal|mono",
        "Smooth edges (normal) or hard ones (mono).",
        |picture, mode| {
            let modes = [("normal", false), ("mono", true)];
            picture.mono = choice(text(mode)?, &modes, GraphRefusal::GraphRenderMode)?;
            Ok(())
        },
    ),
    OptionSpec::flag(
        Some('E'),
        "slope-mode",
        "Join values by slopes instead of steps.",
        |picture, _| picture.change(|chart| chart.join(Join::BeveledSteps)),
    ),
    OptionSpec::value(
        Some('a'),
        "imgformat",
        "FORMAT",
        "PNG, SVG, PDF, XML, XMLENUM, JSON, JSONTIME, CSV, TSV or SSV.",
        |picture, name| {
            let format = ImageFormat::named(text(name)?);
            picture.format = Some(format.map_err(GraphRefusal::Format)?);
            Ok(())
        },
    ),
    OptionSpec::flag(
        Some('i'),
        "interlaced",
        "Accepted without effect: pictures are never interlaced.",
        |_, _| Ok(()),
    ),
    OptionSpec::value(
        Some('T'),
        "tabwidth",
        "PIXELS",
        "The distance of tab stops in the legend, 40 by default.",
        |picture, width| {
            let width = real('T', text(width)?)?;
            picture.change(|chart| chart.tab_width(width))
        },
    ),
    OptionSpec::value(
        Some('b'),
        "base",
        "1000|1024",
        "The factor between unit prefixes.",
        |picture, base| {
            picture.scale.base = match leading_decimal(text(base)?) {
                1000 => Base::Decimal,
                1024 => Base::Binary,
                _ => return Err(GraphRefusal::Base.into()),
            };
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('W'),
        "watermark",
        "TEXT",
        "A faint text at the lower edge.",
        |picture, text| picture.text(text, |chart, text| chart.watermark(text)),
    ),
    OptionSpec::flag(
        Some('Z'),
        "use-nan-for-all-missing-data",
        "Draw series that cannot be read as unknown.",
        |picture, _| {
            picture.missing = Missing::Unknown;
            Ok(())
        },
    ),
    OptionSpec::flag(
        None,
        "add-jsontime",
        "Print the values as JSON, too (graphv).",
        |picture, _| {
            if picture.add_json_time {
                return Err(GraphRefusal::Twice("--add-jsontime").into());
            }
            picture.add_json_time = true;
            Ok(())
        },
    ),
    OptionSpec::flag(None, "utc", "Label the time axis in UTC.", |picture, _| {
        picture.utc = true;
        Ok(())
    }),
    OptionSpec::flag(
        Some('I'),
        "no-minor",
        "No faint grid lines between the labelled ones.",
        |picture, _| picture.change(|chart| chart.minor_grid(false)),
    ),
    OptionSpec::flag(
        None,
        "disable-rrdtool-tag",
        "No margin at the right, where RRDtool has its name.",
        |picture, _| picture.change(|chart| chart.right_margin(false)),
    ),
    OptionSpec::flag(None, "alt-y-mrtg", "Accepted without effect, as in RRDtool.", |_, _| Ok(())),
    OptionSpec::value(None, "graph-type", "TIME", "Accepted: TIME is the only type.", |_, name| {
        match text(name)? {
            "TIME" => Ok(()),
            "XY" => Err(GraphRefusal::XyDiagram.into()),
            other => Err(GraphRefusal::GraphType(other.to_owned()).into()),
        }
    }),
    // Not in RRDtool.
    OptionSpec::value(
        None,
        "theme",
        "light|dark|auto",
        "The colours; with auto an SVG follows the viewer's setting.",
        |picture, name| {
            let themes = [("light", Theme::Light), ("dark", Theme::Dark), ("auto", Theme::Auto)];
            let theme = choice(text(name)?, &themes, GraphRefusal::Theme)?;
            picture.change(|chart| chart.theme(theme))
        },
    ),
];
