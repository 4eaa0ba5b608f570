//! Files that are made to waste time.

use seaworthy_testkit::{Fixture, run};

/// Many rules of the two headers that are compared with each other.
fn many(condition: &str, source: &str) -> String {
    let rule = format!(
        "{{{condition}\"source\": \"{source}\", \"headers\": [\
         {{\"key\": \"X-Frame-Options\", \"value\": \"x\"}},\
         {{\"key\": \"Content-Security-Policy\", \"value\": \"default-src 'self' *\"}},\
         {{\"key\": \"Expect-CT\", \"value\": \"1\"}}]}}\n"
    );
    format!("{{\"headers\": [{}]}}", vec![rule.as_str(); 20].join(","))
}

#[test]
fn files_with_many_of_rules_are_judged_all_the_same() {
    let condition = "\"has\": [{\"type\": \"host\", \"value\": \"a\"}], ";
    for text in [many(condition, "/(.*)"), many("", "/(.*)"), many("", "/(a+)+b"), many("", "/*")] {
        let fixture = Fixture::single("vercel.json", &text);
        for rule in super::RULES {
            let _ = run(rule, &fixture, false);
        }
    }
}
