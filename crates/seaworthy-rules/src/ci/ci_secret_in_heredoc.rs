//! `ci-secret-in-heredoc`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::ci::expressions;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::walk::steps;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-secret-in-heredoc",
        group: Group::Ci,
        summary: "secret that is written into the text of a script",
        help: include_str!("ci_secret_in_heredoc.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[214, 532],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for place in steps(cx) {
        let Some(run) = &place.step.run else { continue };
        if !run.as_str().contains("secrets") {
            continue;
        }
        let mut names: Vec<String> = Vec::new();
        let mut first = None;
        for expression in expressions(run.as_str()) {
            for reference in expression.references.iter().filter(|reference| reference.flows) {
                let Some(name) = reference.name_in("secrets") else { continue };
                first.get_or_insert_with(|| run.place(expression.range.clone()));
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        let Some(region) = first else { continue };
        let shown = names.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>();
        let more = match names.len().saturating_sub(3) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (is, it) = if names.len() == 1 { ("is", "it") } else { ("are", "them") };
        cx.report_in(
            place.path,
            region,
            format!(
                "{}{more} {is} written into the text of the script. A quote or a dollar in the \
                 value breaks or changes the script, and the file that the runner makes of it, \
                 like the list of processes, shows {it}; hand {it} over by `env`.",
                shown.join(", ")
            ),
        )
        .evidence(format!(
            "{}:{}",
            place.job.map_or("", |job| job.id.as_str()),
            names.join(",")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_each_step_once() {
        check(
            &RULE,
            ".github/workflows/deploy.yml",
            r#"
on: push
jobs:
  a:
    steps:
      - run: |
          cat > .env <<EOF
          DATABASE_URL=${{ secrets.DATABASE_URL }}
                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] `DATABASE_URL`, `JWT_SECRET` are written
          JWT_SECRET=${{ secrets['JWT_SECRET'] }}
          EOF
      - run: vercel deploy --token=${{ secrets.VERCEL_TOKEN }}
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^ `VERCEL_TOKEN` is written
"#,
        );
    }

    #[test]
    fn passes_secrets_in_the_environment() {
        check(
            &RULE,
            ".github/workflows/deploy.yml",
            r#"
on: push
jobs:
  a:
    steps:
      - env: { TOKEN: "${{ secrets.TOKEN }}" }
        run: deploy --token="$TOKEN"
      - run: echo ${{ secrets.TOKEN != '' }} secrets.TOKEN ${{ vars.NAME }}
      - uses: acme/deploy@v1
        with: { token: "${{ secrets.TOKEN }}" }
"#,
        );
    }
}
