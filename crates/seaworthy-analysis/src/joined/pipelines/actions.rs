//! The actions that workflows use, and what they do.

use super::deeds::Work::{self, Build, Coverage, Deploy, Lighthouse, Lint, Scan, SecretScan, Test};

/// What an action does: `None` when nobody knows.
pub(super) fn of_action(action: &str) -> Option<&'static [Work]> {
    const ACTIONS: &[(&str, &[Work])] = &[
        ("github/codeql-action", &[Scan]),
        ("aquasecurity/trivy-action", &[Scan]),
        ("snyk/actions", &[Scan]),
        ("actions/dependency-review-action", &[Scan]),
        ("anchore/scan-action", &[Scan]),
        ("google/osv-scanner-action", &[Scan]),
        ("dependency-check/dependency-check_action", &[Scan]),
        ("returntocorp/semgrep-action", &[Scan]),
        ("semgrep/semgrep-action", &[Scan]),
        ("sonarsource/sonarcloud-github-action", &[Scan]),
        ("sonarsource/sonarqube-scan-action", &[Scan]),
        ("oke-py/npm-audit-action", &[Scan]),
        ("docker/scout-action", &[Scan]),
        ("ossf/scorecard-action", &[Scan]),
        ("step-security/harden-runner", &[]),
        ("gitleaks/gitleaks-action", &[SecretScan]),
        ("zricethezav/gitleaks-action", &[SecretScan]),
        ("trufflesecurity/trufflehog", &[SecretScan]),
        ("gitguardian/ggshield-action", &[SecretScan]),
        ("cypress-io/github-action", &[Test]),
        ("reviewdog/action-eslint", &[Lint]),
        ("wearerequired/lint-action", &[Lint]),
        ("github/super-linter", &[Lint]),
        ("super-linter/super-linter", &[Lint]),
        ("oxsecurity/megalinter", &[Lint]),
        ("golangci/golangci-lint-action", &[Lint]),
        ("hadolint/hadolint-action", &[Lint]),
        ("pre-commit/action", &[Lint]),
        ("biomejs/setup-biome", &[]),
        ("codecov/codecov-action", &[Coverage]),
        ("coverallsapp/github-action", &[Coverage]),
        ("treosh/lighthouse-ci-action", &[Lighthouse]),
        ("docker/build-push-action", &[Build]),
        ("docker/bake-action", &[Build]),
        ("docker", &[]),
        ("amondnet/vercel-action", &[Deploy]),
        ("nwtgck/actions-netlify", &[Deploy]),
        ("netlify/actions", &[Deploy]),
        ("easingthemes/ssh-deploy", &[Deploy]),
        ("burnett01/rsync-deployments", &[Deploy]),
        ("appleboy/ssh-action", &[Deploy]),
        ("appleboy/scp-action", &[]),
        ("webfactory/ssh-agent", &[]),
        ("shimataro/ssh-key-action", &[]),
        ("aws-actions/amazon-ecs-deploy-task-definition", &[Deploy]),
        ("aws-actions", &[]),
        ("azure/webapps-deploy", &[Deploy]),
        ("azure/static-web-apps-deploy", &[Deploy]),
        ("azure/k8s-deploy", &[Deploy]),
        ("azure/container-apps-deploy-action", &[Deploy]),
        ("azure", &[]),
        ("google-github-actions/deploy-cloudrun", &[Deploy]),
        ("google-github-actions/deploy-appengine", &[Deploy]),
        ("google-github-actions", &[]),
        ("firebaseextended/action-hosting-deploy", &[Deploy]),
        ("cloudflare/pages-action", &[Deploy]),
        ("akhileshns/heroku-deploy", &[Deploy]),
        ("digitalocean/app_action", &[Deploy]),
        ("digitalocean/action-doctl", &[]),
        ("samkirkland/ftp-deploy-action", &[Deploy]),
        ("johnbeynon/render-deploy-action", &[Deploy]),
        ("superfly/flyctl-actions/setup-flyctl", &[]),
        ("hashicorp", &[]),
        ("pnpm/action-setup", &[]),
        ("oven-sh/setup-bun", &[]),
        ("denoland/setup-deno", &[]),
        ("volta-cli/action", &[]),
        ("dorny/paths-filter", &[]),
        ("tj-actions/changed-files", &[]),
        ("peter-evans", &[]),
        ("softprops/action-gh-release", &[]),
        ("slackapi/slack-github-action", &[]),
        ("8398a7/action-slack", &[]),
        ("rtcamp/action-slack-notify", &[]),
        ("peaceiris/actions-gh-pages", &[]),
        ("jamesives/github-pages-deploy-action", &[]),
        ("sigstore/cosign-installer", &[]),
        ("anchore/sbom-action", &[]),
        ("dependabot/fetch-metadata", &[]),
        ("ncipollo/release-action", &[]),
        ("amannn/action-semantic-pull-request", &[]),
        ("actions", &[]),
    ];
    let name = action.to_ascii_lowercase();
    ACTIONS
        .iter()
        .find(|(known, _)| {
            name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .map(|(_, work)| *work)
        .or_else(|| only_prepares(&name).then_some(&[]))
}

/// Whether an action says by its name that it prepares or reports, and nothing else.
fn only_prepares(name: &str) -> bool {
    const PREPARES: &[&str] =
        &["key", "keys", "login", "credentials", "setup", "cache", "notify", "slack", "discord"];
    const MORE: &[&str] = &[
        "run", "test", "tests", "check", "checks", "lint", "scan", "audit", "deploy", "build",
        "ci", "exec", "execute", "command", "commands", "script", "publish", "verify", "and",
    ];
    let own = name.split_once('/').map_or(name, |(_, rest)| rest);
    let has = |known: &[&str]| {
        own.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| known.contains(&word))
    };
    has(PREPARES) && !has(MORE)
}

#[cfg(test)]
mod tests {
    use super::of_action;

    #[test]
    fn names_tell_what_only_prepares() {
        for name in ["acme/load-ssh-key", "acme/setup-terraform-docs", "acme/slack-notify"] {
            assert_eq!(of_action(name), Some(&[][..]), "{name}");
        }
        for name in ["acme/checks", "acme/setup-and-test", "acme/ssh-key-deploy", "setup/thing"] {
            assert_eq!(of_action(name), None, "{name}");
        }
    }
}
