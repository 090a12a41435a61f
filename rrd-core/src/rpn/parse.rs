//! Parses text into an [`Expression`]. Whether the stack balances only shows at evaluation.

use crate::number::{Decimal, scan_decimal};

use super::op::Operator;

/// Longer tokens are not numbers.
const MAX_NUMBER_LENGTH: usize = 40;
/// Longer tokens are not names.
const MAX_NAME_LENGTH: usize = 255;

/// An expression; its names are resolved to indices into the caller's list of variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    items: Box<[Item]>,
}

/// One item of an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// A number.
    Number(f64),
    /// The value of a variable.
    Variable(usize),
    /// The previous value of a variable, one of its own rows earlier: `PREV(name)`.
    PreviousOf(usize),
    /// An operator.
    Operator(Operator),
}

/// Why a text is not an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The text is empty.
    #[error("the expression is empty")]
    Empty,
    /// No item begins here.
    #[error(r#"unexpected "{rest}": expected a number, a known name or an operator"#)]
    NotUnderstood {
        /// The rest of the text, from the error on.
        rest: String,
    },
    /// `PREV(name)` is not followed by a comma.
    #[error(r#"unexpected text after PREV(NAME) in "{rest}": expected a comma"#)]
    Garbage {
        /// The rest of the text, from the item on.
        rest: String,
    },
    /// The name in `PREV(name)` is not known.
    #[error(r#"unknown name "{name}""#)]
    UnknownVariable {
        /// The name.
        name: String,
    },
}

impl Expression {
    /// Parses an expression: items separated by commas. `variable` returns the index of a known
    /// name.
    ///
    /// Where a token could be several things, a number wins over an operator and an operator over a
    /// variable. A number must be followed by a comma.
    ///
    /// # Errors
    ///
    /// See [`ParseError`].
    ///
    /// ```
    /// use rrd_core::rpn::{Expression, Item, Operator};
    /// let only_a = |name: &str| (name == "a").then_some(0);
    /// let twice = Expression::parse("a,2,*", only_a)?;
    /// let items = [Item::Variable(0), Item::Number(2.0), Item::Operator(Operator::Multiply)];
    /// assert_eq!(twice.items(), items);
    /// let error = Expression::parse("a,b,+", only_a).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "unexpected \"b,+\": expected a number, a known name or an operator"
    /// );
    /// # Ok::<(), rrd_core::rpn::ParseError>(())
    /// ```
    pub fn parse(text: &str, variable: impl Fn(&str) -> Option<usize>) -> Result<Self, ParseError> {
        if text.is_empty() {
            return Err(ParseError::Empty);
        }
        let mut items = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (item, after) = next_item(rest, &variable)?;
            items.push(item);
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        Ok(Self { items: items.into() })
    }

    pub(super) fn from_items(items: Vec<Item>) -> Self {
        Self { items: items.into() }
    }

    /// The items in order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The indices of all variables in order of occurrence, with repetitions.
    ///
    /// ```
    /// use rrd_core::rpn::Expression;
    /// let expression = Expression::parse("b,PREV(a),-,b,/", |name| ["a", "b"].iter().position(|&known| known == name))?;
    /// assert_eq!(expression.variables().collect::<Vec<_>>(), [1, 0, 1]);
    /// # Ok::<(), rrd_core::rpn::ParseError>(())
    /// ```
    pub fn variables(&self) -> impl Iterator<Item = usize> {
        self.items.iter().filter_map(|item| match *item {
            Item::Variable(index) | Item::PreviousOf(index) => Some(index),
            Item::Number(_) | Item::Operator(_) => None,
        })
    }
}

/// The first item of a text and the rest, which is empty or begins with a comma.
fn next_item<'a>(
    rest: &'a str,
    variable: &impl Fn(&str) -> Option<usize>,
) -> Result<(Item, &'a str), ParseError> {
    let (token, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
    if let Some(number) = number(token).filter(|_| after.starts_with(',')) {
        return Ok((Item::Number(number), after));
    }
    if let Some(operator) = Operator::from_name(token) {
        return Ok((Item::Operator(operator), after));
    }
    if let Some((name, after_item)) = previous_of(rest) {
        if !(after_item.is_empty() || after_item.starts_with(',')) {
            return Err(ParseError::Garbage { rest: rest.to_owned() });
        }
        return match variable(name) {
            Some(index) => Ok((Item::PreviousOf(index), after_item)),
            None => Err(ParseError::UnknownVariable { name: name.to_owned() }),
        };
    }
    if name_length(token) == token.len()
        && let Some(index) = variable(token)
    {
        return Ok((Item::Variable(index), after));
    }
    Err(ParseError::NotUnderstood { rest: rest.to_owned() })
}

fn number(token: &str) -> Option<f64> {
    let legal = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'+' | b'-');
    if token.len() > MAX_NUMBER_LENGTH || !token.bytes().all(legal) {
        return None;
    }
    let Decimal { value, rest } = scan_decimal(token)?;
    rest.is_empty().then_some(value)
}

/// The name in a leading `PREV(name)`, and the text after the parenthesis.
fn previous_of(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("PREV(")?;
    let (name, after) = inner.split_at(name_length(inner));
    let after = after.strip_prefix(')')?;
    (!name.is_empty()).then_some((name, after))
}

/// Length of the name that a text begins with; 0 if there is none.
fn name_length(text: &str) -> usize {
    let legal = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    text.bytes().take(MAX_NAME_LENGTH).take_while(legal).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Vec<Item>, ParseError> {
        let names = ["a", "b", "MAX", "95", "a-b_c", "e"];
        Expression::parse(text, |name| names.iter().position(|&known| known == name))
            .map(|expression| expression.items().to_vec())
    }

    #[test]
    fn a_number_needs_a_comma_after_it() {
        assert_eq!(parse("5,"), Ok(vec![Item::Number(5.0)]));
        assert_eq!(parse("5"), Err(ParseError::NotUnderstood { rest: "5".to_owned() }));
        assert_eq!(parse("95,95"), Ok(vec![Item::Number(95.0), Item::Variable(3)]));
    }

    #[test]
    fn every_spelling_of_a_number_counts() {
        for (text, value) in [
            ("1,", 1.0),
            (".5,", 0.5),
            ("5.,", 5.0),
            ("1e3,", 1e3),
            ("-2.5e-3,", -2.5e-3),
            ("+7,", 7.0),
            ("1e,", 1.0),
            ("1e+,", 1.0),
            ("00012,", 12.0),
            ("1e400,", f64::INFINITY),
            ("1e-400,", 0.0),
            ("0000000000000000000000000000000000000001,", 1.0),
        ] {
            assert_eq!(parse(text), Ok(vec![Item::Number(value)]), "{text}");
        }
    }

    #[test]
    fn what_is_no_item_is_shown_with_all_that_follows() {
        for (text, rest) in [
            ("a,nosuch,+", "nosuch,+"),
            ("a,b,min", "min"),
            ("a, 5,+", " 5,+"),
            ("a,1e2000,+", "1e2000,+"),
            ("a,1.2.3,+", "1.2.3,+"),
            ("a,2E1,+", "2E1,+"),
            ("a,nan,+", "nan,+"),
            (
                "a,00000000000000000000000000000000000000001,+",
                "00000000000000000000000000000000000000001,+",
            ),
            (",a", ",a"),
            ("a,,+", ",+"),
            ("a;b", "a;b"),
            ("a,b,+)", "+)"),
            ("PREV()", "PREV()"),
            ("PREV(a", "PREV(a"),
            (".e,a", ".e,a"),
        ] {
            assert_eq!(
                parse(text),
                Err(ParseError::NotUnderstood { rest: rest.to_owned() }),
                "{text}"
            );
        }
    }

    #[test]
    fn an_operator_hides_a_variable_of_its_name() {
        assert_eq!(parse("MAX"), Ok(vec![Item::Operator(Operator::Maximum)]));
        assert_eq!(parse("-,"), Ok(vec![Item::Operator(Operator::Subtract)]));
        assert_eq!(parse("e,"), Ok(vec![Item::Variable(5)]));
        assert_eq!(parse("a-b_c"), Ok(vec![Item::Variable(4)]));
    }

    #[test]
    fn prev_takes_a_name_in_parentheses_or_none() {
        assert_eq!(parse("PREV(a),"), Ok(vec![Item::PreviousOf(0)]));
        assert_eq!(parse("PREV"), Ok(vec![Item::Operator(Operator::Previous)]));
        assert_eq!(parse("PREV(zz),a"), Err(ParseError::UnknownVariable { name: "zz".to_owned() }));
        let garbage = ParseError::Garbage { rest: "PREV(zz)x,a".to_owned() };
        assert_eq!(parse("a,PREV(zz)x,a"), Err(garbage));
    }

    #[test]
    fn nothing_is_no_expression() {
        assert_eq!(parse(""), Err(ParseError::Empty));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "([0-9.e+-]{1,4}|a|PREV|[A-Z]{2,6}|[(),é ]){0,12}") {
            let _ = parse(&text);
        }

        #[test]
        fn operators_and_variables_lead_back_to_themselves(
            indices in prop::collection::vec(0..Operator::all().count(), 1..30)
        ) {
            let operators: Vec<Operator> =
                indices.iter().filter_map(|&index| Operator::all().nth(index)).collect();
            let text = operators.iter().map(|operator| operator.name()).collect::<Vec<_>>().join(",");
            let items = operators.into_iter().map(Item::Operator).collect::<Vec<_>>();
            prop_assert_eq!(parse(&text), Ok(items));
        }
    }
}
