//! Published ports: the short syntax (`127.0.0.1:8080:80/tcp`) as Compose reads
//! it, after interpolation.
//!
//! A range is kept as two numbers and spelled out only on demand, so that
//! `1-65535:1-65535` costs nothing.

use std::net::IpAddr;

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP, the default.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// The protocol of this name, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Protocol> {
        [Protocol::Tcp, Protocol::Udp, Protocol::Sctp]
            .into_iter()
            .find(|protocol| protocol.name().eq_ignore_ascii_case(name))
    }

    /// Its name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
            Protocol::Sctp => "sctp",
        }
    }
}

/// Ports from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortRange {
    /// The first port.
    pub first: u16,
    /// The last port.
    pub last: u16,
}

impl PortRange {
    /// One port alone.
    #[must_use]
    pub fn single(port: u16) -> Self {
        Self { first: port, last: port }
    }

    /// `last - first`, as Compose compares ranges.
    fn span(self) -> u16 {
        self.last - self.first
    }

    /// Whether it holds more than one port.
    #[must_use]
    pub fn is_range(self) -> bool {
        self.first != self.last
    }

    /// Whether `port` lies within.
    #[must_use]
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }

    /// Whether the two share a port.
    #[must_use]
    pub fn overlaps(self, other: PortRange) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Reads `80` or `80-90`: digits only, at most 65535, not backwards.
    #[must_use]
    pub fn parse(text: &str) -> Option<PortRange> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if digits { text.parse::<u16>().ok() } else { None }
        };
        let mut parts = text.split('-');
        let first = number(parts.next()?)?;
        // Compose looks at the first two parts only.
        let last = match parts.next() {
            Some(last) => number(last)?,
            None => first,
        };
        (first <= last).then_some(PortRange { first, last })
    }
}

/// What one entry of `ports` publishes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PortMapping {
    /// The address it is bound to; `None` is every interface.
    pub host_ip: Option<IpAddr>,
    /// The ports of the host; `None` is a random one. When it is a range and
    /// the target is not, one port of the range is taken.
    pub published: Option<PortRange>,
    /// The ports of the container.
    pub target: PortRange,
    /// The protocol.
    pub protocol: Protocol,
}

/// One container port and where it is published.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Port {
    /// The address it is bound to; `None` is every interface.
    pub host_ip: Option<IpAddr>,
    /// The port of the host, or the range one of which is taken.
    pub published: Option<PortRange>,
    /// The port of the container.
    pub target: u16,
    /// The protocol.
    pub protocol: Protocol,
}

impl PortMapping {
    /// Whether other machines can reach it: bound to no address or to the
    /// unspecified one, or to one that is not a loopback address.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        self.host_ip.is_none_or(|ip| !is_loopback(ip))
    }

    /// Whether it listens on every interface of the host.
    #[must_use]
    pub fn on_all_interfaces(&self) -> bool {
        self.host_ip.is_none_or(|ip| ip.is_unspecified())
    }

    /// Every port by itself, as Compose spells ranges out; at most 65,536.
    pub fn ports(&self) -> impl Iterator<Item = Port> + '_ {
        (self.target.first..=self.target.last).enumerate().map(|(index, target)| Port {
            host_ip: self.host_ip,
            published: self.published.map(|published| {
                if self.target.is_range() {
                    let step = u16::try_from(index).unwrap_or(u16::MAX);
                    PortRange::single(published.first.saturating_add(step))
                } else {
                    published
                }
            }),
            target,
            protocol: self.protocol,
        })
    }

    /// What makes two entries the same one when files are merged.
    #[must_use]
    pub fn key(&self) -> String {
        let ip = self.host_ip.map_or_else(|| "0.0.0.0".to_owned(), |ip| ip.to_string());
        let range = |range: PortRange| {
            if range.is_range() {
                format!("{}-{}", range.first, range.last)
            } else {
                range.first.to_string()
            }
        };
        let published = self.published.map(range).unwrap_or_default();
        format!("{ip}:{published}:{}/{}", range(self.target), self.protocol.name())
    }
}

fn is_loopback(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback())
        }
    }
}

/// Why a port cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortError {
    /// There is no container port.
    NoPort,
    /// The address is no IP address, or an IPv6 address without brackets.
    HostIp,
    /// The host port is no number, out of range or backwards.
    Published,
    /// The container port is no number, out of range or backwards.
    Target,
    /// Both are ranges of different length.
    Ranges,
    /// The protocol is none of tcp, udp and sctp.
    Protocol,
    /// The text cannot be interpolated or depends on a variable without value.
    Interpolation,
}

impl std::fmt::Display for PortError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            PortError::NoPort => "no port given",
            PortError::HostIp => "invalid host address",
            PortError::Published => "invalid host port",
            PortError::Target => "invalid container port",
            PortError::Ranges => "host and container ranges differ in length",
            PortError::Protocol => "unknown protocol",
            PortError::Interpolation => "the port depends on a variable without a value",
        })
    }
}

impl std::error::Error for PortError {}

/// Reads the address of a port: IPv4, or IPv6 in brackets.
pub(super) fn host_ip(text: &str) -> Result<Option<IpAddr>, PortError> {
    let inner = match text.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').ok_or(PortError::HostIp)?,
        None if text.contains(':') => return Err(PortError::HostIp),
        None => text,
    };
    if inner.is_empty() {
        return Ok(None);
    }
    inner.parse().map(Some).map_err(|_| PortError::HostIp)
}

/// Reads the short syntax, `[ip:][host:]container[/protocol]`.
///
/// # Errors
/// When Compose refuses it.
pub fn parse_port(text: &str) -> Result<PortMapping, PortError> {
    let mut parts = text.rsplitn(3, ':');
    let container = parts.next().unwrap_or("");
    let host = parts.next().unwrap_or("");
    let ip = parts.next().unwrap_or("");
    let (target, protocol) = container.split_once('/').unwrap_or((container, ""));
    let protocol = protocol.split('/').next().unwrap_or("");
    if target.is_empty() {
        return Err(PortError::NoPort);
    }
    let host_ip = host_ip(ip)?;
    let target = PortRange::parse(target).ok_or(PortError::Target)?;
    let published = match host {
        "" => None,
        host => Some(PortRange::parse(host).ok_or(PortError::Published)?),
    };
    if target.is_range() && published.is_some_and(|published| published.span() != target.span()) {
        return Err(PortError::Ranges);
    }
    let protocol = match protocol {
        "" => Protocol::Tcp,
        name => Protocol::named(name).ok_or(PortError::Protocol)?,
    };
    Ok(PortMapping { host_ip, published, target, protocol })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<Vec<String>, PortError> {
        parse_port(text).map(|mapping| {
            mapping
                .ports()
                .map(|port| {
                    let one = PortMapping {
                        host_ip: port.host_ip,
                        published: port.published,
                        target: PortRange::single(port.target),
                        protocol: port.protocol,
                    };
                    let ip = port.host_ip.map_or("*".to_owned(), |ip| ip.to_string());
                    let key = one.key();
                    let key = key
                        .strip_prefix("0.0.0.0:")
                        .or_else(|| key.strip_prefix(&format!("{ip}:")))
                        .unwrap_or(&key)
                        .to_owned();
                    format!("{ip} {key}")
                })
                .collect()
        })
    }

    #[test]
    fn the_short_syntax_is_read_as_compose_reads_it() {
        let cases: [(&str, &[&str]); 14] = [
            ("80", &["* :80/tcp"]),
            (":80", &["* :80/tcp"]),
            ("8080:80", &["* 8080:80/tcp"]),
            (":8080:80", &["* 8080:80/tcp"]),
            ("53:53/UDP", &["* 53:53/udp"]),
            ("7:7/sctp", &["* 7:7/sctp"]),
            ("0080:80/", &["* 80:80/tcp"]),
            ("10-11", &["* :10/tcp", "* :11/tcp"]),
            ("20-21:10-11", &["* 20:10/tcp", "* 21:11/tcp"]),
            ("20-30:10", &["* 20-30:10/tcp"]),
            ("127.0.0.1:5432:5432", &["127.0.0.1 5432:5432/tcp"]),
            ("127.0.0.1::5432", &["127.0.0.1 :5432/tcp"]),
            ("[::1]:1:2/udp", &["::1 1:2/udp"]),
            ("[10.1.2.3]:1:2", &["10.1.2.3 1:2/tcp"]),
        ];
        for (text, want) in cases {
            let got = shown(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn what_compose_refuses_is_an_error() {
        let cases = [
            ("", PortError::NoPort),
            ("80:", PortError::NoPort),
            ("80:/tcp", PortError::NoPort),
            ("x", PortError::Target),
            ("80:+80", PortError::Target),
            ("80: 80", PortError::Target),
            ("80:65536", PortError::Target),
            ("9-8", PortError::Target),
            ("x:80", PortError::Published),
            ("65536:80", PortError::Published),
            ("10.0.0.1:80", PortError::Published),
            ("1-3:1-2", PortError::Ranges),
            ("1:1-2", PortError::Ranges),
            ("1:1/icmp", PortError::Protocol),
            ("localhost:1:1", PortError::HostIp),
            ("*:1:1", PortError::HostIp),
            ("::1:1:1", PortError::HostIp),
            ("[::1:1:1", PortError::HostIp),
            ("010.0.0.1:1:1", PortError::HostIp),
            ("[fe80::1%lo]:1:1", PortError::HostIp),
            ("${PORT:-1}:1", PortError::HostIp),
        ];
        for (text, want) in cases {
            assert_eq!(parse_port(text), Err(want), "{text}");
        }
    }

    #[test]
    fn only_loopback_addresses_keep_others_out() {
        let cases = [
            ("1:1", true, true),
            ("0.0.0.0:1:1", true, true),
            ("[::]:1:1", true, true),
            ("10.0.0.1:1:1", true, false),
            ("127.0.0.2:1:1", false, false),
            ("[::1]:1:1", false, false),
            ("[::ffff:127.0.0.1]:1:1", false, false),
        ];
        for (text, exposed, everywhere) in cases {
            let port = parse_port(text).expect("the case is valid");
            assert_eq!(
                (port.is_exposed(), port.on_all_interfaces()),
                (exposed, everywhere),
                "{text}"
            );
        }
    }

    #[test]
    fn the_widest_range_is_read_without_spelling_it_out() {
        let mapping = parse_port("1-65535:1-65535").expect("the case is valid");
        assert_eq!(mapping.target, PortRange { first: 1, last: 65535 });
        assert_eq!(mapping.ports().count(), 65535);
        assert_eq!(parse_port("0-65535").expect("the case is valid").ports().count(), 65536);
    }
}
