//! `compose-restart-policy`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::Service;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::running::{add_line, is_for_swarm, lacking, names, running};
use super::standing::{Once, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-restart-policy",
        group: Group::Compose,
        summary: "services of production that stay down once they end",
        help: include_str!("compose_restart_policy.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[754],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        let project = judged.stack.project();
        if !judged.is_for_production() || project.is_partial() || is_for_swarm(&judged) {
            continue;
        }
        let running = running(&judged);
        let without: Vec<&Service> = running
            .into_iter()
            .filter(|service| {
                service.restart.is_none()
                    && service
                        .deploy
                        .as_ref()
                        .is_none_or(|deploy| deploy.get("restart_policy").is_none())
            })
            .collect();
        if without.is_empty() {
            continue;
        }
        let (word, verb) = match without.len() {
            1 => ("Service", "has"),
            _ => ("Services", "have"),
        };
        let message = format!(
            "{word} {} {verb} no restart policy. After a crash, or when the host reboots, it stays \
             down until somebody notices. Write `restart: unless-stopped`.",
            names(&without)
        );
        let edit = Edit::risky("Restart unless stopped");
        let edit = add_line(cx, edit, &without, "restart: unless-stopped");
        let label = "no restart policy either";
        if let Some(draft) = lacking(cx, &mut once, &judged, &without, message, label) {
            draft.evidence("restart");
            if let Some(edit) = edit {
                draft.fix(edit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_services_that_stay_down_once_for_a_stack() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
x-service: &service
  restart: always
services:
  api:
  ^^^ [low] Services api and db have no restart policy
    image: acme/api
  db:
  ~~ no restart policy either
    image: postgres:16
  merged:
    <<: *service
    image: acme/x
  swarm:
    image: acme/x
    deploy: { restart_policy: { condition: any } }
  never:
    image: acme/x
    restart: 'no'
  migrate:
    image: acme/api
  prisma:
    image: acme/api
    command: npx prisma migrate deploy
  started:
    image: acme/api
    command: sh -c 'npm run migrate && npm start'
    restart: always
",
        );
    }

    #[test]
    fn passes_what_is_not_for_production() {
        let text = "services:\n  api:\n    image: acme/api\n";
        for path in [
            "docker-compose.yml",
            "docker-compose.dev.yml",
            "docker-compose.e2e.yml",
            "docker-compose.prod.example.yml",
        ] {
            check(&RULE, path, text);
        }
        // Swarm restarts by itself.
        check(
            &RULE,
            "docker-compose.prod.yml",
            "services:\n  api:\n    image: acme/api\n    deploy:\n      update_config: { order: start-first }\n",
        );
    }

    #[test]
    fn restarts() {
        check_fix(
            &RULE,
            "docker-compose.prod.yml",
            "services:\n  api:\n    # the API\n    image: acme/api\n  db: # data\n      image: postgres\n",
            "services:\n  api:\n    # the API\n    restart: unless-stopped\n    image: acme/api\n  db: # data\n      restart: unless-stopped\n      image: postgres\n",
        );
    }
}
