//! Which commands a socket allows.

use super::Verb;

/// The commands that a socket allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// `None` for all.
    allowed: Option<Vec<Verb>>,
    /// Names of the list that are no commands.
    ignored: Vec<String>,
}

/// A list of permissions ends with something that is no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no command \"{name}\" to allow on a socket")]
pub struct UnknownPermission {
    /// What is no command.
    pub name: String,
}

impl Permissions {
    /// Parses a list of commands in any case, separated by commas or blanks. An empty list allows
    /// everything, as none does.
    ///
    /// # Errors
    ///
    /// The last name is no command. Others are only [ignored](Self::ignored): rrdcached starts with
    /// them.
    ///
    /// ```
    /// use rrd_cached::{Permissions, Verb};
    /// let permissions = Permissions::parse("flush, PENDING")?;
    /// assert!(permissions.allows(Verb::Flush) && permissions.allows(Verb::Help));
    /// assert!(!permissions.allows(Verb::Update));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(list: &str) -> Result<Self, UnknownPermission> {
        let (mut allowed, mut ignored, mut unknown) = (Vec::new(), Vec::new(), None);
        for name in list.split([',', ' ']).filter(|name| !name.is_empty()) {
            ignored.extend(unknown.take());
            match Verb::parse(name.as_bytes()) {
                Some(verb) => allowed.push(verb),
                None => unknown = Some(name.to_owned()),
            }
        }
        match unknown {
            Some(name) => Err(UnknownPermission { name }),
            None => Ok(Self { allowed: Some(allowed).filter(|list| !list.is_empty()), ignored }),
        }
    }

    /// The names of the list that are no commands.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Whether a command may be used. `HELP` and `QUIT` always may, and the end of a batch if
    /// batches may.
    #[inline]
    pub fn allows(&self, verb: Verb) -> bool {
        match (&self.allowed, verb) {
            (None, _) | (_, Verb::Help | Verb::Quit) => true,
            (Some(allowed), Verb::Dot) => allowed.contains(&Verb::Batch),
            (Some(allowed), verb) => allowed.contains(&verb),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_separated_by_commas_or_blanks_and_have_any_case() {
        let list = Permissions::parse("UPDATE,flush  Batch,").expect("three commands");
        assert!([Verb::Update, Verb::Flush, Verb::Batch].into_iter().all(|verb| list.allows(verb)));
        assert!(!list.allows(Verb::Ping));
    }

    #[test]
    fn help_and_quit_are_always_allowed_and_the_end_of_a_batch_with_batches() {
        let list = Permissions::parse("PING").expect("a command");
        assert!(list.allows(Verb::Help) && list.allows(Verb::Quit));
        assert!(!list.allows(Verb::Dot));
        assert!(Permissions::parse("BATCH").expect("a command").allows(Verb::Dot));
    }

    #[test]
    fn an_empty_list_allows_everything() {
        assert_eq!(Permissions::parse(""), Ok(Permissions::default()));
        assert!(Permissions::parse(" , ").expect("no command").allows(Verb::Dump));
    }

    #[test]
    fn a_last_name_that_is_no_command_is_an_error_and_others_are_ignored() {
        let error = UnknownPermission { name: "NOPE".to_owned() };
        assert_eq!(Permissions::parse("FLUSH,NOPE"), Err(error));
        let list = Permissions::parse("NOPE,FLUSH,no PING").expect("it ends in a command");
        assert_eq!(list.ignored(), ["NOPE", "no"]);
        assert!(list.allows(Verb::Flush) && !list.allows(Verb::Update));
    }
}
