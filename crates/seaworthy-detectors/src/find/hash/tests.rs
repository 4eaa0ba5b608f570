use super::*;
use crate::file::Language;
use seaworthy_detector_pack::Finder;

use crate::find::near::tests::{regions, run, survives};

fn found(text: &str) -> Vec<String> {
    regions(find, Finder::Hash, Language::Config, text)
}

/// Hashes of nothing: random texts in their forms.
const FORMS: &[&str] = &[
    "$2b$12$ERb5DesmT6DUlD/zYHvVsOhp2oo..yzttJMxyvxVKaSZtqFgOK.PS",
    "$2y$10$gLRL7Mv76ufEaRXaZSU/3dvxnD5QRE5lTJc1jyPSqPHjLMLuirL7s",
    "$argon2id$v=19$m=65536,t=3,p=4$GCnPEHmwgOnXShwQ/KtqQg$Q9M2Vt6+TB7XlkjoVuj5ovWMlfDOSznBW/+tXC37i7g",
    "$scrypt$ln=16,r=8,p=1$ILYRnLqP+IeWrlsF8oCmjA$7ZO2soyw0bNY5rqrSFVlufSQKNVX15qKDmRR4VxwXBU",
    "$7$C6..../....6AtepmMv7wcZ5QUhyCT.QX$HYmTcKkJPJRoZYT5qsU7xpjQ.UlNqNU01A9J7UVsFK9",
    "$5$rounds=5000$EZaML8Iq7bn2DJdp$W/7HD6cD8GrIJ96naoKIPJb5QSoc.E4lw/007V6WxJ5",
    "$5$gK.1I6Lq$t79Or0egBGigbO0gX8ennAmpJ2rvvYsgzdlUhHfnXp/",
    "$6$1jM88RTfpJrJAFgC$EIpCT4VuoaPicjn4CV57NlbVer0Ami8zpURCJOQVUpRJ1SczvWgkccvxxd87Q.06K0N55kwrshTV6rEmHsICc7",
    "$6$rounds=656000$cQTMfa46rnNJ4Csc$xbBiXSLv5SIg5sCuyd1G.5f3YtdcQkhC8j6eDe9WfeEY3LecwuXwBiMljshza2R80Uo/L3AmpL7jFXMooi6Di0",
    "$1$DHf9DexI$TkhZMU.Iob2qae0GlUoNgL",
    "$apr1$tpF9NIcg$bbneoR1FaB0oSxOR/sskGt",
    "$y$j9T$q310nOM3B51t2es68.loZe$y.cC7RW5zxHxKRCSRDf9XQqqC8UcktWkIxN76jxU/lv",
    "$P$BVaMbLV6X3fqZSayIIhbjRYL/HChcjK",
    "$H$9Qy7jnCP0W.VUuyNVNlTDkzJLGhthYv",
    "$S$DAgYZB07DKZHiOvZbrmJv1wNlOhf8phMw5VB7k.wsmjOrTl2NvlS",
    "{SHA}NCFkaaW/WOoqfc7uwAI8v0MB/cM=",
    "{SSHA}ryT7lwg79bVkr8NIlP8tOJfQrCDdGXDXeYolSg==",
    "{SSHA512}ijH03VzFfS/ntkIqAki4CAqA6sQoG29j4gbxK47wCxtRyd4SbgzX093BB1WtS5th2Ce9bsnXYYpH8LqSAT9W6iclwxLRTGQJ",
    "pbkdf2_sha256$600000$VFuMDiDpexNbalZBfriWPx$q21Nli6RODbMv5u89ON7R4YIBsVEefYcBAds1nd4nRw=",
    "$pbkdf2-sha256$29000$ehPFsQqY4eY0P72Nx8GaVQ$J+UcbMcymb/RRumzIP0BaugVHi07r0m/roaN90k/hoA",
    "pbkdf2:sha256:260000$bOqykOYpSqLClMiK$1b30e1f10d3de732212e9283c98e990afec468a6e24b2dec564f5eb04d8f675d",
    "scrypt:32768:8:1$JYqusNgmqBwHqFOT$233a33951c5a83da3929add2292513d3ed27d093ab2ec357332cd389ed164c56a2491e9e8958efc346e3e74752e8e5f398b1360aff9a194d9db49610f59d9dea",
    "SCRAM-SHA-256$4096:pwdR/QD37r8WdAH1PWdWVw==$ecw0xdV1jAVoeCK/3pxyML7jH4UBS9kd7QdhYTZY6uA=:8PSUJgzuaArjZyGuZjO9LVhwygER2x2ZYMfIVTrEYG8=",
    "AQAAAAEAACcQAAAAEEPO5kvRDYzpZ4gvd9jV42Fnp4AXYlK7MN25SZNdA0zZNQPupij5TbwDHb30h+eo0w==",
];

#[test]
fn every_form_is_read_whole_beside_an_account() {
    for hash in FORMS {
        for (before, after) in [
            ("ada:", ":19000:0:99999:7:::"),
            ("ada:", "\n"),
            ("{\"email\": \"ada@port.example\", \"digest\": \"", "\"}"),
            ("INSERT INTO users VALUES (1, 'ada', '", "');"),
            ("password_hash = '", "'"),
        ] {
            let text = format!("{before}{hash}{after}");
            assert_eq!(found(&text), [*hash], "{text}");
        }
        let doubled = hash.replace('$', "$$");
        assert_eq!(found(&format!("- users=ada:{doubled}\n")), [doubled]);
    }
}

#[test]
fn what_is_no_hash_of_an_account_is_left_alone() {
    let bcrypt = FORMS[0];
    let cases = [
        // No account and no word of one.
        format!("a = \"{bcrypt}\""),
        // Too short, too long.
        format!("password: {}", &bcrypt[..bcrypt.len() - 1]),
        format!("password: {bcrypt}x"),
        // No cost that exists.
        format!("password: {}", bcrypt.replace("$12$", "$99$")),
        // Filler.
        format!("password: $2b$10${}", "x".repeat(53)),
        format!("password: $2b$10${}", "Q8JZe0X0".repeat(7)[..53].to_owned()),
        format!("password: $6$salt${}", "ab1.".repeat(22)[..86].to_owned()),
        "password: $2b$10$...".to_owned(),
        "password: $argon2id$v=19$m=65536,t=3,p=4$salt$hash".to_owned(),
        "re.compile('^\\$2[ayb]\\$.{56}$') # password $2b$".to_owned(),
        "password {SSHA}abc".to_owned(),
        "password scrypt:32768:8:1$salt$00".to_owned(),
        "user {SHA}".to_owned(),
    ];
    for text in cases {
        assert_eq!(found(&text), [""; 0], "{text}");
    }
}

#[test]
fn the_account_is_told() {
    let bcrypt = FORMS[0];
    let cases = [
        (format!("ada:{bcrypt}"), Some("ada")),
        (
            format!("x: 'ada.l@port.example', '{bcrypt}', 'bo@port.example'"),
            Some("ada.l@port.example"),
        ),
        (format!("('{bcrypt}', 'bo@port.example')"), Some("bo@port.example")),
        (format!("password={bcrypt}"), None),
    ];
    for (text, user) in cases {
        let found = run(find, Finder::Hash, Language::Config, &text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].user.as_deref(), user, "{text}");
        assert!(found[0].proof.is_some());
    }
    let django = format!("bcrypt_sha256${bcrypt} password");
    assert_eq!(found(&django), [bcrypt]);
}

#[test]
fn any_text_is_survived() {
    let short = ["$2b$12$", "$6$rounds=", "{SSHA}", "$$6$$a$$", "scrypt:1$a$b", "a:$apr1$x$y"];
    survives(find, Finder::Hash, &short);
    survives(find, Finder::Hash, &[FORMS[5], FORMS[22]]);
}
