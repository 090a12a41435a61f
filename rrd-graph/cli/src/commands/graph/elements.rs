//! What the statements of a command line draw.

use rrd_graph::evaluate::{EvaluateError, Evaluated, Shown};
use rrd_graph::statement::{Operand, Statement, TickLength};
use rrd_graph::texts::{Texts, cut};
use rrd_graph::{Chart, Curve, Element, Marks, Rule, Samples, sound_markup};

/// The longest text of the legend, in bytes.
const MAX_LEGEND_LENGTH: usize = 200;

/// A chart with what the statements draw.
pub(super) fn draw(
    mut chart: Chart,
    markup: bool,
    statements: &[Statement],
    evaluated: &Evaluated,
    texts: &Texts,
) -> Result<Chart, EvaluateError> {
    let painter = Painter { markup, evaluated };
    let mut printed = texts.legend.iter();
    for statement in statements {
        let text = match statement {
            Statement::LegendPrint(_) => printed.next().map_or("", String::as_str),
            _ => "",
        };
        if let Some(element) = painter.element(statement, text)? {
            chart = chart.draw(element);
        }
    }
    Ok(chart)
}

struct Painter<'a> {
    markup: bool,
    evaluated: &'a Evaluated,
}

impl Painter<'_> {
    /// What a statement draws, if it draws.
    fn element(
        &self,
        statement: &Statement,
        printed: &str,
    ) -> Result<Option<Element>, EvaluateError> {
        Ok(Some(match statement {
            Statement::Line(line) => {
                let mut curve = Curve::line(self.samples(&line.value)?)
                    .width(line.width)
                    .legend(self.legend(&line.legend));
                if line.color.is_some() || line.legend.is_empty() {
                    curve = curve.color(line.color);
                }
                if let Some(dashes) = &line.dashes {
                    curve = curve.dashes(dashes.clone());
                }
                placed(curve, line.stack, line.skip_scale).into()
            }
            Statement::Area(area) => {
                let mut curve =
                    Curve::area(self.samples(&area.value)?).legend(self.legend(&area.legend));
                if area.color.is_some() || area.legend.is_empty() {
                    curve = curve.color(area.color);
                }
                if let Some(gradient) = area.gradient {
                    curve = curve.gradient(gradient);
                }
                placed(curve, area.stack, area.skip_scale).into()
            }
            Statement::Tick(tick) => {
                let fraction = match tick.length {
                    TickLength::Fraction(fraction) => fraction,
                    TickLength::Dynamic => 0.5,
                };
                let mut marks = Marks::new(self.samples(&tick.value)?, fraction)
                    .legend(self.legend(&tick.legend));
                if tick.color.is_some() || tick.legend.is_empty() {
                    marks = marks.color(tick.color);
                }
                marks.into()
            }
            Statement::HorizontalRule(rule) => {
                let value = match self.evaluated.shown(&rule.value)? {
                    Shown::Figure(figure) => figure.value,
                    Shown::Series(_) => f64::NAN,
                };
                let mut line = Rule::at_value(value).legend(self.legend(&rule.legend));
                if rule.color.is_some() || rule.legend.is_empty() {
                    line = line.color(rule.color);
                }
                if let Some(dashes) = &rule.dashes {
                    line = line.dashes(dashes.clone());
                }
                line.into()
            }
            Statement::VerticalRule(rule) => {
                let moment = self.evaluated.moment(&rule.time)?.unwrap_or_default();
                let mut line = Rule::at_time(moment).legend(self.legend(&rule.legend));
                if rule.color.is_some() || rule.legend.is_empty() {
                    line = line.color(rule.color);
                }
                if let Some(dashes) = &rule.dashes {
                    line = line.dashes(dashes.clone());
                }
                line.into()
            }
            Statement::LegendPrint(_) => Element::Print(self.legend(printed)),
            Statement::Comment(comment) => Element::Text(self.legend(&comment.text)),
            Statement::TextAlign(alignment) => Element::Align(*alignment),
            _ => return Ok(None),
        }))
    }

    fn samples(&self, operand: &Operand) -> Result<Samples, EvaluateError> {
        Ok(match self.evaluated.shown(operand)? {
            Shown::Figure(figure) => Samples::constant(figure.value),
            Shown::Series(rows) => Samples::of(&rows, self.evaluated.range(), |value| value),
        })
    }

    /// A text of the legend.
    fn legend(&self, text: &str) -> String {
        let text = cut(text, MAX_LEGEND_LENGTH);
        if self.markup { sound_markup(text).into_owned() } else { text.to_owned() }
    }
}

fn placed(curve: Curve, stack: bool, skip_scale: bool) -> Curve {
    let curve = if stack { curve.stacked() } else { curve };
    if skip_scale { curve.skip_scale() } else { curve }
}
