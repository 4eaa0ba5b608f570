//! `header-hsts-max-age`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::http::{HeaderRule, Hsts, HstsError, Provider, hsts};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::rewrite::value_text;
use super::seen::Seen;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-hsts-max-age",
        group: Group::HttpHeaders,
        summary: "transport security that is short, off or ignored",
        help: include_str!("header_hsts_max_age.md"),
        severity: Severity::Medium,
        precision: Precision::VeryHigh,
        cwe: &[319, 523],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut seen = Seen::default();
    for app in cx.joined().header_apps() {
        for rule in app.effective_setters("strict-transport-security") {
            if !seen.first(rule) {
                continue;
            }
            match hsts(&rule.value.value) {
                Ok(policy) => valid(cx, rule, &policy),
                Err(error) => ignored(cx, rule, error),
            }
        }
    }
}

fn valid(cx: &mut Context<'_>, rule: &HeaderRule, policy: &Hsts) {
    if policy.max_age < Hsts::YEAR {
        let at = rule.value.part(policy.max_age_region);
        let message = if policy.max_age == 0 {
            "`max-age=0` switches HSTS off: browsers forget that the site wants HTTPS. Set it to \
             31536000 seconds, one year."
                .to_owned()
        } else {
            format!(
                "HSTS lasts {} only: visitors who come back later can be caught on plain HTTP \
                 again. Set `max-age` to 31536000 seconds, one year.",
                span(policy.max_age)
            )
        };
        let edit = Edit::risky("Set `max-age` to one year");
        // With escapes in the value the digits cannot be told from the rest.
        let exact = at.len() == policy.max_age_region.len();
        let draft = cx.report_in(&rule.artifact, at, message).evidence("max-age");
        if exact {
            draft.fix(edit.replace(&rule.artifact, at, Hsts::YEAR.to_string()));
        }
    } else if !policy.include_subdomains && rule.provider != Provider::Traefik {
        let reason = if policy.preload {
            "`preload` without `includeSubDomains`: the preload list refuses the domain"
        } else {
            "HSTS does not cover subdomains, from which cookies of the whole domain can be set over \
             plain HTTP"
        };
        let value = rule.value.value.trim_end();
        let joint = if value.ends_with(';') { " " } else { "; " };
        let whole = value_text(cx, rule, &format!("{value}{joint}includeSubDomains"));
        let bare = whole.starts_with('"');
        let end = rule.value.region.end;
        let edit = Edit::risky("Cover subdomains");
        let edit = if bare {
            edit.replace(&rule.artifact, rule.value.region, whole)
        } else {
            edit.insert(&rule.artifact, end, format!("{joint}includeSubDomains"))
        };
        cx.report_in(
            &rule.artifact,
            rule.value.region,
            format!("{reason}. Add `includeSubDomains` once every subdomain is served over HTTPS."),
        )
        .severity(Severity::Info)
        .evidence("includesubdomains")
        .fix(edit);
    }
}

fn ignored(cx: &mut Context<'_>, rule: &HeaderRule, error: HstsError) {
    let (region, reason) = match error {
        HstsError::MaxAgeMissing => (rule.value.region, "it has no `max-age`"),
        HstsError::MaxAgeInvalid(at) => {
            (rule.value.part(at), "`max-age` is not a number of seconds")
        }
        HstsError::Duplicate(at) => (rule.value.part(at), "a directive stands in it twice"),
        HstsError::Malformed(at) => {
            (rule.value.part(at), "a directive is not of the form `name` or `name=value`")
        }
    };
    let text = value_text(cx, rule, "max-age=31536000; includeSubDomains");
    cx.report_in(
        &rule.artifact,
        region,
        format!(
            "Browsers ignore this Strict-Transport-Security header: {reason}. Send \
             `max-age=31536000; includeSubDomains`."
        ),
    )
    .evidence("invalid")
    .fix(Edit::risky("Send a valid policy of one year").replace(
        &rule.artifact,
        rule.value.region,
        text,
    ));
}

/// Seconds as a person counts them.
fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        172_800.. => (seconds / 86_400, "days"),
        7_200.. => (seconds / 3_600, "hours"),
        120.. => (seconds / 60, "minutes"),
        _ => (seconds, "seconds"),
    };
    format!("{count} {unit}")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    fn with(value: &str) -> String {
        format!(
            "\n{{\"headers\": [{{\"source\": \"/(.*)\", \"headers\": [{{\"key\": \
             \"Strict-Transport-Security\",\n\"value\":\n  \"{value}\"\n"
        )
    }

    const END: &str = "}]}]}\n";

    #[test]
    fn flags_a_policy_that_is_short_off_or_ignored() {
        for (value, mark) in [
            ("max-age=86400; includeSubDomains", "           ^^^^^ [medium] lasts 24 hours only"),
            ("max-age=15768000", "           ^^^^^^^^ [medium] lasts 182 days only"),
            ("max-age=0", "           ^ [medium] switches HSTS off"),
            ("includeSubDomains", "   ^^^^^^^^^^^^^^^^^ [medium] it has no `max-age`"),
            ("max-age=abc", "   ^^^^^^^^^^^ [medium] not a number of seconds"),
            ("max-age=31536000; max-age=1", "                     ^^^^^^^^^ [medium] twice"),
            (
                "max-age=31536000, includeSubDomains",
                "   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] ignore",
            ),
            ("max-age=31536000", "   ^^^^^^^^^^^^^^^^ [info] does not cover subdomains"),
            (
                "max-age=31536000; preload",
                "   ^^^^^^^^^^^^^^^^^^^^^^^^^ [info] preload list refuses",
            ),
        ] {
            check(&RULE, "vercel.json", &format!("{}{mark}\n{END}", with(value)));
        }
    }

    #[test]
    fn passes_a_year_and_more_however_it_is_written() {
        for value in [
            "max-age=63072000; includeSubDomains; preload",
            "Max-Age = 31536000 ;includesubdomains",
            "includeSubDomains; max-age=99999999999999999999999",
        ] {
            check(&RULE, "vercel.json", &format!("{}{END}", with(value)));
        }
    }

    #[test]
    fn the_number_is_raised_and_the_rest_kept() {
        check_fix(
            &RULE,
            "vercel.json",
            &format!("{}{END}", with("max-age=300; includeSubDomains; preload")),
            &format!("{}{END}", with("max-age=31536000; includeSubDomains; preload")),
        );
        check_fix(
            &RULE,
            "vercel.json",
            &format!("{}{END}", with("max-age=31536000;")),
            &format!("{}{END}", with("max-age=31536000; includeSubDomains")),
        );
    }
}
