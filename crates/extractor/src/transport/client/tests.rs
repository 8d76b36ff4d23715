//! Requests over sockets, to servers that behave and servers that do not.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use http::Method;
use tokio::net::TcpSocket;

use super::*;
use crate::fakes::{CANARY, credential};
use crate::transport::body::tests::encoded;

const BODY: &str = r#"{"data": [{"id": "a"}], "cursor": null}"#;
/// Patient, for a machine under load.
const LIMITS: HttpLimits = HttpLimits {
    connect_timeout: Duration::from_secs(60),
    idle_timeout: Duration::from_secs(60),
    total_timeout: Duration::from_secs(60),
    body_bytes: 64 << 10,
};
/// For servers that never answer.
const IMPATIENT: [HttpLimits; 2] = [
    HttpLimits { idle_timeout: Duration::from_millis(50), ..LIMITS },
    HttpLimits { total_timeout: Duration::from_millis(50), ..LIMITS },
];

async fn serve(app: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// A server that reads a request and then does with the connection as it is told.
fn serve_raw(act: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            // Who has lost patience before asking is gone; others come after.
            if !has_asked(&mut connection) {
                continue;
            }
            // Mute connections stay open.
            kept.push(connection.try_clone().unwrap());
            act(connection);
        }
    });
    address
}

/// Reads a request; false where the connection ends before it is whole.
fn has_asked(connection: &mut TcpStream) -> bool {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if connection.read_exact(&mut byte).is_err() {
            return false;
        }
        request.extend(byte);
    }
    true
}

async fn send(address: SocketAddr, path: &str, limits: HttpLimits) -> Result<HttpResponse, TransportError> {
    let request = HttpRequest {
        method: Method::GET,
        url: format!("http://{address}{path}").parse().unwrap(),
        headers: credential().headers().into_iter().collect(),
        query_keys: credential().query_keys(),
    };
    HttpTransport::new(limits, None).unwrap().send(request).await
}

fn fault(result: Result<HttpResponse, TransportError>) -> TransportFault {
    let error = result.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("canary") && !shown.contains("http://"), "{shown}");
    error.fault
}

#[tokio::test]
async fn bodies_in_every_encoding() {
    let app = Router::new().route(
        "/{encoding}",
        get(|Path(encoding): Path<String>, headers: HeaderMap| async move {
            assert_eq!(headers["accept-encoding"], "gzip, br, zstd");
            assert_eq!(headers["authorization"], format!("Bearer {CANARY}"));
            ([("content-encoding", encoding.clone())], encoded(&encoding, BODY.as_bytes()))
        }),
    );
    let address = serve(app).await;
    for encoding in ["identity", "gzip", "br", "zstd"] {
        let response = send(address, &format!("/{encoding}"), LIMITS).await.unwrap();
        assert_eq!((response.status, response.body), (StatusCode::OK, BODY.into()), "{encoding}");
    }
}

#[tokio::test]
async fn requests_introduce_themselves() {
    let told = |headers: HeaderMap| async move { headers["user-agent"].to_str().unwrap().to_owned() };
    let address = serve(Router::new().route("/", get(told))).await;
    let name = concat!("convolake/", env!("CARGO_PKG_VERSION"));
    let home = Some(HOME).filter(|home| !home.is_empty());
    let with = |url: &str| format!("{name} (+{url})");
    for (contact, expected) in [
        (Some("mailto:data@example.org"), with("mailto:data@example.org")),
        (None, home.map_or(name.to_owned(), with)),
    ] {
        let url = format!("http://{address}/").parse().unwrap();
        let request =
            HttpRequest { method: Method::GET, url, headers: HeaderMap::new(), query_keys: Vec::new() };
        let response = HttpTransport::new(LIMITS, contact).unwrap().send(request).await.unwrap();
        assert_eq!(response.body, expected);
    }
}

/// Whatever of an answer has come when the connection is cut, it is no answer.
#[tokio::test]
async fn a_connection_cut_at_any_byte() {
    let whole = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{BODY}", BODY.len());
    let (n_bytes, cuts) = (whole.len(), std::sync::atomic::AtomicUsize::new(0));
    let address = serve_raw(move |mut connection| {
        let cut = cuts.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        connection.write_all(&whole.as_bytes()[..cut]).unwrap();
        connection.shutdown(std::net::Shutdown::Both).unwrap();
    });
    let transport = HttpTransport::new(LIMITS, None).unwrap();
    for cut in 0..=n_bytes {
        let url = format!("http://{address}/").parse().unwrap();
        let sent = transport
            .send(HttpRequest { method: Method::GET, url, headers: HeaderMap::new(), query_keys: Vec::new() })
            .await;
        match cut == n_bytes {
            true => assert_eq!(sent.unwrap().body, BODY),
            false => assert_eq!(fault(sent), TransportFault::Interrupted, "{cut} of {n_bytes} bytes"),
        }
    }
}

#[tokio::test]
async fn bodies_over_the_limit_are_not_taken_in() {
    let app = Router::new().route(
        "/{encoding}/{bytes}",
        get(|Path((encoding, bytes)): Path<(String, usize)>| async move {
            ([("content-encoding", encoding.clone())], encoded(&encoding, &vec![b' '; bytes]))
        }),
    );
    let address = serve(app).await;
    let limit_bytes = LIMITS.body_bytes;
    for encoding in ["identity", "gzip", "br", "zstd"] {
        let whole = send(address, &format!("/{encoding}/{limit_bytes}"), LIMITS).await.unwrap();
        assert_eq!(whole.body.len() as u64, limit_bytes);
        let over = send(address, &format!("/{encoding}/{}", limit_bytes + 1), LIMITS).await;
        assert_eq!(fault(over), TransportFault::TooLarge { limit_bytes }, "{encoding}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed_and_the_key_stays() {
    let arrived: Arc<Mutex<BTreeMap<String, HeaderMap>>> = Arc::default();
    let seen = Arc::clone(&arrived);
    let other = serve(Router::new().fallback(move |headers: HeaderMap| async move {
        seen.lock().unwrap().insert("any".into(), headers);
    }))
    .await;
    let app = Router::new().route(
        "/{status}",
        get(move |Path(status): Path<u16>| async move {
            let mut response = Redirect::to(&format!("http://{other}/steal")).into_response();
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        }),
    );
    let address = serve(app).await;
    for status in [301, 302, 303, 307, 308] {
        let response = send(address, &format!("/{status}"), LIMITS).await.unwrap();
        assert_eq!(response.status.as_u16(), status);
    }
    assert!(arrived.lock().unwrap().is_empty());
}

#[tokio::test]
async fn connections_that_fail() {
    // It is kept, so that nobody else is given its port, and does not listen.
    let nobodys = TcpSocket::new_v4().unwrap();
    nobodys.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed = nobodys.local_addr().unwrap();
    assert_eq!(fault(send(closed, "/", LIMITS).await), TransportFault::Connect);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", BODY.len());
    let half = format!("{head}{}", &BODY[..10]);
    let stalled = serve_raw({
        let half = half.clone();
        // Who asked may have lost patience by now.
        move |mut connection| drop(connection.write_all(half.as_bytes()))
    });
    let mute = serve_raw(|_| {});
    for limits in IMPATIENT {
        assert_eq!(fault(send(mute, "/", limits).await), TransportFault::Timeout);
        assert_eq!(fault(send(stalled, "/", limits).await), TransportFault::Timeout);
    }
    for torn in ["".to_owned(), "HTTP/1.1 200".to_owned(), head, half] {
        let address = serve_raw(move |mut connection| {
            connection.write_all(torn.as_bytes()).unwrap();
            connection.shutdown(std::net::Shutdown::Both).unwrap();
        });
        assert_eq!(fault(send(address, "/", LIMITS).await), TransportFault::Interrupted);
    }
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"da\"\r\n";
    let unfinished = serve_raw(move |mut connection| {
        connection.write_all(chunked.as_bytes()).unwrap();
        connection.shutdown(std::net::Shutdown::Both).unwrap();
    });
    assert_eq!(fault(send(unfinished, "/", LIMITS).await), TransportFault::Interrupted);
    let nonsense = serve_raw(|mut connection| connection.write_all(b"SSH-2.0-OpenSSH\r\n\r\n").unwrap());
    assert_eq!(fault(send(nonsense, "/", LIMITS).await), TransportFault::Interrupted);
}
