//! `nginx-tls-protocols`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::files::nginx_files;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "nginx-tls-protocols",
        group: Group::TlsAndDatabase,
        summary: "protocol of TLS that is broken",
        help: include_str!("nginx_tls_protocols.md"),
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[327, 326],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Protocols that RFC 6176, 7568 and 8996 forbid.
const BROKEN: [&str; 4] = ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1"];

fn check(cx: &mut Context<'_>) {
    for (artifact, file) in nginx_files(cx) {
        for (_, directive) in file.all().filter(|(_, directive)| directive.is("ssl_protocols")) {
            let broken: Vec<_> = directive
                .args
                .iter()
                .filter(|word| BROKEN.contains(&word.value.as_str()))
                .collect();
            let Some(first) = broken.first() else { continue };
            let names: Vec<String> =
                broken.iter().map(|word| format!("`{}`", word.value)).collect();
            let whole = directive.args.first().zip(directive.args.last());
            let region = broken.iter().fold(first.whole(), |all, word| all.cover(word.whole()));
            let message = format!(
                "This server still speaks {}, whose protection is broken: whoever is between can \
                 make clients fall back to it and read along. Allow `TLSv1.2 TLSv1.3` only.",
                names.join(", ")
            );
            let draft = cx
                .report_in(artifact.path(), region, message)
                .evidence(names.join(" ").replace('`', ""));
            if let Some((start, end)) = whole {
                draft.fix(Edit::risky("Allow TLS 1.2 and 1.3 only").replace(
                    artifact.path(),
                    start.whole().cover(end.whole()),
                    "TLSv1.2 TLSv1.3",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_each_broken_protocol() {
        check(
            &RULE,
            "nginx/ssl.conf",
            "
ssl_certificate a;
ssl_protocols TLSv1 TLSv1.1 TLSv1.2;
              ^^^^^^^^^^^^^ [high] speaks `TLSv1`, `TLSv1.1`
",
        );
        check(
            &RULE,
            "nginx.conf",
            "
http { server { listen 443 ssl; ssl_protocols 'SSLv3' TLSv1.2; } }
                                              ^^^^^^^ [high] `SSLv3`
",
        );
    }

    #[test]
    fn passes_what_is_kept_up() {
        for text in [
            "server { listen 443 ssl; ssl_protocols TLSv1.2 TLSv1.3; }",
            "server { listen 443 ssl; # ssl_protocols TLSv1;\n }",
            "server { listen 443 ssl; }",
            "server { listen 80; proxy_ssl_protocols TLSv1; }",
            "server { listen 443 ssl; ssl_protocols ${TLS}; }",
        ] {
            check(&RULE, "nginx.conf", text);
        }
        check(&RULE, "tests/nginx.conf", "server { listen 443 ssl; ssl_protocols TLSv1; }");
    }

    #[test]
    fn the_list_is_replaced() {
        check_fix(
            &RULE,
            "nginx.conf",
            "server { listen 443 ssl; ssl_protocols SSLv3 TLSv1.2; }\n",
            "server { listen 443 ssl; ssl_protocols TLSv1.2 TLSv1.3; }\n",
        );
    }
}
