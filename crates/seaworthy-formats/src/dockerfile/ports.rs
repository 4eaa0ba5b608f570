//! What `EXPOSE` names.

/// A port or a range of ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExposedPort {
    /// The first port.
    pub first: u16,
    /// The last one.
    pub last: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

impl ExposedPort {
    /// Reads `80`, `80/udp` and `3000-3010`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        // A host side is allowed, and means nothing.
        let ports = ports.rsplit(':').next().unwrap_or(ports);
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        let protocol = protocol.to_ascii_lowercase();
        (first <= last && matches!(protocol.as_str(), "tcp" | "udp" | "sctp")).then_some(Self {
            first,
            last,
            protocol,
        })
    }

    /// Whether it names this port of TCP.
    #[must_use]
    pub fn is_tcp(&self, port: u16) -> bool {
        self.protocol == "tcp" && (self.first..=self.last).contains(&port)
    }
}
