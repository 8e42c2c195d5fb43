//! The token service: GET with Basic (token.md), and POST with a form (oauth.md of distribution's docs/content/spec/auth).

use super::{
    exchange::Exchange,
    reply::{Failure, Reply},
};
use access::{Credential, Principal, Scope, scopes};
use distribution::{Code, Refusal, TokenQuery};
use serde_json::{Value, json};

/// A form is at most so long.
const FORM_BYTES_MAX: usize = 64 << 10;

impl Exchange<'_> {
    /// `GET /token`.
    pub(crate) fn token(&mut self, query: &TokenQuery) -> Result<(), Failure> {
        self.check_service(query.service.as_deref())?;
        let field = self.head.and_then(|head| head.field("authorization")).map(str::to_owned);
        let credential =
            Credential::parse(field.as_deref()).map_err(|failure| self.wrong_secret(&failure.to_string()))?;
        if matches!(credential, Credential::Bearer(_)) {
            return Err(self.wrong_secret("a token is not had for a token"));
        }
        self.give(&credential, &scopes(query.scopes.iter().map(String::as_str)))
    }

    /// `POST /token`.
    pub(crate) fn token_form(&mut self) -> Result<(), Failure> {
        let malformed = |reason, message: &str| -> Failure {
            Refusal::new(400, Code::Unsupported, reason, message).into()
        };
        let body = self.read_body(FORM_BYTES_MAX)?;
        let text = String::from_utf8(body).map_err(|_| malformed("form", "the form is not text"))?;
        let fields = distribution::form(&text)?;
        let get = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if get("grant_type") != Some("password") {
            return Err(malformed("grant-type", "the only grant_type is 'password'"));
        }
        self.check_service(get("service"))?;
        let (Some(name), Some(secret)) = (get("username"), get("password")) else {
            return Err(malformed("form", "the form lacks username or password"));
        };
        let credential = Credential::Basic(name.to_owned(), secret.to_owned());
        let asked = scopes(fields.iter().filter(|(key, _)| key == "scope").map(|(_, value)| value.as_str()));
        self.give(&credential, &asked)
    }

    fn give(&mut self, credential: &Credential, asked: &[Scope]) -> Result<(), Failure> {
        let principal = self.log_in(credential)?;
        if principal == Principal::Anonymous && !self.access.knows_anonymous() {
            return Err(self.wrong_secret("a name and a secret are needed"));
        }
        self.identity.principal = principal.clone();
        self.record.principal = principal.to_string();
        self.keep_rate()?;
        let granted = self.access.grant(&principal, asked);
        let (service, life) = (self.access.service(), self.access.token_secs());
        let token = self.guard.token_key.issue(&principal, service, &granted, self.now_secs, life);
        self.record.reference = Some(written(&granted));
        let issued =
            time::OffsetDateTime::from_unix_timestamp(i64::try_from(self.now_secs).unwrap_or(0)).ok();
        let issued = issued.and_then(|at| at.format(&time::format_description::well_known::Rfc3339).ok());
        let answer: Value = json!({
            "token": token, "access_token": token, "expires_in": life, "issued_at": issued, "scope": written(&granted),
        });
        self.reply(&Reply::json(&answer).with("Cache-Control", "no-store"))
    }

    fn check_service(&self, asked: Option<&str>) -> Result<(), Failure> {
        match asked {
            Some(service) if service != self.access.service() => {
                let message = format!("tokens are for the service '{}'", self.access.service());
                Err(Refusal::new(400, Code::Unsupported, "other-service", message).into())
            }
            _ => Ok(()),
        }
    }

    fn wrong_secret(&self, message: &str) -> Failure {
        let refusal = Refusal::new(401, Code::Unauthorized, "unauthorized", message);
        Failure::Refused(
            refusal,
            vec![("WWW-Authenticate", format!("Basic realm=\"{}\"", self.access.service()))],
        )
    }
}

fn written(scopes: &[Scope]) -> String {
    let words = scopes.iter().map(|scope| {
        let actions: Vec<&str> = scope.actions.iter().map(String::as_str).collect();
        format!("{}:{}:{}", scope.kind, scope.name, actions.join(","))
    });
    words.collect::<Vec<_>>().join(" ")
}
