//! Entries of `ports` and `volumes` in both their forms, read as far as the
//! variables in them are known.

use std::net::IpAddr;

use super::interpolate::{Lookup, UNKNOWN};
use super::ports::{self, PortError, PortMapping, PortRange, Protocol, parse_port};
use super::project::is_true;
use super::text::{Origin, Text};
use super::value::Value;
use super::volumes::{Volume, VolumeError, VolumeKind, is_propagation, parse_volume};

/// An entry of `ports`.
#[derive(Clone, Debug)]
pub struct PortRef {
    /// The text of the short form or the mapping of the long one.
    pub value: Value,
}

/// A port whose variables may not all be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedPort {
    /// The address of the host.
    pub host_ip: HostIp,
    /// The port of the host.
    pub published: Published,
    /// The port of the container, if it is known.
    pub target: Option<PortRange>,
    /// The protocol.
    pub protocol: Protocol,
}

/// The address that a port is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostIp {
    /// None is given: every interface.
    All,
    /// This one.
    Address(IpAddr),
    /// A variable decides.
    Unknown,
}

/// The port of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// A random one.
    Random,
    /// This one, or one for each of the container's, or one out of these.
    Ports(PortRange),
    /// A variable decides.
    Unknown,
}

impl ResolvedPort {
    /// Whether other machines can reach it; `None` when a variable decides.
    #[must_use]
    pub fn is_exposed(&self) -> Option<bool> {
        let host_ip = match self.host_ip {
            HostIp::All => None,
            HostIp::Address(ip) => Some(ip),
            HostIp::Unknown => return None,
        };
        let target = PortRange::single(0);
        let mapping = PortMapping { host_ip, published: None, target, protocol: self.protocol };
        Some(mapping.is_exposed())
    }
}

impl PortRef {
    /// Where it is written.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.value.origin()
    }

    /// The part of the long form under `key`.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&Text> {
        self.value.get(key).and_then(Value::text)
    }

    /// Reads it with the variables that `lookup` knows and the defaults of the
    /// others.
    ///
    /// # Errors
    /// When Compose would refuse it whatever the unknown variables hold.
    pub fn resolve(&self, lookup: &Lookup<'_>) -> Result<ResolvedPort, PortError> {
        let expand = |text: &Text| text.expand_partly(lookup).map_err(|_| PortError::Interpolation);
        let Some(text) = self.value.text() else {
            let field = |key: &str| self.field(key).map(&expand).transpose();
            let target = field("target")?.ok_or(PortError::NoPort)?;
            let protocol = field("protocol")?.unwrap_or_default();
            return assemble(
                &field("host_ip")?.unwrap_or_default(),
                &field("published")?.unwrap_or_default(),
                &target,
                &protocol,
            );
        };
        let text = expand(text)?;
        if !text.contains(UNKNOWN) {
            return parse_port(&text).map(ResolvedPort::from);
        }
        let mut parts = text.rsplitn(3, ':');
        let container = parts.next().unwrap_or("");
        let published = parts.next().unwrap_or("");
        let ip = parts.next();
        let (target, protocol) = container.split_once('/').unwrap_or((container, ""));
        let (ip, published) = match ip {
            Some(ip) => (ip, published),
            // `${PORT}:80` is by far the commonest form, and there it is a port.
            None if published == UNKNOWN => ("", published),
            // `${BIND}8080:80` and a lone `${PORTS}` may hold an address.
            None if text.starts_with(UNKNOWN) => (UNKNOWN, UNKNOWN),
            None => ("", published),
        };
        assemble(ip, published, target, protocol)
    }
}

fn assemble(
    ip: &str,
    published: &str,
    target: &str,
    protocol: &str,
) -> Result<ResolvedPort, PortError> {
    let unknown = |text: &str| text.contains(UNKNOWN);
    let host_ip = match ip {
        ip if unknown(ip) => HostIp::Unknown,
        ip if ip.contains(':') && !ip.starts_with('[') => {
            HostIp::Address(ip.parse().map_err(|_| PortError::HostIp)?)
        }
        ip => ports::host_ip(ip)?.map_or(HostIp::All, HostIp::Address),
    };
    let published = match published {
        "" => Published::Random,
        text if unknown(text) => Published::Unknown,
        text => Published::Ports(PortRange::parse(text).ok_or(PortError::Published)?),
    };
    let target = match target {
        "" => return Err(PortError::NoPort),
        text if unknown(text) => None,
        text => Some(PortRange::parse(text).ok_or(PortError::Target)?),
    };
    let protocol = match protocol {
        "" => Protocol::Tcp,
        text if unknown(text) => Protocol::Tcp,
        text => Protocol::named(text).ok_or(PortError::Protocol)?,
    };
    Ok(ResolvedPort { host_ip, published, target, protocol })
}

impl From<PortMapping> for ResolvedPort {
    fn from(port: PortMapping) -> Self {
        ResolvedPort {
            host_ip: port.host_ip.map_or(HostIp::All, HostIp::Address),
            published: port.published.map_or(Published::Random, Published::Ports),
            target: Some(port.target),
            protocol: port.protocol,
        }
    }
}

/// An entry of `volumes`.
#[derive(Clone, Debug)]
pub struct VolumeRef {
    /// The text of the short form or the mapping of the long one.
    pub value: Value,
}

impl VolumeRef {
    /// Where it is written.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.value.origin()
    }

    /// Reads it with the variables that `lookup` knows and the defaults of the
    /// others. A source of which a variable decides what it is has the kind
    /// [`VolumeKind::Unknown`]; [`UNKNOWN`] stands for the variable.
    ///
    /// # Errors
    /// When Compose would refuse it.
    pub fn resolve(&self, lookup: &Lookup<'_>) -> Result<Volume, VolumeError> {
        let expand =
            |text: &Text| text.expand_partly(lookup).map_err(|_| VolumeError::Interpolation);
        if let Some(text) = self.value.text() {
            let mut volume = parse_volume(&expand(text)?)?;
            if volume.source.as_deref().is_some_and(|source| source.starts_with(UNKNOWN)) {
                volume.kind = VolumeKind::Unknown;
            }
            return Ok(volume);
        }
        let field =
            |path: &[&str]| self.value.at(path).and_then(Value::text).map(&expand).transpose();
        let yes = |path: &[&str]| self.value.at(path).and_then(Value::text).is_some_and(is_true);
        let propagation = field(&["bind", "propagation"])?;
        Ok(Volume {
            kind: VolumeKind::named(field(&["type"])?.as_deref().unwrap_or("volume")),
            source: field(&["source"])?.or(field(&["src"])?),
            target: field(&["target"])?.ok_or(VolumeError::NoTarget)?,
            read_only: yes(&["read_only"]),
            propagation: propagation.filter(|propagation| is_propagation(propagation)),
            selinux: field(&["bind", "selinux"])?,
            nocopy: yes(&["volume", "nocopy"]),
        })
    }
}
