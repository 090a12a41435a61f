//! The expression of a COMPUTE data source: the subset of the language allowed there, and its 80
//! bytes in a file.

use std::fmt::Write as _;

use crate::number::truncate_to_i64;

use super::context::ComputeRow;
use super::error::EvaluationError;
use super::eval::Evaluator;
use super::op::Operator;
use super::parse::{Expression, Item};

/// Nodes in a file, the end node included.
const NODES: usize = 20;
/// Bytes of a node: operator number, an unused byte, a 16-bit value.
const NODE_SIZE: usize = 4;
/// Numbers of the nodes that are not operators.
const NUMBER: u8 = 0;
const VARIABLE: u8 = 1;
const END: u8 = 32;
const PREVIOUS_OF: u8 = 36;

/// The expression of a COMPUTE data source: at most 19 items, whole numbers of 16 bits, no operator
/// that looks at rows.
#[derive(Clone, Debug, PartialEq)]
pub struct CompactExpression {
    expression: Expression,
}

/// Why an expression is not valid in a COMPUTE data source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompactError {
    /// The text is not an expression over the preceding data sources.
    #[error("not an expression over the data sources before it")]
    Malformed(#[source] super::parse::ParseError),
    /// An operator needs rows or their time.
    #[error(
        "TIME, LTIME, STEPWIDTH, PREV, NEW*, COUNT, TREND* and PREDICT* need rows, which a COMPUTE data source does not have"
    )]
    NeedsRows,
    /// RRDtool lacks an operator, so it could not read the file.
    #[error("operator {operator} works in charts only: RRDtool has no such operator in files")]
    NotInFiles {
        /// The operator.
        operator: Operator,
    },
    /// The expression has more than 19 items.
    #[error("the expression has {nodes} items, but a file holds at most 19")]
    TooLong {
        /// The number of items.
        nodes: usize,
    },
    /// A number is not an integer or does not fit into 16 bits.
    #[error("a constant must be a whole number from -32767 to 32766")]
    Constant,
}

/// Why 80 bytes of a file are not an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// No operator has this number, or a COMPUTE data source may not use it.
    #[error("operator {number} in node {node}")]
    Operator {
        /// Index of the node, from 0.
        node: usize,
        /// The operator number found.
        number: u8,
    },
    /// The data source does not precede this one.
    #[error("data source {source_index} in node {node}")]
    Variable {
        /// Index of the node, from 0.
        node: usize,
        /// The index found.
        source_index: i16,
    },
    /// The end node comes first.
    #[error("no node before the end")]
    Empty,
    /// There is no end node.
    #[error("no end in 20 nodes")]
    NoEnd,
}

impl CompactExpression {
    /// Parses the expression of a COMPUTE data source. `source` returns the index of a data source
    /// that *precedes* this one.
    ///
    /// `PREV(name)` is refused too: RRDtool accepts it here, but cannot update such a file
    /// afterwards.
    ///
    /// # Errors
    ///
    /// See [`CompactError`].
    ///
    /// ```
    /// use rrd_core::rpn::CompactExpression;
    /// let names = ["in", "out"];
    /// let index = |name: &str| names.iter().position(|&known| known == name);
    /// let sum = CompactExpression::parse("in,out,+,8.0,*", index)?;
    /// assert_eq!(sum.text(|index| names.get(index).copied()), "in,out,+,8,*");
    /// assert_eq!(
    ///     CompactExpression::parse("in,0.5,*", index).unwrap_err().to_string(),
    ///     "a constant must be a whole number from -32767 to 32766"
    /// );
    /// # Ok::<(), rrd_core::rpn::CompactError>(())
    /// ```
    pub fn parse(text: &str, source: impl Fn(&str) -> Option<usize>) -> Result<Self, CompactError> {
        let expression = Expression::parse(text, source).map_err(CompactError::Malformed)?;
        let needs_rows = |item: &Item| match item {
            Item::Operator(operator) => operator.needs_rows(),
            Item::PreviousOf(_) => true,
            Item::Number(_) | Item::Variable(_) => false,
        };
        if expression.items().iter().any(needs_rows) {
            return Err(CompactError::NeedsRows);
        }
        let unnumbered = |item: &Item| match item {
            Item::Operator(operator) if operator.number().is_none() => Some(*operator),
            _ => None,
        };
        if let Some(operator) = expression.items().iter().find_map(unnumbered) {
            return Err(CompactError::NotInFiles { operator });
        }
        if expression.items().len() >= NODES {
            return Err(CompactError::TooLong { nodes: expression.items().len() });
        }
        let fits = |item: &Item| match *item {
            Item::Number(value) => constant(value).is_some(),
            Item::Variable(index) | Item::PreviousOf(index) => i16::try_from(index).is_ok(),
            Item::Operator(_) => true,
        };
        if !expression.items().iter().all(fits) {
            return Err(CompactError::Constant);
        }
        Ok(Self { expression })
    }

    /// The expression as 80 bytes of a file; values are little-endian.
    ///
    /// # Panics
    ///
    /// Never: [`parse`](Self::parse) refuses operators without a number.
    ///
    /// ```
    /// use rrd_core::rpn::CompactExpression;
    /// let expression = CompactExpression::parse("a,-2,*", |_| Some(0))?;
    /// assert_eq!(expression.pack()[..16], [1, 0, 0, 0, 0, 0, 0xfe, 0xff, 11, 0, 0, 0, 32, 0, 0, 0]);
    /// # Ok::<(), rrd_core::rpn::CompactError>(())
    /// ```
    pub fn pack(&self) -> [u8; NODES * NODE_SIZE] {
        let packed = |index: usize| i16::try_from(index).unwrap_or(0);
        let items = self.expression.items().iter().map(|item| match *item {
            Item::Number(value) => (NUMBER, constant(value).unwrap_or(0)),
            Item::Variable(source) => (VARIABLE, packed(source)),
            Item::PreviousOf(source) => (PREVIOUS_OF, packed(source)),
            Item::Operator(operator) => {
                (operator.number().expect("`parse` refuses operators without a number"), 0)
            }
        });
        let mut bytes = [0; NODES * NODE_SIZE];
        let nodes = items.chain([(END, 0)]);
        for (node, (number, value)) in bytes.chunks_exact_mut(NODE_SIZE).zip(nodes) {
            let [low, high] = value.to_le_bytes();
            node.copy_from_slice(&[number, 0, low, high]);
        }
        bytes
    }

    /// Unpacks the 80 bytes of a file for the data source that `sources_before` others precede.
    ///
    /// # Errors
    ///
    /// See [`UnpackError`].
    ///
    /// ```
    /// use rrd_core::rpn::{CompactExpression, UnpackError};
    /// let expression = CompactExpression::parse("a,-2,*", |_| Some(0))?;
    /// assert_eq!(CompactExpression::unpack(&expression.pack(), 1)?, expression);
    /// let error = UnpackError::Variable { node: 0, source_index: 0 };
    /// assert_eq!(CompactExpression::unpack(&expression.pack(), 0), Err(error));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unpack(
        bytes: &[u8; NODES * NODE_SIZE],
        sources_before: usize,
    ) -> Result<Self, UnpackError> {
        let mut items = Vec::new();
        for (node, bytes) in bytes.chunks_exact(NODE_SIZE).enumerate() {
            let &[number, _, low, high] = bytes else { return Err(UnpackError::NoEnd) };
            let value = i16::from_le_bytes([low, high]);
            let source = || match usize::try_from(value) {
                Ok(index) if index < sources_before => Ok(index),
                _ => Err(UnpackError::Variable { node, source_index: value }),
            };
            items.push(match number {
                END if items.is_empty() => return Err(UnpackError::Empty),
                END => return Ok(Self { expression: Expression::from_items(items) }),
                NUMBER => Item::Number(f64::from(value)),
                VARIABLE => Item::Variable(source()?),
                PREVIOUS_OF => Item::PreviousOf(source()?),
                _ => match Operator::from_number(number) {
                    Some(operator) if !operator.needs_rows() => Item::Operator(operator),
                    _ => return Err(UnpackError::Operator { node, number }),
                },
            });
        }
        Err(UnpackError::NoEnd)
    }

    /// Why the expression never has a value, whatever those of the data sources are; `None` if it
    /// can have one.
    ///
    /// RRDtool stores such expressions and refuses every update afterwards.
    ///
    /// ```
    /// use rrd_core::rpn::{CompactExpression, EvaluationError};
    /// let fault = |text| CompactExpression::parse(text, |_| Some(0)).map(|found| found.fault());
    /// assert_eq!(fault("a,1,+"), Ok(None));
    /// assert_eq!(fault("a,+"), Ok(Some(EvaluationError::StackUnderflow)));
    /// assert_eq!(fault("a,a"), Ok(Some(EvaluationError::FinalStackSize)));
    /// ```
    pub fn fault(&self) -> Option<EvaluationError> {
        let items = self.expression.items();
        let is_constant = |item: Option<&Item>| matches!(item, Some(Item::Number(_)) | None);
        for (index, item) in items.iter().enumerate() {
            if let Item::Operator(operator) = item
                && operator.takes_count()
            {
                let mut before = items.iter().take(index).rev();
                let (top, below) = (before.next(), before.next());
                // Then the number of values depends on a value.
                if !is_constant(top) || (*operator == Operator::Roll && !is_constant(below)) {
                    return None;
                }
            }
        }
        let sources = self.expression.variables().max().map_or(0, |last| last + 1);
        let row = ComputeRow { values: &vec![0.0; sources], now: 0 };
        match Evaluator::new().evaluate(&self.expression, &row) {
            // A percentage may be a value.
            Ok(_) | Err(EvaluationError::Percentile) => None,
            Err(error) => Some(error),
        }
    }

    /// The expression as text: items joined by commas. `name` returns the name of a data source by
    /// its index; an index without a name is written as a number.
    pub fn text<'a>(&self, name: impl Fn(usize) -> Option<&'a str>) -> String {
        let mut text = String::new();
        for item in self.expression.items() {
            if !text.is_empty() {
                text.push(',');
            }
            let named = |index: usize| name(index).map_or_else(|| index.to_string(), str::to_owned);
            // Writing to a string cannot fail.
            let _ = match *item {
                Item::Number(value) => write!(text, "{}", constant(value).unwrap_or(0)),
                Item::Variable(index) => write!(text, "{}", named(index)),
                Item::PreviousOf(index) => write!(text, "PREV({})", named(index)),
                Item::Operator(operator) => write!(text, "{}", operator.name()),
            };
        }
        text
    }

    /// The same expression with its data sources renumbered.
    ///
    /// # Errors
    ///
    /// The first index for which `renumber` returns `None`.
    pub(crate) fn with_variables(
        &self,
        renumber: impl Fn(usize) -> Option<usize>,
    ) -> Result<Self, usize> {
        let renumbered = |old: usize| renumber(old).ok_or(old);
        let items = self.expression.items().iter().map(|item| {
            Ok(match *item {
                Item::Variable(old) => Item::Variable(renumbered(old)?),
                Item::PreviousOf(old) => Item::PreviousOf(renumbered(old)?),
                other => other,
            })
        });
        let items = items.collect::<Result<Vec<_>, usize>>()?;
        Ok(Self { expression: Expression::from_items(items) })
    }

    /// The expression for the evaluator; its variables are indices of data sources.
    pub fn expression(&self) -> &Expression {
        &self.expression
    }
}

/// The value as a 16-bit integer, if it is one.
fn constant(value: f64) -> Option<i16> {
    (value.trunc() == value).then(|| i16::try_from(truncate_to_i64(value)).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse::ParseError;
    use super::*;

    fn index(name: &str) -> Option<usize> {
        ["a", "b"].iter().position(|&known| known == name)
    }

    fn parse(text: &str) -> Result<CompactExpression, CompactError> {
        CompactExpression::parse(text, index)
    }

    fn text(expression: &CompactExpression) -> String {
        expression.text(|index| ["a", "b"].get(index).copied())
    }

    /// 80 bytes that begin with these nodes.
    fn nodes(nodes: &[(u8, i16)]) -> [u8; 80] {
        let mut bytes = [0; 80];
        for (node, &(number, value)) in bytes.chunks_exact_mut(4).zip(nodes) {
            let [low, high] = value.to_le_bytes();
            node.copy_from_slice(&[number, 0, low, high]);
        }
        bytes
    }

    #[test]
    fn numbers_are_written_as_whole_numbers() {
        for (written, read) in [
            ("a,1e3,*", "a,1000,*"),
            ("a,-0,+", "a,0,+"),
            ("a,+5,+", "a,5,+"),
            ("a,", "a"),
            ("a,b,", "a,b"),
        ] {
            assert_eq!(text(&parse(written).unwrap()), read);
        }
    }

    #[test]
    fn numbers_have_16_bits() {
        assert!(parse("a,-32768,+").is_ok());
        assert!(parse("a,32767,+").is_ok());
        for text in ["a,32768,+", "a,-32769,+", "a,0.5,+", "a,1e400,+", "a,32767.5,+"] {
            assert_eq!(parse(text), Err(CompactError::Constant), "{text}");
        }
    }

    #[test]
    fn operators_of_rows_are_refused_before_anything_else() {
        for text in
            ["TIME", "a,PREV,+", "COUNT,1.5,+", "PREV(a)", "a,600,TREND", "NEWWEEK", "STEPWIDTH"]
        {
            assert_eq!(parse(text), Err(CompactError::NeedsRows), "{text}");
        }
        let long = format!("a{}", ",1,+".repeat(10));
        assert_eq!(parse(&long), Err(CompactError::TooLong { nodes: 21 }));
        assert_eq!(parse(&format!("{long},TIME,+")), Err(CompactError::NeedsRows));
        assert_eq!(parse(&format!("{long},1.5,+")), Err(CompactError::TooLong { nodes: 23 }));
    }

    #[test]
    fn nineteen_items_fit() {
        assert!(parse(&format!("a{}", ",1,+".repeat(9))).is_ok());
    }

    #[test]
    fn what_can_not_be_read_keeps_its_cause() {
        let cause = ParseError::NotUnderstood { rest: "z,+".to_owned() };
        let error = parse("a,z,+").unwrap_err();
        assert_eq!(error.to_string(), "not an expression over the data sources before it");
        assert_eq!(error, CompactError::Malformed(cause));
    }

    #[test]
    fn impossible_bytes_are_named() {
        for (bytes, error) in [
            (nodes(&[(END, 0)]), UnpackError::Empty),
            (nodes(&[(VARIABLE, 2), (END, 0)]), UnpackError::Variable { node: 0, source_index: 2 }),
            (
                nodes(&[(NUMBER, 1), (VARIABLE, -1)]),
                UnpackError::Variable { node: 1, source_index: -1 },
            ),
            (nodes(&[(7, 0), (END, 0)]), UnpackError::Operator { node: 0, number: 7 }),
            (nodes(&[(71, 0), (END, 0)]), UnpackError::Operator { node: 0, number: 71 }),
            (nodes(&[]), UnpackError::NoEnd),
        ] {
            assert_eq!(CompactExpression::unpack(&bytes, 2), Err(error));
        }
    }

    #[test]
    fn bytes_after_the_end_do_not_matter() {
        let expression = CompactExpression::unpack(&nodes(&[(VARIABLE, 0), (END, 0), (255, 7)]), 1);
        assert_eq!(expression.map(|expression| text(&expression)), Ok("a".to_owned()));
    }

    #[test]
    fn an_expression_that_never_has_a_value_is_known_before_it_is_used() {
        use EvaluationError::{FinalStackSize, StackUnderflow};
        for (text, fault) in [
            ("a", None),
            ("a,b,+", None),
            ("a,b,b,IF", None),
            ("a,b,2,AVG", None),
            ("a,b,1,2,3,SORT,POP,POP", Some(FinalStackSize)),
            ("a,b,2,1,ROLL,+", None),
            ("a,50,1,PERCENT", None),
            // How many values these take is known only with the values.
            ("a,AVG", None),
            ("1,b,AVG", None),
            ("1,2,a,1,ROLL", None),
            ("1,2,a,DUP,COPY,+", None),
            ("+", Some(StackUnderflow)),
            ("a,+", Some(StackUnderflow)),
            ("a,b,IF", Some(StackUnderflow)),
            ("a,POP", Some(FinalStackSize)),
            ("a,POP,POP", Some(StackUnderflow)),
            ("a,b", Some(FinalStackSize)),
            ("AVG", Some(StackUnderflow)),
            ("a,3,AVG", Some(StackUnderflow)),
            ("a,-1,AVG", Some(StackUnderflow)),
            ("a,5,1,ROLL", Some(StackUnderflow)),
            ("a,4,INDEX", Some(StackUnderflow)),
        ] {
            assert_eq!(parse(text).unwrap().fault(), fault, "{text}");
        }
        let previous = CompactExpression::unpack(&nodes(&[(PREVIOUS_OF, 0), (END, 0)]), 1).unwrap();
        assert_eq!(previous.fault(), Some(EvaluationError::NoRows));
    }

    #[test]
    fn a_file_that_rrdtool_made_with_prev_of_a_name_can_be_read() {
        let expression =
            CompactExpression::unpack(&nodes(&[(PREVIOUS_OF, 1), (END, 0)]), 2).unwrap();
        assert_eq!(text(&expression), "PREV(b)");
        assert_eq!(expression.pack(), nodes(&[(PREVIOUS_OF, 1), (END, 0)]));
    }

    proptest! {
        #[test]
        fn no_bytes_make_unpacking_panic(bytes in prop::collection::vec(any::<u8>(), 80)) {
            let bytes: [u8; 80] = bytes.try_into().unwrap();
            if let Ok(expression) = CompactExpression::unpack(&bytes, 2) {
                prop_assert_eq!(CompactExpression::unpack(&expression.pack(), 2), Ok(expression));
            }
        }

        #[test]
        fn packing_and_unpacking_lead_back(
            items in prop::collection::vec((0..40_usize, any::<i16>()), 1..20)
        ) {
            let names = ["a", "b", "+", "-", "DUP", "IF", "SORT", "NOW", "UNKN", "POW"];
            let words: Vec<String> = items
                .iter()
                .map(|&(word, number)| names.get(word).map_or_else(|| number.to_string(), |&name| name.to_owned()))
                .collect();
            let expression = parse(&format!("{},", words.join(","))).unwrap();
            prop_assert_eq!(text(&expression), words.join(","));
            prop_assert_eq!(CompactExpression::unpack(&expression.pack(), 2), Ok(expression));
        }
    }
}
