//! Encrypted connections: whom the system does not trust gets neither key nor prompt.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod common;

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, mpsc},
};

use ccc_provider::{ProviderError, Why};
use common::*;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

/// A server that shows the certificate in `fixtures`, which no system trusts, and reports every byte it can decrypt.
fn serve() -> (u16, mpsc::Receiver<usize>) {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("fixtures/untrusted.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("fixtures/untrusted.key.pem")).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let config = Arc::new(config);
        while let Ok((stream, _)) = listener.accept() {
            let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let read = tls.read(&mut [0u8; 4_096]).unwrap_or(0);
            let _ = tls.write_all(ok().as_bytes());
            tls.conn.send_close_notify();
            let _ = tls.flush();
            sender.send(read).unwrap();
        }
    });
    (port, receiver)
}

#[tokio::test]
async fn an_untrusted_certificate_ends_the_matter() {
    let (port, decrypted) = serve();
    let outcome = ask(&client(&format!("https://127.0.0.1:{port}/v1"))).await;
    assert_eq!(outcome, Outcome::failed(ProviderError::Unreachable(Why::Tls)));
    assert_eq!(decrypted.recv(), Ok(0), "not one byte of the request was sent");
    assert!(
        decrypted.try_recv().is_err(),
        "what is not trusted now will not be trusted a moment later"
    );
}
