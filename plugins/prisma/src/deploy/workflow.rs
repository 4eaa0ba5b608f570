//! Jobs of GitHub's workflows.

use super::deploys_by_name;

/// What is known about a job.
#[derive(Clone, Debug, Default)]
pub(crate) struct Job {
    /// The name of the file without its extension, and the workflow's.
    pub(crate) workflow: Vec<String>,
    /// Its id and name.
    pub(crate) names: Vec<String>,
    /// The environment that it deploys to.
    pub(crate) environment: Option<String>,
    /// Whether it starts containers beside it, as a database for tests.
    pub(crate) has_services: bool,
    /// Whether a variable of it points to its own machine.
    pub(crate) local_database: bool,
    /// Its `if`.
    pub(crate) condition: Option<String>,
}

/// Whether a job touches what users have.
pub(crate) fn is_deploy_job(job: &Job) -> bool {
    let by = |names: &[String]| {
        let judged: Vec<bool> = names.iter().filter_map(|name| deploys_by_name(name)).collect();
        (!judged.is_empty()).then(|| judged.iter().all(|deploys| *deploys))
    };
    if job.has_services || job.local_database {
        return false;
    }
    if job.condition.as_ref().is_some_and(|condition| {
        condition.contains("== 'pull_request'") || condition.contains("== \"pull_request\"")
    }) {
        return false;
    }
    let environment = job.environment.as_deref().map(|name| deploys_by_name(name) != Some(false));
    match (by(&job.names), environment) {
        (Some(false), _) | (_, Some(false)) => false,
        (Some(true), _) | (_, Some(true)) => true,
        (None, None) => by(&job.workflow) == Some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(workflow: &str, id: &str) -> Job {
        Job { workflow: vec![workflow.to_owned()], names: vec![id.to_owned()], ..Job::default() }
    }

    #[test]
    fn jobs_deploy_by_their_names_and_environments() {
        assert!(is_deploy_job(&job("main", "deploy")));
        assert!(is_deploy_job(&job("deploy", "migrate")));
        assert!(is_deploy_job(&job("ci", "deploy")));
        assert!(!is_deploy_job(&job("ci", "build")));
        assert!(!is_deploy_job(&job("deploy", "test")));
        assert!(!is_deploy_job(&job("deploy", "deploy-preview")));
        let environment = |name: &str| Some(name.to_owned());
        assert!(is_deploy_job(&Job { environment: environment("production"), ..job("ci", "run") }));
        assert!(!is_deploy_job(&Job {
            environment: environment("staging"),
            ..job("ci", "deploy")
        }));
    }

    #[test]
    fn jobs_with_a_database_of_their_own_do_not() {
        assert!(!is_deploy_job(&Job { has_services: true, ..job("deploy", "deploy") }));
        assert!(!is_deploy_job(&Job { local_database: true, ..job("deploy", "deploy") }));
        let condition = Some("github.event_name == 'pull_request'".to_owned());
        assert!(!is_deploy_job(&Job { condition, ..job("deploy", "deploy") }));
    }
}
