//! `vercel-public-source`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::vercel::VercelConfig;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::is_deployed;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "vercel-public-source",
        group: Group::Vercel,
        summary: "source and logs of deployments shown to everyone",
        help: include_str!("vercel_public_source.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[540, 497],
        ..Rule::DEFAULT
    },
    check: Check::Vercel(check),
};

fn check(config: &VercelConfig, cx: &mut Context<'_>) {
    let Some(public) = config.public.filter(|public| public.value && is_deployed(cx)) else {
        return;
    };
    let path = cx.path();
    cx.report(
        public.region,
        "`public: true` shows the source and the logs of every deployment to everyone. They are \
         at the address of the deployment, under `/_src` and `/_logs`. Set it to false unless the project \
         is open source and logs nothing private.",
    )
    .evidence("public")
    .fix(Edit::risky("Keep source and logs private").replace(path, public.region, "false"));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_public_deployments() {
        check(
            &RULE,
            "vercel.json",
            r#"
{ "version": 2, "public": true }
                          ^^^^ [medium] to everyone
"#,
        );
    }

    #[test]
    fn passes_anything_else() {
        for text in
            [r#"{"public": false}"#, r#"{"public": "true"}"#, r#"{"env": {"public": true}}"#]
        {
            check(&RULE, "vercel.json", text);
        }
    }

    #[test]
    fn the_switch_is_turned() {
        check_fix(&RULE, "vercel.json", r#"{"public": true}"#, r#"{"public": false}"#);
    }
}
