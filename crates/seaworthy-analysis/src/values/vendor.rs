//! Tokens that a vendor's prefix gives away, and the keys that vendors publish
//! for tests.

use super::shape;

/// What stands behind a vendor's prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VendorToken {
    /// Random text of sufficient length.
    Real,
    /// Anything else: the prefix with words, dots or too little behind it.
    Dummy,
}

/// Prefixes of secret tokens with the least length of what follows.
const PREFIXES: &[(&str, usize)] = &[
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("rk_test_", 16),
    ("sk_prod_", 16),
    ("whsec_", 24),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("gldt-", 20),
    ("glptt-", 20),
    ("glrt-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xoxa-", 20),
    ("xoxs-", 20),
    ("xoxe-", 20),
    ("xapp-", 20),
    ("AKIA", 16),
    ("ASIA", 16),
    ("ABIA", 16),
    ("AIza", 30),
    ("GOCSPX-", 20),
    ("ya29.", 20),
    ("SG.", 40),
    ("sk-ant-", 20),
    ("sk-proj-", 20),
    ("sk-svcacct-", 20),
    ("sk-or-", 20),
    ("sk-lf-", 20),
    ("sk-", 20),
    ("npm_", 30),
    ("pypi-", 40),
    ("rubygems_", 30),
    ("hf_", 30),
    ("gsk_", 30),
    ("r8_", 30),
    ("phx_", 30),
    ("sbp_", 30),
    ("sb_secret_", 16),
    ("dop_v1_", 40),
    ("doo_v1_", 40),
    ("shpat_", 24),
    ("shpss_", 24),
    ("shpca_", 24),
    ("shppa_", 24),
    ("rzp_live_", 12),
    ("rzp_test_", 12),
    ("re_", 20),
    ("key-", 24),
    ("xkeysib-", 40),
    ("tvly-", 16),
    ("fc-", 20),
    ("pplx-", 24),
    ("lsv2_pt_", 24),
    ("lsv2_sk_", 24),
    ("pul-", 30),
    ("tskey-", 20),
    ("dckr_pat_", 20),
    ("PMAK-", 40),
    ("ATATT", 40),
    ("EAAC", 40),
    ("sq0atp-", 20),
    ("sq0csp-", 30),
    ("access_token$production$", 20),
    ("dapi", 30),
    ("dp.pt.", 30),
    ("dp.st.", 30),
    ("hvs.", 20),
    ("hvb.", 20),
    ("glsa_", 30),
    ("glc_", 30),
    ("NRAK-", 24),
    ("nfp_", 30),
    ("rnd_", 24),
    ("fo1_", 30),
    ("FlyV1 ", 30),
    ("lin_api_", 30),
    ("secret_", 30),
    ("ntn_", 30),
    ("pat", 60),
    ("sntrys_", 30),
    ("sntryu_", 30),
    ("0x4AAAAAAA", 12),
    ("xai-", 40),
    ("vercel_blob_rw_", 24),
    ("sk_prod", 24),
    ("pcsk_", 30),
    ("AGE-SECRET-KEY-1", 50),
    ("cfut_", 30),
    ("CLERK_", 30),
    ("dG9rOg", 20),
];

/// Judges a value that begins with a vendor's prefix; `None` when it begins with
/// none. What follows must be one token of the vendor's usual alphabet, long
/// enough and random to be real.
#[must_use]
pub fn vendor_token(value: &str) -> Option<VendorToken> {
    let value = super::bounded(value).trim();
    if let Some(class) = telegram_token(value) {
        return Some(class);
    }
    let (prefix, least) = PREFIXES.iter().find(|(prefix, _)| value.starts_with(prefix))?;
    let body = &value[prefix.len()..];
    let token = body.bytes().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'=')
    });
    if token && body.len() >= *least && shape::looks_random(body) {
        return Some(VendorToken::Real);
    }
    // Prefixes that are words or syllables by themselves say nothing when the
    // rest does not fit.
    let ambiguous = [
        "re_", "pat", "secret_", "key-", "EAAC", "dapi", "AKIA", "ASIA", "ABIA", "fc-", "hf_",
        "dG9rOg", "FlyV1 ", "npm_", "CLERK_", "pul-", "sk_prod", "r8_",
    ];
    (!ambiguous.contains(prefix)).then_some(VendorToken::Dummy)
}

/// `123456789:AA…`: a bot's number and 35 characters.
fn telegram_token(value: &str) -> Option<VendorToken> {
    let (number, body) = value.split_once(':')?;
    let shaped = (8..=10).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && (30..=40).contains(&body.len())
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    (shaped && shape::looks_random(body)).then_some(VendorToken::Real)
}

/// Documented keys, cut in two so that no scanner of our own sources takes them
/// for leaks.
const TEST_KEYS: &[(&str, &str)] = &[
    // AWS documentation.
    ("AKIAIOSF", "ODNN7EXAMPLE"),
    ("wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY"),
    // Stripe documentation.
    ("sk_test_", "4eC39HqLyjWDarjtT1zdp7dc"),
    ("pk_test_", "TYooMQauvdEDq54NiTphI7jx"),
    ("sk_test_", "BQokikJOvBiI2HlWgH4olfQ2"),
    ("pk_test_", "6pRNASCoBOKtIshFeQd4XMUh"),
    // Google reCAPTCHA's test keys.
    ("6LeIxAcTAAAAAJcZ", "VRqyHh71UMIEGNQ_MXjiZKhI"),
    ("6LeIxAcTAAAAAGG-", "vFI1TnRWxMZNFuojJ4WifJWe"),
    // hCaptcha's test keys.
    ("10000000-ffff-ffff-", "ffff-000000000001"),
    ("20000000-ffff-ffff-", "ffff-000000000002"),
    ("30000000-ffff-ffff-", "ffff-000000000003"),
    ("0x00000000000000000000", "00000000000000000000"),
    // Azure storage and Cosmos emulators.
    (
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsu",
        "Fq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    ),
    (
        "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nD",
        "uVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",
    ),
    // Development accounts of Hardhat and Anvil.
    ("0xac0974bec39a17e36ba4a6b4d238ff94", "4bacb478cbed5efcae784d7bf4f2ff80"),
    ("0x59c6995e998f97a5a0044966f0945389", "dc9e86dae88c7a8412f4603b6b78690d"),
    ("0x5de4111afa1a4b94908f83103eb1f170", "6367c2e68ca870fc3fb9a804cdab365a"),
    ("0x7c852118294e51e653712a81e05800f4", "19141751be58f605c371e15141b007a6"),
    ("0x47e179ec197488593b187f80a00eb0da", "91f1b9d0b13f8733639f19c30a34926a"),
    ("0x8b3a350cf5c34c9194ca85829a2df0ec", "3153be0318b5e2d3348e872092edffba"),
    ("0x92db14e403b83dfe3df233f83dfa3a0d", "7096f21ca9b0d6d6b8d88b2b4ec1564e"),
    ("0x4bbbf85ce3377467afe5d46f804f2218", "13b2bb87f24d81f60f1fcdbf7cbf4356"),
    ("0xdbda1821b80551c9d65939329250298a", "a3472ba22feea921c0cf5d620ea67b97"),
    ("0x2a871d0798f97d79848a013d4936a73b", "f4cc922c825d33c1cf7073dff6d409c6"),
    // RFC 6238's secret and the one of most TOTP documentation.
    ("JBSWY3DP", "EHPK3PXP"),
    ("GEZDGNBVGY3TQOJQ", "GEZDGNBVGY3TQOJQ"),
    // The Laravel Reverb, Pusher and Soketi defaults.
    ("large4", "cats"),
    ("app-", "secret"),
    ("app-", "key"),
];

/// Signatures of JWTs that documentation shows.
const TEST_SIGNATURES: &[(&str, &str)] = &[
    ("SflKxwRJSMeKKF2QT4", "fwpMeJf36POk6yJV_adQssw5c"),
    ("dBjftJeZ4CVP-mB92K27", "uhbUJU1p1r_wW1gFWFOEjXk"),
    ("TJVA95OrM7E2cBab30RM", "HrHDcEfxjoYZgeFONFh7HgQ"),
    ("KMUFsIDTnFmyG3nMiGM6", "H9FNFUROf3wh7SmqJp-QV30"),
];

/// Whether a vendor publishes this key for tests or documentation.
#[must_use]
pub fn is_test_key(value: &str) -> bool {
    let value = super::bounded(value).trim();
    let is = |(first, second): &(&str, &str)| {
        value.strip_prefix(first).is_some_and(|rest| rest == *second)
    };
    TEST_KEYS.iter().any(is)
        || is_turnstile_test_key(value)
        || TEST_SIGNATURES.iter().any(|(first, second)| {
            value.rsplit_once('.').is_some_and(|(_, signature)| {
                signature.strip_prefix(first).is_some_and(|rest| rest == *second)
            })
        })
}

/// Cloudflare Turnstile's test keys: a digit, `x`, zeros, and two equal or
/// neighbouring capitals.
fn is_turnstile_test_key(value: &str) -> bool {
    let bytes = value.as_bytes();
    matches!(bytes.len(), 24 | 35)
        && matches!(bytes[0], b'1'..=b'3')
        && bytes[1] == b'x'
        && bytes[2..bytes.len() - 2].iter().all(|&byte| byte == b'0' || byte == b'A')
        && bytes[bytes.len() - 2..].iter().all(u8::is_ascii_uppercase)
}
