//! Tokens of a registry's token server (distribution, docs/spec/auth/token.md and oauth.md).

use crate::{
    Challenge, Credential, Options, RegistryError,
    authorization::basic_header,
    client::login,
    error::{Hint, StatusError, registry_message},
    http::{Ask, Http, Method},
    url::{authority, is_allowed},
};
use model::Redacted;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use std::{
    io::Read as _,
    time::{Duration, Instant},
};

/// A token, and until when it is good.
pub(crate) struct Token {
    pub(crate) header: Redacted<String>,
    pub(crate) expires: Option<Instant>,
}

const ANSWER_BYTES_MAX: u64 = 1 << 20;
// "If omitted, this defaults to 60 seconds" (token.md, "Token Response Fields").
const LIFETIME_DEFAULT_SECS: u64 = 60;
// Replaced a little before its end, so that no request carries one that just died.
const MARGIN: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct TokenDocument {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

/// Fetches a token for a scope, anonymously when there is no credential.
pub(crate) fn fetch(
    http: &Http,
    challenge: &Challenge,
    scope: &str,
    credential: Option<&Credential>,
    registry: &str,
    options: &Options,
) -> Result<Token, RegistryError> {
    let malformed = |reason: &str| RegistryError::Malformed {
        host: registry.to_owned(),
        what: "WWW-Authenticate header",
        reason: reason.to_owned(),
    };
    let realm = challenge.parameter("realm").ok_or_else(|| malformed("it names no token server"))?;
    if !is_allowed(realm, options) {
        return Err(malformed(
            "its token server is not https (hint: pass --insecure with its host to allow that)",
        ));
    }
    let service = challenge.parameter("service").unwrap_or_default();
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut ask = Ask { timeout: Some(options.document_timeout), ..Ask::default() };
    let mut url = realm.to_owned();
    if let Some(Credential::IdentityToken(token)) = credential {
        ask.method = Method::PostForm(Redacted::new(format!(
            "grant_type=refresh_token&service={}&scope={}&client_id=seawall&refresh_token={}",
            encoded(service),
            encoded(scope),
            encoded(token.reveal())
        )));
    } else {
        let separator = if realm.contains('?') { '&' } else { '?' };
        url = format!("{realm}{separator}service={}&scope={}", encoded(service), encoded(scope));
        if let Some(Credential::Basic { username, password }) = credential {
            ask.authorization = Some(basic_header(username, password));
        }
    }
    let (status, body, host) = ask_with_retries(http, &url, &ask, options)?;
    if status != 200 {
        let hint = match (status, credential) {
            (400 | 401 | 403, Some(_)) => {
                format!("the stored credentials are refused: {}", login(registry))
            }
            (401 | 403, None) => format!("log in first: {}", login(registry)),
            _ => String::new(),
        };
        return Err(RegistryError::Status(Box::new(StatusError {
            host,
            status,
            what: format!("a token for {scope}"),
            message: registry_message(&body),
            hint: Hint(hint),
        })));
    }
    // The text of a parse error could show the token.
    let unusable = |reason: &str| RegistryError::Malformed {
        host: host.clone(),
        what: "token",
        reason: reason.to_owned(),
    };
    let document: TokenDocument = serde_json::from_slice(&body).map_err(|_| unusable("malformed JSON"))?;
    let token = document.token.or(document.access_token).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| unusable("there is none in it"))?;
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(unusable("it holds characters that no header may"));
    }
    let lifetime = Duration::from_secs(document.expires_in.unwrap_or(LIFETIME_DEFAULT_SECS).clamp(1, 86_400));
    let expires = Instant::now() + lifetime.saturating_sub(MARGIN.min(lifetime / 2));
    Ok(Token { header: Redacted::new(format!("Bearer {token}")), expires: Some(expires) })
}

fn ask_with_retries(
    http: &Http,
    url: &str,
    ask: &Ask,
    options: &Options,
) -> Result<(u16, Vec<u8>, String), RegistryError> {
    let mut attempt = 0;
    loop {
        let mut asked = None;
        let result = http.exchange(url, ask, options).and_then(|answer| {
            let (status, host) = (answer.status(), answer.host.clone());
            asked = crate::retry::retry_after(answer.header("retry-after"), answer.header("date"));
            let mut body = Vec::new();
            let read =
                answer.response.into_body().into_reader().take(ANSWER_BYTES_MAX).read_to_end(&mut body);
            match read {
                Ok(_) => Ok((status, body, host)),
                Err(error) => Err(crate::failure::failure(&host, ureq::Error::Io(error))),
            }
        });
        let is_temporary = match &result {
            Ok((status, ..)) => crate::retry::is_temporary(*status),
            Err(failure) => failure.is_temporary,
        };
        let wait = crate::retry::wait(attempt, asked, options)
            .filter(|_| is_temporary && attempt < options.retries_max);
        let Some(wait) = wait else { return result.map_err(|failure| failure.error) };
        if let Some(progress) = &options.progress {
            let reason = "the token server is not ready".to_owned();
            progress(crate::ProgressEvent::Retrying { host: authority(url).to_owned(), reason, wait });
        }
        std::thread::sleep(wait);
        attempt += 1;
    }
}
