//! An eye on every packet that is sent to another machine, whatever its protocol and port.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    thread,
};

use rustix::net::{AddressFamily, RecvFlags, SocketType, eth, recv, socket};

use crate::canary::Heard;

/// Remembers where each packet goes that leaves for anywhere but this machine's own addresses. It needs the rights one
/// has in a network of one's own.
pub fn watch(heard: Heard) {
    let all = socket(AddressFamily::PACKET, SocketType::DGRAM, Some(eth::ALL)).unwrap();
    thread::spawn(move || {
        let mut bytes = [0; 2048];
        while let Ok((_, read)) = recv(&all, &mut bytes, RecvFlags::empty()) {
            let seen = bytes.get(..read.min(bytes.len())).and_then(destination);
            if let Some((protocol, to)) = seen.filter(|(_, to)| !is_answer(to)) {
                heard.add(format!("packet {protocol} {to}"));
            }
        }
    });
}

/// Loopback is how the parts of a test talk to each other.
fn is_answer(to: &SocketAddr) -> bool {
    to.ip().to_canonical().is_loopback()
}

/// The protocol of a packet and where it goes.
fn destination(packet: &[u8]) -> Option<(String, SocketAddr)> {
    let first = *packet.first()?;
    let (protocol, to, body): (u8, IpAddr, usize) = match first >> 4 {
        4 => {
            let to: [u8; 4] = packet.get(16..20)?.try_into().ok()?;
            (*packet.get(9)?, Ipv4Addr::from(to).into(), usize::from(first & 15) * 4)
        }
        6 => {
            let to: [u8; 16] = packet.get(24..40)?.try_into().ok()?;
            (*packet.get(6)?, Ipv6Addr::from(to).into(), 40)
        }
        _ => return None,
    };
    let port = || Some(u16::from_be_bytes(packet.get(body + 2..body + 4)?.try_into().ok()?));
    let (name, port) = match protocol {
        6 => ("tcp".to_owned(), port()?),
        17 => ("udp".to_owned(), port()?),
        other => (format!("protocol {other}"), 0),
    };
    Some((name, SocketAddr::new(to, port)))
}
