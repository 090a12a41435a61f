//! A value of a document as it is configured.

use super::document::Pointer;
use crate::group::Unit;

/// The kind of the groups of documents, and their section.
pub(super) const KIND: &str = "http_json";

/// One value of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonValue {
    /// Its name as a metric.
    pub name: String,
    /// Where it is in the document.
    pub pointer: Pointer,
    /// Whether it is a counter, of which the growth per second is stored.
    pub is_counter: bool,
    /// The unit of what is stored.
    pub unit: Unit,
}
