//! Why a dump cannot be restored.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::database::CreateError;
use crate::format::HeadError;
use crate::rpn::CompactError;
use crate::schema::SchemaError;

/// Why a dump cannot be restored. Lines count from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The document is not XML, or could not be read.
    #[error("the dump is not readable at line {line}")]
    Xml {
        /// Where the reader stopped.
        line: u64,
        /// What was wrong there.
        #[source]
        fault: XmlFault,
    },
    /// There is text between elements.
    #[error("line {line}: expected an element, found the text '{text}'")]
    TextForElement {
        /// The line where the text ends.
        line: u64,
        /// The text.
        text: String,
    },
    /// A different element than expected. (RRDtool names the two the wrong way round, and so do
    /// we.)
    #[error("line {line}: expected <{expected}>, found <{found}>")]
    WrongElement {
        /// Its line.
        line: u64,
        /// The element in the document; with a slash in front if it is an end.
        found: String,
        /// The expected element.
        expected: String,
    },
    /// An element in place of a value.
    #[error("line {line}: expected a value, found <{found}>")]
    ElementForValue {
        /// Its line.
        line: u64,
        /// The element in the document.
        found: String,
    },
    /// An element that has no meaning at its place.
    #[error("line {line}: unknown element <{tag}> in {place}")]
    UnknownElement {
        /// Its line.
        line: u64,
        /// The kind of element around it, as RRDtool abbreviates it.
        place: &'static str,
        /// The element in the document.
        tag: String,
    },
    /// A data source is defined after an archive.
    #[error("a data source follows an archive: data sources come first")]
    SourceAfterArchive,
    /// A text does not fit its field.
    #[error("'{text}' is longer than {limit}")]
    TooLong {
        /// The text.
        text: String,
        /// The length of the field; one less is the longest text.
        limit: usize,
    },
    /// A text is not a whole number, as fields of counts and times are.
    #[error("line {line}: '{text}' is not a whole number")]
    NotWhole {
        /// Its line.
        line: u64,
        /// The text.
        text: String,
    },
    /// A history of violations has other characters than 0 and 1.
    #[error("line {line}: '{text}' has characters other than 0 and 1")]
    NotFlags {
        /// Its line.
        line: u64,
        /// The text.
        text: String,
    },
    /// A whole number is out of range.
    #[error("line {line}: '{text}' is not a whole number in range")]
    Whole {
        /// Its line.
        line: u64,
        /// The kind of number, as RRDtool calls it.
        reader: &'static str,
        /// The text.
        text: String,
    },
    /// A text is not a number.
    #[error("line {line}: '{text}' is not a number")]
    NotANumber {
        /// Its line.
        line: u64,
        /// The text.
        text: String,
    },
    /// A text begins with a number and goes on otherwise. (The last word is RRDtool's.)
    #[error("line {line}: '{text}' has text after the number")]
    TrailingText {
        /// Its line.
        line: u64,
        /// The text.
        text: String,
    },
    /// The type of a data source is not known.
    #[error("unknown data source type '{name}'")]
    SourceType {
        /// The type in the document.
        name: String,
    },
    /// A consolidation function is not known.
    #[error("unknown consolidation function '{name}'")]
    Function {
        /// The function in the document.
        name: String,
    },
    /// A COMPUTE data source has an expression that cannot be compiled.
    #[error(transparent)]
    Expression(#[from] CompactError),
    /// A COMPUTE data source has no expression.
    #[error("data source '{name}' is of type COMPUTE but has no <cdef>")]
    NoExpression {
        /// The data source.
        name: String,
    },
    /// The version is one that nothing can read.
    #[error("unsupported version '{version}': expected 0001 to 0005")]
    Version {
        /// The version in the document.
        version: String,
    },
    /// The step is missing or zero.
    #[error("the dump has no <step> above 0")]
    NoStep,
    /// A field has a value that no database can have.
    #[error("the dump is not that of a valid database")]
    Impossible {
        /// The field of the file that would come out.
        #[source]
        fault: HeadError,
    },
    /// The file cannot be created.
    #[error("cannot create '{}'", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file is there already, or did not get whole or its name.
    #[error(transparent)]
    File(CreateError),
    /// What the dump describes is not a database.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

impl From<CreateError> for RestoreError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Temporary { path, source } => Self::Create { path, source },
            error => Self::File(error),
        }
    }
}

/// What was wrong with a document before its elements had a meaning.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XmlFault {
    /// The document ends before its root element does.
    #[error("the document ends before </rrd>")]
    UnexpectedEnd,
    /// Something follows the root element.
    #[error("the document goes on after </rrd>")]
    TextAfterEnd,
    /// There is text where the root element must be.
    #[error("the document is empty")]
    NoElement,
    /// A reference to an entity other than the five of XML itself.
    #[error("unknown entity &{name};")]
    UnknownEntity {
        /// The name between `&` and `;`.
        name: String,
    },
    /// The input could not be read.
    #[error("reading failed")]
    Read(#[source] Arc<io::Error>),
    /// The text breaks the rules of XML.
    #[error("not well-formed XML")]
    Syntax(#[source] quick_xml::Error),
}

impl From<quick_xml::Error> for XmlFault {
    fn from(error: quick_xml::Error) -> Self {
        match error {
            quick_xml::Error::Io(error) => Self::Read(error),
            error => Self::Syntax(error),
        }
    }
}
