//! Addresses of the page: formats and parses queries, including those that identify a group.

use std::collections::HashMap;

use form_urlencoded::{byte_serialize, parse};

use crate::group::{GroupId, IdError};

/// The parts of a query; if a name occurs twice, the later value is used.
pub(super) type Query = HashMap<String, String>;

/// Parses a query; `+` is a space, as in HTML forms.
pub(super) fn read_query(text: &str) -> Query {
    parse(text.as_bytes()).into_owned().collect()
}

/// The instance in a query; empty if there is none.
pub(super) fn instance(query: &Query) -> &str {
    query.get("instance").map_or("", |instance| instance)
}

/// The group identified by `group` and `instance` in a query; `None` without `group`.
pub(super) fn group(query: &Query) -> Option<Result<GroupId, IdError>> {
    query.get("group").map(|kind| GroupId::new(kind, instance(query)))
}

/// `group=disk&instance=vda`, which [`group`] parses.
pub(super) fn group_query(group: &GroupId) -> String {
    format!("group={}{}", group.kind(), instance_query(group))
}

/// `&instance=vda`, or nothing if there is only one instance.
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
