//! Checksums and structures inside tokens, checked without the network.

mod crc;
mod decode;
mod structure;
#[cfg(test)]
mod tests;

use decode::{base64, is_json_object, is_text};

/// A checksum or structure that decides whether a token is genuine.
///
/// It is asked about the group `body` of the detector's expression if there is
/// one, otherwise about the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// `github-crc32`: of the last 36 characters the last six are the CRC-32 of
    /// the others, in base 62. GitHub's tokens of one prefix and 36 characters.
    GithubCrc32,
    /// `npm-crc32`: npm's tokens, which are made as GitHub's.
    NpmCrc32,
    /// `polar-crc32`: the same scheme with 37 random characters.
    PolarCrc32,
    /// `gitlab-routable-crc32`: the last seven characters are the CRC-32 of all
    /// before them, in base 36.
    GitlabRoutableCrc32,
    /// `grafana-crc32`: the eight hexadecimal digits after the last `_` are the
    /// CRC-32 of what stands before it, the low byte first.
    GrafanaCrc32,
    /// `synapse-crc32`: the six characters after the last `_` are the CRC-32 of
    /// what stands before it, in base 62. Access tokens of Synapse.
    SynapseCrc32,
    /// `mas-crc32`: the same with the lowest digit first. Tokens of the Matrix
    /// Authentication Service.
    MasCrc32,
    /// `aws-key-id`: the 16 characters after the prefix of four are base32, and
    /// the account number in them has twelve digits.
    AwsKeyId,
    /// `jwt`: header and payload are JSON objects in base64, and the header names
    /// an algorithm.
    Jwt,
    /// `base64-json`: a JSON object in base64.
    Base64Json,
    /// `base64-text`: printable text in base64.
    Base64Text,
    /// `nkey-crc16`: base32 that ends in the CRC-16 of what stands before it, and
    /// begins as the seed of a known kind of key.
    NkeyCrc16,
    /// `pypi-macaroon`: a macaroon of the second version in base64, complete to
    /// its signature.
    PypiMacaroon,
    /// `slack-parts`: the numbers of team, bot and user have no leading zero, and
    /// the random part is one.
    SlackParts,
    /// `stripe-parts`: the random part is one.
    StripeParts,
    /// `bech32`: the last six characters are the checksum of BIP 173.
    Bech32,
}

impl Proof {
    /// Every proof with its name in packs.
    pub const ALL: &'static [(&'static str, Proof)] = &[
        ("aws-key-id", Proof::AwsKeyId),
        ("base64-json", Proof::Base64Json),
        ("base64-text", Proof::Base64Text),
        ("bech32", Proof::Bech32),
        ("github-crc32", Proof::GithubCrc32),
        ("gitlab-routable-crc32", Proof::GitlabRoutableCrc32),
        ("grafana-crc32", Proof::GrafanaCrc32),
        ("jwt", Proof::Jwt),
        ("mas-crc32", Proof::MasCrc32),
        ("nkey-crc16", Proof::NkeyCrc16),
        ("npm-crc32", Proof::NpmCrc32),
        ("polar-crc32", Proof::PolarCrc32),
        ("pypi-macaroon", Proof::PypiMacaroon),
        ("slack-parts", Proof::SlackParts),
        ("stripe-parts", Proof::StripeParts),
        ("synapse-crc32", Proof::SynapseCrc32),
    ];

    /// What holds, as a clause: "its checksum holds".
    #[must_use]
    pub const fn claim(self) -> &'static str {
        match self {
            Proof::GithubCrc32
            | Proof::NpmCrc32
            | Proof::PolarCrc32
            | Proof::GitlabRoutableCrc32
            | Proof::GrafanaCrc32
            | Proof::SynapseCrc32
            | Proof::MasCrc32
            | Proof::NkeyCrc16
            | Proof::Bech32 => "its checksum holds",
            Proof::AwsKeyId => "it names an account of twelve digits",
            Proof::Jwt => "its header and its payload decode",
            Proof::Base64Json => "it decodes to an object of JSON",
            Proof::Base64Text => "it decodes to text",
            Proof::PypiMacaroon => "it decodes to a macaroon",
            Proof::SlackParts | Proof::StripeParts => "its parts are well formed",
        }
    }

    /// Whether the token passes. Any text may be asked about.
    #[must_use]
    pub fn holds(self, token: &str) -> bool {
        match self {
            Proof::GithubCrc32 | Proof::NpmCrc32 => crc::base62(token, 30),
            Proof::PolarCrc32 => crc::base62(token, 37),
            Proof::GitlabRoutableCrc32 => crc::base36(token),
            Proof::SynapseCrc32 => crc::synapse(token),
            Proof::MasCrc32 => crc::mas(token),
            Proof::GrafanaCrc32 => crc::hexadecimal(token),
            Proof::AwsKeyId => structure::aws_key_id(token),
            Proof::Jwt => structure::jwt(token),
            Proof::Base64Json => base64(token).is_some_and(|bytes| is_json_object(&bytes)),
            Proof::Base64Text => base64(token).is_some_and(|bytes| is_text(&bytes)),
            Proof::NkeyCrc16 => crc::nkey(token),
            Proof::PypiMacaroon => structure::macaroon(token),
            Proof::SlackParts => structure::slack(token),
            Proof::StripeParts => structure::stripe(token),
            Proof::Bech32 => crc::bech32(token),
        }
    }
}
