//! Ports that are published: where, for whom, and how to take them back.

use std::net::IpAddr;

use seaworthy_analysis::{Context, Edit};
use seaworthy_formats::compose::PortRef;
use seaworthy_model::Region;

use super::lines;

/// Where a port is published: the short form, or of the long one the part that
/// publishes.
pub(super) fn publishing_part(port: &PortRef) -> Region {
    let field = port.field("published").or_else(|| port.field("target"));
    field.map_or(port.origin().region, |text| text.region())
}

/// Binds a published port to the loopback interface; `None` when it is bound to
/// an address, or where cannot be told.
pub(super) fn bind_to_loopback(cx: &Context<'_>, port: &PortRef) -> Option<Edit> {
    const TITLE: &str = "Bind the port to the loopback interface";
    let path = &port.origin().artifact;
    let Some(text) = port.value.text() else {
        if let Some(ip) = port.field("host_ip") {
            let all = ip.literal()?.parse::<IpAddr>().ok()?.is_unspecified();
            return all.then(|| Edit::risky(TITLE).replace(path, ip.region(), "127.0.0.1"));
        }
        let key = port.value.member("published")?.key.region();
        let column = lines::indentation(cx, path, key.start)?;
        let line = format!("host_ip: 127.0.0.1\n{}", " ".repeat(column));
        return Some(Edit::risky(TITLE).insert(path, key.start, line));
    };
    let raw = text.raw();
    let colons = outer_colons(raw);
    let edit = match colons.as_slice() {
        [] => (0..0, "127.0.0.1::"),
        [_] => (0..0, "127.0.0.1:"),
        [.., ip_end, _] => {
            let ip = raw.get(..*ip_end)?;
            let all = ip.is_empty()
                || ip
                    .trim_matches(['[', ']'])
                    .parse::<IpAddr>()
                    .is_ok_and(|ip| ip.is_unspecified());
            if !all {
                return None;
            }
            (0..*ip_end, "127.0.0.1")
        }
    };
    let region = text.region_of(edit.0)?;
    Some(Edit::risky(TITLE).replace(path, region, edit.1))
}

/// The colons of a port that stand neither in `${…}` nor in `[…]`.
fn outer_colons(text: &str) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut colons = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => colons.push(at),
            _ => {}
        }
    }
    colons
}

/// Addresses of private networks: not the whole internet, yet others.
pub(super) fn is_internal(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            // 100.64.0.0/10 is what VPN meshes use.
            ip.is_private() || ip.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}
