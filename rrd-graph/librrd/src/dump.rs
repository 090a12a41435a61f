//! Files as XML.
