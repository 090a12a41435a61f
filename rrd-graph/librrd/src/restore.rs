//! Files from XML.
