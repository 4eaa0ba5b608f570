//! Health checks taken apart: what a probe starts, and where it is written.

use seaworthy_analysis::joined::ImageBuild;
use seaworthy_formats::compose::{Healthcheck, Service, Text, Words};
use seaworthy_formats::dockerfile::{self, CommandLine, Word};
use seaworthy_model::{ArtifactPath, Region};

use super::standing::Judged;
use crate::dockerfile::shell::{Simple, commands};

/// The probe of a service: that of Compose, else that of the image it builds.
pub(super) struct Probe {
    /// The programs it starts.
    pub(super) commands: Vec<Simple>,
    /// Whether it needs a shell.
    pub(super) shell: bool,
    /// Where all of it is written.
    pub(super) artifact: ArtifactPath,
    pub(super) region: Region,
    /// Its texts in the Compose file.
    pub(super) texts: Vec<Text>,
}

/// Programs that may be missing do not count when the probe asks whether they
/// are there, or does something else then.
impl Probe {
    /// The probe that is in force; `None` when there is none or it is off.
    pub(super) fn of(
        judged: &Judged<'_>,
        service: &Service,
        build: Option<&ImageBuild>,
    ) -> Option<Probe> {
        match &service.healthcheck {
            Some(check) if check.disabled => None,
            Some(check) if check.test.is_some() => Self::composed(judged, check),
            _ => Self::built(build?),
        }
    }

    fn composed(judged: &Judged<'_>, check: &Healthcheck) -> Option<Probe> {
        let test = check.test.as_ref()?;
        let lookup = |name: &str| judged.variable(name);
        let expand = |text: &Text| text.expand_partly(&lookup).ok();
        let word = |raw: String| Word { raw, region: Region::empty(0) };
        let (line, shell, texts) = match &test.words {
            Words::Line(line) => {
                (CommandLine::Shell(word(expand(line)?)), true, vec![line.clone()])
            }
            Words::List(words) => match words.split_first()? {
                (first, [script]) if first.raw() == "CMD-SHELL" => {
                    (CommandLine::Shell(word(expand(script)?)), true, vec![script.clone()])
                }
                (first, rest) if first.raw() == "CMD" => {
                    let words: Option<Vec<Word>> =
                        rest.iter().map(|text| expand(text).map(word)).collect();
                    (CommandLine::Exec(words?), false, rest.to_vec())
                }
                _ => return None,
            },
        };
        Some(Probe {
            commands: commands(&line),
            shell,
            artifact: test.origin.artifact.clone(),
            region: texts.first().map_or(test.origin.region, |text| text.region()),
            texts,
        })
    }

    fn built(build: &ImageBuild) -> Option<Probe> {
        let setting = build.image()?.healthcheck?;
        let dockerfile::Probe::Run(line) = setting.value else { return None };
        Some(Probe {
            commands: commands(line),
            shell: matches!(line, CommandLine::Shell(_)),
            artifact: build.dockerfile().clone(),
            region: line.region().unwrap_or(setting.instruction.first_line),
            texts: Vec::new(),
        })
    }

    /// Where a word of the probe stands, or all of it.
    pub(super) fn place(&self, word: &str) -> Region {
        let found = self.texts.iter().find_map(|text| {
            let at = text.raw().find(word)?;
            text.region_of(at..at + word.len())
        });
        found.unwrap_or(self.region)
    }

    /// The URLs that its programs fetch from the container itself, taken apart.
    pub(super) fn own_urls(&self, service: &Service) -> Vec<OwnUrl> {
        let words = self.commands.iter().flat_map(|command| &command.words);
        words.filter_map(|word| OwnUrl::read(word, service.name.raw())).collect()
    }
}

/// A URL of a probe that leads to the container itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnUrl {
    /// The port.
    pub(super) port: u16,
    /// `localhost:8080`, as written.
    pub(super) authority: String,
}

impl OwnUrl {
    fn read(word: &str, service: &str) -> Option<OwnUrl> {
        // Scripts given to an interpreter hold it in quotes.
        let at = word.find("http://").or_else(|| word.find("https://"))?;
        let url = &word[at..];
        let (scheme, rest) = url.split_once("://")?;
        let end = rest
            .find(|c: char| {
                !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'))
            })
            .unwrap_or(rest.len());
        let authority = &rest[..end];
        if authority.is_empty() || rest[end..].starts_with(['$', '{', '@']) {
            return None;
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
            _ => (authority, if scheme == "https" { 443 } else { 80 }),
        };
        let own =
            matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "[::1]") || host == service;
        own.then(|| OwnUrl { port, authority: authority.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_lead_to_the_container_itself_are_known() {
        let cases = [
            ("http://localhost:3000/health", Some(3000)),
            ("http://127.0.0.1/", Some(80)),
            ("https://localhost", Some(443)),
            ("http://[::1]:8080/", Some(8080)),
            ("http://api:4000/x", Some(4000)),
            ("fetch('http://localhost:5000/h').then(r=>0)", Some(5000)),
            ("http://other:4000/x", None),
            ("http://localhost:${PORT}/", None),
            ("http://localhost:$PORT/", None),
            ("http://$HOST:80/", None),
            ("localhost:80", None),
        ];
        for (word, want) in cases {
            let got = OwnUrl::read(word, "api").map(|url| url.port);
            assert_eq!(got, want, "{word}");
        }
    }
}
