//! Section A, before there is an answer: names, ports, connections, TLS.

use std::net::SocketAddr;

use rcgen::{CertificateParams, CertifiedIssuer, DnType, KeyPair};
use tempfile::TempDir;
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{self, ServerConfig};

use super::Check;
use super::case::{PAST_THE_END, Scene, n_different};
use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::source::{ONE_AFTER_THE_OTHER, closed_port};

/// What a run meets in place of the source.
#[derive(Clone, Copy)]
enum Front {
    /// A host name that never resolves (RFC 6761).
    NoName,
    /// A port nobody listens on.
    NoPort,
    /// A port that takes no further connection, and turns none away.
    Deaf,
    /// The source behind TLS, with such a certificate.
    Tls(Certificate),
}

/// All but one are signed by an authority that the run is told to trust.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Certificate {
    Good,
    Expired,
    NotYet,
    OfAnotherHost,
    OfNobody,
}

const CASES: [(&str, Front, i32, u64, &str); 8] = [
    ("A1 a name that is none", Front::NoName, 69, 6, "connecting failed"),
    ("A1 connections are refused", Front::NoPort, 69, 6, "connecting failed"),
    ("A2 connections are not taken", Front::Deaf, 69, 6, "connecting failed"),
    ("A23 an authority of the source's own", Front::Tls(Certificate::Good), 0, 8, ""),
    ("A23 expired", Front::Tls(Certificate::Expired), 1, 1, "its certificate has expired"),
    ("A23 not valid yet", Front::Tls(Certificate::NotYet), 1, 1, "is not valid yet"),
    ("A23 of another host", Front::Tls(Certificate::OfAnotherHost), 1, 1, "is for another host"),
    ("A23 signed by nobody known", Front::Tls(Certificate::OfNobody), 1, 1, "nobody this machine trusts"),
];

pub(super) fn checks() -> Vec<Check> {
    let check =
        |(name, front, code, requests, says): (&'static str, Front, i32, u64, &'static str)| -> Check {
            (name, Box::new(move || failing(front, code, requests, says)))
        };
    CASES.map(check).into()
}

fn failing(front: Front, code: i32, n_requests: u64, says: &str) -> Option<String> {
    let source = Scene::List.start();
    let lake = Lake::new();
    let runtime = Runtime::new().unwrap();
    let folder = TempDir::new().unwrap();
    let authority = authority();
    let trusted = folder.path().join("authority.pem");
    std::fs::write(&trusted, authority.pem()).unwrap();
    // Kept until the run has ended.
    let (nobodys, mut held) = (closed_port(), Vec::new());
    let url = match front {
        Front::NoName => "http://export.invalid".to_owned(),
        Front::NoPort => format!("http://{}", nobodys.local_addr().unwrap()),
        Front::Deaf => format!("http://{}", deaf(&runtime, &mut held)),
        Front::Tls(certificate) => {
            let config = tls(certificate, &authority);
            format!("https://localhost:{}", behind_tls(&runtime, config, source.running.addr))
        }
    };
    let ended = Convolake::run("convocore", &url, &lake)
        .set(ONE_AFTER_THE_OTHER)
        .set("timeouts.connect=3s")
        .args(&["--stream", "list"])
        .env("SSL_CERT_FILE", trusted.to_str().unwrap())
        .ends_somehow();
    let told = ended.report()["streams"][0]["requests"].as_u64();
    let arrived = source.running.ledger().requests();
    let n_arrived = arrived.len() as u64;
    let is_as_told = match code {
        // No page is asked for twice. While an answer is late some are asked for past the end, and the run may end before
        // they arrive.
        0 => {
            let most = n_requests + PAST_THE_END as u64;
            n_different(&arrived) == arrived.len()
                && n_arrived >= n_requests
                && told.is_some_and(|told| (n_arrived..=most).contains(&told))
        }
        _ => told == Some(n_requests) && n_arrived == 0,
    };
    match ended.code == Some(code) && is_as_told && ended.stdout.contains(says) {
        true => None,
        false => Some(format!("{told:?} requests of {n_requests}, {n_arrived} arrived, {ended}")),
    }
}

/// An address whose queue is full of connections that nobody accepts: a further one gets no answer.
fn deaf(runtime: &Runtime, held: &mut Vec<TcpStream>) -> SocketAddr {
    let _inside = runtime.enter();
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.block_on(async {
        for _ in 0..8 {
            let connecting = TcpStream::connect(address);
            let Ok(connected) = tokio::time::timeout(std::time::Duration::from_millis(300), connecting).await
            else {
                break;
            };
            held.push(connected.unwrap());
        }
    });
    // Listens for as long as the runtime lives, and accepts nothing.
    runtime.spawn(async move {
        let _listener = listener;
        std::future::pending::<()>().await;
    });
    address
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "authority of a test");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn tls(certificate: Certificate, authority: &CertifiedIssuer<'static, KeyPair>) -> ServerConfig {
    let host = if certificate == Certificate::OfAnotherHost { "other.example" } else { "localhost" };
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    match certificate {
        Certificate::Expired => {
            (params.not_before, params.not_after) =
                (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2021, 1, 1));
        }
        Certificate::NotYet => {
            (params.not_before, params.not_after) =
                (rcgen::date_time_ymd(2098, 1, 1), rcgen::date_time_ymd(2099, 1, 1));
        }
        Certificate::Good | Certificate::OfAnotherHost | Certificate::OfNobody => {}
    }
    let key = KeyPair::generate().unwrap();
    let signed = match certificate {
        Certificate::OfNobody => params.self_signed(&key).unwrap(),
        _ => params.signed_by(&key, authority).unwrap(),
    };
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap()
}

/// The port at which the source answers over TLS.
fn behind_tls(runtime: &Runtime, config: ServerConfig, source: SocketAddr) -> u16 {
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    runtime.spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that turns the certificate down ends the handshake.
                let Ok(mut inner) = acceptor.accept(connection).await else { return };
                let mut outer = TcpStream::connect(source).await.unwrap();
                drop(tokio::io::copy_bidirectional(&mut inner, &mut outer).await);
            });
        }
    });
    port
}
