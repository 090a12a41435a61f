//! The `[alerts]` and `[[rule]]` sections: the rules, and the actions for changes.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::default_rules::default_rules;
use super::mail::{MailAccount, MailTable};
use super::rule::{NamedRule, Rule};
use crate::net::page::Page;
use crate::section::{ConfigError, PageOptions, SectionReader, SectionValue};
use crate::source::{described_kinds, kinds};

/// The settings of alerts.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertSettings {
    /// Rules by name.
    pub rules: Vec<NamedRule>,
    /// A program that is run for each change, with its arguments; empty for none.
    pub command: Vec<String>,
    /// A webhook that is called for each change.
    pub webhook: Option<Page>,
    /// Who gets a mail for each change.
    pub mail: Vec<MailAccount>,
    /// Time limit for the program and the webhook.
    pub deadline: Duration,
}

impl Default for AlertSettings {
    /// The default rules, with only a log line as action.
    fn default() -> Self {
        Self {
            rules: default_rules(),
            command: Vec::new(),
            webhook: None,
            mail: Vec::new(),
            deadline: Duration::from_secs(10),
        }
    }
}

impl AlertSettings {
    /// Adds the `[alerts]` section of a file.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for the first value that is not valid.
    pub fn read<'a>(
        &mut self,
        reader: SectionReader<'a>,
        value: SectionValue<'a>,
    ) -> Result<(), ConfigError> {
        let table: AlertsTable = reader.parse(value)?;
        if table.defaults == Some(false) {
            self.rules.clear();
        }
        if let Some(command) = table.command {
            self.command = command
                .iter()
                .map(|word| reader.expand("command", word))
                .collect::<Result<_, _>>()?;
        }
        if let Some(Webhook { url, user, password, bearer, headers, ca, verify }) = table.webhook {
            let others = PageOptions::default();
            let options = PageOptions { user, password, bearer, headers, ca, verify, ..others };
            self.webhook = Some(reader.section("alerts.webhook").page(&url, options)?);
        }
        for table in table.mail {
            self.mail.push(MailAccount::read(reader, table.span().start, table.get_ref())?);
        }
        if let Some(text) = table.deadline {
            self.deadline = reader.duration("deadline", &text)?;
        }
        Ok(())
    }

    /// Adds a `[[rule]]`. It replaces an earlier one of the same name.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a rule that is not valid.
    pub fn read_rule<'a>(
        &mut self,
        reader: SectionReader<'a>,
        value: SectionValue<'a>,
    ) -> Result<(), ConfigError> {
        let RuleTable { name, when } = reader.parse(value)?;
        let at = when.span().start;
        let key = format!("rule {name:?}");
        let rule = Rule::parse(when.get_ref()).map_err(|error| reader.error_at(at, &key, error))?;
        let conditions = rule.conditions.iter().map(|condition| &condition.target);
        for target in conditions.chain([&rule.target]) {
            let known = target.check(kinds(), &described_kinds());
            known.map_err(|error| reader.error_at(at, &key, error))?;
        }
        self.rules.retain(|known| known.name != name);
        self.rules.push(NamedRule { name, rule });
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertsTable {
    defaults: Option<bool>,
    command: Option<Vec<String>>,
    #[serde(default, deserialize_with = "address_or_table")]
    webhook: Option<Webhook>,
    #[serde(default)]
    mail: Vec<Spanned<MailTable>>,
    deadline: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhook {
    url: String,
    user: Option<String>,
    password: Option<String>,
    bearer: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    ca: Option<String>,
    verify: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    name: String,
    when: Spanned<String>,
}

/// An address alone, or a table with further settings.
fn address_or_table<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Webhook>, D::Error> {
    struct Either;

    impl<'de> Visitor<'de> for Either {
        type Value = Option<Webhook>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an address or a table with a url")
        }

        fn visit_str<E: de::Error>(self, url: &str) -> Result<Self::Value, E> {
            let url = url.to_owned();
            Ok(Some(Webhook { url, ..Webhook::default() }))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            Webhook::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }
    }

    from.deserialize_any(Either)
}
