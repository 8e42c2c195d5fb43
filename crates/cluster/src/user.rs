//! What a user shows to the API server.

use crate::{
    ClusterError, Options, Programs,
    error::sanitised,
    find::{Place, read_bounded},
    plugin,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::Redacted;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// A token is a few kilobytes.
const TOKEN_BYTES_MAX: u64 = 1 << 20;

/// Letters of a key that cannot stand in the name of a header (client-go, transport/round_trippers.go, `headerKeyEscape`
/// of everything that is no token of RFC 9110).
const NO_TOKEN: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b'(')
    .add(b')')
    .add(b',')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'{')
    .add(b'}');

/// What is shown.
#[derive(Debug, Default)]
pub(crate) struct Credentials {
    pub(crate) identity: Option<tls::Identity>,
    /// Headers of every request.
    pub(crate) headers: Vec<(String, Redacted<String>)>,
}

impl Credentials {
    /// Those of the place's user; runs the program that tells them when that is allowed.
    pub(crate) fn of(place: &Place, options: &Options) -> Result<Self, ClusterError> {
        let user = &place.user;
        let wrong = |reason: &str| ClusterError::Entry {
            what: "user",
            name: sanitised(&place.user_name, 200),
            reason: reason.to_owned(),
        };
        let mut credentials = Self::default();
        let pair = (&user.client_certificate, &user.client_key);
        match pair {
            (Some(chain), Some(key)) => {
                let origins = (chain.origin("client-certificate-data"), key.origin("client-key-data"));
                let identity =
                    tls::Identity::from_pem((&chain.read()?, &origins.0), (&key.read()?, &origins.1));
                credentials.identity = Some(identity.map_err(|error| wrong(&error.to_string()))?);
            }
            (None, None) => {}
            _ => return Err(wrong("client-certificate and client-key belong together")),
        }
        let mut token = match (&user.token_file, &user.token) {
            (Some(path), inline) => match (read_bounded(path, TOKEN_BYTES_MAX), inline) {
                (Ok(bytes), _) => Some(Redacted::new(String::from_utf8_lossy(&bytes).trim().to_owned())),
                (Err(_), Some(inline)) => Some(inline.clone()),
                (Err(error), None) => return Err(error),
            },
            (None, inline) => inline.clone(),
        };
        if token.is_some() && user.basic.is_some() {
            return Err(wrong("a token and a password exclude each other"));
        }
        let knows_who = token.is_some() || user.basic.is_some() || credentials.identity.is_some();
        if let Some(program) = user.plugin.as_ref().filter(|_| !knows_who) {
            if options.programs == Programs::Never {
                return Err(ClusterError::ProgramNotRun {
                    name: sanitised(&place.user_name, 200),
                    command: sanitised(&program.command, 200),
                });
            }
            let told = plugin::run(program, &place.cluster, options.program_timeout)?;
            token = told.token;
            credentials.identity = told.identity;
        } else if let Some((provider, left)) = user.provider.as_ref().filter(|_| !knows_who) {
            // Nothing is run and nobody is asked for a new one.
            let reason = format!(
                "authentication provider '{}' left no token there (hint: kubectl create token, or an exec plugin)",
                sanitised(provider, 80)
            );
            token = Some(left.clone().ok_or_else(|| wrong(&reason))?);
        }
        if let Some(token) = token {
            credentials.add("authorization", format!("Bearer {}", token.reveal()), &wrong)?;
        } else if let Some((name, password)) = &user.basic {
            let pair = STANDARD.encode(format!("{name}:{}", password.reveal()));
            credentials.add("authorization", format!("Basic {pair}"), &wrong)?;
        }
        if let Some(other) = &user.impersonation {
            credentials.add("impersonate-user", other.name.clone(), &wrong)?;
            if let Some(uid) = &other.uid {
                credentials.add("impersonate-uid", uid.clone(), &wrong)?;
            }
            for group in &other.groups {
                credentials.add("impersonate-group", group.clone(), &wrong)?;
            }
            for (key, value) in &other.extra {
                let name =
                    format!("impersonate-extra-{}", utf8_percent_encode(&key.to_lowercase(), NO_TOKEN));
                credentials.add(&name, value.clone(), &wrong)?;
            }
        }
        Ok(credentials)
    }

    fn add(
        &mut self,
        name: &str,
        value: String,
        wrong: &dyn Fn(&str) -> ClusterError,
    ) -> Result<(), ClusterError> {
        // A line break would begin another header.
        if value.chars().any(char::is_control) || !value.is_ascii() {
            return Err(wrong("a credential holds letters that no request can carry"));
        }
        self.headers.push((name.to_owned(), Redacted::new(value)));
        Ok(())
    }

    /// Whether anything is shown that must not be seen by others on the way.
    pub(crate) fn has_secret(&self) -> bool {
        self.headers.iter().any(|(name, _)| name == "authorization")
    }
}
