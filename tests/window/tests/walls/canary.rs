//! Servers that stand for the rest of the world and remember everything that reaches them.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::packets;

/// Where the name server says everything is: an address for documentation.
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);

/// What arrived, in order.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    /// Adds one.
    pub fn add(&self, what: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    /// All of it so far.
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The servers, for as long as the process lives: web servers, a name server that knows every name, and an eye on every
/// packet to another machine. Only in a network of its own.
pub struct Canary {
    heard: Heard,
    port: u16,
}

impl Canary {
    /// Starts them.
    pub fn listen() -> Self {
        let heard = Heard::default();
        let own = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = own.local_addr().unwrap().port();
        serve(own, heard.clone());
        for port in [80, 443, 8443] {
            serve(everywhere(|any| TcpListener::bind((any, port))), heard.clone());
        }
        for port in [53, 443, 3478] {
            answer(everywhere(|any| UdpSocket::bind((any, port))), port, heard.clone());
        }
        packets::watch(heard.clone());
        Self { heard, port }
    }

    /// Where to send things: this machine by number, another by name, another over TLS.
    pub fn addresses(&self) -> [String; 3] {
        [
            format!("http://127.0.0.1:{}", self.port),
            "http://leak.example".to_owned(),
            format!("https://{ELSEWHERE}"),
        ]
    }

    /// Everything that arrived.
    pub fn heard(&self) -> Vec<String> {
        self.heard.all()
    }

    /// Sends something by each way there is, and returns once all of it was heard; what was heard before is forgotten.
    ///
    /// # Panics
    /// When something is not heard: then nothing that is not heard means anything.
    pub fn prove(&self) {
        self.forget();
        let resolved: Vec<SocketAddr> = ("proof.example", 80).to_socket_addrs().unwrap().collect();
        assert!(
            resolved.contains(&SocketAddr::from((ELSEWHERE, 80))),
            "every name has an address: {resolved:?}"
        );
        for address in [
            format!("127.0.0.1:{}", self.port),
            "proof.example:80".to_owned(),
            format!("{ELSEWHERE}:443"),
        ] {
            let mut stream = TcpStream::connect(&address).unwrap();
            write!(stream, "GET /proof HTTP/1.0\r\n\r\n").unwrap();
        }
        let silent = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        silent.send_to(b"proof", (ELSEWHERE, 3478)).unwrap();
        silent
            .send_to(b"proof", (Ipv4Addr::new(198, 51, 100, 9), 9_999))
            .unwrap();
        let port = self.port;
        let wanted = [
            "name proof.example".to_owned(),
            format!("tcp {port} GET /proof HTTP/1.0"),
            "tcp 80 GET /proof HTTP/1.0".to_owned(),
            "tcp 443 GET /proof HTTP/1.0".to_owned(),
            "udp 3478".to_owned(),
            "packet udp 198.51.100.9:9999".to_owned(),
            format!("packet tcp {ELSEWHERE}:443"),
        ];
        let began = Instant::now();
        while !wanted.iter().all(|each| self.heard().contains(each)) {
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "not all was heard: {:?}",
                self.heard()
            );
            thread::sleep(Duration::from_millis(10));
        }
        self.quiet();
        self.forget();
    }

    /// Waits until nothing more arrives. There is no event for what never comes: with the walls down, everything
    /// arrived well within this time.
    pub fn quiet(&self) {
        let mut before = usize::MAX;
        while before != self.heard().len() {
            before = self.heard().len();
            thread::sleep(Duration::from_millis(700));
        }
    }

    fn forget(&self) {
        self.heard.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Both families at once where there is the newer one.
fn everywhere<T>(bind: impl Fn(std::net::IpAddr) -> std::io::Result<T>) -> T {
    bind(Ipv6Addr::UNSPECIFIED.into())
        .or_else(|_| bind(Ipv4Addr::UNSPECIFIED.into()))
        .unwrap()
}

fn serve(listener: TcpListener, heard: Heard) {
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // A connection without a request is a leak as well.
            heard.add(format!("tcp {port} connected"));
            let heard = heard.clone();
            thread::spawn(move || {
                let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
                let mut head = [0; 512];
                let Ok(read @ 1..) = stream.read(&mut head) else { return };
                let head = String::from_utf8_lossy(head.get(..read).unwrap_or_default()).into_owned();
                heard.add(format!("tcp {port} {}", head.lines().next().unwrap_or_default()));
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\naccess-control-allow-origin: *\r\nconnection: close\r\n\r\nout");
            });
        }
    });
}

fn answer(socket: UdpSocket, port: u16, heard: Heard) {
    thread::spawn(move || {
        let mut bytes = [0; 1500];
        while let Ok((read, from)) = socket.recv_from(&mut bytes) {
            let asked = bytes.get(..read).unwrap_or_default();
            match (port, name_of(asked)) {
                (53, Some(name)) => {
                    heard.add(format!("name {name}"));
                    let _ = socket.send_to(&named(asked), from);
                }
                _ => heard.add(format!("udp {port}")),
            }
        }
    });
}

/// The name a question asks for.
fn name_of(question: &[u8]) -> Option<String> {
    let (mut at, mut labels) = (12, Vec::new());
    loop {
        let length = usize::from(*question.get(at)?);
        if length == 0 {
            return Some(labels.join("."));
        }
        labels.push(String::from_utf8_lossy(question.get(at + 1..=at + length)?).into_owned());
        at += length + 1;
    }
}

/// The answer to a question: [`ELSEWHERE`] for an address of the older family, nothing for any other kind.
fn named(question: &[u8]) -> Vec<u8> {
    const A: [u8; 2] = [0, 1];
    let end = question
        .iter()
        .skip(12)
        .position(|byte| *byte == 0)
        .map_or(question.len(), |zero| 12 + zero + 5);
    let asked = question.get(12..end).unwrap_or_default();
    let known = asked.get(asked.len().saturating_sub(4)..asked.len().saturating_sub(2)) == Some(&A);
    let mut reply = question.get(..2).unwrap_or_default().to_vec();
    // An answer, no error; one question, one or no answer, nothing else.
    reply.extend([0x81, 0x80, 0, 1, 0, u8::from(known), 0, 0, 0, 0]);
    reply.extend(asked);
    if known {
        // The name of the question, an address, of the internet, for a minute, four bytes.
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        reply.extend(ELSEWHERE.octets());
    }
    reply
}
