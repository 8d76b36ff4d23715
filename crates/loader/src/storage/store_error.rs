use crate::LoadError;

/// What a store said, without what it must not say on: an answer's body may hold a key's name and what it signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct StoreError {
    kind: StoreFault,
    text: String,
}

/// What a caller would do differently for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StoreFault {
    Refused,
    Expired,
    Skewed,
    OtherRegion,
    NoKeys,
    NoBucket,
    Unavailable,
    Precondition,
    Other,
}

impl StoreError {
    pub(crate) fn of(error: &object_store::Error) -> Self {
        use object_store::Error;
        let text = error.to_string();
        let code = between(&text, "<Code>", "</Code>");
        let kind = match (error, code) {
            (_, Some("NoSuchBucket")) => StoreFault::NoBucket,
            (_, Some("ExpiredToken" | "TokenRefreshRequired" | "InvalidToken")) => StoreFault::Expired,
            (_, Some("RequestTimeTooSkewed")) => StoreFault::Skewed,
            (_, Some("AuthorizationHeaderMalformed" | "PermanentRedirect")) => StoreFault::OtherRegion,
            (Error::PermissionDenied { .. } | Error::Unauthenticated { .. }, _)
            | (_, Some("AccessDenied" | "InvalidAccessKeyId" | "SignatureDoesNotMatch")) => {
                StoreFault::Refused
            }
            (Error::Precondition { .. } | Error::AlreadyExists { .. }, _) => StoreFault::Precondition,
            (Error::Generic { .. }, _) if text.contains("169.254.169.254") => StoreFault::NoKeys,
            (Error::Generic { .. }, _) if text.contains("without LOCATION") => StoreFault::OtherRegion,
            // Whatever was sent over the network and did not come back as an answer of the store.
            (Error::Generic { store: "S3", .. }, None) => StoreFault::Unavailable,
            (Error::Generic { .. }, Some("SlowDown" | "InternalError" | "ServiceUnavailable")) => {
                StoreFault::Unavailable
            }
            _ => StoreFault::Other,
        };
        Self { kind, text: told(&text, code) }
    }

    /// True where the object was not in the version asked for.
    pub(crate) fn is_precondition(&self) -> bool {
        self.kind == StoreFault::Precondition
    }

    pub(crate) fn when(self, act: &'static str, object: String) -> LoadError {
        let source = self;
        let refused = |hint, source| LoadError::StoreRefused { act, object: object.clone(), hint, source };
        match source.kind {
            StoreFault::NoBucket => LoadError::BucketMissing { act, object, source },
            StoreFault::Refused => refused(
                "look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and at the bucket's policy",
                source,
            ),
            StoreFault::Expired => refused("the session token has expired: get new keys", source),
            StoreFault::Skewed => refused("this machine's clock is wrong: set it", source),
            StoreFault::OtherRegion => refused("set AWS_REGION to the bucket's region", source),
            StoreFault::NoKeys => refused(
                "no keys were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (profiles in ~/.aws are not read)",
                source,
            ),
            StoreFault::Unavailable => LoadError::StoreUnavailable { act, object, source },
            StoreFault::Precondition | StoreFault::Other => LoadError::Object { act, object, source },
        }
    }
}

/// The text as it may be passed on: of an answer's body only its code and message.
fn told(text: &str, code: Option<&str>) -> String {
    const LONGEST: usize = 600;
    let Some(code) = code else {
        return text.chars().take(LONGEST).collect();
    };
    match between(text, "<Message>", "</Message>") {
        Some(message) => format!("{code}: {}", message.chars().take(LONGEST).collect::<String>()),
        None => code.to_owned(),
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_without_what_was_signed() {
        let body = "403: <Error><Code>SignatureDoesNotMatch</Code><Message>It does not match.</Message>\
                    <AWSAccessKeyId>NAME</AWSAccessKeyId><StringToSign>TEXT</StringToSign></Error>";
        let error = object_store::Error::PermissionDenied { path: "x".into(), source: body.into() };
        let error = StoreError::of(&error);
        assert_eq!(error.to_string(), "SignatureDoesNotMatch: It does not match.");
        assert!(matches!(error.when("read", "x".into()), LoadError::StoreRefused { .. }));
    }

    #[test]
    fn faults_are_told_apart() {
        let of = |code: &str| {
            let source = format!("400: <Error><Code>{code}</Code><Message>m</Message></Error>").into();
            StoreError::of(&object_store::Error::Generic { store: "S3", source }).kind
        };
        // Some stores give them another status than 403.
        assert_eq!(of("SignatureDoesNotMatch"), StoreFault::Refused);
        assert_eq!(of("NoSuchBucket"), StoreFault::NoBucket);
        assert_eq!(of("ExpiredToken"), StoreFault::Expired);
        assert_eq!(of("RequestTimeTooSkewed"), StoreFault::Skewed);
        assert_eq!(of("SlowDown"), StoreFault::Unavailable);
        assert_eq!(of("MalformedXML"), StoreFault::Other);
        let source = "error sending request".into();
        let unreached = object_store::Error::Generic { store: "S3", source };
        assert_eq!(StoreError::of(&unreached).kind, StoreFault::Unavailable);
    }
}
