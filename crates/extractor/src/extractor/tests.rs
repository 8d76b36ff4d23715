//! A slice over sockets, from the first request to the end of its chain.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

use crate::fakes::{extractor, params, stream};
use crate::{Budget, FailureKind, HttpLimits, HttpTransport, Slice, Stop, SystemClock};

const BODY: &str = r#"{"data": [{"id": "a"}], "cursor": null}"#;

#[tokio::test]
async fn a_slice_over_sockets() {
    let app = Router::new()
        .route(
            "/api/v2/agents/a1/convos",
            get(|| async { (StatusCode::FORBIDDEN, r#"{"message": "upgrade"}"#) }),
        )
        .route("/api/v1/messages", get(|| async { BODY }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let patient = Duration::from_secs(60);
    let limits = HttpLimits {
        connect_timeout: patient,
        idle_timeout: patient,
        total_timeout: patient,
        body_bytes: 64 << 10,
    };
    let transport = Arc::new(HttpTransport::new(limits, None).unwrap());
    let clock = Arc::new(SystemClock::start());
    let extractor = extractor(Budget::default(), Stop::default(), transport, clock);
    let at_home = |name: &str| {
        let mut stream = stream(name);
        stream.base_url = format!("http://{address}/api/").parse().unwrap();
        stream
    };
    let mut chain = extractor.pages(&at_home("windowed"), &params(), &Slice::Whole).unwrap();
    assert_eq!(chain.next().await.unwrap().unwrap().body, BODY);
    assert!(chain.next().await.unwrap().is_none());
    let mut chain = extractor.pages(&at_home("numbered"), &params(), &Slice::Whole).unwrap();
    let error = chain.next().await.unwrap_err();
    assert_eq!(error.kind(), FailureKind::Refused);
    assert!(error.to_string().contains("upgrade"));
}
