//! Who gives variables their values outside of env files, stacks and `vercel.json`:
//! Dockerfiles, pipelines, and scripts that set them or write them into files.
//!
//! These are no [`super::Definition`]s: their values are not judged here.

use seaworthy_formats::ci::Variable;
use seaworthy_formats::dockerfile::{Assignment, Command};
use seaworthy_model::{ArtifactPath, Region};

use super::scripts::{ShellKind, Sink, settings};
use super::{Joined, Pipeline};
use crate::document::{Document, DocumentKind};
use crate::roles::{Role, file_role};
use crate::snapshot::Snapshot;

/// How many Dockerfiles are read.
const MOST: usize = 500;

/// A place that gives a variable a value.
#[derive(Clone, Debug)]
pub struct Given {
    /// The variable.
    pub name: String,
    /// The file.
    pub artifact: ArtifactPath,
    /// Where the variable is named.
    pub region: Region,
    /// Who gives it.
    pub giver: Giver,
}

/// Who gives a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Giver {
    /// `ENV` of a Dockerfile, or `ARG` with a default.
    Image,
    /// An `env` of a pipeline or an action, or what a job hands on.
    Pipeline,
    /// A text of the shell that sets it, by its number in [`super::Scripts::all`].
    Script {
        /// The number.
        text: usize,
    },
    /// A text of the shell that writes `NAME=…` into a file.
    Written {
        /// The number.
        text: usize,
    },
}

/// Everything that is given so, sorted by name, then by place.
pub(super) fn given(snapshot: &Snapshot, joined: &Joined) -> Vec<Given> {
    let mut found = Vec::new();
    images(snapshot, &mut found);
    for pipeline in joined.pipelines(snapshot).all() {
        of_pipeline(pipeline, &mut found);
    }
    for path in joined.pipelines(snapshot).actions() {
        let Some(artifact) = snapshot.artifact(path.as_str()) else { continue };
        let Some(Document::Action(action)) = snapshot.document(artifact) else { continue };
        let variables = action.steps.iter().flat_map(|step| &step.env);
        found.extend(variables.map(|variable| Given {
            name: variable.name.as_str().to_owned(),
            artifact: path.clone(),
            region: variable.name.region(),
            giver: Giver::Pipeline,
        }));
    }
    scripts(snapshot, joined, &mut found);
    found.sort_by(|a, b| {
        (&a.name, &a.artifact, a.region, a.giver).cmp(&(&b.name, &b.artifact, b.region, b.giver))
    });
    found.dedup_by(|b, a| {
        a.name == b.name && a.artifact == b.artifact && a.region == b.region && a.giver == b.giver
    });
    found
}

fn images(snapshot: &Snapshot, found: &mut Vec<Given>) {
    for artifact in snapshot.of_kind(DocumentKind::Dockerfile).take(MOST) {
        let path = artifact.path();
        if matches!(file_role(path.as_str(), None).role, Role::Vendored | Role::Docs) {
            continue;
        }
        let Some(Document::Dockerfile(file)) = snapshot.document(artifact) else { continue };
        let given = file.instructions().iter().flat_map(|instruction| match &instruction.command {
            Command::Arg(variables) | Command::Env(variables) => variables.as_slice(),
            _ => &[],
        });
        let given = given.filter(|variable: &&Assignment| variable.value.is_some());
        found.extend(given.map(|variable| Given {
            name: variable.key.raw.clone(),
            artifact: path.clone(),
            region: variable.key.region,
            giver: Giver::Image,
        }));
    }
}

fn of_pipeline(pipeline: &Pipeline, found: &mut Vec<Given>) {
    let workflow = pipeline.workflow();
    let mut push = |variables: &[Variable]| {
        found.extend(variables.iter().map(|variable| Given {
            name: variable.name.as_str().to_owned(),
            artifact: pipeline.file_of(&variable.name).clone(),
            region: variable.name.region(),
            giver: Giver::Pipeline,
        }));
    };
    push(&workflow.env);
    for job in &workflow.jobs {
        push(&job.env);
        push(&job.secrets);
        for step in &job.steps {
            push(&step.env);
        }
    }
}

fn scripts(snapshot: &Snapshot, joined: &Joined, found: &mut Vec<Given>) {
    for (index, text) in joined.scripts(snapshot).all().iter().enumerate() {
        let mut push = |name: &str, region: Region, giver: Giver| {
            found.push(Given {
                name: name.to_owned(),
                artifact: text.path.clone(),
                region: text.place(region),
                giver,
            });
        };
        for command in &text.script.commands {
            for assignment in &command.assignments {
                push(&assignment.name, assignment.region, Giver::Script { text: index });
            }
            let sets = matches!(
                command.program(),
                Some("export" | "local" | "declare" | "readonly" | "typeset" | "env")
            );
            for word in command.words.iter().skip(1).filter(|_| sets) {
                if let Some((name, _)) = word.text.split_once('=') {
                    push(name, word.region, Giver::Script { text: index });
                }
            }
        }
        if matches!(text.kind, ShellKind::Service(_)) {
            continue;
        }
        for write in settings(text) {
            if matches!(write.sink, Sink::File(_)) {
                push(write.name, write.region, Giver::Written { text: index });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::snapshot;

    #[test]
    fn dockerfiles_pipelines_and_scripts_give_variables() {
        let snapshot = snapshot(&[
            ("Dockerfile", "ARG A=1\nARG NONE\nFROM x\nENV B=2 C=3\n"),
            (
                ".github/workflows/d.yml",
                "on: push\nenv:\n  D: x\njobs:\n  j:\n    env:\n      E: y\n    steps:\n      \
                 - env:\n          F: z\n        run: echo \"G=1\" >> .env\n",
            ),
            (
                "deploy.sh",
                "H=1\nexport I=2\nJ=3 run\ncat > .env <<EOF\nK_K=$1\n# L_L=2\nexport M_M=3\nEOF\n\
                 echo \"N_N=4\"\nprintf 'O_O=%s\\nP_P=1\\n' x | tee .env\n",
            ),
        ]);
        let given: Vec<String> = snapshot
            .joined()
            .given(&snapshot)
            .iter()
            .map(|given| {
                let giver = match given.giver {
                    Giver::Image => "image",
                    Giver::Pipeline => "pipeline",
                    Giver::Script { .. } => "script",
                    Giver::Written { .. } => "written",
                };
                format!("{} {giver}", given.name)
            })
            .collect();
        assert_eq!(
            given,
            [
                "A image",
                "B image",
                "C image",
                "D pipeline",
                "E pipeline",
                "F pipeline",
                "H script",
                "I script",
                "J script",
                "K_K written",
                "M_M written",
                "O_O written",
                "P_P written",
            ]
        );
    }
}
