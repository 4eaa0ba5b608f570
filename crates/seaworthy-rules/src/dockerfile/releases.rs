//! Releases of base images that are no longer supported.
//!
//! The table is as of November 2026; the rule looks at no clock. A release that
//! ended in the year before is an observation: people need time to move.

use seaworthy_formats::compose::ImageName;

/// The end of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// How the product is called.
    pub(crate) product: &'static str,
    /// The release.
    pub(crate) release: &'static str,
    /// The day after which it got no more corrections.
    pub(crate) day: &'static str,
    /// Whether it ended within the last year and a half.
    pub(crate) recent: bool,
    /// What to take instead.
    pub(crate) instead: &'static str,
}

struct Line {
    /// Names of the image, of official ones without `library/`.
    images: &'static [&'static str],
    product: &'static str,
    instead: &'static str,
    /// Releases and the days they ended, oldest first. A release of one number
    /// means all of its minor ones.
    releases: &'static [(&'static str, &'static str)],
}

/// Releases that ended before this day had their year.
const OLD: &str = "2025-07-01";

const LINES: &[Line] = &[
    Line {
        images: &["node", "circleci/node", "cimg/node"],
        product: "Node.js",
        instead: "24",
        releases: &[
            ("0", "2016-12-31"),
            ("4", "2018-04-30"),
            ("5", "2016-06-30"),
            ("6", "2019-04-30"),
            ("7", "2017-06-30"),
            ("8", "2019-12-31"),
            ("9", "2018-06-30"),
            ("10", "2021-04-30"),
            ("11", "2019-06-01"),
            ("12", "2022-04-30"),
            ("13", "2020-06-01"),
            ("14", "2023-04-30"),
            ("15", "2021-06-01"),
            ("16", "2023-09-11"),
            ("17", "2022-06-01"),
            ("18", "2025-04-30"),
            ("19", "2023-06-01"),
            ("20", "2026-04-30"),
            ("21", "2024-06-01"),
            ("23", "2025-06-01"),
        ],
    },
    Line {
        images: &["python"],
        product: "Python",
        instead: "3.13",
        releases: &[
            ("2", "2020-01-01"),
            ("3.4", "2019-03-18"),
            ("3.5", "2020-09-30"),
            ("3.6", "2021-12-23"),
            ("3.7", "2023-06-27"),
            ("3.8", "2024-10-07"),
            ("3.9", "2025-10-31"),
            ("3.10", "2026-10-31"),
        ],
    },
    Line {
        images: &["postgres", "postgis/postgis"],
        product: "PostgreSQL",
        instead: "17",
        releases: &[
            ("9", "2021-11-11"),
            ("10", "2022-11-10"),
            ("11", "2023-11-09"),
            ("12", "2024-11-21"),
            ("13", "2025-11-13"),
        ],
    },
    Line {
        images: &["mysql"],
        product: "MySQL",
        instead: "8.4",
        releases: &[("5", "2023-10-31"), ("8.0", "2026-04-30")],
    },
    Line {
        images: &["mongo"],
        product: "MongoDB",
        instead: "8.0",
        releases: &[
            ("3", "2021-04-30"),
            ("4.0", "2022-04-30"),
            ("4.2", "2023-04-30"),
            ("4.4", "2024-02-29"),
            ("5", "2024-10-31"),
            ("6", "2025-07-31"),
        ],
    },
    Line {
        images: &["php"],
        product: "PHP",
        instead: "8.4",
        releases: &[
            ("5", "2018-12-31"),
            ("7", "2022-11-28"),
            ("8.0", "2023-11-26"),
            ("8.1", "2025-12-31"),
        ],
    },
    Line {
        images: &["ruby"],
        product: "Ruby",
        instead: "3.4",
        releases: &[
            ("2", "2023-03-31"),
            ("3.0", "2024-04-23"),
            ("3.1", "2025-03-26"),
            ("3.2", "2026-03-31"),
        ],
    },
    Line {
        images: &["golang"],
        product: "Go",
        instead: "1.25",
        releases: &[
            ("1.15", "2021-08-16"),
            ("1.16", "2022-03-15"),
            ("1.17", "2022-08-02"),
            ("1.18", "2023-02-01"),
            ("1.19", "2023-08-08"),
            ("1.20", "2024-02-06"),
            ("1.21", "2024-08-13"),
            ("1.22", "2025-02-11"),
            ("1.23", "2025-08-12"),
        ],
    },
    Line {
        images: &["debian"],
        product: "Debian",
        instead: "12",
        releases: &[
            ("8", "2020-06-30"),
            ("9", "2022-06-30"),
            ("10", "2024-06-30"),
            ("jessie", "2020-06-30"),
            ("stretch", "2022-06-30"),
            ("buster", "2024-06-30"),
        ],
    },
    Line {
        images: &["ubuntu"],
        product: "Ubuntu",
        instead: "24.04",
        releases: &[
            ("14.04", "2019-04-25"),
            ("16.04", "2021-04-30"),
            ("18.04", "2023-05-31"),
            ("20.04", "2025-05-31"),
            ("trusty", "2019-04-25"),
            ("xenial", "2021-04-30"),
            ("bionic", "2023-05-31"),
            ("focal", "2025-05-31"),
        ],
    },
    Line {
        images: &["alpine"],
        product: "Alpine",
        instead: "3.22",
        releases: &[
            ("2", "2018-11-01"),
            ("3.8", "2020-05-01"),
            ("3.9", "2020-11-01"),
            ("3.10", "2021-05-01"),
            ("3.11", "2021-11-01"),
            ("3.12", "2022-05-01"),
            ("3.13", "2022-11-01"),
            ("3.14", "2023-05-01"),
            ("3.15", "2023-11-01"),
            ("3.16", "2024-05-23"),
            ("3.17", "2024-11-22"),
            ("3.18", "2025-05-09"),
            ("3.19", "2025-11-01"),
        ],
    },
    Line {
        images: &["centos"],
        product: "CentOS",
        instead: "another distribution",
        releases: &[("6", "2020-11-30"), ("7", "2024-06-30"), ("8", "2021-12-31")],
    },
    Line {
        images: &["openjdk"],
        product: "the image openjdk",
        instead: "eclipse-temurin",
        releases: &[("7", "2022-07-29"), ("9", "2018-03-20"), ("10", "2018-09-25")],
    },
];

/// Whether the release that an image's tag names has ended.
pub(super) fn ended(image: &ImageName) -> Option<Ended> {
    let registry = image.registry.as_deref().unwrap_or("docker.io");
    if !matches!(registry, "docker.io" | "index.docker.io" | "public.ecr.aws" | "mirror.gcr.io") {
        return None;
    }
    let path = image.repository.as_str();
    let path = path.strip_prefix("docker/").unwrap_or(path);
    let path = path.strip_prefix("library/").unwrap_or(path);
    release(path, image.tag.as_deref()?.split('-').next()?)
}

/// Whether the release of a version of an official image, or of the program in it, has
/// ended.
pub(crate) fn release(image: &str, version: &str) -> Option<Ended> {
    let line = LINES.iter().find(|line| line.images.contains(&image))?;
    let version = version.strip_prefix('v').unwrap_or(version);
    // A number alone is the newest of its minor releases.
    let &(release, day) = line.releases.iter().find(|(release, _)| {
        version == *release
            || version.strip_prefix(release).is_some_and(|rest| rest.starts_with('.'))
    })?;
    let recent = day >= OLD;
    Some(Ended { product: line.product, release, day, recent, instead: line.instead })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_held_against_the_table() {
        let cases = [
            ("node:18", Some(("18", false))),
            ("node:18.20.4-alpine", Some(("18", false))),
            ("library/node:16-bullseye", Some(("16", false))),
            ("node:20", Some(("20", true))),
            ("node:22-alpine", None),
            ("node:180", None),
            ("node:lts", None),
            ("node", None),
            ("python:3.8-slim", Some(("3.8", false))),
            ("python:3.80", None),
            ("python:3", None),
            ("python:3.12", None),
            ("python:2.7", Some(("2", false))),
            ("postgres:12-alpine", Some(("12", false))),
            ("postgres:9.6", Some(("9", false))),
            ("postgres:16", None),
            ("ubuntu:18.04", Some(("18.04", false))),
            ("debian:buster-slim", Some(("buster", false))),
            ("golang:1.2", None),
            ("acme.io/node:8", None),
            ("acme/node:8", None),
        ];
        for (image, want) in cases {
            let found = ended(&ImageName::parse(image)).map(|found| (found.release, found.recent));
            assert_eq!(found, want, "{image}");
        }
    }
}
