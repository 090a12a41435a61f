//! The addresses of the page: how queries are written and read, and how they name a group.

use std::collections::HashMap;

use form_urlencoded::{byte_serialize, parse};

use crate::group::{GroupId, IdError};

/// The parts of a query; the later one of two of one name.
pub(super) type Query = HashMap<String, String>;

/// Reads a query; `+` is a space, as forms write it.
pub(super) fn read_query(text: &str) -> Query {
    parse(text.as_bytes()).into_owned().collect()
}

/// The instance that a query names; empty where it names none.
pub(super) fn instance(query: &Query) -> &str {
    query.get("instance").map_or("", |instance| instance)
}

/// The group that a query names by `group` and `instance`; `None` if it names none.
pub(super) fn group(query: &Query) -> Option<Result<GroupId, IdError>> {
    query.get("group").map(|kind| GroupId::new(kind, instance(query)))
}

/// `group=disk&instance=vda`, which [`group`] reads.
pub(super) fn group_query(group: &GroupId) -> String {
    format!("group={}{}", group.kind(), instance_query(group))
}

/// `&instance=vda`, or nothing where there is only one.
pub(super) fn instance_query(group: &GroupId) -> String {
    if group.instance().is_empty() {
        return String::new();
    }
    let instance: String = byte_serialize(group.instance().as_bytes()).collect();
    format!("&instance={instance}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn queries_are_decoded_as_forms_and_not_as_file_names() {
        let query = read_query("instance=web%2Fa+b%zz&span=day&odd");
        assert_eq!(query["instance"], "web/a b%zz");
        assert_eq!((query["span"].as_str(), query["odd"].as_str()), ("day", ""));
    }

    proptest! {
        #[test]
        fn the_address_of_a_group_names_this_group(
            kind in "[a-z0-9_]{1,8}",
            instance in any::<String>(),
        ) {
            let id = GroupId::new(&kind, &instance).unwrap();
            let address = format!("span=day&{}", group_query(&id));
            prop_assert!(address.is_ascii() && !address.contains(['"', '<', ' ']));
            prop_assert_eq!(group(&read_query(&address)), Some(Ok(id)));
        }
    }
}
