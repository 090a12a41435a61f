//! CDEF: a series computed from others. The computation is in `cdef`.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;

use rrd_core::rpn::{Expression, ParseError};

use super::text::escape;
use super::{StatementError, pieces::Pieces, scope::Scope};

/// A series computed from others, row by row: `CDEF:name=formula`.
#[derive(Clone, Debug, PartialEq)]
pub struct Calculation {
    /// The name for later statements.
    pub name: String,
    /// The expression to compute.
    pub formula: Formula,
}

/// An expression in reverse Polish notation over named series and numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    text: String,
    expression: Expression,
    variables: Vec<String>,
}

impl FromStr for Formula {
    type Err = ParseError;

    /// Parses an expression; every name in it is assumed to be defined.
    ///
    /// ```
    /// use rrd_graph::statement::Formula;
    /// let formula: Formula = "in,8,*,out,8,*,+".parse()?;
    /// assert_eq!(formula.variables(), ["in", "out"]);
    /// # Ok::<(), rrd_core::rpn::ParseError>(())
    /// ```
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::read(text, |_| true)
    }
}

impl Formula {
    /// The expression as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names in the expression, each once, in order of first occurrence.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// The parsed expression; its variables are indices into [`variables`](Self::variables).
    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    fn read(text: &str, known: impl Fn(&str) -> bool) -> Result<Self, ParseError> {
        let variables = RefCell::new(Vec::<String>::new());
        let expression = Expression::parse(text, |name| {
            if !known(name) {
                return None;
            }
            let mut variables = variables.borrow_mut();
            let index = variables.iter().position(|known| known == name);
            Some(index.unwrap_or_else(|| {
                variables.push(name.to_owned());
                variables.len() - 1
            }))
        })?;
        Ok(Self { text: text.to_owned(), expression, variables: variables.into_inner() })
    }
}

impl Calculation {
    /// Parses what follows `CDEF`.
    pub(super) fn parse(pieces: &mut Pieces, scope: &Scope) -> Result<Self, StatementError> {
        let (name, expression) = named_expression(pieces)?;
        scope.require_free(&name)?;
        let formula = Formula::read(&expression, |name| scope.kind(name).is_some())?;
        Ok(Self { name, formula })
    }
}

impl fmt::Display for Calculation {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CDEF:vname={}:rpn={}", escape(&self.name), escape(&self.formula.text))
    }
}

/// Parses `name=expression` of a CDEF or VDEF.
pub(super) fn named_expression(pieces: &mut Pieces) -> Result<(String, String), StatementError> {
    match (pieces.key("vname"), pieces.key("rpn")) {
        (Some(name), Some(expression)) => Ok((name, expression)),
        (name, expression) => {
            let argument = pieces.argument();
            let missing = StatementError::IncompleteDefinition { what: "vdef/rrd", argument };
            let (first, second) = pieces.next_pair().ok_or(missing)?;
            Ok((name.unwrap_or(first), expression.unwrap_or(second)))
        }
    }
}
