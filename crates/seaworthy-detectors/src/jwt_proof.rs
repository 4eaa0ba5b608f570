//! Proof without the network: a token of the repository that verifies with a
//! secret of the repository, or with one that everybody tries first.
//!
//! Such a pair is certain. Whoever reads the repository can make tokens for any
//! user, so the finding speaks of the secret, not of the token.

use std::collections::{HashMap, HashSet};

use hmac::{Hmac, KeyInit, Mac};
use seaworthy_model::{ArtifactPath, Region};
use sha2::{Sha256, Sha384, Sha512};

use crate::candidate::Secret;
use crate::find::base64;

/// How many tokens are tried.
const MAX_TOKENS: usize = 2_000;

/// How many secrets are tried.
const MAX_SECRETS: usize = 20_000;

/// How many blocks of 64 bytes are hashed at most, about two seconds.
const MAX_BLOCKS: usize = 8_000_000;

/// The longest secret that is tried, in bytes.
const MAX_SECRET: usize = 1_024;

/// A value that may have signed tokens, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// The file.
    pub(crate) path: ArtifactPath,
    /// Its bytes there.
    pub(crate) region: Region,
    /// The name that it goes by.
    pub(crate) name: String,
    /// The value.
    pub(crate) value: Secret,
}

/// What a token verifies with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    /// The secret of this number.
    Known(usize),
    /// One of the secrets that everybody tries first.
    Common,
}

/// A token that verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// The number of the token.
    pub(crate) jwt: usize,
    /// What it verifies with.
    pub(crate) signer: Signer,
    /// Whether the secret had to be decoded from base64 first.
    pub(crate) decoded: bool,
}

/// What was found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verified {
    /// The tokens that verify, in the order of the tokens.
    pub(crate) matches: Vec<Match>,
    /// Whether some tokens or secrets were not tried for their number.
    pub(crate) cut: bool,
}

/// Secrets of tutorials, frameworks and debuggers. The published list of the
/// analysis holds fingerprints alone, which cannot be tried.
const COMMON: &[&str] = &[
    "secret",
    "your-256-bit-secret",
    "your-384-bit-secret",
    "your-512-bit-secret",
    "a-string-secret-at-least-256-bits-long",
    "secretkey",
    "secret-key",
    "secret_key",
    "SECRET",
    "SECRET_KEY",
    "secretKey",
    "mysecret",
    "my-secret",
    "my_secret",
    "mysecretkey",
    "my-secret-key",
    "my_secret_key",
    "supersecret",
    "super-secret",
    "super_secret",
    "supersecretkey",
    "super-secret-key",
    "topsecret",
    "top-secret",
    "shhhhh",
    "shhhhhhhh",
    "jwtsecret",
    "jwt-secret",
    "jwt_secret",
    "JWT_SECRET",
    "jwtSecret",
    "jwt_secret_key",
    "jwt-secret-key",
    "jwtkey",
    "your-secret-key",
    "your_secret_key",
    "your-secret",
    "your_secret",
    "your_jwt_secret",
    "your-jwt-secret",
    "yoursecretkey",
    "changeme",
    "change-me",
    "change_me",
    "changeit",
    "key",
    "mykey",
    "my-key",
    "private",
    "privatekey",
    "private_key",
    "token",
    "tokensecret",
    "password",
    "passw0rd",
    "123456",
    "12345678",
    "123456789",
    "1234567890",
    "qwerty",
    "admin",
    "test",
    "testsecret",
    "test-secret",
    "test_secret",
    "testing",
    "dev",
    "devsecret",
    "dev-secret",
    "dev_secret",
    "development",
    "default",
    "example",
    "example_key",
    "example-key",
    "hello",
    "foo",
    "foobar",
    "bar",
    "none",
    "null",
    "undefined",
    "auth",
    "authsecret",
    "keyboard cat",
    "keyboardcat",
    "some-secret",
    "somesecret",
    "thisisasecret",
    "this-is-a-secret",
    "this is a secret",
    "thisismysecret",
    "mysupersecret",
    "mysupersecretkey",
    "verysecret",
    "very-secret",
    "verysecretkey",
    "secret123",
    "secret1234",
    "access_token_secret",
    "accesstokensecret",
    "refresh_token_secret",
    "sharedsecret",
    "shared-secret",
    "hmackey",
    "hmac-secret",
    "signingkey",
    "signing-key",
    "jwt",
    "api",
    "app",
    "server",
    "client",
    "user",
    "super-secret-jwt-token-with-at-least-32-characters-long",
];

/// A token that can be tried, its algorithm and signature read.
struct Trial<'j> {
    jwt: usize,
    signed: &'j [u8],
    algorithm: Algorithm,
    signature: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Hs256,
    Hs384,
    Hs512,
}

/// Tries every secret on every token. Each token gets one match: the first secret
/// by order of the list, before the common ones.
pub(crate) fn verify(tokens: &[Secret], secrets: &[Known]) -> Verified {
    let mut verified = Verified::default();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut trials = Vec::new();
    let mut copies: Vec<(usize, usize)> = Vec::new();
    for (number, token) in tokens.iter().enumerate() {
        if let Some(&first) = seen.get(&**token) {
            copies.push((number, first));
            continue;
        }
        seen.insert(token, number);
        let Some(trial) = trial(number, token) else { continue };
        if trials.len() == MAX_TOKENS {
            verified.cut = true;
            break;
        }
        trials.push(trial);
    }
    if trials.is_empty() {
        return verified;
    }
    let keys = keys(secrets, &mut verified.cut);
    let mut blocks = 0;
    for trial in &trials {
        let found = keys.iter().find(|key| {
            blocks += trial.signed.len() / 64 + 4;
            blocks <= MAX_BLOCKS && trial.holds(&key.bytes)
        });
        if let Some(key) = found {
            let (signer, decoded) = (key.signer, key.decoded);
            verified.matches.push(Match { jwt: trial.jwt, signer, decoded });
        }
    }
    verified.cut |= blocks > MAX_BLOCKS;
    for (number, first) in copies {
        let of_first = verified.matches.iter().find(|found| found.jwt == first).copied();
        verified.matches.extend(of_first.map(|found| Match { jwt: number, ..found }));
    }
    verified.matches.sort_by_key(|found| found.jwt);
    verified
}

/// A key to try.
struct Key {
    bytes: Vec<u8>,
    signer: Signer,
    decoded: bool,
}

/// The keys to try, each once: the secrets as they are, then the common ones,
/// then what the secrets are in base64.
fn keys(secrets: &[Known], cut: &mut bool) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    let mut tried: HashSet<Vec<u8>> = HashSet::new();
    let mut add = |bytes: Vec<u8>, signer: Signer, decoded: bool| {
        if !bytes.is_empty() && bytes.len() <= MAX_SECRET && !tried.contains(&bytes) {
            tried.insert(bytes.clone());
            keys.push(Key { bytes, signer, decoded });
        }
    };
    // Where there are too many, those of telling names go first.
    let mut order: Vec<usize> = (0..secrets.len()).collect();
    if order.len() > MAX_SECRETS {
        *cut = true;
        order.sort_by_key(|&number| !tells(&secrets[number].name));
        order.truncate(MAX_SECRETS);
    }
    for &number in &order {
        let value = &secrets[number].value;
        if value.len() <= MAX_SECRET {
            add(value.as_bytes().to_vec(), Signer::Known(number), false);
        }
    }
    for common in COMMON {
        add(common.as_bytes().to_vec(), Signer::Common, false);
    }
    for &number in &order {
        let value = &secrets[number].value;
        let value = value.strip_prefix("base64:").unwrap_or(value);
        if (16..=MAX_SECRET).contains(&value.len())
            && let Some(bytes) = base64::decode(value)
        {
            add(bytes, Signer::Known(number), true);
        }
    }
    keys
}

/// Whether a name speaks of signing.
fn tells(name: &str) -> bool {
    ["jwt", "sign", "token", "auth", "secret"].iter().any(|word| crate::names::occurs(name, word))
}

/// Whether the token is signed by HMAC, so that secrets can be tried on it.
pub(crate) fn can_be_tried(token: &str) -> bool {
    trial(0, token).is_some()
}

/// Reads a token signed by HMAC; `None` for any other.
fn trial(jwt: usize, token: &str) -> Option<Trial<'_>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, _) = signed.split_once('.')?;
    let header = seaworthy_syntax::json::parse(&base64::decode_text(header)?);
    let algorithm = match header.root().get("alg")?.as_str()? {
        "HS256" => Algorithm::Hs256,
        "HS384" => Algorithm::Hs384,
        "HS512" => Algorithm::Hs512,
        _ => return None,
    };
    let signature = base64::decode(signature)?;
    Some(Trial { jwt, signed: signed.as_bytes(), algorithm, signature })
}

impl Trial<'_> {
    /// Whether the key signs what the token says.
    fn holds(&self, key: &[u8]) -> bool {
        fn check<M: Mac + KeyInit>(key: &[u8], signed: &[u8], signature: &[u8]) -> bool {
            let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return false };
            mac.update(signed);
            mac.verify_slice(signature).is_ok()
        }
        let check = match self.algorithm {
            Algorithm::Hs256 => check::<Hmac<Sha256>>,
            Algorithm::Hs384 => check::<Hmac<Sha384>>,
            Algorithm::Hs512 => check::<Hmac<Sha512>>,
        };
        check(key, self.signed, &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> ArtifactPath {
        ArtifactPath::new(name)
    }

    fn jwt(token: &str) -> Secret {
        Secret(token.to_owned())
    }

    fn known(value: &str) -> Known {
        let region = Region::new(0, value.len());
        Known {
            path: path(".env"),
            region,
            name: "JWT_SECRET".to_owned(),
            value: Secret(value.to_owned()),
        }
    }

    /// `{"alg":…}` and `{"sub":"u-71"}`, signed by another implementation.
    fn signed(header: &str, signature: &str) -> Secret {
        jwt(&[header, "eyJzdWIiOiJ1LTcxIn0", signature].join("."))
    }

    fn hs256() -> Secret {
        signed("eyJhbGciOiJIUzI1NiJ9", "N4_aPZpqcAY9nFuRCOtpiHYjlLfsthVuMgC19SEOziA")
    }

    fn hs384() -> Secret {
        signed(
            "eyJhbGciOiJIUzM4NCJ9",
            "Qvt3qBAIboqx4E3WpqEJ7hcoedpQu1f-QphCnjZ4bHDkumEqYTuFCAxailn3N7U4",
        )
    }

    fn hs512() -> Secret {
        signed(
            "eyJhbGciOiJIUzUxMiJ9",
            "t6YQU2g7fmIFfRC3LVeSvAylkLIEJ_S6Hr6JDZEt0pWQ3wtKJzmMAzRaZhOrTRqhZ7SlGkt4EONzx8zA_o-AIg",
        )
    }

    fn by_common() -> Secret {
        signed("eyJhbGciOiJIUzI1NiJ9", "faiYBhNoit3onOFLv45U1vlAi13x5cUFhCbytd4YsLM")
    }

    #[test]
    fn tokens_verify_with_the_secret_that_signed_them() {
        let secrets = [known("harbour-lantern"), known("tidepool-9-keeper"), known("x")];
        let of = |jwt: Secret| verify(&[jwt], &secrets).matches;
        let by_second = Match { jwt: 0, signer: Signer::Known(1), decoded: false };
        assert_eq!(of(hs256()), [by_second]);
        assert_eq!(of(hs384()), [by_second]);
        assert_eq!(of(hs512()), [by_second]);
        let common = Match { jwt: 0, signer: Signer::Common, decoded: false };
        assert_eq!(of(by_common()), [common]);
        assert_eq!(of(signed("eyJhbGciOiJIUzI1NiJ9", "AAAA")), []);
        assert_eq!(of(signed("eyJhbGciOiJSUzI1NiJ9", "AAAA")), []);
        assert_eq!(of(jwt("no token")), []);
    }

    #[test]
    fn secrets_in_base64_are_decoded() {
        let secrets = [known("b25lIG90aGVyIHNlY3JldA=="), known("dGlkZXBvb2wtOS1rZWVwZXI=")];
        let want = Match { jwt: 0, signer: Signer::Known(1), decoded: true };
        assert_eq!(verify(&[hs256()], &secrets).matches, [want]);
    }

    #[test]
    fn each_place_of_a_token_is_told_and_no_more_is_tried_than_can_be() {
        let tokens = [hs256(), hs384(), hs256()];
        let found = verify(&tokens, &[known("tidepool-9-keeper")]);
        assert_eq!(found.matches.iter().map(|found| found.jwt).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(!found.cut);
        let many: Vec<Known> = (0..=MAX_SECRETS).map(|n| known(&format!("k{n}"))).collect();
        assert!(verify(&[hs256()], &many).cut);
        assert!(!verify(&[], &many).cut);
    }
}
