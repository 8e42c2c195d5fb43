//! HTTP (RFC 9110) by ureq.

use super::part::{Part, Validator};
use super::{Failure, FetchError, Fetched, Request, Surroundings, finish, pump};
use crate::sources::Sources;
use std::time::{Duration, Instant};
use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};

/// Connections, kept open between files. `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are honoured.
pub(crate) struct Client {
    agent: Agent,
}

impl Client {
    pub(crate) fn new(sources: &Sources) -> Result<Self, FetchError> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(concat!("seawall/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(Duration::from_secs(sources.idle_secs_max)))
            .timeout_per_read(Some(Duration::from_secs(sources.idle_secs_max)))
            .timeout_global(Some(Duration::from_secs(sources.file_secs_max)))
            .max_redirects(5);
        if let Some(path) = &sources.ca_file {
            let authorities = tls::Authorities::read(path).map_err(|source| FetchError::Tls { source })?;
            let tls = tls::Client { authorities: Some(authorities), ..tls::Client::default() };
            config = config.tls_config(tls.settings());
        }
        Ok(Self { agent: config.build().new_agent() })
    }
}

impl Surroundings<'_> {
    /// One attempt to fetch a file.
    pub(super) fn attempt(
        &self,
        address: &str,
        request: &Request<'_>,
        started: Instant,
    ) -> Result<Fetched, Failure> {
        let left_over = Part::left_over(request.path, address);
        let response = self.ask(address, request, left_over.as_ref())?;
        let status = response.status().as_u16();
        let headers = response.headers();
        let (etag, last_modified) = (text(headers, "etag"), text(headers, "last-modified"));
        let is_resumed = match (status, &left_over) {
            (304, _) => {
                let known = request.known.cloned().unwrap_or_default();
                return Ok(Fetched { state: known, is_new: false, downloaded_bytes: 0 });
            }
            (206, Some((size_bytes, _))) if range_start(headers) == Some(*size_bytes) => true,
            (200, _) => false,
            // The rest that was asked for does not exist or is another: begin anew.
            (206 | 416, _) => {
                let _ = Part::fresh(request.path);
                return Err(passing(address, format!("the answer {status} does not fit the request")));
            }
            (404 | 410, _) => return Err(Failure::Final(FetchError::NotFound(address.to_owned()))),
            (408 | 425 | 429 | 500..=599, _) => return Err(self.busy(address, status, headers)),
            _ => return Err(Failure::Final(FetchError::Refused { address: address.to_owned(), status })),
        };
        let length = text(headers, "content-length").parse::<u64>().ok();
        let file_error = |source| {
            Failure::Final(FetchError::File { action: "write", path: request.path.to_owned(), source })
        };
        let mut part = if is_resumed {
            Part::resume(request.path).map_err(file_error)?
        } else {
            let part = Part::fresh(request.path).map_err(file_error)?;
            // Content that the client decompressed cannot be gone on with: ranges count compressed bytes.
            let is_plain = length.is_some();
            let value = if etag.is_empty() || etag.starts_with("W/") { &last_modified } else { &etag };
            if is_plain && !value.is_empty() {
                let validator = Validator { address: address.to_owned(), value: value.clone() };
                Part::note(request.path, &validator).map_err(file_error)?;
            }
            part
        };
        let total = length.map(|length| length + part.size_bytes());
        let limit_bytes = self.sources.file_bytes_max;
        if total.is_some_and(|total| total > limit_bytes) {
            part.discard();
            return Err(Failure::Final(FetchError::TooLarge { address: address.to_owned(), limit_bytes }));
        }
        let limit_secs = self.sources.file_secs_max;
        let deadline = Some((started + Duration::from_secs(limit_secs), limit_secs));
        let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
        pump(&mut body, &mut part, total, limit_bytes, deadline, self.progress, address)?;
        if total.is_some_and(|total| total != part.size_bytes()) {
            return Err(passing(address, "the connection was cut".to_owned()));
        }
        finish(part, address, etag, last_modified, request)
    }

    fn ask(
        &self,
        address: &str,
        request: &Request<'_>,
        left_over: Option<&(u64, Validator)>,
    ) -> Result<Response<Body>, Failure> {
        let mut get = self.client.agent.get(address);
        if let Some((size_bytes, validator)) = left_over {
            get = get.header("range", format!("bytes={size_bytes}-")).header("if-range", &validator.value);
            get = get.header("accept-encoding", "identity");
        } else if is_packed(address) {
            get = get.header("accept-encoding", "identity");
        }
        // The copy must be whole, or "not modified" would keep a damaged one for ever.
        if let Some(known) = request.known
            && known.address == address
            && std::fs::metadata(request.path).is_ok_and(|file| file.len() == known.size_bytes)
            && left_over.is_none()
        {
            if !known.etag.is_empty() {
                get = get.header("if-none-match", &known.etag);
            }
            if !known.last_modified.is_empty() {
                get = get.header("if-modified-since", &known.last_modified);
            }
        }
        // A page that was asked for over TLS must not come over anything else.
        let is_https = address.starts_with("https://");
        get.config().https_only(is_https).build().call().map_err(|error| match error {
            ureq::Error::BadUri(_) | ureq::Error::RequireHttpsOnly(_) | ureq::Error::Http(_) => {
                Failure::Final(FetchError::Connection {
                    address: address.to_owned(),
                    detail: error.to_string(),
                })
            }
            _ => passing(address, error.to_string()),
        })
    }

    fn busy(&self, address: &str, status: u16, headers: &HeaderMap) -> Failure {
        let address = address.to_owned();
        let Some(wait_secs) = retry_after_secs(headers) else {
            let error = FetchError::Refused { address, status };
            return Failure::Passing { error, wait: None };
        };
        let error = FetchError::Busy { address, status, wait_secs };
        if wait_secs > self.sources.wait_secs_max {
            return Failure::Final(error);
        }
        Failure::Passing { error, wait: Some(Duration::from_secs(wait_secs)) }
    }
}

fn passing(address: &str, detail: String) -> Failure {
    Failure::Passing { error: FetchError::Connection { address: address.to_owned(), detail }, wait: None }
}

/// Names of files that are compressed already; others may come compressed over the wire.
fn is_packed(address: &str) -> bool {
    [".zip", ".gz", ".bz2", ".zst", ".xz", ".txt", ".csv", ".list"].iter().any(|end| address.ends_with(end))
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").trim().to_owned()
}

/// The first byte of `Content-Range: bytes 100-199/200`.
fn range_start(headers: &HeaderMap) -> Option<u64> {
    text(headers, "content-range").strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

/// `Retry-After` as seconds or as a date beside the server's own `Date` (RFC 9110, 10.2.3), so that our clock
/// does not matter.
fn retry_after_secs(headers: &HeaderMap) -> Option<u64> {
    let after = text(headers, "retry-after");
    if let Ok(secs) = after.parse() {
        return Some(secs);
    }
    let (then, now) = (http_date_secs(&after)?, http_date_secs(&text(headers, "date"))?);
    Some(then.saturating_sub(now))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` in seconds since 1970.
fn http_date_secs(text: &str) -> Option<u64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let (_, rest) = text.split_once(", ")?;
    let mut words = rest.split_whitespace();
    let day: u64 = words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = MONTHS.find(words.next()?.get(..3)?).filter(|at| at % 3 == 0)? as u64 / 3 + 1;
    let year: u64 = words.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut clock = words.next()?.split(':').map(|part| part.parse::<u64>().ok().filter(|part| *part < 61));
    let (hours, minutes, seconds) = (clock.next()??, clock.next()??, clock.next()??);
    // Days from the civil calendar with years that begin in March, so that the leap day is the last.
    let (shifted_year, shifted_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = shifted_year * 365 + shifted_year / 4 - shifted_year / 100
        + shifted_year / 400
        + (153 * shifted_month + 2) / 5
        + day
        - 1;
    // 1970-01-01 is day 719468 of that count.
    Some((days.checked_sub(719_468)? * 24 + hours) * 3_600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_understood_in_both_forms() {
        let headers = |after: &str, date: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", after.parse().unwrap());
            headers.insert("date", date.parse().unwrap());
            headers
        };
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(retry_after_secs(&headers("120", date)), Some(120));
        assert_eq!(retry_after_secs(&headers("Sun, 06 Nov 1994 08:50:07 GMT", date)), Some(30));
        assert_eq!(retry_after_secs(&headers("soon", date)), None);
        assert_eq!(http_date_secs(date), Some(784_111_777));
    }
}
