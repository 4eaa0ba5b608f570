use super::*;
use crate::file::Language;
use seaworthy_detector_pack::Finder;

use crate::find::near::tests::{regions, run, survives};

/// Keys that were made for these tests and open nothing.
const RSA: &str = "\
MIIBOwIBAAJBAMZXIH9xNzphCgEy16K6KsTMhWjVW8GjxDINBgYeFp3eBzSWPdxy\n\
Bek7doAnBZTckifmLeJeCjukrx/YBagibi0CAwEAAQJBALP9yV4eDjKKcZvY2duw\n\
+rMRr1gNl3FI/vk03GyczYWAqSnn9B4jnkk5Rmk/jQ5dgjUp5bfaHjxsEjZYKuq3\n\
EsECIQDh7Pysm42oF1FDDqnwX8h6aAb49IVM0cY8fXRjGZYoFQIhAOC+GGIyhmzm\n\
I4mDCshOJRe6uS+9MvFL5n6J3G/Y4Fu5AiATMAttpXBsfD58kXxBXAEs1DTzY+EG\n\
WzKY5JbD6+Ji2QIhAN23zHh8HhArT13ncOjB52gsp2vIfQx+c8vcmCOj01vJAiBp\n\
tgVF/a29EGUgv2O330kdrwjuSc3wI2xrbdQTkckUGg==";

const EC: &str = "\
MHcCAQEEIB8AvDBtRUDoYCorgvv+V0qnt7Jr7hL3EgshBHSRww6KoAoGCCqGSM49\n\
AwEHoUQDQgAElc+i1IsNyCZS4HyOOUu8rz3ppGvsQ/e7SJ0SokPZTrG3qqHM5oNb\n\
rd5d5jk1NXtXjnbz3XcJu0ceduO9J2OlSg==";

const EC_PKCS8: &str = "\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHwC8MG1FQOhgKiuC\n\
+/5XSqe3smvuEvcSCyEEdJHDDoqhRANCAASVz6LUiw3IJlLgfI45S7yvPemka+xD\n\
97tInRKiQ9lOsbeqoczmg1ut3l3mOTU1e1eOdvPddwm7Rx52470nY6VK";

const ED25519: &str = "\
MC4CAQAwBQYDK2VwBCIEIF4CMlmUDiHL4FYyE5sRnkjeGVVHpmdPsziMjZiT3jsB";

const PKCS8_ENCRYPTED: &str = "\
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgHJNukti7z8gICCAAw\n\
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEKdqxQS0fhW0PWttIetKnDwEgZCA\n\
m6SdYwZE5rsha08ryiDRSBO6YboIb12EYa7DwKzP8yWz4QPx1QwT1aya8gJx9yhP\n\
QiLh+KHR1pvM6103ki40XFRzCdFJMBtWmk+jdlmFkCYdqe7w/acvrT811tAhFtf2\n\
9Oi8+dFKY9GuG2Te6WMpkGI5RGxXhp5nCBn5YlrUys395tKcEBi7BxB3n2+Ql/I=";

const RSA_ENCRYPTED: &str = "\
Proc-Type: 4,ENCRYPTED\n\
DEK-Info: AES-128-CBC,F4A8FF767F5B00C4EB66527DAD9FE842\n\
\n\
yxgzcsYrhP7b0t2MlwEnV4cMnLrxJQNauyz8GyIobSS2TIqJrTf/Gs9CyTH4/612\n\
mFqIw5fIsf9wtOhO8vk7BiXFl5nK2zUH+tqsUSmP0riDtCGZDqWP7xsM+VDDtObs\n\
SQ5x1RNYcE1y25jS7b0cajpVmF/Vl2VozsI1BcJkY3Bq9Dz6IQfDjWQgGVcvLPwh\n\
GXHJlKTLrhMKaLytw0oVXxZKPmC4cL03ja/O8K5KlWW4UQmHghYcdrYc9righRpK\n\
SgIuZHsigGmj+rseWTmr15D4ySEwJNX5uODgzRM6kaHtCNNlFmIfGKRGScX0qeQu\n\
9038A0P0jFvE0FYaKWzeQtvuMzK4+TtWdrzQMu+P+MPHqeqqbXFWwbnLT9RPNsZ8\n\
58D8jcGjt61hJBqeUx3D98SC1vBsTCG14hJoG5jSiHs=";

const OPENSSH: &str = "\
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n\
QyNTUxOQAAACAh9vH8kuNH4bNjQGotBkExtW86GxcET1GIJ1/0sKh/3wAAAIj4Pkow+D5K\n\
MAAAAAtzc2gtZWQyNTUxOQAAACAh9vH8kuNH4bNjQGotBkExtW86GxcET1GIJ1/0sKh/3w\n\
AAAECx95gRvf2Y5WVz3VFAGG6+IJVTO/DUNk1bk2/UvIG0/yH28fyS40fhs2NAai0GQTG1\n\
bzobFwRPUYgnX/SwqH/fAAAAAWEBAgME";

const OPENSSH_ENCRYPTED: &str = "\
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDbDt2D09\n\
+oZtedFNZAYw1oAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIM5qrMgMoRZ2yzWd\n\
REjN3fDgclc3+8BjO2l2fL85kCOXAAAAkNMenJuHr8CqyMlS1izr91thgeCafc7to2CQDZ\n\
KTeaTn5n4PAUYjn9guvtkFmBLgyiCtOpsIACL6jrM27EDATHNA4/kubUyKwZuAePfSrd9a\n\
5A6ro8M/Gfk4n9yE0I6PkpPSd8VLGRRUprU2EWGo1cB62BFj0C5eXHnx6mhHT2gGInYW0L\n\
MNWvj9QfYyzBLs0g==";

const PGP: &str = "\
\n\
lFgEawKLOhYJKwYBBAHaRw8BAQdAmDLVhC37nAtgWLunLjUCpCok7hL5qWrJUCL/\n\
PPCu2QoAAP9W6/QMvuEuQMefipQkezpL8o954i8MQTHNagqQy0YpnBAltAlhIDxh\n\
QGIuYz6IkAQTFggAOBYhBF4UJUWREaYXXIT/XaCh1s15AWTFBQJrAos6AhsDBQsJ\n\
CAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEKCh1s15AWTFsNcA/09rCt2SbFwv5uSN\n\
CrS2p/rzSHqB5ciR1JcHaihW/r56AQCSz5NK2JJ1oz1dK0Bd/stVHaiEB3HtAQKk\n\
c9qOsaCmBw==\n\
=OOMG";

const PGP_ENCRYPTED: &str = "\
\n\
lIYEawKLOxYJKwYBBAHaRw8BAQdAvQn1hH3vJmWTqujsN4bD1WXw2UKpeLfcXh59\n\
Glg3roL+BwMCiK88VG9GilH/lD9l3V34WOiATAUf5FMVXT8ki+DlFIkX6EueOGbA\n\
Ubeze6XnoPYiNz1JgZpt7Am1FgZT7B1CLosbyOf16hgjZKfKPLvGV7QJYSA8YUBi\n\
LmM+iJAEExYIADgWIQRV9d61e49ffiMgMDKmVY3RDnGLRgUCawKLOwIbAwULCQgH\n\
AgYVCgkICwIEFgIDAQIeAQIXgAAKCRCmVY3RDnGLRquqAP4vZj/P5a1ItRBZVEgP\n\
/90t7KiZ1mOVpnLoJ+BUcKAf5wEA5Lt5XZx2ttajzcuzxTS68b+6F5ihhzfTx23o\n\
KerOeQk=\n\
=XA7L";

const EC_CERTIFICATE: &str = "\
MIIBbDCCAROgAwIBAgIUZJfl1XIGtI8dOSwIYjPnM1VdDnowCgYIKoZIzj0EAwIw\n\
DDEKMAgGA1UEAwwBYTAeFw0yNjExMjIwNjI1MDhaFw0yNjExMjMwNjI1MDhaMAwx\n\
CjAIBgNVBAMMAWEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASVz6LUiw3IJlLg\n\
fI45S7yvPemka+xD97tInRKiQ9lOsbeqoczmg1ut3l3mOTU1e1eOdvPddwm7Rx52\n\
470nY6VKo1MwUTAdBgNVHQ4EFgQUeWspJ7JHM1yp6zcoIaH+88J3I3swHwYDVR0j\n\
BBgwFoAUeWspJ7JHM1yp6zcoIaH+88J3I3swDwYDVR0TAQH/BAUwAwEB/zAKBggq\n\
hkjOPQQDAgNHADBEAiAN7L2TeAlwK2juMxwuuXzjMMcXBzBcAxE5Zj+YhYeoJQIg\n\
WSDNI+qqxBQjHYCSVPnfj57ZV28Vc/RIA+v9R94/Upo=";

const RSA_CERTIFICATE: &str = "\
MIIBbzCCARmgAwIBAgIUYQuR//Y0P0lLUh5mcKpBDzvuhogwDQYJKoZIhvcNAQEL\n\
BQAwDDEKMAgGA1UEAwwBYTAeFw0yNjExMjIwNjI1MDhaFw0yNjExMjMwNjI1MDha\n\
MAwxCjAIBgNVBAMMAWEwXDANBgkqhkiG9w0BAQEFAANLADBIAkEAxlcgf3E3OmEK\n\
ATLXoroqxMyFaNVbwaPEMg0GBh4Wnd4HNJY93HIF6Tt2gCcFlNySJ+Yt4l4KO6Sv\n\
H9gFqCJuLQIDAQABo1MwUTAdBgNVHQ4EFgQUhMZWKVqLx7TO/ZrCVSeUd49DR+sw\n\
HwYDVR0jBBgwFoAUhMZWKVqLx7TO/ZrCVSeUd49DR+swDwYDVR0TAQH/BAUwAwEB\n\
/zANBgkqhkiG9w0BAQsFAANBAK1+xAU2ua70h7k1Sh97C/ciN2r2IV5GLxzazNkX\n\
Bmdplj3AdeTTeWxHQWhX5rTSi+QJN72U8WHByOQsCjv4fGU=";

const SSH2: &str = "P2/56wAAAMcAAAA3aWYtbW9kbntzaWdue3JzYS1wa2NzMS1zaGExfSxlbmNyeXB0e3JzYS1wa2NzMXYyLW9hZXB9fQAAAARub25lAAAAeAswVXqfxOkOM1h9osfsETZbgKXK7xQ5XoOozfIXPGGGq9D1Gj9kia7T+B1CZ4yx1vsgRWqPtNn+I0htkrfcASZLcJW63wQpTnOYveIHLFF2m8DlCi9UeZ7D6A0yV3yhxusQNVp/pMnuEzhdgqfM8RY7YIWqz/QZPg==";

const SSH2_ENCRYPTED: &str = "P2/56wAAAMcAAAA3aWYtbW9kbntzaWdue3JzYS1wa2NzMS1zaGExfSxlbmNyeXB0e3JzYS1wa2NzMXYyLW9hZXB9fQAAAAgzZGVzLWNiYwAAAHgLMFV6n8TpDjNYfaLH7BE2W4Clyu8UOV6DqM3yFzxhhqvQ9Ro/ZImu0/gdQmeMsdb7IEVqj7TZ/iNIbZK33AEmS3CVut8EKU5zmL3iByxRdpvA5QovVHmew+gNMld8ocbrEDVaf6TJ7hM4XYKnzPEWO2CFqs/0GT4=";

/// A block with its markers; put together, so that no scanner takes this file for
/// a key.
fn block(label: &str, body: &str) -> String {
    format!("-----{} {label}-----\n{body}\n-----{} {label}-----", "BEGIN", "END")
}

fn proofs(text: &str) -> Vec<Option<&'static str>> {
    run(find, Finder::PrivateKey, Language::Other, text).iter().map(|found| found.proof).collect()
}

#[test]
fn keys_that_can_be_used_are_found_and_parsed() {
    let cases = [
        ("RSA PRIVATE KEY", RSA, "RSA"),
        ("EC PRIVATE KEY", EC, "EC"),
        ("PRIVATE KEY", EC_PKCS8, "PKCS #8"),
        ("PRIVATE KEY", ED25519, "PKCS #8"),
        ("OPENSSH PRIVATE KEY", OPENSSH, "OpenSSH"),
    ];
    for (label, body, want) in cases {
        let whole = block(label, body);
        let text = format!("key:\n{whole}\nend");
        assert_eq!(
            regions(find, Finder::PrivateKey, Language::Other, &text),
            [whole.as_str()],
            "{label}"
        );
        assert!(proofs(&text)[0].is_some_and(|proof| proof.contains(want)), "{label}");
    }
    let pgp = block("PGP PRIVATE KEY BLOCK", PGP);
    assert_eq!(proofs(&pgp), [None]);
}

#[test]
fn keys_under_a_passphrase_and_other_blocks_are_none() {
    let cases = [
        ("ENCRYPTED PRIVATE KEY", PKCS8_ENCRYPTED),
        ("PRIVATE KEY", PKCS8_ENCRYPTED),
        ("RSA PRIVATE KEY", RSA_ENCRYPTED),
        ("OPENSSH PRIVATE KEY", OPENSSH_ENCRYPTED),
        ("PGP PRIVATE KEY BLOCK", PGP_ENCRYPTED),
        ("CERTIFICATE", EC_CERTIFICATE),
        ("PUBLIC KEY", EC),
        ("RSA PRIVATE KEY", "..."),
        ("RSA PRIVATE KEY", "mocked"),
        ("RSA PRIVATE KEY", "your private key goes here, all of it"),
        ("RSA PRIVATE KEY", ""),
        ("rsa private key", RSA),
    ];
    for (label, body) in cases {
        assert_eq!(proofs(&block(label, body)), [], "{label} {body}");
    }
    let filler = "MIIEpAIBAAKCAQEA".repeat(16);
    assert_eq!(proofs(&block("RSA PRIVATE KEY", &filler)), []);
    // The first lines of a key, shown as if they were one.
    assert_eq!(proofs(&block("RSA PRIVATE KEY", &RSA[..195])), []);
    let elided = format!("{}\n...\n{}", &RSA[..200], &RSA[300..]);
    assert_eq!(proofs(&block("RSA PRIVATE KEY", &elided)), []);
}

#[test]
fn bodies_are_read_in_every_dress() {
    let whole = block("RSA PRIVATE KEY", RSA);
    let lines: Vec<&str> = whole.lines().collect();
    let dressed = [
        whole.replace('\n', "\r\n"),
        format!("key = \"{}\"", lines.join("\\n")),
        format!("key = \"{}\"", lines.join("\\\\n")),
        format!("key = \"{}\"", lines.join("\\r\\n")),
        format!("key = \"{}\"", lines.join("\\u000a")),
        format!("key: |\n  {}", lines.join("\n  ")),
        format!("# {}", lines.join("\n# ")),
        format!("// {}", lines.join("\n// ")),
        format!("\"{}\"", lines.join("\\n\" +\n    \"")),
        format!("'{}'", lines.join("',\n'")),
        format!("<key>{}</key>", lines.join("&#10;")),
        format!("<key>{}</key>", lines.join("&#xA;")),
        lines.join(" "),
        lines.join("%0A").replace('+', "%2B"),
    ];
    for text in dressed {
        assert!(matches!(proofs(&text)[..], [Some(_)]), "{text}");
    }
    // The rest is missing: it is a key all the same.
    let long = format!("-----{} RSA PRIVATE KEY-----\n{}", "BEGIN", &RSA[..RSA.len() - 8]);
    assert_eq!(proofs(&long), [None]);
    let headers = format!("Version: GnuPG v2\nComment: none\n\n{PGP}");
    assert_eq!(proofs(&block("PGP PRIVATE KEY BLOCK", &headers)), [None]);
}

#[test]
fn the_keys_of_putty_and_ssh2_are_read() {
    let putty = |encryption: &str| {
        format!(
            "PuTTY-User-Key-File-2: ssh-ed25519\r\nEncryption: {encryption}\r\nComment: a\r\n\
             Public-Lines: 1\r\nAAAA\r\nPrivate-Lines: 1\r\n\
             AAAAIF4CMlmUDiHL4FYyE5sRnkjeGVVHpmdPsziMjZiT3jsB\r\nPrivate-MAC: 00\r\n"
        )
    };
    assert!(matches!(proofs(&putty("none"))[..], [Some(_)]));
    assert_eq!(proofs(&putty("aes256-cbc")), []);
    assert_eq!(proofs("see PuTTY-User-Key-File-2: for the format"), []);
    let two = format!("{}{}", putty("aes256-cbc"), putty("none"));
    assert!(matches!(proofs(&two)[..], [Some(_)]));
    let ssh2 = |body: &str| {
        format!(
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: \"a\"\nX: b\\\nc\n{body}\n\
             ---- END SSH2 ENCRYPTED PRIVATE KEY ----"
        )
    };
    assert!(matches!(proofs(&ssh2(SSH2))[..], [Some(_)]));
    assert_eq!(proofs(&ssh2(SSH2_ENCRYPTED)), []);
}

#[test]
fn the_certificate_of_a_key_is_told() {
    let related = |text: &str| {
        let found = run(find, Finder::PrivateKey, Language::Other, text);
        let regions: Vec<String> = found
            .iter()
            .flat_map(|f| &f.related)
            .map(|(r, _)| text[r.range()].to_owned())
            .collect();
        regions
    };
    let ec_certificate = block("CERTIFICATE", EC_CERTIFICATE);
    let rsa_certificate = block("CERTIFICATE", RSA_CERTIFICATE);
    let cases = [
        ("EC PRIVATE KEY", EC, &ec_certificate),
        ("PRIVATE KEY", EC_PKCS8, &ec_certificate),
        ("RSA PRIVATE KEY", RSA, &rsa_certificate),
    ];
    for (label, body, certificate) in cases {
        let key = block(label, body);
        let text = format!("{rsa_certificate}\n{key}\n{ec_certificate}\n");
        assert_eq!(related(&text), [certificate.as_str()], "{label}");
    }
    let other = format!("{rsa_certificate}\n{}", block("EC PRIVATE KEY", EC));
    assert_eq!(related(&other), [""; 0]);
    let escaped = format!("{}\n{ec_certificate}", block("EC PRIVATE KEY", EC)).replace('\n', "\\n");
    assert_eq!(related(&escaped), [ec_certificate.replace('\n', "\\n")]);
}

#[test]
fn any_text_is_survived() {
    let key = block("PRIVATE KEY", ED25519);
    survives(find, Finder::PrivateKey, &[&key, "PuTTY-User-Key-File-2: a\nPrivate-Lines: 1\nAA"]);
    for cut in 0..RSA.len() {
        let bytes = base64::decode(&RSA.replace('\n', "")).expect("base64");
        let cut = &bytes[..cut.min(bytes.len())];
        assert!(der::private_key(cut) == der::Key::Unknown || cut.len() == bytes.len());
        assert!(der::public_part(cut).is_none() || cut.len() == bytes.len());
    }
}
