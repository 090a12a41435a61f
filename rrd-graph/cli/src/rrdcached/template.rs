//! Reorders readings from the order of a template to that of the file, because the daemon does not
//! support templates.

/// Why a template is not valid for a file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MappingError {
    /// The reading has no time, or no values after it.
    #[error("rrd_map_template_to_values: expected timestamp not found in data source from {0}")]
    NoTime(String),
    /// The number of values differs from the number of names.
    #[error(
        "rrd_map_template_to_values: mismatch of number of fields in template ({names}) with number of fields in values ({values})"
    )]
    Count { names: usize, values: usize },
    /// The file has no data source with this name that takes readings.
    #[error("rrd_map_template_to_values: unknown DS name '{0}'")]
    UnknownName(String),
}

/// The reading `time:value:...` with the values of `template` in the order of `sources`, and `U`
/// for missing ones.
pub(crate) fn in_file_order(
    reading: &str,
    template: &str,
    sources: &[String],
) -> Result<String, MappingError> {
    let (time, values) =
        reading.split_once(':').ok_or_else(|| MappingError::NoTime(reading.to_owned()))?;
    let (names, values): (Vec<_>, Vec<_>) =
        (template.split(':').collect(), values.split(':').collect());
    if names.len() != values.len() {
        return Err(MappingError::Count { names: names.len(), values: values.len() });
    }
    if let Some(name) = names.iter().find(|name| !sources.iter().any(|source| source == *name)) {
        return Err(MappingError::UnknownName((*name).to_owned()));
    }
    let mut ordered = time.to_owned();
    for source in sources {
        // If a name occurs twice, the later value is used.
        let place = names.iter().rposition(|name| name == source);
        let value = place.and_then(|place| values.get(place)).copied().unwrap_or("U");
        ordered.push(':');
        ordered.push_str(value);
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(reading: &str, template: &str) -> Result<String, MappingError> {
        in_file_order(reading, template, &["a".to_owned(), "b".to_owned()])
    }

    #[test]
    fn values_follow_the_file_and_missing_ones_are_unknown() {
        assert_eq!(map("10:7:8", "b:a"), Ok("10:8:7".to_owned()));
        assert_eq!(map("10:7", "b"), Ok("10:U:7".to_owned()));
        assert_eq!(map("10:7:8", "a:a"), Ok("10:8:U".to_owned()));
    }

    #[test]
    fn a_template_has_as_many_names_as_values_and_only_known_ones() {
        assert_eq!(map("10:7", "a:b"), Err(MappingError::Count { names: 2, values: 1 }));
        assert_eq!(map("10:7", "z"), Err(MappingError::UnknownName("z".to_owned())));
        assert_eq!(map("10", "a"), Err(MappingError::NoTime("10".to_owned())));
    }
}
