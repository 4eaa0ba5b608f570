//! Vectors from the vendors' documentation where there are any, otherwise made
//! with the libraries of another language.

use super::*;

/// Asserts that each token passes and that it does not with any one letter or
/// digit of its checksummed part changed.
fn holds_to_the_letter(proof: Proof, tokens: &[&str], skip: usize) {
    for token in tokens {
        assert!(proof.holds(token), "{token}");
        for at in skip..token.len() {
            let mut bytes = token.as_bytes().to_vec();
            bytes[at] = match bytes[at] {
                b'0' => b'2',
                b'a' => b'c',
                b'A' => b'C',
                byte @ (b'-' | b'_' | b'.') => byte,
                b'9' | b'z' | b'Z' | b'7' => bytes[at] - 1,
                byte => byte + 1,
            };
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert!(changed == **token || !proof.holds(&changed), "{changed}");
        }
    }
}

#[test]
fn the_checksums_are_the_usual_ones() {
    assert_eq!(crc::crc32(b"123456789"), 0xcbf4_3926);
    assert_eq!(crc::crc16(b"123456789"), 0x31c3);
}

#[test]
fn base62_sums_hold_to_the_letter() {
    let github = [
        concat!("ghp", "_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"),
        concat!("ghp", "_LRjEiEsY4Za5b9WxQqDYgESmlWfG1g2mU9GT"),
    ];
    holds_to_the_letter(Proof::GithubCrc32, &github, 4);
    holds_to_the_letter(
        Proof::NpmCrc32,
        &[concat!("npm", "_6RdqzAxZ2I4BuoJ7Wej4ta9QekzbfJ1fYWGG")],
        4,
    );
    holds_to_the_letter(Proof::PolarCrc32, &["zCjxxFY99lwjBf7qS1omkL1Os6HecjEMG8KhA3GTsYm"], 0);
}

#[test]
fn other_sums_hold_to_the_letter() {
    holds_to_the_letter(
        Proof::GrafanaCrc32,
        &[
            concat!("gl", "sa_yscW25imSKJIuav8zF37RZmnbiDvB05G_fcaaf58a"),
            concat!("gl", "sa_eVd3NwsI8oKMWpC60H0s3Zuaow7DuKUj_a7d7e8f6"),
        ],
        0,
    );
    holds_to_the_letter(
        Proof::GitlabRoutableCrc32,
        &[
            concat!("glp", "at-cdQLhvKM5pKA6WwubVHSyWM6MQpvOjAKcDplYzF3CnU6aXExZ28W.1g0nesd29"),
            concat!(
                "gl",
                "rt-t1_Pw6CgrJ67IM7BXF6tGhKIWM6MQpvOjkKcDpqcHQ3CnU6enJtZ2YW.01.1g0oqspbo"
            ),
        ],
        0,
    );
    holds_to_the_letter(
        Proof::SynapseCrc32,
        &[concat!("sy", "t_bGZpcnZl_GadapJmDlDTvjhmYWYCu_2UN3WJ")],
        0,
    );
    holds_to_the_letter(
        Proof::MasCrc32,
        &[
            concat!("ma", "r_LezFLZS1KBOzMDWlCHPUv2tCnOET7t_0EAEA5"),
            concat!("mp", "t_PTqB1yeJx9QNS1oPlqKVQnlQr9CXkY_kKoAY4"),
        ],
        0,
    );
    holds_to_the_letter(
        Proof::Bech32,
        &[
            "A12UEL5L",
            "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
            concat!(
                "AGE-SECRET-",
                "KEY-1GYQX7RKT4A8KEMPL8YFA2TS52CN6570TXVKMFYUV6K68D8T60D6QGLSAU0"
            ),
        ],
        0,
    );
    holds_to_the_letter(
        Proof::NkeyCrc16,
        &[
            concat!("SUAMLK2ZNL35WSMW37E7UD4VZ7ELP", "KW7DHC3BWBSD2GCZ7IUQQXZIORRBU"),
            concat!("SUAIFNYO5Z7RUUBZX3YH5QRUP4DG5", "UEPLXDVCJCH4NAEGAACNNXFIVJ7OM"),
        ],
        0,
    );
}

#[test]
fn structures_hold_or_do_not() {
    let macaroon = concat!(
        "pypi-AgEIc",
        "HlwaS5vcmcCJDRiYjc0MmVlLTY3OGEtNGUyYS04MGNhLWIzOWRjMzE2ZGVhYgACKlszLCJiNDNhYTYzY",
        "y03ZDkwLTQzOWUtYjc3MC1iNTcyMmM3ZTYyMDQiXQAABiDnfjVIv8yYpkIU-2PfaJzdOJxo77kzeJ879",
        "ijl4XHuZg",
    );
    let cases = [
        (Proof::AwsKeyId, concat!("AKI", "AV2SYSKYGRAI7WBIK"), true),
        (Proof::AwsKeyId, concat!("AKI", "A7777777777777777"), false),
        (Proof::AwsKeyId, concat!("AKI", "AAAAAAAAAAAAAAAAA"), false),
        (Proof::AwsKeyId, concat!("AKI", "AV2SYSKYGRAI7WBI"), false),
        (Proof::AwsKeyId, concat!("AKI", "AV2SYSKYGRAI7WBI0"), false),
        (Proof::AwsKeyId, "AK", false),
        (Proof::Jwt, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", true),
        (Proof::Jwt, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.", true),
        (Proof::Jwt, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0", false),
        (Proof::Jwt, "eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiIxIn0.c2ln", false),
        (Proof::Jwt, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.c2ln", false),
        (Proof::Jwt, "eyJhbGciOiJIUzI1NiJ9.eyJ.c2ln.a.b", false),
        (Proof::Base64Json, "eyJhIjoxfQ==", true),
        (Proof::Base64Json, "eyJhIjoxfQ", true),
        (Proof::Base64Json, "W10=", false),
        (Proof::Base64Json, "eyJhIjox", false),
        (Proof::Base64Json, "eyJhIjoxfQ=", true),
        (Proof::Base64Json, "eyJhIjoxfQ===", false),
        (Proof::Base64Json, "", false),
        (Proof::Base64Text, "cmVmdGtuOjAx", true),
        (Proof::Base64Text, "cmVmdGtuAAAA", false),
        (Proof::Base64Text, "////", false),
        (Proof::PypiMacaroon, macaroon, true),
        (Proof::PypiMacaroon, &macaroon[..100], false),
        (Proof::PypiMacaroon, "pypi-", false),
        (
            Proof::SlackParts,
            concat!("xo", "xb-916160527423-5505061207981-w8hhy4C2exJDQ8TtJzay3xVY"),
            true,
        ),
        (
            Proof::SlackParts,
            concat!("xo", "xb-016160527423-5505061207981-w8hhy4C2exJDQ8TtJzay3xVY"),
            false,
        ),
        (
            Proof::SlackParts,
            concat!("xo", "xb-123456789012-5505061207981-w8hhy4C2exJDQ8TtJzay3xVY"),
            false,
        ),
        (
            Proof::SlackParts,
            concat!("xo", "xb-916160527423-5505061207981-xxxxxxxxxxxxxxxxxxxxxxxx"),
            false,
        ),
        (
            Proof::SlackParts,
            concat!(
                "xo",
                "xp-394308035278-485910238690-9930190824492-a3918579a8f45df4f6e0c5629b080d53"
            ),
            true,
        ),
        (Proof::SlackParts, "xoxb", false),
        (Proof::StripeParts, concat!("sk_l", "ive_WKvVKZD5qKyLIzLMADNY9noK"), true),
        (Proof::StripeParts, concat!("sk_l", "ive_abcdefghijklmnopqrstuvwx"), false),
        (Proof::StripeParts, concat!("sk_l", "ive_XXXXXXXXXXXXXXXXXXXXXXXX"), false),
        (Proof::Bech32, "A12UEL5l", false),
        (Proof::Bech32, "1", false),
    ];
    for (proof, token, want) in cases {
        assert_eq!(proof.holds(token), want, "{proof:?} {token}");
    }
}

#[test]
fn no_text_is_too_strange_to_be_asked_about() {
    for (_, proof) in Proof::ALL {
        for text in
            ["", "-", "_", ".", "1", "ä", "äöüßäöüßäöüßäöüßäöüßäöüß_ääää", "\0\0\0\0\0\0\0\0"]
        {
            assert!(!proof.holds(text), "{proof:?} {text}");
        }
    }
}

#[test]
fn the_names_are_sorted_and_unique() {
    assert!(Proof::ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
}
