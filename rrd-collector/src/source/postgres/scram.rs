//! The proof of a password by SCRAM-SHA-256, which never sends it and asks the server for a proof
//! as well.
//!
//! Source: RFC 5802 and RFC 7677.

use std::num::NonZeroU32;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::digest::{SHA256, digest};
use ring::hmac::{HMAC_SHA256, Key, sign};
use ring::pbkdf2::{PBKDF2_HMAC_SHA256, derive};

/// Limit on the rounds that a server asks for: `PostgreSQL` asks for 4096, and they take time of
/// the thread that serves all inputs.
const MAX_ROUNDS: u32 = 100_000;

/// A login that has been begun.
pub(super) struct Login {
    password: String,
    nonce: String,
}

/// What is sent last, and what the server must answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) message: String,
    /// The server's signature.
    pub(super) expected: String,
}

impl Login {
    /// Begins with a nonce that has never been used. Passwords are taken as they are, which
    /// differs from the RFC for a few letters beyond ASCII only.
    pub(super) fn new(password: &str, nonce: String) -> Self {
        Self { password: password.to_owned(), nonce }
    }

    /// What is sent first. The user is named by the startup packet.
    pub(super) fn first(&self) -> String {
        format!("n,,{}", self.first_bare(""))
    }

    fn first_bare(&self, user: &str) -> String {
        format!("n={user},r={}", self.nonce)
    }

    /// The proof for the server's first message; `None` if that makes no sense.
    pub(super) fn prove(&self, server_first: &str) -> Option<Proof> {
        self.prove_as("", server_first)
    }

    fn prove_as(&self, user: &str, server_first: &str) -> Option<Proof> {
        let part = |name: &str| server_first.split(',').find_map(|part| part.strip_prefix(name));
        let nonce = part("r=").filter(|nonce| nonce.starts_with(&self.nonce))?;
        let salt = BASE64_STANDARD.decode(part("s=")?).ok()?;
        let rounds: u32 = part("i=")?.parse().ok().filter(|rounds| *rounds <= MAX_ROUNDS)?;
        let mut salted = [0; 32];
        let rounds = NonZeroU32::new(rounds)?;
        derive(PBKDF2_HMAC_SHA256, rounds, &salt, self.password.as_bytes(), &mut salted);
        let mac = |key: &[u8], text: &[u8]| sign(&Key::new(HMAC_SHA256, key), text);

        let last = format!("c=biws,r={nonce}");
        let signed = format!("{},{server_first},{last}", self.first_bare(user));
        let client_key = mac(&salted, b"Client Key");
        let stored_key = digest(&SHA256, client_key.as_ref());
        let signature = mac(stored_key.as_ref(), signed.as_bytes());
        let pairs = client_key.as_ref().iter().zip(signature.as_ref());
        let proof: Vec<u8> = pairs.map(|(one, other)| one ^ other).collect();
        let server_key = mac(&salted, b"Server Key");
        let expected = mac(server_key.as_ref(), signed.as_bytes());
        Some(Proof {
            message: format!("{last},p={}", BASE64_STANDARD.encode(proof)),
            expected: format!("v={}", BASE64_STANDARD.encode(expected)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_that_of_the_rfc() {
        let login = Login::new("pencil", "rOprNGfwEbeRWgbNEkqO".to_owned());
        assert_eq!(login.first(), "n,,n=,r=rOprNGfwEbeRWgbNEkqO");
        let server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let proof = login.prove_as("user", server).unwrap();
        assert_eq!(
            proof.message,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert_eq!(proof.expected, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    #[test]
    fn messages_without_sense_have_no_proof() {
        let login = Login::new("pencil", "abc".to_owned());
        for server in [
            "",
            "r=other,s=W22Z,i=4096",
            "r=abcd,s=W22Z,i=0",
            "r=abcd,s=W22Z,i=4000000000",
            "r=abcd,s=!,i=1",
            "r=abcd,i=1",
        ] {
            assert_eq!(login.prove(server), None, "{server}");
        }
    }
}
